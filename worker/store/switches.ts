import type { ResourceType } from '../scim/schema.ts'
import { guardAfter, type Refusal, type Request } from './admission.ts'
import type { Operation } from './changes.ts'
import { sql, type SQL } from './database.ts'
import { differs } from './documentSql.ts'
import type { AskedKind } from './due.ts'
import { UNSET, type Switch } from './settings.ts'

/**
 * Takes a request, a kind of resource and what is asked; gives the refusals that hold whatever the change would come to: a
 * switch that is off, and a connection that is closed.
 */
export function switchRefusals(request: Request, type: ResourceType, kind: AskedKind): readonly Refusal[] {
  const { switches, state } = (request.standing ?? UNSET).settings
  const off = (name: Switch, kinds: readonly AskedKind[]): readonly Refusal[] =>
    switches[name] === 'off' && kinds.includes(kind) ? [{ word: `switch_${name}`, when: sql`TRUE` }] : []
  return [
    ...(type.isPerson ? [...off('create', ['create']), ...off('deactivate', ['delete'])] : []),
    ...(type.shows === 'members' ? off('groups', ['create', 'delete']) : []),
    // Closed to the provider: an admin may take access away all the same.
    ...(state.is === 'closed' && request.isAdmin !== true ? [{ word: 'closed', when: sql`TRUE` }] : []),
  ]
}

/**
 * Takes an operation whose values are recorded, and its kind of resource; gives the guards that look at what the change
 * comes to: a PUT that only repeats what is there is refused by no switch.
 */
export function switchGuards(operation: Operation, type: ResourceType): readonly SQL[] {
  const { request, id } = operation
  const { switches } = (request.standing ?? UNSET).settings
  const off = (name: Switch, when: SQL): readonly Refusal[] =>
    switches[name] === 'off' ? [{ word: `switch_${name}`, when }] : []
  const active = (column: SQL) => sql`coalesce(${column} ->> '$.active', 1)`
  const rest = (column: SQL) => sql`json_remove(${column}, '$.active')`
  const changed = sql`v.after IS NOT NULL`
  const refusals = type.isPerson
    ? [
        ...off(
          'deactivate',
          sql`${changed} AND ${active(sql`v.before`)} = 1 AND ${active(sql`v.after`)} = 0`,
        ),
        // Whoever is assigned again is created again, in the words of Okta's page.
        ...off('create', sql`${changed} AND ${active(sql`v.before`)} = 0 AND ${active(sql`v.after`)} = 1`),
        ...off('update', sql`${changed} AND ${differs(rest(sql`v.before`), rest(sql`v.after`))}`),
      ]
    : type.shows === 'members'
      ? off('groups', sql`TRUE`)
      : []
  if (refusals.length === 0) return []
  return [guardAfter(refusals, sql`change_values v WHERE v.operation = ${id}`)]
}
