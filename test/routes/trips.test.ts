import { afterAll, expect, test } from 'vitest'
import { formatTable } from '../../dev/table.ts'
import { bridge, idOf, objectOf, patchOp, people } from '../bridge.ts'
import type { Bridge } from '../bridge.ts'

const rows: (readonly [string, string, number, number])[] = []

afterAll(() => {
  // The table is part of what a run shows.
  console.log(`\n${formatTable(['operation', 'dialect', 'status', 'trips to libSQL'], rows)}\n`)
})

type Measured = [string, string, unknown?]

/** Sends a request, notes it in the table, and requires it to be done in so many trips. */
const measuring =
  (to: Bridge, expected: number) =>
  async (name: string, dialect: string, ...request: Measured) => {
    to.trips()
    const answer = await to.send(...request)
    const trips = to.trips()
    rows.push([name, dialect, answer.status, trips])
    expect([name, dialect, answer.status < 300, trips]).toEqual([name, dialect, true, expected])
    return answer
  }

test('every operation of both Okta dialects is one trip to libSQL, the token included', async () => {
  const to = await bridge()
  const [a, b] = await people(to, 2)
  const measure = measuring(to, 1)
  const filter = (text: string) => `filter=${encodeURIComponent(text)}&startIndex=1&count=100`
  const member = (value: string | undefined) => ({ value, display: 'x' })

  await measure('test credentials', 'both', 'GET', '/Users?startIndex=1&count=2')
  await measure('test credentials, groups', 'both', 'GET', '/Groups?startIndex=1&count=100')
  await measure('import people', 'both', 'GET', '/Users?startIndex=1&count=100')
  await measure('import groups', 'both', 'GET', '/Groups?startIndex=1&count=100')
  await measure('look up a person', 'both', 'GET', `/Users?${filter('userName eq "anna@example.com"')}`)
  const sent = {
    userName: 'anna@example.com',
    name: { givenName: 'A', familyName: 'B' },
    externalId: '00u1',
    password: 'p',
    active: true,
  }
  const anna = await measure('create a person', 'both', 'POST', '/Users', sent)
  const user = `/Users/${idOf(anna)}`
  const read = await measure('read a person', 'both', 'GET', user)
  await measure('profile push', 'both', 'PUT', user, { ...objectOf(read), title: 'T' })
  await measure(
    'profile push',
    'oin',
    'PATCH',
    user,
    patchOp({ op: 'replace', value: { ...sent, title: 'U', emails: [{ value: 'x' }] } }),
  )
  await measure('password', 'oin', 'PATCH', user, patchOp({ op: 'replace', value: { password: 'q' } }))
  await measure('password', 'aiw', 'PUT', user, { ...sent, password: 'q' })
  await measure('deactivate', 'oin', 'PATCH', user, patchOp({ op: 'replace', value: { active: false } }))
  await measure('revive by externalId', 'both', 'POST', '/Users', sent)
  await measure('deactivate', 'aiw', 'PUT', user, { ...sent, active: false })
  await measure('reactivate', 'oin', 'PATCH', user, patchOp({ op: 'replace', value: { active: true } }))
  await measure('reactivate', 'aiw', 'PUT', user, { ...sent, active: true })
  await measure('look up a group', 'both', 'GET', `/Groups?${filter('displayName eq "Crew"')}`)
  const crew = await measure('create a group', 'both', 'POST', '/Groups', {
    displayName: 'Crew',
    members: [],
  })
  const group = `/Groups/${idOf(crew)}`
  await measure('read a group', 'both', 'GET', group)
  await measure(
    'rename',
    'oin',
    'PATCH',
    group,
    patchOp({ op: 'replace', value: { id: idOf(crew), displayName: 'Team' } }),
  )
  await measure('rename', 'aiw', 'PUT', group, { displayName: 'Crew' })
  await measure(
    'members in',
    'oin',
    'PATCH',
    group,
    patchOp({ op: 'add', path: 'members', value: [member(a), member(b)] }),
  )
  const swap = patchOp(
    { op: 'remove', path: `members[value eq "${a}"]` },
    { op: 'add', path: 'members', value: [member(b)] },
  )
  await measure('members out and in', 'oin', 'PATCH', group, swap)
  await measure(
    'members out, by any filter',
    'others',
    'PATCH',
    group,
    patchOp({ op: 'remove', path: `members[display eq "x" or value eq "${a}"]` }),
  )
  await measure('members', 'aiw', 'PUT', group, { displayName: 'Crew', members: [member(a)] })
  await measure(
    'Push Now',
    'oin',
    'PATCH',
    group,
    patchOp({ op: 'replace', path: 'members', value: [member(a), member(b)] }),
  )
  await measure(
    'Push Now with none',
    'oin',
    'PATCH',
    group,
    patchOp({ op: 'replace', path: 'members', value: [] }),
  )
  await measure('Push Now', 'aiw', 'PUT', group, { displayName: 'Crew', members: [member(a), member(b)] })
  await measure('delete a group', 'both', 'DELETE', group)
  await measure('delete a person', 'others', 'DELETE', user)
  await measure('service provider config', 'others', 'GET', '/ServiceProviderConfig')
})

test('so is what Entra sends; two where the outcome depends on the elements that are there', async () => {
  const to = await bridge()
  const [a, b] = await people(to, 2)
  const once = measuring(to, 1)
  const twice = measuring(to, 2)
  const user = `/Users/${a}`
  const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
  const find = (path: string, filter: string) => `${path}filter=${encodeURIComponent(filter)}`
  await once('test connection', 'entra', 'GET', find('/Users?', `userName eq "${crypto.randomUUID()}"`))
  await once('look up by externalId', 'entra', 'GET', find('/Users?', 'externalId eq "x"'))
  // What is beside the letter in a read is counted in the isolate, and written down after an answer.
  await once('look up by work email', 'entra', 'GET', find('/Users?', 'emails[type eq "work"].value eq "x"'))
  for (const [dialect, op, no] of [
    ['entra', 'Replace', 'False'],
    ['062020', 'replace', false],
  ] as const) {
    await once('disable', dialect, 'PATCH', user, patchOp({ op, path: 'active', value: no }))
  }
  const named = [
    { op: 'Replace', path: 'displayName', value: 'X' },
    { op: 'Add', path: 'name.givenName', value: 'Y' },
    { op: 'Add', path: `${enterprise}:department`, value: 'Z' },
    { op: 'Add', path: `${enterprise}:manager`, value: b },
  ]
  await once('profile', 'entra', 'PATCH', user, patchOp(...named))
  const value = { displayName: 'W', 'name.givenName': 'V', [`${enterprise}:employeeNumber`]: '1' }
  await once('profile', '062020', 'PATCH', user, patchOp({ op: 'replace', value }))
  const phone = { op: 'Replace', path: 'phoneNumbers[type eq "mobile"].value', value: '+49 170 1' }
  await twice('a number that is not there', 'entra', 'PATCH', user, patchOp(phone))
  await twice('a number that is there', 'entra', 'PATCH', user, patchOp({ ...phone, value: '+49 170 2' }))
  const crew = await once('create a group', 'entra', 'POST', '/Groups', { displayName: 'C', externalId: 'e' })
  const group = `/Groups/${idOf(crew)}`
  const byName = find('/Groups?excludedAttributes=members&', 'displayName eq "C"')
  await once('look up a group', 'entra', 'GET', byName)
  await once('read a group', 'entra', 'GET', `${group}?excludedAttributes=members`)
  const listed = { path: 'members', value: [a, b].map((id) => ({ $ref: null, value: id })) }
  await once('members in', 'entra', 'PATCH', group, patchOp({ op: 'Add', ...listed }))
  const probe = find('/Groups?', `id eq "${idOf(crew)}" and members eq "${a}"`)
  await once('is a member', 'entra', 'GET', probe)
  await once('members out', 'entra', 'PATCH', group, patchOp({ op: 'Remove', ...listed }))
  await once('rename', 'entra', 'PATCH', group, patchOp({ op: 'Replace', path: 'displayName', value: 'D' }))
  await once('delete a person', 'entra', 'DELETE', user)
})

test('a refusal is one trip too, and a bad signature none', async () => {
  const to = await bridge()
  const [a] = await people(to, 1)
  to.trips()
  for (const request of [
    ['POST', '/Users', '{'],
    ['POST', '/Users', { userName: 'person0@example.com' }],
    ['PUT', `/Users/${a}`, {}],
    ['PATCH', `/Users/${a}`, patchOp({ op: 'replace', path: 'active', value: 'maybe' })],
    ['GET', '/Users/none'],
    ['GET', '/Users?filter=x'],
    ['GET', '/Nopes'],
  ] as const) {
    const answer = await to.send(request[0], request[1], request[2])
    expect([request, answer.status >= 400, to.trips()]).toEqual([request, true, 1])
  }
  await to.send('GET', '/Users', undefined, { authorization: 'non-token' })
  expect(to.trips()).toBe(0)
})
