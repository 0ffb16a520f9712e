import { describe, expect, test } from 'vitest'
import { at, bridge, idOf, patchOp, type Answer } from '../bridge.ts'

const THING = 'urn:example:params:scim:schemas:test:2.0:Thing'
const EXTRA = 'urn:example:params:scim:schemas:extension:test:2.0:Extra'

/** What test/custom.ts has none of: lists, references, base64, and the rest of what may be shown or set. */
const custom = {
  schemas: [
    {
      id: THING,
      attributes: [
        { name: 'tags', multiValued: true },
        { name: 'sizes', type: 'integer', multiValued: true, required: true },
        { name: 'on', type: 'boolean' },
        { name: 'owner', type: 'reference', referenceTypes: ['User'] },
        { name: 'file', type: 'binary' },
        { name: 'code', returned: 'always' },
        { name: 'hidden', returned: 'never' },
        { name: 'made', mutability: 'readOnly' },
        { name: 'pin', mutability: 'writeOnly' },
        {
          name: 'vaults',
          type: 'complex',
          multiValued: true,
          subAttributes: [{ name: 'value', returned: 'never' }, { name: 'door' }],
        },
        {
          name: 'safes',
          type: 'complex',
          multiValued: true,
          returned: 'never',
          subAttributes: [{ name: 'value' }],
        },
        { name: 'kinds', multiValued: true, mutability: 'immutable' },
        {
          name: 'places',
          type: 'complex',
          multiValued: true,
          subAttributes: [
            { name: 'value' },
            { name: 'room', returned: 'request' },
            { name: 'floor', type: 'integer', returned: 'never' },
            { name: 'code', mutability: 'writeOnly' },
            { name: 'key', returned: 'always' },
            { name: 'seen', mutability: 'readOnly' },
          ],
        },
      ],
    },
    {
      id: EXTRA,
      attributes: [{ name: 'must', required: true }, { name: 'may' }, { name: 'mark', returned: 'always' }],
    },
  ],
  resourceTypes: [
    { name: 'Thing', endpoint: '/Things', schema: THING, schemaExtensions: [{ schema: EXTRA }] },
  ],
}

const made = async (body: object = {}) => {
  const to = await bridge({ custom })
  const answer = await to.send('POST', '/Things', { sizes: [1], ...body })
  return { to, answer, path: `/Things/${idOf(answer)}` }
}
const omit = (answer: Answer, ...names: readonly string[]) =>
  Object.fromEntries(Object.entries(answer.body ?? {}).filter(([name]) => !names.includes(name)))
const content = (answer: Answer) => omit(answer, 'schemas', 'id', 'meta')

describe('a list without sub-attributes', () => {
  test('has each value once, takes one or many, and is emptied whole', async () => {
    const { to, answer, path } = await made({ tags: ['a', 'b', 'A'] })
    expect(at(answer.body, 'tags')).toEqual(['a', 'b'])
    const patch = async (...operations: object[]) =>
      at((await to.send('PATCH', path, patchOp(...operations))).body, 'tags')
    expect(await patch({ op: 'add', path: 'tags', value: 'c' })).toEqual(['a', 'b', 'c'])
    expect(await patch({ op: 'add', path: 'tags', value: ['B', 'd'] })).toEqual(['a', 'b', 'c', 'd'])
    expect(await patch({ op: 'add', value: { tags: 'e' } })).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(await patch({ op: 'replace', path: 'tags', value: ['x'] })).toEqual(['x'])
    expect(await patch({ op: 'remove', path: 'tags' })).toBeUndefined()
  })

  test('that is required cannot be emptied', async () => {
    const { to, path } = await made()
    expect((await to.send('POST', '/Things', { sizes: [] })).status).toBe(400)
    for (const operation of [
      { op: 'remove', path: 'sizes' },
      { op: 'replace', path: 'sizes', value: [] },
    ]) {
      expect((await to.send('PATCH', path, patchOp(operation))).status).toBe(400)
    }
  })

  test('has values of its type', async () => {
    const { to } = await made()
    for (const sizes of [['1'], [1.5], 1]) {
      expect((await to.send('POST', '/Things', { sizes })).status).toBe(400)
    }
  })
})

test('booleans, references and base64 are what they should be', async () => {
  const body = { on: true, owner: 'https://bridge.test/scim/v2/Users/7', file: 'aGk=' }
  const { to, answer } = await made(body)
  expect(content(answer)).toEqual({ sizes: [1], ...body })
  for (const wrong of [{ on: 'maybe' }, { owner: true }, { file: 'a' }]) {
    expect((await to.send('POST', '/Things', { sizes: [1], ...wrong })).status).toBe(400)
  }
})

describe('returned', () => {
  const whole = {
    code: 'c',
    hidden: 'h',
    places: [{ value: 'v', room: 'r', floor: 2, key: 'k' }],
    [EXTRA]: { must: 'm', mark: '!' },
  }

  test('always, never and on request, at the top, in parts and in an extension', async () => {
    const { to, path } = await made(whole)
    const get = async (query: string) => content(await to.send('GET', `${path}${query}`))
    const least = { code: 'c', [EXTRA]: { mark: '!' } }
    const rest = { sizes: [1], ...least, [EXTRA]: whole[EXTRA] }
    expect(await get('')).toEqual({ ...rest, places: [{ value: 'v', key: 'k' }] })
    expect(await get('?attributes=hidden')).toEqual(least)
    expect(await get('?attributes=places')).toEqual({ ...least, places: [{ value: 'v', key: 'k' }] })
    expect(await get('?attributes=places.room,places.floor')).toEqual({
      ...least,
      places: [{ room: 'r', key: 'k' }],
    })
    expect(await get('?excludedAttributes=code,places.value,places.key')).toEqual({
      ...rest,
      places: [{ key: 'k' }],
    })
    expect(await get(`?excludedAttributes=places,${EXTRA}`)).toEqual({ sizes: [1], ...least })
    const list = await to.send('GET', '/Things')
    expect(JSON.stringify(list.body)).not.toMatch(/hidden|floor|room/)
  })

  test('never is kept: it is only not shown', async () => {
    const { to, path } = await made(whole)
    const before = await to.send('GET', path)
    const same = patchOp({ op: 'replace', path: 'hidden', value: 'h' })
    expect((await to.send('PATCH', path, same)).body).toEqual(before.body)
    const other = patchOp({ op: 'replace', path: 'hidden', value: 'i' })
    expect(at((await to.send('PATCH', path, other)).body, 'meta', 'version')).toBe('W/"2"')
  })
})

describe('what is never returned is told by no filter', () => {
  const secrets = {
    hidden: 'h',
    places: [{ value: 'v', floor: 2 }],
    vaults: [{ value: 'secret', door: 'd' }],
    safes: [{ value: 'secret' }],
  }
  const brackets = [
    'places[floor eq 2]',
    'places[floor pr]',
    'places[floor eq null]',
    'places[value eq "v" and floor gt 1]',
    'places[value eq "v" and not (floor lt 1)]',
    'places[code sw "s"]',
    'vaults[value sw "s"]',
    'safes[value sw "s"]',
  ]

  test.each([
    ...brackets,
    'places[value eq "v"].floor eq 2',
    'hidden sw "h"',
    'places.floor eq 2',
    'vaults sw "s"',
    'vaults.value pr',
    'safes pr',
  ])('%s is 400, in a query and in a search', async (filter) => {
    const { to } = await made(secrets)
    const path = `/Things?filter=${encodeURIComponent(filter)}`
    const refused = { status: 400, body: { scimType: 'invalidFilter' } }
    expect(await to.send('GET', path)).toMatchObject(refused)
    const search = { schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'], filter }
    expect(await to.send('POST', '/Things/.search', search)).toMatchObject(refused)
  })

  test.each(brackets)('%s is 400 in the path of a PATCH', async (filter) => {
    const { to, path } = await made(secrets)
    const before = await to.send('GET', path)
    for (const operation of [
      { op: 'remove', path: filter },
      { op: 'replace', path: `${filter}.value`, value: 'w' },
      { op: 'add', value: { [`${filter}.value`]: 'w' } },
    ]) {
      const refused = { status: 400, body: { scimType: 'invalidFilter' } }
      expect(await to.send('PATCH', path, patchOp(operation))).toMatchObject(refused)
    }
    expect((await to.send('GET', path)).body).toEqual(before.body)
  })

  test('a part beside the brackets may be written, and no list is ordered by one', async () => {
    const { to, path } = await made(secrets)
    const change = { op: 'replace', path: 'places[value eq "v"].floor', value: 3 }
    expect((await to.send('PATCH', path, patchOp(change))).status).toBe(200)
    for (const sortBy of ['hidden', 'places.floor', 'vaults', 'safes'])
      expect((await to.send('GET', `/Things?sortBy=${sortBy}`)).status).toBe(400)
    expect((await to.send('GET', '/Things?sortBy=vaults.door')).status).toBe(200)
  })
})

describe('mutability', () => {
  test('readOnly is passed over in a body, and refused in a path', async () => {
    const { to, answer, path } = await made({ made: 'here', places: [{ value: 'v', seen: 'x' }] })
    expect(content(answer)).toEqual({ sizes: [1], places: [{ value: 'v' }] })
    for (const name of ['made', 'places.seen', 'places[value eq "v"].seen']) {
      const refused = await to.send('PATCH', path, patchOp({ op: 'replace', path: name, value: 'x' }))
      expect([name, refused.status, at(refused.body, 'scimType')]).toEqual([name, 400, 'mutability'])
    }
  })

  test('writeOnly is taken, and never shown', async () => {
    const { to, answer, path } = await made({ pin: '1234' })
    const patched = await to.send('PATCH', path, patchOp({ op: 'add', path: 'pin', value: '5678' }))
    expect([answer, patched].map((one) => [one.status, content(one)])).toEqual([
      [201, { sizes: [1] }],
      [200, { sizes: [1] }],
    ])
  })

  test('a list that is immutable is set once, whole', async () => {
    const { to, path } = await made()
    const add = (...value: string[]) => to.send('PATCH', path, patchOp({ op: 'add', path: 'kinds', value }))
    expect(at((await add('a', 'b')).body, 'kinds')).toEqual(['a', 'b'])
    expect((await add('c')).status).toBe(400)
    expect((await add('a')).status).toBe(200)
    const put = await to.send('PUT', path, { sizes: [2] })
    expect(content(put)).toEqual({ sizes: [2], kinds: ['a', 'b'] })
    expect((await to.send('PUT', path, { sizes: [2], kinds: ['a'] })).status).toBe(400)
  })
})

test('what an extension requires is required where there is the extension', async () => {
  const { to, path } = await made()
  const refused = await to.send('POST', '/Things', { sizes: [1], [EXTRA]: { may: 'x' } })
  expect(refused).toMatchObject({ status: 400, body: { scimType: 'invalidValue' } })
  expect(at(refused.body, 'detail')).toContain(`${EXTRA}:must`)
  const patch = (...operations: object[]) => to.send('PATCH', path, patchOp(...operations))
  const may = { op: 'add', path: `${EXTRA}:may`, value: 'x' }
  const must = { op: 'add', path: `${EXTRA}:must`, value: 'y' }
  expect(await patch(may)).toMatchObject({ status: 400, body: { scimType: 'invalidValue' } })
  expect(await patch(may, must)).toMatchObject({ status: 200, body: { [EXTRA]: { may: 'x', must: 'y' } } })
  expect(await patch({ op: 'remove', path: `${EXTRA}:must` })).toMatchObject({
    status: 400,
    body: { scimType: 'mutability' },
  })
  expect(content(await patch({ op: 'remove', path: EXTRA }))).toEqual({ sizes: [1] })
})
