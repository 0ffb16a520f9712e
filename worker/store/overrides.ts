import * as v from 'valibot'
import type { Json } from '../scim/json.ts'
import { sql, type SQL } from './database.ts'

/** What stands over the provider's wish, as it is read: of which attribute (`*`: all of it), with the value it keeps, and why. */
export const override = v.object({
  kind: v.picklist(['hold', 'reject', 'protect', 'lock']),
  attribute: v.string(),
  value: v.nullable(v.custom<Json>(() => true)),
  why: v.string(),
})

export type Override = Readonly<v.InferOutput<typeof override>>

const row = v.object({
  ...override.entries,
  value: v.nullable(v.pipe(v.string(), v.parseJson(), override.entries.value)),
})

/** Takes a connection's id and a resource's; gives the statement that reads what stands over it. */
export function overridesSql(connection: string, resource: string): SQL {
  return sql`SELECT kind, attribute, value, why FROM overrides WHERE connection = ${connection} AND resource = ${resource}`
}

/** Takes a row of it; gives what it says. */
export function readOverride(read: unknown): Override {
  return v.parse(row, read)
}
