import type { Prove } from '../auth/proof.ts'
import type { JsonObject } from '../scim/json.ts'
import { membersChange } from '../scim/members.ts'
import { groupType, userType } from '../scim/resourceTypes.ts'
import { foldDocument } from '../scim/fold.ts'
import { ADMIN, type Request } from '../store/admission.ts'
import { changeResource } from '../store/change.ts'
import type { Database } from '../store/database.ts'
import { replacementSql } from '../store/documentSql.ts'
import { groupsLeft, readKnown, versionsSince, type Known, type Version } from '../store/history.ts'
import { restoreDeleted } from '../store/restore.ts'
import { loadStanding } from '../store/settings.ts'

/** What is to come back: the state after a change; the state before one push, as far as that push made it; or all of what was deleted. */
export type Wish =
  | { readonly kind: 'version'; readonly seq: number }
  | { readonly kind: 'undo'; readonly seq: number }
  | { readonly kind: 'deleted' }

/** What would become of a resource: its document, who comes into it and who leaves, and what an admin has to know of it. */
export type Plan = {
  readonly kind: 'plan'
  readonly known: Known
  readonly document: JsonObject
  readonly add: readonly string[]
  readonly remove: readonly string[]
  /** The groups that somebody who was deleted comes back into. */
  readonly groups: readonly string[]
  readonly notes: readonly string[]
}

/** There is no way back, in words; or nothing of that id. */
export type NoPlan = { readonly kind: 'no'; readonly words: string } | { readonly kind: 'missing' }

const no = (words: string): NoPlan => ({ kind: 'no', words })
const ERASED = 'The values of it were erased or have expired: there is nothing to go back to.'
const STAYS_OUT =
  'The person stays inactive: the provider last said so, and nobody is activated here against that. Assign them in the provider.'

/** Takes the database, a connection's id, a resource's and what is to come back; gives the plan. Nothing is written. Up to three trips. */
export async function planRestore(
  database: Database,
  connection: string,
  id: string,
  wish: Wish,
): Promise<Plan | NoPlan> {
  const known = await readKnown(database, connection, id)
  if (known === undefined) return { kind: 'missing' }
  if (wish.kind === 'deleted') return planDeleted(database, connection, known)
  if (known.deleted === 1) return no('It was deleted: bring it back first.')
  const since = await versionsSince(database, connection, id, wish.seq)
  const one = since.at(-1)
  if (one === undefined || one.seq !== wish.seq) return { kind: 'missing' }
  return wish.kind === 'version' ? planVersion(known, one, since.slice(0, -1)) : planUndo(known, one)
}

async function planDeleted(database: Database, connection: string, known: Known): Promise<Plan | NoPlan> {
  if (known.deleted === 0) return no('It is not deleted.')
  // A tombstone that was erased has nothing in it.
  if (Object.keys(known.document).length === 0) return no(ERASED)
  const last = known.versions.find(({ kind }) => kind === 'delete')
  const groups = last === undefined ? [] : await groupsLeft(database, connection, last.operation)
  const members = last?.removed ?? []
  return planOf(known, { ...known.document }, members, [], groups)
}

function planVersion(known: Known, one: Version, later: readonly Version[]): Plan | NoPlan {
  if (one.kind === 'delete') return no('That was its deletion.')
  if ([...later, one].some(({ kept }) => kept === 0)) return no(ERASED)
  // The document after that change is what the first later change of the document was worked out from; or it is still so.
  const next = later.findLast(({ before }) => before !== null)
  const document = one.after ?? next?.before ?? known.document
  // Back from the newest: what came after it is taken back, and the oldest of that says the last word.
  const turn = new Map<string, boolean>()
  for (const { added, removed } of later) {
    for (const member of added ?? []) turn.set(member, false)
    for (const member of removed ?? []) turn.set(member, true)
  }
  const ids = (isIn: boolean) => [...turn].flatMap(([member, is]) => (is === isIn ? [member] : []))
  return planOf(known, document, ids(true), ids(false), [])
}

function planUndo(known: Known, one: Version): Plan | NoPlan {
  if (one.kept === 0) return no(ERASED)
  if (one.before === null && one.after !== null)
    return no('That push has made it. Take it out of the app in the provider instead.')
  const document =
    one.before === null || one.after === null ? known.document : backTo(known.document, one.before, one.after)
  return planOf(known, document, one.removed ?? [], one.added ?? [], [])
}

/** What the push has changed is as before it; whatever came later of other attributes stays. */
function backTo(now: JsonObject, before: JsonObject, after: JsonObject): JsonObject {
  const isSame = (name: string) => JSON.stringify(before[name]) === JSON.stringify(after[name])
  const changed = new Set([...Object.keys(before), ...Object.keys(after)].filter((name) => !isSame(name)))
  const kept = Object.entries(now).filter(([name]) => !changed.has(name))
  const back = Object.entries(before).filter(([name]) => changed.has(name))
  return Object.fromEntries([...kept, ...back])
}

function planOf(
  known: Known,
  document: JsonObject,
  add: readonly string[],
  remove: readonly string[],
  groups: readonly string[],
): Plan {
  const isPerson = known.type === 'User'
  // A DELETE says more than that somebody is inactive.
  const isOut = known.deleted === 1 || known.document['active'] === false
  const staysOut = isPerson && isOut
  const wouldBeActive = document['active'] !== false
  return {
    kind: 'plan',
    known,
    document: staysOut ? { ...document, active: false } : document,
    add,
    remove,
    groups,
    notes: [
      ...(staysOut && wouldBeActive ? [STAYS_OUT] : []),
      'The provider’s next push may overwrite it: what is wrong there has to be mended there.',
    ],
  }
}

/** What a restore takes: the database, what makes MACs where there is a target, the request's id and the time. */
export type Restoring = {
  readonly database: Database
  readonly sign: ((texts: readonly string[]) => Promise<string>) | undefined
  readonly prove: Prove
  readonly id: string
  readonly at: Date
}

/**
 * Takes the tools, a connection's id and a plan; carries it out as an admin's own change, through the writes that a provider's go through. Throws
 * the ScimError that refuses it, and WriteRefused `stale` where the resource is another by now. Two trips.
 */
export async function restore(
  { database, sign, prove, id, at }: Restoring,
  connection: string,
  { known, document, add, remove, groups }: Plan,
): Promise<void> {
  const standing = await loadStanding(database, connection)
  const caller = { connection, token: ADMIN }
  const request: Request = {
    caller,
    id,
    at,
    standing,
    isAdmin: true,
    prove,
    ...(sign === undefined ? {} : { sign }),
  }
  const type = known.type === 'User' ? userType : groupType
  if (known.deleted === 1) {
    await restoreDeleted(database, request, type, known.id, { document, members: add, groups })
    return
  }
  const members = membersChange([
    ...(add.length === 0 ? [] : [{ op: 'add', ids: add } as const]),
    ...(remove.length === 0 ? [] : [{ op: 'remove', ids: remove } as const]),
  ])
  const change = {
    kind: 'patch' as const,
    named: new Set([...Object.keys(document), ...(members === undefined ? [] : ['members'])]),
    values: { document, add, remove },
    document: replacementSql(document, foldDocument(type, document), []),
    displayName: document['displayName'],
    version: known.version,
    ...(members === undefined ? {} : { members }),
  }
  await changeResource(database, request, type, known.id, change, { kind: 'only', paths: [] })
}
