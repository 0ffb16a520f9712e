import * as v from 'valibot'
import { differences } from '../../scim/difference.ts'
import { ScimError } from '../../scim/error.ts'
import { groupType, userType } from '../../scim/resourceTypes.ts'
import { writeAct } from '../../store/acts.ts'
import { isStale } from '../../store/admission.ts'
import { readKnown, searchResources, type Known, type Version } from '../../store/history.ts'
import { planRestore, restore, type Plan, type Wish } from '../../sync/restore.ts'
import { previewState, type Previewed } from '../../sync/preview.ts'
import { operation, type Tools } from '../operation.ts'
import { isAllowed } from '../permissions.ts'
import { notFound, Problem } from '../problem.ts'
import { shownNames } from './activity.ts'
import { fields } from './fields.ts'

const difference = v.object({
  path: v.string(),
  before: v.optional(v.string()),
  after: v.optional(v.string()),
})

const member = v.object({ id: v.string(), name: v.optional(v.string()) })

export const resourceSearch = operation({
  id: 'resource.search',
  summary: 'Search people and groups: by the beginning of a name or address, or by an id',
  method: 'GET',
  path: '/connections/:connection/people',
  needs: 'look',
  input: v.object({ connection: v.string(), person: fields.person }),
  output: v.array(
    v.object({
      id: v.string(),
      type: v.string(),
      name: v.optional(v.string()),
      state: v.picklist(['active', 'inactive', 'deleted', 'group']),
      at: v.string(),
    }),
  ),
  run: async ({ admin, database }, { connection, person = '' }) => {
    const maySee = isAllowed(admin, connection, 'names')
    const found = await searchResources(database, connection, person, maySee)
    return found.map(({ name, ...rest }) => ({ ...rest, name: maySee ? (name ?? undefined) : undefined }))
  },
})

const version = v.object({
  seq: v.number(),
  kind: v.string(),
  version: v.number(),
  at: v.string(),
  /** Whose token it was, by its name or id; or which admin. */
  who: v.string(),
  /** Whether there are values to go back to. */
  isKept: v.boolean(),
  made: v.boolean(),
  changed: v.array(difference),
  added: v.array(member),
  removed: v.array(member),
})

export const personRead = operation({
  id: 'person.read',
  summary: 'A person or a group: its mapping, its state at each end, and every version',
  method: 'GET',
  path: '/connections/:connection/people/:person',
  needs: 'look',
  input: v.object({ connection: v.string(), person: v.string() }),
  output: v.object({
    id: v.string(),
    type: v.picklist(['User', 'Group']),
    name: v.optional(v.string()),
    externalId: v.optional(v.string()),
    remote: v.optional(v.string()),
    version: v.number(),
    at: v.string(),
    wish: v.picklist(['active', 'inactive', 'deleted', 'group']),
    imported: v.boolean(),
    over: v.array(v.object({ kind: v.string(), attribute: v.string(), who: v.string(), why: v.string() })),
    target: v.object({
      state: v.optional(v.string()),
      isActive: v.optional(v.boolean()),
      at: v.optional(v.string()),
      differs: v.optional(v.string()),
      delivery: v.optional(v.string()),
      due: v.optional(v.string()),
      words: v.optional(v.string()),
    }),
    attributes: v.array(v.object({ path: v.string(), value: v.string() })),
    others: v.array(member),
    versions: v.array(version),
  }),
  run: async (tools, { connection, person }) => {
    const known = await readKnown(tools.database, connection, person)
    if (known === undefined) throw notFound()
    const maySee = isAllowed(tools.admin, connection, 'names')
    await writeAct(
      tools.database,
      {
        at: tools.now.toISOString(),
        request: tools.request,
        who: tools.admin.who,
        connection,
        action: 'person.read',
        subject: known.id,
        reason: null,
        details: undefined,
      },
      tools.signAct,
    )
    const ids = [
      ...known.others,
      ...known.versions.flatMap(({ added, removed }) => [...(added ?? []), ...(removed ?? [])]),
    ]
    const names = await shownNames(tools, connection, ids.slice(0, 1_000))
    return shown(known, names, maySee)
  },
})

const textAt = (document: Known['document'], name: string): string | undefined => {
  const value = document[name]
  return typeof value === 'string' ? value : undefined
}

function shown(known: Known, names: ReadonlyMap<string, string>, maySee: boolean) {
  const { document, confirmed, type } = known
  const kind = type === 'User' ? userType : groupType
  const person = (id: string) => ({ id, name: names.get(id) })
  const isActive = document['active'] !== false
  const alive = type === 'Group' ? ('group' as const) : isActive ? ('active' as const) : ('inactive' as const)
  return {
    id: known.id,
    type,
    name: maySee ? (textAt(document, 'userName') ?? textAt(document, 'displayName')) : undefined,
    // Some providers give a name or an address as their id.
    externalId: maySee ? textAt(document, 'externalId') : undefined,
    remote: known.remote ?? undefined,
    version: known.version,
    at: known.at,
    wish: known.deleted === 1 ? ('deleted' as const) : alive,
    imported: known.imported === 1,
    over: known.overrides.map(({ kind: over, attribute, who, why }) => ({
      kind: over,
      attribute,
      who,
      why: maySee ? why : '',
    })),
    target: {
      state: known.link_state ?? undefined,
      isActive: confirmed === null || type === 'Group' ? undefined : confirmed['active'] !== false,
      at: known.linked ?? undefined,
      differs: maySee ? (known.differs ?? undefined) : undefined,
      delivery: known.delivery ?? undefined,
      due: known.due ?? undefined,
      words: maySee ? (known.words ?? undefined) : undefined,
    },
    attributes: maySee
      ? differences(kind, {}, document).map(({ path, after }) => ({ path, value: asText(after) ?? '' }))
      : [],
    others: known.others.map(person),
    versions: known.versions.map((one) => ({
      seq: one.seq,
      kind: one.kind,
      version: one.version,
      at: one.at,
      who: one.admin ?? one.token_name ?? one.token,
      isKept: one.kept === 1,
      made: one.before === null && one.after !== null,
      changed: changedIn(one, type, maySee),
      added: (one.added ?? []).map(person),
      removed: (one.removed ?? []).map(person),
    })),
  }
}

const asText = (value: unknown): string | undefined =>
  value === undefined ? undefined : typeof value === 'string' ? value : JSON.stringify(value)

/** Attribute by attribute; whoever may see no names sees which, and no values. */
function changedIn({ before, after }: Version, type: Known['type'], maySee: boolean) {
  if (before === null && after === null) return []
  const kind = type === 'User' ? userType : groupType
  return differences(kind, before ?? {}, after ?? {}).map((one) =>
    maySee ? { path: one.path, before: asText(one.before), after: asText(one.after) } : { path: one.path },
  )
}

const wished = {
  connection: v.string(),
  person: v.string(),
  what: v.picklist(['version', 'undo', 'deleted'], 'expected version, undo or deleted'),
  /** Of a version or a push: the number of its change. A form sends text. */
  seq: v.optional(v.pipe(v.union([v.string(), v.number()]), v.transform(Number), v.integer(), v.minValue(0))),
}

function wishOf({ what, seq }: { readonly what: Wish['kind']; readonly seq?: number | undefined }): Wish {
  if (what === 'deleted') return { kind: what }
  if (seq === undefined) throw new Problem(400, 'seq: expected the number of a change', 'seq')
  return { kind: what, seq }
}

async function planOf(
  tools: Tools,
  input: { connection: string; person: string },
  wish: Wish,
): Promise<Plan> {
  const plan = await planRestore(tools.database, input.connection, input.person, wish)
  if (plan.kind === 'missing') throw notFound()
  if (plan.kind === 'no') throw new Problem(409, plan.words)
  return plan
}

export const restorePlan = operation({
  id: 'restore.plan',
  summary:
    'What a restore or an undo would change here, and which requests the target would get. Nothing is done',
  method: 'GET',
  path: '/connections/:connection/people/:person/restore',
  needs: 'operate',
  input: v.object(wished),
  output: v.object({
    version: v.number(),
    changed: v.array(difference),
    add: v.array(member),
    remove: v.array(member),
    groups: v.array(member),
    notes: v.array(v.string()),
    steps: v.array(
      v.object({ what: v.string(), method: v.string(), path: v.string(), body: v.optional(v.string()) }),
    ),
    words: v.optional(v.string()),
  }),
  run: async (tools, input) => {
    const { database, delivery, now } = tools
    const { connection } = input
    const plan = await planOf(tools, input, wishOf(input))
    const { known, document, add, remove, groups, notes } = plan
    const imagined = { resource: known.id, type: known.type, document, add, remove }
    const { openTarget, types, limits } = delivery
    const previewed: Previewed = await previewState(
      { database, openTarget, types, now, ...limits() },
      connection,
      imagined,
    )
    const names = await shownNames(tools, connection, [...add, ...remove, ...groups].slice(0, 1_000))
    const person = (id: string) => ({ id, name: names.get(id) })
    const before = known.deleted === 1 ? {} : known.document
    const kind = known.type === 'User' ? userType : groupType
    return {
      version: known.version,
      changed: differences(kind, before, document).map((one) => ({
        path: one.path,
        before: asText(one.before),
        after: asText(one.after),
      })),
      add: add.map(person),
      remove: remove.map(person),
      groups: groups.map(person),
      notes: [...notes],
      steps: previewed.steps.map(({ body, ...step }) => ({
        ...step,
        body: body && JSON.stringify(body, null, 2),
      })),
      words: previewed.words,
    }
  },
})

export const restoreCarry = operation({
  id: 'restore.carry',
  summary: 'Restore an earlier version or what was deleted, or undo one push, with a reason',
  method: 'POST',
  path: '/connections/:connection/people/:person/restore',
  needs: 'operate',
  input: v.object({
    ...wished,
    reason: fields.reason,
    /** The version that the plan was of: where there is a newer one, nothing is done. */
    version: v.pipe(v.union([v.string(), v.number()]), v.transform(Number), v.integer()),
  }),
  output: v.object({ restored: v.boolean() }),
  subject: ({ person }) => person,
  shows: ['what', 'seq'],
  run: async (tools, input) => {
    const { database, delivery, request, now } = tools
    const plan = await planOf(tools, input, wishOf(input))
    if (plan.known.version !== input.version) throw new Problem(409, CHANGED)
    try {
      await restore(
        { database, sign: delivery.sign, prove: delivery.prove, id: request, at: now },
        input.connection,
        plan,
      )
    } catch (error) {
      if (isStale(error)) throw new Problem(409, CHANGED)
      if (error instanceof ScimError) throw new Problem(error.status === 403 ? 403 : 409, error.message)
      throw error
    }
    return { restored: true }
  },
})

const CHANGED = 'Somebody has changed it in between. Look at it again, and then decide.'
