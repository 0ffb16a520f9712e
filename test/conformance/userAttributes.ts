import { expect } from 'vitest'
import { database } from '../worker.ts'
import { sql } from '../../worker/store/database.ts'
import { created, filtered, isError, listed, patchOf, read, SEARCH, USER } from './asserts.ts'
import { keeps, user } from './bodies.ts'
import type { Probe } from './probe.ts'
import { done } from './row.ts'
import type { Section } from './sections.ts'

const BULK = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest'
const PASSWORD = 'Xq7-correct-horse'

export const userAttributes: Section = {
  title: 'T. User attributes',
  rows: [
    done('7643-4.1.1-01', 'A person must have a userName that is not blank.', async (probe) => {
      for (const body of [user(''), user(' '), user('x', { userName: null }), { schemas: [USER] }]) {
        isError(await probe.send('POST', '/Users', body), 400, 'invalidValue')
      }
    }),

    done('7643-4.1.1-02', 'No two people have the same userName, in whatever case.', async (probe) => {
      await created(probe, '/Users', user('A@x.org'))
      isError(await probe.send('POST', '/Users', user('a@X.org')), 409, 'uniqueness')
    }),

    done('7643-4.1.1-03', 'A userName is shown in the case it was sent in.', async (probe) => {
      const { id, userName } = await created(probe, '/Users', user('BJensen'))
      expect([userName, (await read(probe, `/Users/${id}`))['userName']]).toEqual(['BJensen', 'BJensen'])
    }),

    done(
      '7643-4.1.1-04',
      'The whole name is shown where it was sent, and is never made up.',
      async (probe) => {
        const parts = { givenName: 'Anna', familyName: 'Ek' }
        const whole = { ...parts, formatted: 'Dr. Anna Ek' }
        expect((await created(probe, '/Users', user('anna', { name: parts })))['name']).toEqual(parts)
        expect((await created(probe, '/Users', user('bo', { name: whole })))['name']).toEqual(whole)
      },
    ),

    done(
      '7643-4.1.1-05',
      'No answer holds a password, whatever is asked and whatever fails.',
      async (probe) => {
        const { id } = await created(probe, '/Users', user('anna'))
        const body = user('anna', { password: PASSWORD })
        const search = { schemas: [SEARCH], attributes: ['userName', 'password'] }
        const requests: readonly (readonly [number, string, string, unknown?])[] = [
          [201, 'POST', '/Users', user('bo', { password: PASSWORD })],
          [200, 'PUT', `/Users/${id}`, body],
          [200, 'PATCH', `/Users/${id}`, patchOf({ op: 'replace', path: 'password', value: PASSWORD })],
          [200, 'GET', `/Users/${id}`],
          [200, 'GET', `/Users/${id}?attributes=userName,password`],
          [200, 'GET', '/Users?attributes=userName,password'],
          [200, 'POST', '/Users/.search', search],
          [409, 'POST', '/Users', body],
          [400, 'POST', '/Users', user('cy', { password: PASSWORD, active: 'perhaps' })],
          [400, 'POST', '/Users', `{"password":"${PASSWORD}"`],
          [400, 'GET', filtered('/Users', `password eq "${PASSWORD}"`)],
          [200, 'POST', '/Bulk', bulkOf(user('dee', { password: PASSWORD }), body)],
        ]
        for (const [status, method, path, sent] of requests) {
          const answer = await probe.send(method, path, sent)
          expect(answer.status, `${method} ${path}`).toBe(status)
          expect(JSON.stringify(answer.body)).not.toMatch(new RegExp(`${PASSWORD}|"password":`, 'i'))
        }
      },
    ),

    done('7643-4.1.1-06', 'A password is not kept at all.', async (probe) => {
      const body = user('anna', { password: PASSWORD, title: 'Pilot' })
      const { id } = await created(probe, '/Users', body)
      expect((await probe.send('PUT', `/Users/${id}`, body)).status).toBe(200)
      const patch = patchOf({ op: 'add', path: 'password', value: PASSWORD })
      expect((await probe.send('PATCH', `/Users/${id}`, patch)).status).toBe(200)
      const kept = await keptOf(probe)
      expect(kept).toContain('Pilot')
      expect(kept).not.toMatch(new RegExp(`${PASSWORD}|password`, 'i'))
    }),

    done(
      '7643-4.1.1-07',
      'A password is compared with nothing, so how its letters are composed makes no difference.',
      async (probe) => {
        const composed = user('anna', { password: 'Caf\u00e9-1234' })
        const before = await created(probe, '/Users', composed)
        for (const body of [composed, user('anna', { password: 'Cafe\u0301-1234' })]) {
          const answer = await probe.send('PUT', `/Users/${before.id}`, body)
          expect([answer.status, answer.body]).toEqual([200, before])
        }
        for (const text of ['Caf\u00e9-1234', 'Cafe\u0301-1234']) {
          isError(await probe.send('GET', filtered('/Users', `password eq "${text}"`)), 400, 'invalidFilter')
        }
      },
    ),

    done('7643-4.1.1-08', 'A person who is made inactive is still there, and found.', async (probe) => {
      const { id } = await created(probe, '/Users', user('anna', { active: true }))
      const patch = patchOf({ op: 'replace', path: 'active', value: false })
      expect((await probe.send('PATCH', `/Users/${id}`, patch)).status).toBe(200)
      expect(await read(probe, `/Users/${id}`)).toMatchObject({ id, active: false })
      for (const filter of ['active eq false', 'userName eq "anna"']) {
        const found = listed(await probe.send('GET', filtered('/Users', filter)))
        expect(found).toMatchObject([{ id, active: false }])
      }
    }),

    done(
      '7643-4.1.1-09',
      'Addresses of pages, languages, locales and time zones are kept as they were sent, right or wrong.',
      async (probe) => {
        const right = {
          profileUrl: 'https://x.org/anna',
          preferredLanguage: 'en-US, sv;q=0.8',
          locale: 'en-US',
          timezone: 'America/Los_Angeles',
        }
        const wrong = {
          profileUrl: 'not a url',
          preferredLanguage: '?',
          locale: 'Norse',
          timezone: 'tea time',
        }
        for (const sent of [right, wrong]) await keeps(probe, sent)
      },
    ),
  ],
}

const bulkOf = (...bodies: readonly object[]) => ({
  schemas: [BULK],
  Operations: bodies.map((data, index) => ({ method: 'POST', path: '/Users', bulkId: `b${index}`, data })),
})

/** All that the database holds of a connection. */
async function keptOf({ connection }: Probe): Promise<string> {
  const [tables] = await database().read([
    sql`SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
      WHERE m.type = 'table' AND c.name = 'connection'`,
  ])
  const names = (tables ?? []).flatMap(({ name }) => (typeof name === 'string' ? [name] : []))
  expect(names).toEqual(expect.arrayContaining(['resources', 'changes', 'change_values']))
  const rows = await database().read(
    names.map((name) => sql`SELECT * FROM ${sql.identifier(name)} WHERE connection = ${connection}`),
  )
  return JSON.stringify(rows)
}
