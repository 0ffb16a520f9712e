import { env, exports } from 'cloudflare:workers'
import { importJWK, SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { readConfig } from '../../worker/config.ts'
import { newKey } from '../../worker/auth/keys.ts'
import { signToken } from '../../worker/auth/token.ts'
import { revokeToken } from '../../worker/store/tokens.ts'
import { at, bridge, idOf, patchOp } from '../bridge.ts'
import { connect, database } from '../worker.ts'

async function get(
  authorization: string | undefined,
): Promise<{ status: number; detail: string; challenge: string }> {
  const headers = authorization === undefined ? {} : { authorization }
  const response = await exports.default.fetch(new Request('https://bridge.test/scim/v2/Users', { headers }))
  const body: unknown = await response.json()
  return {
    status: response.status,
    detail: JSON.stringify(at(body, 'detail')),
    challenge: response.headers.get('www-authenticate') ?? '',
  }
}

test('the token is taken as Bearer, bare, and as the password of Basic', async () => {
  const { token } = await connect()
  expect(token).toMatch(/^drawbridge_local_eyJ/)
  expect(token.length).toBeLessThanOrEqual(350)
  for (const authorization of [
    `Bearer ${token}`,
    `bearer  ${token}`,
    token,
    `Basic ${btoa(`okta:${token}`)}`,
    `Basic ${btoa(`:${token}`)}`,
  ]) {
    expect((await get(authorization)).status).toBe(200)
  }
})

test('what went wrong in the paste is said, and nothing of whether there is such a token', async () => {
  const live = (await connect()).token
  const foreign = live.replace('drawbridge_local_', 'drawbridge_eu_')
  const said: readonly (readonly [string | undefined, RegExp])[] = [
    [undefined, /Send the API token/],
    ['non-token', /begin with drawbridge_/],
    [`Bearer "${live}"`, /quotes/],
    [`Bearer Bearer ${live}`, /Bearer, which the identity provider adds/],
    [`${live.slice(0, 60)} ${live.slice(60)}`, /space or a line break/],
    [live.slice(0, -5), /end of the API token is missing/],
    [foreign, /for region eu, and this is region local/],
    [`${live.slice(0, -3)}AAA`, /not valid here/],
    ['Basic !!!', /Send the API token/],
  ]
  for (const [authorization, detail] of said) {
    const answer = await get(authorization)
    expect([authorization?.slice(0, 20), answer.status]).toEqual([authorization?.slice(0, 20), 401])
    expect(answer.detail).toMatch(detail)
    expect(answer.challenge).toMatch(/^Bearer realm="Drawbridge"/)
    expect(answer.detail).not.toContain(live.slice(20, 60))
  }
  const { id } = await connect()
  const gone = await signToken(readConfig(env), { connection: id, jti: 'a'.repeat(16), issued: 1 })
  expect((await get(gone)).detail).toBe((await get(`${live.slice(0, -3)}AAA`)).detail)
})

test('a forged, expired or foreign token is refused like any other', async () => {
  const config = readConfig(env)
  const { id, jti } = await connect()
  const issued = Math.floor(Date.now() / 1000)
  const claims = { connection: id, jti, issued }
  const unsigned = `drawbridge_local_${btoa('{"alg":"none"}').replace(/=/g, '')}.${btoa(JSON.stringify({ sub: id, jti, aud: config.deployment })).replace(/=/g, '')}.${'A'.repeat(86)}`
  const secret = new TextEncoder().encode(config.keys[0].x.padEnd(32, '0'))
  const symmetric = await new SignJWT({ sub: id, jti, aud: config.deployment })
    .setProtectedHeader({ alg: 'HS256', kid: config.keys[0].kid })
    .sign(secret)
  const stranger = await newKey()
  const swapped = { ...stranger, kid: config.keys[0].kid }
  const unknown = await signToken(config, { ...claims, jti: 'aaaaaaaaaaaaaaaa' })
  const noJti = await new SignJWT({ sub: id, aud: config.deployment })
    .setProtectedHeader({ alg: 'EdDSA', kid: config.keys[0].kid })
    .sign(await importJWK(config.keys[0], 'EdDSA'))
  const refused = [
    unsigned,
    `drawbridge_local_${symmetric}${'A'.repeat(50)}`,
    `drawbridge_local_${noJti}`,
    await signToken({ ...config, keys: [stranger] }, claims),
    await signToken({ ...config, keys: [swapped] }, claims),
    await signToken({ ...config, deployment: 'another' }, claims),
    await signToken(config, { ...claims, expires: issued - 1 }),
    unknown,
  ]
  for (const token of refused) expect(await get(`Bearer ${token}`)).toMatchObject({ status: 401 })
  expect((await get(await signToken(config, claims))).status).toBe(200)
})

test('a token ends by its row too: the signature says nothing of revocation', async () => {
  const ends = Math.floor(Date.now() / 1000) + 1_000
  const { id, token: ending } = await connect({ expires: ends })
  for (const [after, status] of [
    [-1, 200],
    [1, 401],
  ] as const) {
    const to = await bridge({ connection: id, now: () => new Date((ends + after) * 1_000) })
    const answer = await to.send('GET', '/Users', undefined, { authorization: `Bearer ${ending}` })
    expect(answer.status).toBe(status)
  }
  const { token, jti } = await connect()
  await revokeToken(database(), jti, new Date())
  expect((await get(token)).status).toBe(401)
})

test('a scope narrows what a token may do', async () => {
  const whole = await bridge()
  const person = idOf(await whole.send('POST', '/Users', { userName: 'a' }))
  const group = idOf(await whole.send('POST', '/Groups', { displayName: 'g' }))
  const patch = patchOp({ op: 'replace', value: { displayName: 'n' } })
  const tried = async (scope: string) => {
    const to = await bridge({ connection: whole.connection, allowed: { scope } })
    const send = async (...request: [string, string, unknown?]) => (await to.send(...request)).status
    return {
      readUsers: [await send('GET', '/Users'), await send('GET', `/Users/${person}`)],
      readGroups: [await send('GET', '/Groups'), await send('GET', `/Groups/${group}`)],
      writeUsers: [
        await send('PATCH', `/Users/${person}`, patch),
        await send('PUT', `/Users/${person}`, { userName: 'a' }),
      ],
      writeGroups: [await send('PATCH', `/Groups/${group}`, patch), await send('DELETE', '/Groups/none')],
      discovery: await send('GET', '/ServiceProviderConfig'),
    }
  }
  const [yes, no] = [
    [200, 200],
    [403, 403],
  ]
  expect(await tried('')).toMatchObject({
    readUsers: yes,
    readGroups: yes,
    writeUsers: yes,
    writeGroups: [204, 404],
  })
  expect(await tried('read')).toMatchObject({
    readUsers: yes,
    readGroups: yes,
    writeUsers: no,
    writeGroups: no,
  })
  expect(await tried('users')).toMatchObject({
    readUsers: yes,
    readGroups: no,
    writeUsers: yes,
    writeGroups: no,
  })
  expect(await tried('groups')).toMatchObject({
    readUsers: no,
    readGroups: yes,
    writeUsers: no,
    writeGroups: [204, 404],
  })
  expect(await tried('users read')).toMatchObject({
    readUsers: yes,
    readGroups: no,
    writeUsers: no,
    writeGroups: no,
    discovery: 200,
  })
})

test('a token of one person reads that person and nothing else', async () => {
  const whole = await bridge()
  const own = idOf(await whole.send('POST', '/Users', { userName: 'a' }))
  const other = idOf(await whole.send('POST', '/Users', { userName: 'b' }))
  const to = await bridge({ connection: whole.connection, allowed: { user: own } })
  expect(await to.send('GET', `/Users/${own}`)).toMatchObject({ status: 200, body: { userName: 'a' } })
  const refused: readonly [string, string, unknown?][] = [
    ['GET', `/Users/${other}`],
    ['GET', '/Users'],
    ['GET', '/Groups'],
    ['PUT', `/Users/${own}`, { userName: 'c' }],
    ['DELETE', `/Users/${own}`],
    ['POST', '/Users', { userName: 'c' }],
  ]
  for (const request of refused) expect((await to.send(...request)).status).toBe(403)
})
