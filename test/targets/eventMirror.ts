import * as v from 'valibot'

/** docs/webhook.schema.json once more, as what can be run: no validator of JSON Schema is a dependency. */
const text = v.pipe(v.string(), v.minLength(1))
const number = v.pipe(v.number(), v.integer(), v.minValue(0))
const at = v.pipe(v.string(), v.isoTimestamp())
const test = { id: text, at }
const done = { id: text, connection: text, seq: number, at }
const base = { ...done, resource: text }
const snapshot = v.optional(v.literal(true))
const ids = v.array(v.string())
const members = v.strictObject({ add: ids, remove: ids, all: v.optional(v.pipe(ids, v.maxLength(1000))) })

/** Each event by its type. Nothing but what is named may be there. */
export const mirrors = {
  'user.changed': v.strictObject({
    type: v.literal('user.changed'),
    ...base,
    snapshot,
    wanted: v.looseObject({ active: v.boolean() }),
  }),
  'user.deleted': v.strictObject({ type: v.literal('user.deleted'), ...base, wanted: v.null() }),
  'group.changed': v.strictObject({
    type: v.literal('group.changed'),
    ...base,
    snapshot,
    wanted: v.looseObject({}),
    members,
  }),
  'group.deleted': v.strictObject({ type: v.literal('group.deleted'), ...base, wanted: v.null() }),
  'snapshot.done': v.strictObject({ type: v.literal('snapshot.done'), ...done }),
  test: v.strictObject({ type: v.literal('test'), ...test }),
} as const

/** Any event. */
export const event = v.variant('type', [
  mirrors['user.changed'],
  mirrors['user.deleted'],
  mirrors['group.changed'],
  mirrors['group.deleted'],
  mirrors['snapshot.done'],
  mirrors.test,
])

/** What else the schema names. */
export const others = {
  members,
  feed: v.strictObject({ events: v.array(event), next: number }),
  answer: v.strictObject({ id: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(256))) }),
} as const
