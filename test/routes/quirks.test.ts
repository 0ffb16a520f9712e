import { describe, expect, test } from 'vitest'
import { at, bridge, idOf, patchOp, people, type Answer, type Bridge } from '../bridge.ts'
import { listQuirks, type Mode } from '../../worker/store/connections.ts'
import { database } from '../worker.ts'

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User'
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group'
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

const seen = async ({ connection }: Bridge) =>
  (await listQuirks(database(), connection)).map(({ name, count }) => [name, count])

const anna = { schemas: [USER], userName: 'anna', name: { givenName: 'Anna', familyName: 'Lind' } }

type Sent = (to: Bridge, id: string) => Promise<Answer>

const post =
  (body: object): Sent =>
  (to) =>
    to.send('POST', '/Users', { ...anna, userName: 'berta', ...body })
const patch =
  (...operations: readonly object[]): Sent =>
  (to, id) =>
    to.send('PATCH', `/Users/${id}`, patchOp(...operations))

/** What a provider sends in its own way, the quirks that are counted for it, and what a strict connection says. */
const cases: readonly (readonly [string, Sent, readonly string[], number, string | undefined])[] = [
  ['op in capitals', patch({ op: 'Replace', path: 'title', value: 'T' }), ['op_case'], 200, undefined],
  [
    '"False" for false',
    patch({ op: 'replace', path: 'active', value: 'False' }),
    ['string_boolean'],
    400,
    'invalidValue',
  ],
  ['[true] for true', post({ active: [true] }), ['string_boolean'], 400, 'invalidValue'],
  ['a number for a text', post({ externalId: 5 }), ['number_as_string'], 400, 'invalidValue'],
  [
    'no PatchOp',
    (to, id) =>
      to.send('PATCH', `/Users/${id}`, { Operations: [{ op: 'replace', path: 'title', value: 'T' }] }),
    ['patch_without_schema'],
    400,
    'invalidSyntax',
  ],
  [
    'no schemas',
    (to) => to.send('POST', '/Users', { userName: 'berta' }),
    ['body_without_schemas'],
    400,
    'invalidSyntax',
  ],
  ['only an extension', post({ schemas: [ENTERPRISE] }), ['body_without_schemas'], 400, 'invalidSyntax'],
  ['a schema of its own', post({ schemas: [USER, 'urn:x:y'] }), ['unknown_schema'], 400, 'invalidSyntax'],
  [
    'a schema of its own, in a PATCH',
    patch({ op: 'add', path: 'schemas', value: [USER, 'urn:x:y'] }),
    ['unknown_schema'],
    400,
    'invalidSyntax',
  ],
  [
    'a schema of its own, without a path',
    patch({ op: 'replace', value: { schemas: ['urn:x:y'] } }),
    ['pathless', 'unknown_schema'],
    400,
    'invalidSyntax',
  ],
  ['data of a schema of its own', post({ 'urn:x:y': { a: 1 } }), ['unknown_schema'], 400, 'invalidSyntax'],
  ['an attribute of its own', post({ shoeSize: 9 }), ['unknown_attribute'], 400, 'invalidSyntax'],
  ['one inside of another', post({ name: { nick: 'x' } }), ['unknown_attribute'], 400, 'invalidSyntax'],
  ['one of an extension', post({ [ENTERPRISE]: { floor: 3 } }), ['unknown_attribute'], 400, 'invalidSyntax'],
  ...[null, '', []].map((nothing): (typeof cases)[number] => [
    `${JSON.stringify(nothing)} for active`,
    patch({ op: 'replace', path: 'active', value: nothing }),
    ['active_kept'],
    200,
    undefined,
  ]),
  [
    'null for active in a PUT',
    (to, id) => to.send('PUT', `/Users/${id}`, { ...anna, active: null }),
    ['active_kept'],
    200,
    undefined,
  ],
  ['no path', patch({ op: 'replace', value: { active: false } }), ['pathless'], 400, 'invalidSyntax'],
  [
    'paths for keys',
    patch({ op: 'replace', value: { 'name.givenName': 'A', [`${ENTERPRISE}:department`]: 'D' } }),
    ['dotted_key', 'pathless'],
    400,
    'invalidSyntax',
  ],
  [
    'an object as a text',
    patch({ op: 'replace', path: 'name', value: '{"givenName":"A","familyName":"B"}' }),
    ['json_text', 'merge_complex'],
    400,
    'invalidValue',
  ],
  [
    'one address for a list',
    patch({ op: 'add', path: 'emails', value: { value: 'a@b.c' } }),
    ['lone_value'],
    400,
    'invalidValue',
  ],
  [
    'the manager as an id',
    patch({ op: 'add', path: `${ENTERPRISE}:manager`, value: 'boss' }),
    ['manager_string'],
    400,
    'invalidValue',
  ],
  [
    'a text for a boolean in a path',
    patch({ op: 'remove', path: 'emails[primary eq "True"].display' }),
    ['string_boolean'],
    400,
    'invalidFilter',
  ],
  [
    'an element that is not there',
    patch({ op: 'replace', path: 'emails[type eq "home"].value', value: 'a@b.c' }),
    ['element_made'],
    400,
    'noTarget',
  ],
  [
    'all of the elements found',
    patch({ op: 'replace', path: 'emails[type eq "work"].display', value: 'W' }),
    ['filter_many'],
    400,
    'invalidFilter',
  ],
  [
    'an element as a whole',
    patch({ op: 'replace', path: 'emails[value eq "w@x.org"]', value: { value: 'n@x.org' } }),
    ['filter_without_sub'],
    400,
    'invalidPath',
  ],
  [
    'a part of the name',
    patch({ op: 'replace', path: 'name', value: { givenName: 'A' } }),
    ['merge_complex'],
    200,
    undefined,
  ],
]

async function made(mode: Mode): Promise<{ to: Bridge; id: string }> {
  const to = await bridge({ mode })
  const emails = [
    { value: 'w@x.org', type: 'work' },
    { value: 'v@x.org', type: 'work' },
  ]
  return { to, id: idOf(await to.send('POST', '/Users', { ...anna, emails })) }
}

describe.each(cases)('%s', (_, send, quirks, status, scimType) => {
  test('is taken from a tolerant connection, and counted', async () => {
    const { to, id } = await made('tolerant')
    expect((await send(to, id)).status).toBeLessThan(300)
    expect(await seen(to)).toEqual(quirks.map((name) => [name, 1]))
  })

  test('is held against a strict one, and not counted', async () => {
    const { to, id } = await made('strict')
    const before = await to.send('GET', `/Users/${id}`)
    const answer = await send(to, id)
    expect([answer.status, at(answer.body, 'scimType')]).toEqual([status, scimType])
    if (status >= 400) expect((await to.send('GET', `/Users/${id}`)).body).toEqual(before.body)
    expect(await seen(to)).toEqual([])
  })
})

test('a strict connection replaces the whole of a complex attribute', async () => {
  const { to, id } = await made('strict')
  await patch({ op: 'replace', path: 'name', value: { givenName: 'A' } })(to, id)
  expect(at((await to.send('GET', `/Users/${id}`)).body, 'name')).toEqual({ givenName: 'A' })
})

test('null takes active away from a strict connection, and is not heard in a tolerant one', async () => {
  const ways: readonly Sent[] = [
    patch({ op: 'replace', path: 'active', value: null }),
    patch({ op: 'add', path: 'active', value: null }),
    patch({ op: 'remove', path: 'active' }),
    (to, id) => to.send('PUT', `/Users/${id}`, { ...anna, active: null }),
  ]
  for (const [mode, left] of [
    ['tolerant', false],
    ['strict', undefined],
  ] as const) {
    for (const send of ways) {
      const { to, id } = await made(mode)
      await patch({ op: 'replace', path: 'active', value: false })(to, id)
      const sent = await send(to, id)
      expect([mode, sent.status, at(sent.body, 'active')]).toEqual([mode, 200, left])
      expect(at((await to.send('GET', `/Users/${id}`)).body, 'active')).toBe(left)
      await to.send('PUT', `/Users/${id}`, anna)
      expect(at((await to.send('GET', `/Users/${id}`)).body, 'active')).toBe(left)
    }
  }
})

test('members to remove as a list: those, and in a strict connection a refusal, never all', async () => {
  for (const [mode, status, left] of [
    ['tolerant', 204, 1],
    ['strict', 400, 2],
  ] as const) {
    const to = await bridge({ mode })
    const all = (
      await Promise.all(
        ['a', 'b'].map((userName) => to.send('POST', '/Users', { schemas: [USER], userName })),
      )
    ).map(idOf)
    const group = idOf(
      await to.send('POST', '/Groups', {
        schemas: [GROUP],
        displayName: 'G',
        members: all.map((value) => ({ value })),
      }),
    )
    const remove = patchOp({ op: 'remove', path: 'members', value: [{ value: all[0] }] })
    expect((await to.send('PATCH', `/Groups/${group}`, remove)).status).toBe(status)
    expect(at((await to.send('GET', `/Groups/${group}`)).body, 'members')).toHaveLength(left)
  }
})

test('clean requests count nothing, and are one trip in a strict connection too', async () => {
  for (const mode of ['tolerant', 'strict'] as const) {
    const { to, id } = await made(mode)
    to.trips()
    await to.send('PUT', `/Users/${id}`, anna)
    await patch({ op: 'replace', path: 'title', value: 'T' })(to, id)
    expect(to.trips()).toBe(2)
    expect(await seen(to)).toEqual([])
  }
})

test('each request counts once, even if it changes nothing; a refused one does not', async () => {
  const { to, id } = await made('tolerant')
  const send = patch(
    { op: 'Replace', path: 'title', value: 'T' },
    { op: 'Add', path: 'nickName', value: 'N' },
  )
  for (let times = 0; times < 3; times += 1) await send(to, id)
  await to.send('PATCH', '/Users/none', patchOp({ op: 'Replace', path: 'title', value: 'T' }))
  await patch({ op: 'Replace', path: 'active', value: 'maybe' })(to, id)
  expect(await seen(to)).toEqual([['op_case', 3]])
})

test('a write whose answer was lost counts once', async () => {
  let lose = false
  const to = await bridge({
    fetch: async (request) => {
      const response = await fetch(request)
      if (!lose) return response
      lose = false
      await response.arrayBuffer()
      throw new TypeError('connection lost')
    },
  })
  const [id = ''] = await people(to, 1)
  const before = await seen(to)
  lose = true
  expect((await patch({ op: 'Replace', path: 'title', value: 'T' })(to, id)).status).toBe(200)
  expect(await seen(to)).toEqual([...before, ['op_case', 1]].toSorted())
})

test('a filter has no place in the URL of a change', async () => {
  const { to, id } = await made('tolerant')
  for (const [method, body] of [
    ['PUT', anna],
    ['PATCH', patchOp({ op: 'replace', path: 'title', value: 'T' })],
    ['DELETE', undefined],
  ] as const) {
    const answer = await to.send(method, `/Users/${id}?filter=${encodeURIComponent('userName eq "x"')}`, body)
    expect([answer.status, at(answer.body, 'scimType')], method).toEqual([400, 'invalidFilter'])
  }
})

test('Entra’s comparison behind the brackets of a filter is taken and counted, strictly refused', async () => {
  const path = `/Users?filter=${encodeURIComponent('emails[type eq "work"].value eq "w@x.org"')}`
  const { to, id } = await made('tolerant')
  to.trips()
  const found = await to.send('GET', path)
  expect([at(found.body, 'totalResults'), at(found.body, 'Resources', 0, 'id')]).toEqual([1, id])
  expect(await seen(to)).toEqual([['filter_dotted', 1]])
  const { to: strict } = await made('strict')
  const answer = await strict.send('GET', path)
  expect([answer.status, at(answer.body, 'scimType')]).toEqual([400, 'invalidFilter'])
  expect(await seen(strict)).toEqual([])
})

test('a count that fails behind the answer has a line of the log of its own, and the answer stands', async () => {
  let away = false
  const to = await bridge({
    fetch: async (request) => {
      if (away && (await request.clone().text()).includes('INTO quirks')) throw new TypeError('away')
      return fetch(request)
    },
    timeout: 100,
  })
  await people(to, 1)
  away = true
  const path = `/Users?filter=${encodeURIComponent('emails[type eq "work"].value eq "w@x.org"')}`
  expect((await to.send('GET', path)).status).toBe(200)
  const line = to.logs.find(({ message }) => message === 'unrecorded')
  expect(line).toMatchObject({ level: 'error', error: expect.stringContaining('DatabaseAway') })
  expect(to.logs.find(({ message, method }) => message === 'request' && method === 'GET')).toMatchObject({
    request: line?.['request'],
  })
})

test.each([
  ['active eq "True"', 'string_boolean', 'true or false without quotes'],
  ['emails[value eq "w@x.org" and primary eq "False"]', 'string_boolean', 'true or false without quotes'],
  ['emails[type eq 5]', 'number_as_string', 'a value in double quotes, not 5'],
])(
  'a value of another type in a filter is taken and counted, strictly refused: %s',
  async (filter, quirk, wrong) => {
    const path = `/Users?filter=${encodeURIComponent(filter)}`
    const { to } = await made('tolerant')
    expect((await to.send('GET', path)).status).toBe(200)
    expect(await seen(to)).toEqual([[quirk, 1]])
    const { to: strict } = await made('strict')
    const answer = await strict.send('GET', path)
    expect([answer.status, at(answer.body, 'scimType')]).toEqual([400, 'invalidFilter'])
    expect(at(answer.body, 'detail')).toContain(wrong)
    expect(await seen(strict)).toEqual([])
  },
)

test('members as bare ids and as numbers are taken and counted, strictly refused', async () => {
  for (const [mode, status, quirks] of [
    ['tolerant', 204, ['member_string', 'number_as_string']],
    ['strict', 400, []],
  ] as const) {
    const { to, id } = await made(mode)
    const group = idOf(await to.send('POST', '/Groups', { schemas: [GROUP], displayName: 'G' }))
    const add = (value: readonly unknown[]) =>
      to.send('PATCH', `/Groups/${group}`, patchOp({ op: 'add', path: 'members', value }))
    expect((await add([id])).status).toBe(status)
    expect((await add([{ value: id }, { value: 5 }])).status).toBe(status)
    expect(await seen(to)).toEqual(quirks.map((name) => [name, 1]))
  }
})
