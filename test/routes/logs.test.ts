import { expect, test } from 'vitest'
import { bridge, idOf, patchOp, people } from '../bridge.ts'

/** One of each kind of thing that must never be in a log, each unlike anything else. */
const canaries = {
  userName: 'canary.username@example.com',
  given: 'Canarygiven',
  email: 'canary.email@example.com',
  password: 'canary-password-1',
  address: 'Canary Street 7',
  filter: 'canary-filter',
  path: 'canary-path',
  member: 'Canary Member',
  header: 'canary-basic-user',
}

test('no name, address, password, body, query string, SQL argument or token is in the log, whatever happens', async () => {
  const to = await bridge()
  const body = {
    userName: canaries.userName,
    name: { givenName: canaries.given },
    emails: [{ value: canaries.email }],
    addresses: [{ streetAddress: canaries.address }],
    password: canaries.password,
  }
  const created = await to.send('POST', '/Users', body)
  const user = `/Users/${idOf(created)}`
  const [person] = await people(to, 1)
  await to.send('POST', '/Users', body)
  await to.send('PUT', user, { ...body, active: canaries.given })
  await to.send('PATCH', user, patchOp({ op: 'replace', value: body }))
  await to.send('PATCH', user, patchOp({ op: 'replace', path: canaries.path, value: canaries.given }))
  await to.send(
    'GET',
    `/Users?filter=${encodeURIComponent(`userName eq "${canaries.filter}"`)}&x=${canaries.path}`,
  )
  await to.send('GET', `/Users?filter=${canaries.filter}`)
  await to.send('GET', `/Users/${canaries.path}`)
  await to.send('GET', `/${canaries.path}/x`)
  await to.send('POST', '/Groups', {
    displayName: canaries.given,
    members: [{ value: canaries.member }, { value: person }],
  })
  await to.send('POST', '/Users', `{"userName": "${canaries.userName}`)
  await to.send('GET', '/Users', undefined, {
    authorization: `Basic ${btoa(`${canaries.header}:${to.token}`)}`,
  })
  await to.send('GET', '/Users', undefined, { authorization: `Bearer "${to.token}"` })
  const gone = await bridge({
    connection: to.connection,
    fetch: () => Promise.reject(new Error('Network connection lost.')),
  })
  await gone.send('POST', '/Users', body)
  const broken = await bridge({
    connection: to.connection,
    fetch: () =>
      Promise.resolve(
        Response.json({ message: `near "${canaries.userName}"`, code: 'SQL_PARSE_ERROR' }, { status: 400 }),
      ),
  })
  await broken.send('POST', '/Users', body)

  const lines = [...to.logs, ...gone.logs, ...broken.logs].map((entry) => JSON.stringify(entry))
  // Two of them: what is written down after an answer met the same database.
  expect(lines).toHaveLength(18)
  for (const canary of [...Object.values(canaries), to.token.slice(20), 'filter=', 'Person 0']) {
    expect([canary, lines.filter((line) => line.toLowerCase().includes(canary.toLowerCase()))]).toEqual([
      canary,
      [],
    ])
  }
  expect(lines[0]).toContain(idOf(created))
})
