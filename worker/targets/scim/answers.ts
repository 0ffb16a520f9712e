import * as v from 'valibot'
import { isObject, type Json, type JsonObject } from '../../scim/json.ts'
import { namesOf, resourceNames, spelled, type Names } from './spelling.ts'

/** A resource as a service showed it. `id` is undefined where it did not say or said nothing of use. */
export type Shown = {
  readonly id: string | undefined
  readonly schemas: readonly string[]
  /** The entity tag of what is shown (RFC 7643 §3.1). */
  readonly version: string | undefined
  readonly document: JsonObject
}

/** A ListResponse (RFC 7644 §3.4.2). */
export type Listed = {
  readonly total: number
  readonly start: number | undefined
  readonly resources: readonly (Shown & { readonly id: string })[]
}

/** What an error body says (RFC 7644 §3.12). `scim`: it calls itself a SCIM error. */
export type Said = { readonly scim: boolean; readonly detail?: string; readonly scimType?: string }

/** Nothing in RFC 7643 lies deeper. What does is left out, so that no answer can exhaust the stack. */
const DEPTH = 8

/** What is of the exchange and not of the person or group. */
const NOT_DOCUMENT: ReadonlySet<string> = new Set(['id', 'meta', 'schemas', 'password', '__proto__'])

/** Some services have numbers for ids. */
const id = v.pipe(
  v.union([v.string(), v.pipe(v.number(), v.integer())]),
  v.transform(String),
  v.minLength(1),
  v.maxLength(1024),
  // Half a letter makes libSQL refuse all that it is written with, and a path that ends in dots leads elsewhere.
  v.check((text) => text.isWellFormed() && !text.includes('\0') && text !== '.' && text !== '..'),
)

/** Some services write numbers as strings. */
const count = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number))]),
  v.integer(),
)

const flag = v.union([
  v.boolean(),
  v.pipe(
    v.string(),
    v.regex(/^(true|false)$/i),
    v.transform((text) => text.toLowerCase() === 'true'),
  ),
])

/** What is read has its names in any case. */
const inAnyCase = (names: Names) =>
  v.pipe(
    v.unknown(),
    v.transform((shown) => spelled(names, shown)),
  )

/** RFC 9110 §8.8.3. What is none is not sent back: it would match nothing. */
const tag = v.pipe(v.string(), v.maxLength(256), v.regex(/^(?:W\/)?"[\x21\x23-\x7e]*"$/))

const resource = v.pipe(
  inAnyCase(resourceNames),
  v.looseObject({
    id: v.fallback(v.optional(id), undefined),
    schemas: v.fallback(v.optional(v.array(v.string()), []), []),
    meta: v.fallback(v.optional(v.object({ version: v.fallback(v.optional(tag), undefined) })), undefined),
  }),
  v.transform((read): Shown => ({
    id: read.id,
    schemas: read.schemas,
    version: read.meta?.version,
    document: documentOf(read),
  })),
)

const list = v.pipe(
  inAnyCase(namesOf(['totalResults', 'startIndex', 'Resources'])),
  v.object({
    totalResults: count,
    startIndex: v.fallback(v.optional(count), undefined),
    Resources: v.nullish(v.array(resource)),
  }),
)

const words = v.fallback(v.optional(v.string()), undefined)

/** Services that are not quite SCIM say it in other members. */
const error = v.pipe(
  inAnyCase(namesOf(['schemas', 'detail', 'message', 'error_description', 'error', 'scimType'])),
  v.object({
    schemas: v.fallback(v.array(v.string()), []),
    detail: words,
    message: words,
    error_description: words,
    error: words,
    scimType: v.fallback(v.optional(v.pipe(v.string(), v.regex(/^[a-z][\w.:-]{0,63}$/i))), undefined),
  }),
)

const supported = v.fallback(v.optional(v.object({ supported: flag })), undefined)

const config = v.pipe(
  inAnyCase(
    namesOf([
      ['patch', namesOf(['supported'])],
      ['filter', namesOf(['supported', 'maxResults'])],
      ['etag', namesOf(['supported'])],
    ]),
  ),
  v.object({
    patch: supported,
    etag: supported,
    filter: v.fallback(
      v.optional(v.object({ supported: flag, maxResults: v.fallback(v.optional(count), undefined) })),
      undefined,
    ),
  }),
)

/** Takes the body of an answer; gives the resource it is, undefined where it is none. */
export function readResource(body: unknown): Shown | undefined {
  const read = v.safeParse(resource, body)
  return read.success ? read.output : undefined
}

/**
 * Takes the body of an answer; gives the list it is, undefined where it is none. `Resources` may be missing only where
 * there are none (RFC 7644 §3.4.2), and each has an id: a list is believed as a whole or not at all.
 */
export function readList(body: unknown): Listed | undefined {
  const read = v.safeParse(list, body)
  if (!read.success) return undefined
  const { totalResults: total, startIndex: start, Resources: found } = read.output
  if (!found && total > 0) return undefined
  const resources = (found ?? []).flatMap((each) => (each.id === undefined ? [] : [{ ...each, id: each.id }]))
  return resources.length === (found ?? []).length ? { total, start, resources } : undefined
}

/** Takes the body of a refusal; gives what it says. */
export function readError(body: unknown): Said {
  const read = v.safeParse(error, body)
  if (!read.success) return { scim: false }
  const { schemas, scimType, detail = read.output.message ?? read.output.error_description } = read.output
  const said = (detail ?? read.output.error ?? '').trim()
  return {
    scim: schemas.some((urn) => /:error$/i.test(urn)),
    ...(said === '' ? {} : { detail: said }),
    ...(scimType === undefined || scimType === '' ? {} : { scimType }),
  }
}

/** What a service says of itself. */
export type Config = v.InferOutput<typeof config>

/** Takes the body of /ServiceProviderConfig; gives what it says of PATCH, filters and entity tags, undefined where it is none. */
export function readConfig(body: unknown): Config | undefined {
  const read = v.safeParse(config, body)
  return read.success ? read.output : undefined
}

function documentOf(object: Readonly<Record<string, unknown>>): JsonObject {
  return Object.fromEntries(
    Object.entries(object).flatMap(([name, value]): [string, Json][] => {
      const read = NOT_DOCUMENT.has(name) ? undefined : jsonOf(value, DEPTH)
      return read === undefined || read === null ? [] : [[name, read]]
    }),
  )
}

/** What an answer holds has come through JSON.parse; this says so to the types, no deeper than is looked at. */
function jsonOf(value: unknown, depth: number): Json | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return value
  if (depth === 0) return undefined
  if (Array.isArray(value)) return value.flatMap((each: unknown) => jsonOf(each, depth - 1) ?? [])
  if (!isObject(value)) return undefined
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]): [string, Json][] => {
      const read = name === '__proto__' ? undefined : jsonOf(each, depth - 1)
      return read === undefined ? [] : [[name, read]]
    }),
  )
}
