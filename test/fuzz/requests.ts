import * as fc from 'fast-check'
import { bodies, filter, word } from './bodies.ts'

/** A request as it goes over the wire. Where its path begins with a place, `@0` to `@3`, what lives there now is meant. */
export type Sent = {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const parameter = fc.oneof(
  filter.map((value) => ['filter', value] as const),
  fc.tuple(
    fc.constantFrom(...'count startIndex cursor sortBy sortOrder attributes excludedAttributes x'.split(' ')),
    word,
  ),
)
const query = fc
  .array(parameter, { maxLength: 3 })
  .map((list) => list.map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`).join('&'))

const segment = word.map((text) => encodeURIComponent(text.toWellFormed()))
const endpoint = fc.constantFrom(
  ...'/Users /Groups /Bulk /Me /.search /Users/.search /Groups/.search / /Roles'.split(' '),
  ...'/Schemas /ResourceTypes /ServiceProviderConfig'.split(' '),
)
const anywhere = fc.oneof(
  fc.constantFrom('@0', '@1', '@2', '@3'),
  endpoint,
  segment.map((text) => `/Users/${text}`),
  segment.map((text) => `/${text}`),
)
const headers = fc.record(
  {
    'if-match': fc.constantFrom('*', 'W/"1"', 'x', '"', 'W/"999999999999999999999"'),
    'if-none-match': fc.constantFrom('*', 'W/"1"', ','),
    'content-type': fc.constantFrom(
      'application/json',
      'application/scim+json; charset=utf-16',
      'text/plain',
    ),
    accept: fc.constantFrom('text/html', '*/*'),
  },
  { requiredKeys: [] },
)

const anything: fc.Arbitrary<Sent> = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'),
    to: anywhere,
    query,
    headers,
    body: bodies.any,
  })
  .map(({ to, query: asked, ...rest }) => ({ ...rest, path: asked === '' ? to : `${to}?${asked}` }))
const read: fc.Arbitrary<Sent> = fc
  .tuple(endpoint, query)
  .map(([to, asked]) => ({ method: 'GET', path: `${to}?${asked}`, headers: {}, body: '' }))
const plainly = (method: string, to: string, body: fc.Arbitrary<string>): fc.Arbitrary<Sent> =>
  body.map((sent) => ({ method, path: to, headers: {}, body: sent }))

/** Requests: anything to anywhere, and of each kind those that come through to what the kind is for. */
export const requests: fc.Arbitrary<Sent> = fc.oneof(
  { weight: 8, arbitrary: anything },
  { weight: 4, arbitrary: read },
  plainly('POST', '/Users', bodies.person),
  plainly('POST', '/Groups', bodies.group),
  plainly('POST', '/Users/.search', bodies.search),
  plainly('POST', '/.search', bodies.search),
  plainly('POST', '/Bulk', bodies.bulk),
  ...['@0', '@1'].flatMap((person) => [
    plainly('PUT', person, bodies.person),
    { weight: 2, arbitrary: plainly('PATCH', person, bodies.patch) },
  ]),
  ...['@2', '@3'].flatMap((group) => [
    plainly('PUT', group, bodies.group),
    { weight: 2, arbitrary: plainly('PATCH', group, bodies.groupPatch) },
    plainly('DELETE', group, fc.constant('')),
  ]),
)
