import { invalidValue, ScimError } from './error.ts'
import { parseFilter, type Parsed } from './filter.ts'
import { isObject } from './json.ts'
import { readPage, type Page } from './list.ts'
import { readSelection, type Selection } from './selection.ts'
import { readSort, type Sort } from './sort.ts'
import type { ResourceType } from './schema.ts'

/** What a client asks of a list, each as text, undefined where it says nothing (RFC 7644 §3.4.2, RFC 9865 §2). */
export type Asked = {
  readonly filter?: string | undefined
  readonly sortBy?: string | undefined
  readonly sortOrder?: string | undefined
  readonly startIndex?: string | undefined
  readonly count?: string | undefined
  readonly cursor?: string | undefined
  readonly attributes?: string | undefined
  readonly excludedAttributes?: string | undefined
}

/** A list as it is asked for, read: `types` are the kinds of resource in it, `selections` what is shown of each. */
export type Query = {
  readonly types: readonly ResourceType[]
  readonly filter: Parsed | undefined
  readonly sort: Sort | undefined
  readonly page: Page
  readonly selections: readonly Selection[]
}

/** Takes the kinds of resource and what is asked; gives it read. Throws 400 invalidFilter, invalidValue or invalidCursor. */
export function readQuery(types: readonly ResourceType[], asked: Asked): Query {
  return {
    types,
    filter: asked.filter === undefined ? undefined : parseFilter(asked.filter),
    sort: readSort(types, asked.sortBy, asked.sortOrder),
    page: readPage(asked),
    selections: types.map((type) => readSelection(type, asked.attributes, asked.excludedAttributes)),
  }
}

const SEARCH = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest'

/**
 * Takes the body of a POST to /.search; gives what it asks (RFC 7644 §3.4.3). Throws 400 invalidSyntax for what is no
 * SearchRequest, 400 invalidValue for a value of the wrong type.
 */
export function readSearch(body: unknown): Asked {
  const entries = isObject(body) ? Object.entries(body) : []
  const entry = (name: string) => entries.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]
  const schemas = entry('schemas')
  const named = Array.isArray(schemas)
    ? schemas.map((urn: unknown) => (typeof urn === 'string' ? urn.toLowerCase() : ''))
    : []
  if (!named.includes(SEARCH.toLowerCase())) {
    throw new ScimError(400, 'invalidSyntax', `body: expected a SearchRequest with schemas ["${SEARCH}"]`)
  }
  const text = (name: string) => textOf(name, entry(name))
  return {
    filter: text('filter'),
    sortBy: text('sortBy'),
    sortOrder: text('sortOrder'),
    startIndex: integerOf('startIndex', entry('startIndex')),
    count: integerOf('count', entry('count')),
    cursor: text('cursor'),
    attributes: listOf('attributes', entry('attributes')),
    excludedAttributes: listOf('excludedAttributes', entry('excludedAttributes')),
  }
}

function textOf(name: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return value
  throw invalidValue(name, 'a string')
}

function integerOf(name: string, value: unknown): string | undefined {
  return typeof value === 'number' ? String(value) : textOf(name, value)
}

function listOf(name: string, value: unknown): string | undefined {
  if (!Array.isArray(value)) return textOf(name, value)
  return value.map((one: unknown) => textOf(name, one) ?? '').join(',')
}
