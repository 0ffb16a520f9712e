import { afterAll, expect, test } from 'vitest'
import { formatTable } from '../../dev/table.ts'
import { bridge, idOf, objectOf, patchOp, people } from '../bridge.ts'

const rows: (readonly [string, string, number, number])[] = []

afterAll(() => {
  // The table is part of what a run shows.
  console.log(`\n${formatTable(['operation', 'dialect', 'status', 'trips to libSQL'], rows)}\n`)
})

test('every operation of both Okta dialects is one trip to libSQL, the token included', async () => {
  const to = await bridge()
  const [a, b] = await people(to, 2)
  const measure = async (name: string, dialect: string, ...request: [string, string, unknown?]) => {
    to.trips()
    const answer = await to.send(...request)
    const trips = to.trips()
    rows.push([name, dialect, answer.status, trips])
    expect([name, dialect, answer.status < 300, trips]).toEqual([name, dialect, true, 1])
    return answer
  }
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
