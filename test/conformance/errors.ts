import { expect } from 'vitest'
import { at, idOf, type Answer } from '../bridge.ts'
import { created, ERROR, filtered, isError, listed, patchOf, people, read, USER } from './asserts.ts'
import type { Probe } from './probe.ts'
import { done } from './row.ts'
import type { Section } from './sections.ts'

const user = (userName: string) => ({ schemas: [USER], userName })

/** The same connection where libSQL answers every request with this error. */
const broken = (probe: Probe, code: string) =>
  probe.where({
    fetch: () => Promise.resolve(Response.json({ message: 'near "SELECT canary"', code }, { status: 400 })),
  })

/** The same connection where libSQL never answers. */
const away = (probe: Probe) =>
  probe.where({ fetch: () => Promise.reject(new DOMException('late', 'TimeoutError')) })

/** Provokes an error of every status the server has; gives the answers. Throws where one has another status. */
async function everyError(probe: Probe): Promise<readonly Answer[]> {
  const [anna] = await people(probe, 'anna')
  const { send } = probe
  const reader = await probe.as({ scope: 'read' })
  const limited = await probe.where({ rateLimit: () => Promise.resolve(false) })
  const answers = {
    400: await send('POST', '/Users', '{'),
    401: await send('GET', '/Users', undefined, { authorization: null }),
    403: await reader.send('POST', '/Users', user('b')),
    404: await send('GET', '/Users/none'),
    405: await send('DELETE', '/Users'),
    409: await send('POST', '/Users', user('anna')),
    412: await send('PUT', `/Users/${anna?.id}`, user('anna'), { 'if-match': 'W/"9"' }),
    413: await send('POST', '/Users', user('b'), { 'content-length': '9000000' }),
    415: await send('POST', '/Users', user('b'), { 'content-type': 'text/plain' }),
    429: await limited.send('GET', '/Users'),
    500: await (await broken(probe, 'SQL_PARSE_ERROR')).send('GET', '/Users'),
    501: await send('GET', '/Me'),
    503: await (await away(probe)).send('GET', '/Users'),
  }
  expect(Object.values(answers).map(({ status }) => status)).toEqual(Object.keys(answers).map(Number))
  return Object.values(answers)
}

const scimTypeOf = ({ body }: Answer) => at(body, 'scimType')

/** Every keyword of RFC 7644 §3.12 and RFC 9865 §2.1. */
const KEYWORDS =
  'invalidFilter tooMany uniqueness mutability invalidSyntax invalidPath noTarget invalidValue invalidVers sensitive ' +
  'invalidCursor expiredCursor invalidCount'

/** Provokes an error of every keyword the server uses; gives the answers by it. */
async function everyKeyword(probe: Probe): Promise<Readonly<Record<string, Answer>>> {
  const [anna] = await people(probe, 'anna', 'berta')
  const { send } = probe
  const patch = (operation: object) => send('PATCH', `/Users/${anna?.id}`, patchOf(operation))
  const cursor = String(at((await send('GET', '/Users?cursor&count=1')).body, 'nextCursor'))
  const later = await probe.where({ now: () => new Date(Date.now() + 7_200_000) })
  const crowded = await broken(probe, 'RESPONSE_TOO_LARGE')
  return {
    invalidFilter: await send('GET', filtered('/Users', 'userName')),
    tooMany: await crowded.send('GET', '/Users'),
    uniqueness: await send('POST', '/Users', user('anna')),
    mutability: await patch({ op: 'replace', path: 'id', value: 'x' }),
    invalidSyntax: await send('POST', '/Users', '{'),
    invalidPath: await patch({ op: 'replace', path: 'favouriteColour', value: 'x' }),
    noTarget: await patch({ op: 'remove' }),
    invalidValue: await send('POST', '/Users', { ...user('c'), active: { a: 1 } }),
    invalidCursor: await send('GET', '/Users?cursor=x'),
    expiredCursor: await later.send('GET', `/Users?cursor=${cursor}&count=1`),
    invalidCount: await send('GET', `/Users?cursor=${cursor}&count=2`),
  }
}

export const errors: Section = {
  title: 'R. Errors',
  rows: [
    done('7644-3.12-01', 'Every error has a JSON object as its body.', async (probe) => {
      for (const { status, body } of await everyError(probe))
        expect([status, body]).toEqual([status, expect.objectContaining({ detail: expect.any(String) })])
    }),
    done('7644-3.12-02', 'Every error names the schema of errors and no other.', async (probe) => {
      for (const { body } of await everyError(probe)) expect(at(body, 'schemas')).toEqual([ERROR])
    }),
    done('7644-3.12-03', 'Every error repeats its HTTP status as a text.', async (probe) => {
      for (const { status, body } of await everyError(probe)) expect(at(body, 'status')).toBe(String(status))
    }),
    done(
      '7644-3.12-04',
      'A keyword stands only where it fits, and is one the RFCs define.',
      async (probe) => {
        for (const [keyword, answer] of Object.entries(await everyKeyword(probe))) {
          isError(answer, keyword === 'uniqueness' ? 409 : 400, keyword)
          expect(KEYWORDS.split(' ')).toContain(keyword)
        }
        const given = (await everyError(await probe.stranger())).map(scimTypeOf)
        expect(given.filter((keyword) => keyword !== undefined)).toEqual(['invalidSyntax', 'uniqueness'])
      },
    ),
    done(
      '7644-3.12-05',
      'Every error says in a sentence what is wrong, and shows no insides.',
      async (probe) => {
        const told = [
          ...(await everyError(probe)),
          ...Object.values(await everyKeyword(await probe.stranger())),
        ]
        for (const { body } of told) {
          expect(at(body, 'detail')).toMatch(/^\S+( \S+){2,}/)
          expect(JSON.stringify(body)).not.toMatch(/canary|SELECT|INSERT|SQLITE|\\n\s*at |\.ts:/)
        }
      },
    ),
    done('7644-3.12-06', 'Every error is application/scim+json.', async (probe) => {
      for (const { headers } of await everyError(probe))
        expect(headers.get('content-type')).toBe('application/scim+json')
    }),
    done('7644-3.12-07', 'What cannot be read or does not fit the schema is 400.', async (probe) => {
      const [person] = await people(probe, 'anna')
      const path = `/Users/${person?.id}`
      const refused = [
        ['POST', '/Users', '{', 'invalidSyntax'],
        ['POST', '/Users', { schemas: [USER] }, 'invalidValue'],
        ['POST', '/Users', { ...user('b'), emails: 'b@c.d' }, 'invalidValue'],
        ['PUT', path, '[]', 'invalidSyntax'],
        ['PUT', path, { ...user('b'), active: 7 }, 'invalidValue'],
        ['PATCH', path, '', 'invalidSyntax'],
        ['PATCH', path, patchOf({ op: 'move', path: 'title' }), 'invalidSyntax'],
        ['PATCH', path, patchOf({ op: 'replace', path: 'active', value: 'maybe' }), 'invalidValue'],
      ] as const
      for (const [method, to, body, scimType] of refused)
        isError(await probe.send(method, to, body), 400, scimType)
      expect(listed(await probe.send('GET', '/Users'))).toEqual([person])
    }),
    done('7644-3.12-08', 'What a token does not allow is 403.', async (probe) => {
      const [person] = await people(probe, 'anna')
      const reader = await probe.as({ scope: 'read' })
      isError(await reader.send('POST', '/Users', user('b')), 403)
      isError(await reader.send('PUT', `/Users/${person?.id}`, user('b')), 403)
      isError(await reader.send('DELETE', `/Users/${person?.id}`), 403)
      expect(listed(await probe.send('GET', '/Users'))).toEqual([person])
    }),
    done('7644-3.12-09', 'A resource or path that is not there is 404.', async (probe) => {
      for (const path of ['/Users/none', '/Groups/none', '/Nope', '/Users/a/b'])
        isError(await probe.send('GET', path), 404)
    }),
    done('7644-3.12-10', 'A value somebody else has is 409, a version gone by 412.', async (probe) => {
      const [anna] = await people(probe, 'anna', 'berta')
      const path = `/Users/${anna?.id}`
      isError(await probe.send('POST', '/Users', user('berta')), 409, 'uniqueness')
      isError(await probe.send('PUT', path, user('berta')), 409, 'uniqueness')
      expect((await probe.send('PUT', path, user('anne'))).status).toBe(200)
      isError(await probe.send('PUT', path, user('anna'), { 'if-match': 'W/"1"' }), 412)
      expect(await read(probe, path)).toMatchObject({ userName: 'anne' })
    }),
    done('7644-3.12-11', 'A body that is too large is 413.', async (probe) => {
      const large = { ...user('anna'), title: 'x'.repeat(6_000_000) }
      isError(await probe.send('POST', '/Users', large), 413)
      expect(listed(await probe.send('GET', '/Users'))).toEqual([])
    }),
    done('7644-3.12-12', 'A failure of the bridge is 500 and names its line in the log.', async (probe) => {
      const to = await broken(probe, 'SQL_PARSE_ERROR')
      const answer = await to.send('POST', '/Users', user('anna'))
      isError(answer, 500)
      // A line of its own has what is written after the answer, and met the same database.
      const lines = to.logs.filter(({ message }) => message === 'request')
      expect(lines).toHaveLength(1)
      expect(at(answer.body, 'detail')).toContain(lines[0]?.['request'])
      expect(JSON.stringify(answer.body)).not.toMatch(/canary|SQL|anna/)
    }),
    done(
      '7644-3.12-13',
      'What is not offered is 501: /Me, for a token that names no person.',
      async (probe) => {
        for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
          isError(await probe.send(method, '/Me', method === 'GET' ? undefined : user('a')), 501)
      },
    ),
    done('7644-3.12-14', 'Nothing is redirected: a slash too many is answered in place.', async (probe) => {
      for (const path of ['/Users', '/Users/', '//Users']) {
        const answer = await probe.send('POST', path, user(path))
        const address = `${probe.base}/Users/${idOf(answer)}`
        expect([answer.status, answer.headers.get('location')]).toEqual([201, address])
        expect(at(answer.body, 'userName')).toBe(path)
      }
    }),
    done('7644-3.12-15', 'A HEAD is refused without a body, an OPTIONS like any request.', async (probe) => {
      const made = await created(probe, '/Users', user('anna'))
      const head = async (path: string) => {
        const { status, body } = await probe.send('HEAD', path)
        return [status, body]
      }
      expect(await head(`/Users/${made.id}`)).toEqual([200, undefined])
      expect(await head('/Users/none')).toEqual([404, undefined])
      isError(await probe.send('OPTIONS', '/Users/none'), 405)
    }),
  ],
}
