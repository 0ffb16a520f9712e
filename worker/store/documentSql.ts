import { condense, foldEdit, type Edit } from '../scim/edit.ts'
import type { JsonObject } from '../scim/json.ts'
import { sql, type SQL } from './database.ts'

/** A change to a document as two expressions: over the column `document`, and over the column `folded`. */
export type DocumentChange = { readonly document: SQL; readonly folded: SQL }

/** How many steps one call of json_set takes: SQLite allows 127 arguments, and a step is two. */
const MOST_EDITS = 60

/** Takes steps of a PATCH; gives the expressions that carry them out, with json_set and json_remove. */
export function editsSql(edits: readonly Edit[]): DocumentChange {
  const few = condense(edits)
  return { document: applied(sql`r.document`, few), folded: applied(sql`r.folded`, few.map(foldEdit)) }
}

function applied(column: SQL, edits: readonly Edit[]): SQL {
  return runs(edits).reduce((inner, run) => {
    if (run[0]?.value === undefined) {
      return sql`json_remove(${inner}, ${sql.join(
        run.map(({ path }) => sql`${jsonPath(path)}`),
        sql`, `,
      )})`
    }
    const pairs = run.map(({ path, value }) => sql`${jsonPath(path)}, json(${JSON.stringify(value)})`)
    return sql`json_set(${inner}, ${sql.join(pairs, sql`, `)})`
  }, column)
}

/** Steps in order, in runs that one call can carry out: all set a value, or all take one away. */
function runs(edits: readonly Edit[]): readonly (readonly Edit[])[] {
  return edits.reduce<Edit[][]>((all, step) => {
    const run = all.at(-1)
    const fits =
      run !== undefined &&
      run.length < MOST_EDITS &&
      (run[0]?.value === undefined) === (step.value === undefined)
    if (fits) run.push(step)
    else all.push([step])
    return all
  }, [])
}

/**
 * Takes a new document and its folded form, and the paths of attributes, in an extension or not, that stay as they are;
 * gives the expressions that
 * replace the one by the other.
 */
export function replacementSql(
  document: JsonObject,
  folded: JsonObject,
  kept: readonly (readonly string[])[],
): DocumentChange {
  return {
    document: replaced(sql`r.document`, document, kept),
    folded: replaced(sql`r.folded`, folded, kept),
  }
}

function replaced(column: SQL, next: JsonObject, kept: readonly (readonly string[])[]): SQL {
  if (kept.length === 0) return sql`${JSON.stringify(next)}`
  // A merge patch (RFC 7396) of what stays: null, where there is nothing, leaves nothing.
  const pair = (path: readonly string[], name: string) => sql`${name}, json(${column} -> ${jsonPath(path)})`
  const outer = new Set(
    kept.flatMap(([name, inner]) => (name === undefined || inner === undefined ? [] : [name])),
  )
  const pairs = [
    ...kept.flatMap(([name, inner]) =>
      name === undefined || inner !== undefined ? [] : [pair([name], name)],
    ),
    ...[...outer].map((urn) => {
      const inner = kept.flatMap(([name, below]) => (name === urn && below !== undefined ? [below] : []))
      return sql`${urn}, json_object(${sql.join(
        inner.map((name) => pair([urn, name], name)),
        sql`, `,
      )})`
    }),
  ]
  return sql`json_patch(${JSON.stringify(next)}, json_object(${sql.join(pairs, sql`, `)}))`
}

/**
 * Takes two expressions that give JSON; gives the condition that they say different things: the order of names does not
 * count, nor does an object that is empty.
 */
export function differs(before: SQL, after: SQL): SQL {
  const leaves = (json: SQL) =>
    sql`SELECT fullkey, type, atom FROM json_tree(${json}) WHERE type NOT IN ('object', 'array')`
  return sql`(${before} IS NOT ${after} AND (
    EXISTS (${leaves(before)} EXCEPT ${leaves(after)}) OR EXISTS (${leaves(after)} EXCEPT ${leaves(before)})))`
}

/** Takes names of our own schema tables; gives the JSON path to what they name: quoted, as URNs hold dots and colons. */
export const jsonPath = (path: readonly string[]) => `$${path.map((name) => `."${name}"`).join('')}`
