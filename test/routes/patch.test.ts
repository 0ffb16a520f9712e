import { expect, test } from 'vitest'
import { at, bridge, idOf, patchOp } from '../bridge.ts'

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

const start = {
  userName: 'anna@example.com',
  name: { givenName: 'Anna', familyName: 'Berg' },
  title: 'Guide',
  emails: [
    { value: 'anna@example.com', type: 'work', primary: true },
    { value: 'a@example.org', type: 'home' },
  ],
  [ENTERPRISE]: { department: 'Tours', manager: { value: 'm1' } },
}

/** What a PATCH does to the person above; undefined is "gone". The number is the trips to libSQL it may cost. */
const cases: readonly (readonly [string, readonly object[], Readonly<Record<string, unknown>>, number])[] = [
  [
    'a pathless replace',
    [{ op: 'replace', value: { title: 'Boss', id: 'x', groups: [], unknown: 1 } }],
    { title: 'Boss' },
    1,
  ],
  [
    'sub-attributes named leave the others',
    [{ op: 'replace', path: 'name', value: { givenName: 'Ann' } }],
    { name: { givenName: 'Ann', familyName: 'Berg' } },
    1,
  ],
  [
    'a dotted key',
    [{ op: 'replace', value: { 'name.familyName': 'Borg' } }],
    { name: { givenName: 'Anna', familyName: 'Borg' } },
    1,
  ],
  [
    'a new sub-attribute',
    [{ op: 'add', path: 'name.middleName', value: 'B' }],
    { name: { givenName: 'Anna', familyName: 'Berg', middleName: 'B' } },
    1,
  ],
  ['a removed attribute', [{ op: 'remove', path: 'TITLE' }], { title: undefined }, 1],
  [
    'the last sub-attribute takes the attribute along',
    [
      { op: 'remove', path: 'name.givenName' },
      { op: 'remove', path: 'name.familyName' },
    ],
    { name: undefined },
    1,
  ],
  [
    'operations run in order',
    [
      { op: 'remove', path: 'title' },
      { op: 'add', path: 'title', value: 'a' },
      { op: 'replace', path: 'title', value: 'b' },
    ],
    { title: 'b' },
    1,
  ],
  [
    'a URN for a core attribute',
    [{ op: 'replace', value: { 'urn:ietf:params:scim:schemas:core:2.0:User:title': 'U' } }],
    { title: 'U' },
    1,
  ],
  [
    'an extension attribute by path',
    [{ op: 'replace', path: `${ENTERPRISE}:department`, value: 'Ops' }],
    { [ENTERPRISE]: { department: 'Ops', manager: { value: 'm1' } } },
    1,
  ],
  [
    'an extension as an object',
    [{ op: 'add', value: { [ENTERPRISE]: { costCenter: '7' } } }],
    { [ENTERPRISE]: { department: 'Tours', costCenter: '7', manager: { value: 'm1' } } },
    1,
  ],
  [
    'a manager as a bare id',
    [{ op: 'replace', path: `${ENTERPRISE}:manager`, value: 'm2' }],
    { [ENTERPRISE]: { department: 'Tours', manager: { value: 'm2' } } },
    1,
  ],
  ['an extension removed', [{ op: 'remove', path: ENTERPRISE }], { [ENTERPRISE]: undefined }, 1],
  [
    'a whole list replaced',
    [{ op: 'replace', value: { emails: [{ value: 'n@example.com', primary: true }] } }],
    { emails: [{ value: 'n@example.com', primary: true }] },
    1,
  ],
  [
    'an element added',
    [{ op: 'add', path: 'emails', value: { value: 'x@example.com', type: 'other' } }],
    { emails: [...start.emails, { value: 'x@example.com', type: 'other' }] },
    2,
  ],
  [
    'a value path',
    [{ op: 'replace', path: 'emails[type eq "work"].value', value: 'w@example.com' }],
    { emails: [{ value: 'w@example.com', type: 'work', primary: true }, start.emails[1]] },
    2,
  ],
  [
    'a value path that matches none makes the element',
    [{ op: 'replace', path: 'phoneNumbers[type eq "mobile"].value', value: '1' }],
    { phoneNumbers: [{ type: 'mobile', value: '1' }] },
    2,
  ],
  [
    'another primary',
    [{ op: 'replace', path: 'emails[type eq "home"].primary', value: true }],
    {
      emails: [
        { ...start.emails[0], primary: false },
        { ...start.emails[1], primary: true },
      ],
    },
    2,
  ],
  ['elements removed', [{ op: 'remove', path: 'emails[type eq "home"]' }], { emails: [start.emails[0]] }, 2],
]

test.each(cases)('%s', async (_, operations, expected, trips) => {
  const to = await bridge()
  const created = await to.send('POST', '/Users', start)
  to.trips()
  const patched = await to.send('PATCH', `/Users/${idOf(created)}`, patchOp(...operations))
  expect(to.trips()).toBe(trips)
  expect(patched.status).toBe(200)
  for (const [name, value] of Object.entries({ ...start, ...expected })) {
    expect([name, at(patched.body, name)]).toEqual([name, value])
  }
  expect(at(patched.body, 'meta', 'version')).toBe('W/"2"')
  expect((await to.send('GET', `/Users/${idOf(created)}`)).body).toEqual(patched.body)
})

test('a PATCH that changes nothing leaves version and lastModified alone', async () => {
  const to = await bridge()
  const created = await to.send('POST', '/Users', start)
  const same = patchOp(
    { op: 'replace', value: { title: 'Guide', emails: start.emails } },
    { op: 'add', path: 'name', value: { givenName: 'Anna' } },
  )
  expect((await to.send('PATCH', `/Users/${idOf(created)}`, same)).body).toEqual(created.body)
})

const refused: readonly (readonly [object, string])[] = [
  [{ op: 'replace', path: 'id', value: 'x' }, 'mutability'],
  [{ op: 'replace', path: 'groups', value: [] }, 'mutability'],
  [{ op: 'replace', path: 'meta.created', value: 'x' }, 'mutability'],
  [{ op: 'remove', path: 'userName' }, 'mutability'],
  [{ op: 'replace', path: 'userName', value: '' }, 'invalidValue'],
  [{ op: 'replace', path: 'active', value: 'maybe' }, 'invalidValue'],
  [{ op: 'replace', path: 'name', value: 5 }, 'invalidValue'],
  [{ op: 'replace', value: 'x' }, 'invalidValue'],
  [{ op: 'add', path: 'nickName' }, 'invalidValue'],
  [{ op: 'replace', path: 'shoeSize', value: 9 }, 'invalidPath'],
  [{ op: 'replace', path: 'emails[', value: 9 }, 'invalidPath'],
  [{ op: 'replace', path: '', value: 9 }, 'invalidPath'],
  [{ op: 'replace', path: 'a..b', value: 9 }, 'invalidPath'],
  [{ op: 'replace', path: 'emails[type xx "work"].value', value: 'x' }, 'invalidFilter'],
  [{ op: 'remove' }, 'noTarget'],
  [{ op: 'move', path: 'title' }, 'invalidSyntax'],
  [{ path: 'title' }, 'invalidSyntax'],
]

test.each(refused)(
  '%j is refused with %s, and what stood before it is undone',
  async (operation, scimType) => {
    const to = await bridge()
    const created = await to.send('POST', '/Users', start)
    const body = patchOp({ op: 'replace', path: 'title', value: 'changed' }, operation)
    expect(await to.send('PATCH', `/Users/${idOf(created)}`, body)).toMatchObject({
      status: 400,
      body: { scimType },
    })
    expect((await to.send('GET', `/Users/${idOf(created)}`)).body).toEqual(created.body)
  },
)

test('a PATCH without operations is refused', async () => {
  const to = await bridge()
  const created = await to.send('POST', '/Users', start)
  for (const body of [{}, { Operations: [] }, { Operations: {} }, [], 'null', '{"a":']) {
    const answer = await to.send('PATCH', `/Users/${idOf(created)}`, body)
    expect(answer).toMatchObject({ status: 400, body: { scimType: 'invalidSyntax' } })
  }
})
