import { expect } from 'vitest'
import { liveTokens, revokeToken } from '../../worker/store/tokens.ts'
import { at, idOf, type Answer, type SentHeaders } from '../bridge.ts'
import { custom } from '../custom.ts'
import { database } from '../worker.ts'
import { created, GROUP, isError, listed, patchOf, people, read, SEARCH, USER } from './asserts.ts'
import { kept } from './kept.ts'
import type { Probe } from './probe.ts'
import { byDeployment, done } from './row.ts'
import type { Section } from './sections.ts'

const MESSAGE = 'urn:ietf:params:scim:api:messages:2.0:'
const BULK = {
  schemas: [`${MESSAGE}BulkRequest`],
  Operations: [{ method: 'DELETE', path: '/Users/none' }],
}

const HOUR = 3_600
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds

/** Asks for the people with what stands in Authorization; null for nothing. */
const ask = (probe: Probe, authorization: string | null) =>
  probe.send('GET', '/Users', undefined, { authorization })

/** Demands that the credentials are refused, and that the answer says which are taken. */
function isChallenged(answer: Answer): void {
  isError(answer, 401)
  expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer\b/)
}

/** Makes a person of this name with these headers, and demands that the name comes back as it was sent. */
async function comesBack(probe: Probe, displayName: string, headers: SentHeaders): Promise<void> {
  const userName = crypto.randomUUID()
  const answer = await probe.send('POST', '/Users', { schemas: [USER], userName, displayName }, headers)
  expect([answer.status, at(answer.body, 'displayName')]).toEqual([201, displayName])
  expect(await read(probe, `/Users/${idOf(answer)}`)).toMatchObject({ displayName })
}

/** Every meta.location in an answer. */
const locations = (json: unknown): readonly unknown[] =>
  typeof json !== 'object' || json === null
    ? []
    : Object.entries(json).flatMap(([name, inner]) =>
        name === 'meta' ? [at(inner, 'location')] : locations(inner),
      )

export const transport: Section = {
  title: 'A. Transport, authentication, media types, message envelope',
  rows: [
    done('7644-2-01', 'People and groups are shown to nobody without a token.', async (probe) => {
      const requests = [
        ['GET', '/Users'],
        ['GET', '/Groups'],
        ['GET', '/Me'],
        ['GET', '/'],
        ['POST', '/Users', { schemas: [USER], userName: 'a' }],
        ['POST', '/Users/.search', { schemas: [SEARCH] }],
        ['POST', '/Bulk', BULK],
      ] as const
      for (const [method, path, body] of requests)
        isError(await probe.send(method, path, body, { authorization: null }), 401)
    }),
    done('7644-2-02', 'A 401 names the schemes that are taken: Bearer and Basic.', async (probe) => {
      const answer = await ask(probe, null)
      isChallenged(answer)
      expect(answer.headers.get('www-authenticate')).toMatch(/\bBasic realm=/)
    }),
    done('7644-2-03', 'A token that is wrong, malformed or past its end is refused alike.', async (probe) => {
      const past = await probe.as({ expires: inSeconds(-1) })
      const wrong = ['Bearer wrong', 'non-token', `Bearer ${probe.token.slice(0, -3)}AAA`, `Bearer "x"`]
      for (const authorization of wrong) isChallenged(await ask(probe, authorization))
      isChallenged(await ask(past, `Bearer ${past.token}`))
    }),
    done('7644-2-04', 'A token neither sees nor changes what is in another connection.', async (probe) => {
      const [person] = await people(probe, 'anna')
      const path = `/Users/${person?.id}`
      const stranger = await probe.stranger()
      isError(await stranger.send('GET', path), 404)
      isError(await stranger.send('PUT', path, { schemas: [USER], userName: 'b' }), 404)
      isError(await stranger.send('DELETE', path), 404)
      expect(listed(await stranger.send('GET', '/Users'))).toEqual([])
      expect(await read(probe, path)).toEqual(person)
    }),
    done('7644-2-05', 'A token that may only read changes nothing.', async (probe) => {
      const reader = await probe.as({ scope: 'read' })
      isError(await reader.send('POST', '/Users', { schemas: [USER], userName: 'a' }), 403)
      expect(listed(await reader.send('GET', '/Users'))).toEqual([])
    }),
    done('7644-2.1-01', 'A token for people does not reach the groups.', async (probe) => {
      const narrow = await probe.as({ scope: 'users' })
      isError(await narrow.send('GET', '/Groups'), 403)
      expect(listed(await narrow.send('GET', '/Users'))).toEqual([])
    }),
    done(
      '7644-3.1-01',
      'Every message has schemas, and those of the protocol their own URNs.',
      async (probe) => {
        const [person] = await people(probe, 'anna')
        const path = `/Users/${person?.id}`
        const messages = {
          ListResponse: [await probe.send('GET', '/Users')],
          Error: [
            await probe.send('GET', '/Users/none'),
            await probe.send('PATCH', path, patchOf({ op: 'x' })),
          ],
          BulkResponse: [await probe.send('POST', '/Bulk', BULK)],
        }
        for (const [name, answers] of Object.entries(messages))
          for (const { body } of answers) expect(at(body, 'schemas')).toEqual([`${MESSAGE}${name}`])
        const patch = patchOf({ op: 'replace', path: 'title', value: 'T' })
        expect(await probe.send('PATCH', path, patch)).toMatchObject({
          status: 200,
          body: { schemas: [USER] },
        })
      },
    ),
    done('7644-3.1-02', 'The messages of the protocol are not among the schemas.', async (probe) => {
      const ids = listed(await probe.send('GET', '/Schemas')).map(({ id }) => id)
      expect(ids).toContain(USER)
      expect(ids.filter((id) => id.includes(':api:messages:'))).toEqual([])
    }),
    done('7644-3.1-03', 'An answer shows what is kept, not what was sent.', async (probe) => {
      const readOnly = { id: 'mine', meta: { version: 'W/"9"' }, groups: [{ value: 'g' }] }
      const body = { schemas: [USER], userName: 'anna', ...readOnly }
      const unknown = { ...body, favouriteColour: 'blue' }
      // A strict connection refuses what no schema has.
      if (probe.mode === 'strict') isError(await probe.send('POST', '/Users', unknown), 400, 'invalidSyntax')
      const made = await created(probe, '/Users', probe.mode === 'strict' ? body : unknown)
      expect(await read(probe, `/Users/${made.id}`)).toEqual(made)
      expect(made).toMatchObject({ userName: 'anna', meta: { version: 'W/"1"' } })
      expect(Object.keys(made).toSorted()).toEqual(['active', 'id', 'meta', 'schemas', 'userName'])
    }),
    done('7644-3.1-04', 'A person can be put back as it was read.', async (probe) => {
      const [person] = await people(probe, 'anna')
      await created(probe, '/Groups', {
        schemas: [GROUP],
        displayName: 'g',
        members: [{ value: person?.id }],
      })
      const whole = await read(probe, `/Users/${person?.id}`)
      expect(whole).toMatchObject({ groups: [{ display: 'g' }] })
      const answer = await probe.send('PUT', `/Users/${whole.id}`, whole)
      expect(answer).toMatchObject({ status: 200, body: { userName: 'anna', groups: whole['groups'] } })
    }),
    done('7644-3.8-01', 'Answers are application/scim+json, asked for or not.', async (probe) => {
      const [person] = await people(probe, 'anna')
      for (const accept of ['application/scim+json', null]) {
        const answer = await probe.send('GET', `/Users/${person?.id}`, undefined, { accept })
        expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/scim+json'])
        expect(answer.body).toEqual(person)
      }
    }),
    done('7644-3.8-02', 'A client that asks for application/json is answered too.', async (probe) => {
      const [person] = await people(probe, 'anna')
      const headers = { accept: 'application/json' }
      const answer = await probe.send('GET', `/Users/${person?.id}`, undefined, headers)
      expect([answer.status, answer.body]).toEqual([200, person])
      expect(answer.headers.get('content-type')).toMatch(/^application\/(scim\+)?json$/)
    }),
    done('7644-3.8-03', 'Letters of every script come back as they were sent.', (probe) =>
      comesBack(probe, 'Žofie 日本 😀', { 'content-type': 'application/scim+json; charset=utf-8' }),
    ),
    done('7644-3.8-04', 'A body that names no charset is read as UTF-8.', (probe) =>
      comesBack(probe, 'Ærøskøbing Ω', { 'content-type': 'application/scim+json' }),
    ),
    done('7644-8.1-01', 'A body may be application/scim+json or application/json.', async (probe) => {
      await comesBack(probe, 'Anna', { 'content-type': 'application/scim+json' })
      await comesBack(probe, 'Anna', { 'content-type': 'application/json' })
    }),
    done('7644-3.8-05', 'A body of any other type is refused with 415.', async (probe) => {
      const headers = { 'content-type': 'text/plain' }
      isError(await probe.send('POST', '/Users', { schemas: [USER], userName: 'a' }, headers), 415)
      expect(listed(await probe.send('GET', '/Users'))).toEqual([])
    }),
    done('7644-3.2-01', 'People are at /Users and groups at /Groups.', async (probe) => {
      const [person] = await people(probe, 'anna')
      const group = await created(probe, '/Groups', { schemas: [GROUP], displayName: 'g' })
      expect(listed(await probe.send('GET', '/Users'))).toEqual([person])
      expect(listed(await probe.send('GET', '/Groups'))).toEqual([group])
    }),
    done(
      '7644-3.2-02',
      'Declared types are announced, and answer at the plural of their name.',
      async (probe) => {
        const to = await probe.where({ custom })
        const types = listed(await to.send('GET', '/ResourceTypes'))
        expect(types.map(({ endpoint }) => endpoint)).toEqual(['/Users', '/Groups', '/Devices'])
        for (const { name, endpoint } of types) {
          expect(endpoint).toBe(`/${String(name)}s`)
          expect(listed(await to.send('GET', String(endpoint)))).toEqual([])
        }
      },
    ),
    done('7644-3.2-03', 'Errors say their status in the body as in HTTP.', async (probe) => {
      const errors = [
        [400, 'POST', '/Users', '{'],
        [404, 'GET', '/Users/none'],
        [405, 'DELETE', '/Users'],
        [501, 'GET', '/Me'],
      ] as const
      for (const [status, method, path, body] of errors) isError(await probe.send(method, path, body), status)
    }),
    done('7644-1.3-01', 'Every address begins with the Base URL and has no query string.', async (probe) => {
      const [person] = await people(probe, 'anna')
      const paths = ['/Users?count=5', `/Users/${person?.id}?attributes=meta`, '/Schemas', '/ResourceTypes']
      for (const path of [...paths, '/ServiceProviderConfig?x=y']) {
        const found = locations((await probe.send('GET', path)).body)
        expect(found).not.toEqual([])
        for (const location of found) {
          expect(location).toMatch(/^[^?]+$/)
          expect(String(location).startsWith(`${probe.base}/`), String(location)).toBe(true)
        }
      }
    }),
    byDeployment(
      '7644-7.2-01',
      'The bridge is reached by TLS 1.2 or newer only.',
      'TLS ends at Cloudflare; the settings "Always Use HTTPS" and "Minimum TLS Version" of the zone decide.',
    ),
    done(
      '7644-7.4-01',
      'A token ends in a signature of 64 bytes, and is neither kept nor logged.',
      async (probe) => {
        const signatures = [probe, await probe.as({}), await probe.as({})].map(
          ({ token }) => token.split('.')[2],
        )
        expect(new Set(signatures).size).toBe(3)
        for (const signature of signatures) expect(signature).toMatch(/^[\w-]{86}$/)
        await people(probe, 'anna')
        await ask(probe, `Bearer "${probe.token}"`)
        const told = [await kept(probe), JSON.stringify(probe.logs)]
        for (const text of told) {
          expect(text).toContain(probe.connection)
          for (const part of [probe.token, ...probe.token.split('.')]) expect(text).not.toContain(part)
        }
      },
    ),
    done('7644-7.4-02', 'A token made to end is good until then and refused afterwards.', async (probe) => {
      const { token } = await probe.as({ expires: inSeconds(HOUR) })
      const later = await probe.where({ now: () => new Date(Date.now() + (HOUR + 1) * 1_000) })
      expect(listed(await ask(probe, `Bearer ${token}`))).toEqual([])
      isChallenged(await ask(later, `Bearer ${token}`))
      expect(listed(await ask(later, `Bearer ${later.token}`))).toEqual([])
    }),
    done('7644-7.4-03', 'A revoked token is refused from the next request on.', async (probe) => {
      expect(listed(await probe.send('GET', '/Users'))).toEqual([])
      for (const { jti } of await liveTokens(database(), probe.connection, new Date()))
        await revokeToken(database(), jti, new Date())
      isChallenged(await probe.send('GET', '/Users'))
    }),
  ],
}
