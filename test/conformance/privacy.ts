import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { filtered, created, isError, listed, patchOf, people, read, USER } from './asserts.ts'
import { kept } from './kept.ts'
import { done } from './row.ts'
import type { Section } from './sections.ts'

const BULK_REQUEST = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest'

const NFC = 'Jos\u00e9'
const NFD = 'Jose\u0301'

export const privacy: Section = {
  title: 'U. Names and text, privacy',
  rows: [
    done(
      '7644-5-01',
      'User names that read the same are the same, however they are encoded.',
      async (probe) => {
        const pairs = [
          ['\uff21lice', 'alice'],
          [NFC, NFD],
          [`${NFD}fa`, `${NFC}fa`],
        ] as const
        for (const [userName, same] of pairs) {
          await created(probe, '/Users', { schemas: [USER], userName })
          const again = { schemas: [USER], userName: same }
          isError(await probe.send('POST', '/Users', again), 409, 'uniqueness')
        }
      },
    ),
    done('7644-7.8-01', 'A filter finds a text in either form of Unicode.', async (probe) => {
      for (const [displayName, wanted] of [
        [NFC, NFD],
        [`${NFD}fa`, `${NFC}fa`],
      ]) {
        const made = await created(probe, '/Users', {
          schemas: [USER],
          userName: `${displayName}`,
          displayName,
        })
        expect(listed(await probe.send('GET', filtered('/Users', `displayName eq "${wanted}"`)))).toEqual([
          made,
        ])
      }
    }),
    done('7643-9.2-01', 'No password that is sent is kept, logged or shown.', async (probe) => {
      const password = 'canary-9-2'
      const body = { schemas: [USER], userName: 'anna', password }
      const made = await created(probe, '/Users', body)
      const path = `/Users/${made.id}`
      const patch = patchOf({ op: 'replace', path: 'password', value: password })
      const operation = { method: 'POST', path: '/Users', bulkId: 'b', data: { ...body, userName: 'berta' } }
      const answers = [
        await probe.send('PUT', path, body),
        await probe.send('PATCH', path, patch),
        await probe.send('POST', '/Bulk', { schemas: [BULK_REQUEST], Operations: [operation] }),
        await probe.send('GET', `/Users?attributes=userName,password`),
      ]
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
      const [database, logs] = [await kept(probe), JSON.stringify(probe.logs)]
      for (const name of ['anna', 'berta']) expect(database).toContain(name)
      expect(logs).toContain(made.id)
      for (const text of [database, logs, JSON.stringify([made, answers])])
        expect(text).not.toContain(password)
    }),
    done('7643-9.3-01', 'A token that names a person shows that person and no other.', async (probe) => {
      const [anna, berta] = await people(probe, 'anna', 'berta')
      const own = await probe.as({ user: `${anna?.id}` })
      expect(await read(own, `/Users/${anna?.id}`)).toEqual(anna)
      expect(await read(own, '/Me')).toEqual(anna)
      for (const path of [`/Users/${berta?.id}`, '/Users', '/', '/Groups', filtered('/Users', 'userName pr')])
        isError(await own.send('GET', path), 403)
    }),
    done('7644-7.5.2-02', 'The log holds nothing that a client wrote into an address.', async (probe) => {
      await people(probe, 'canary-name')
      const found = await probe.send('GET', filtered('/Users', 'userName eq "canary-name"'))
      expect(listed(found)).toHaveLength(1)
      isError(await probe.send('GET', filtered('/Users', 'canary-name')), 400, 'invalidFilter')
      isError(await probe.send('GET', '/Users/canary-name'), 404)
      isError(await probe.send('GET', '/canary-name/x?canary-name'), 404)
      expect(probe.logs.map(({ status }) => status)).toEqual([201, 200, 400, 404, 404])
      expect(JSON.stringify(probe.logs)).not.toMatch(/canary|filter=/i)
    }),
    done('7644-7.7-01', 'Whoever tries out tokens is slowed, and nobody beside them.', async (probe) => {
      const guessLimit = async (key: string) => (await env.GUESS_LIMIT.limit({ key })).success
      const to = await probe.where({ guessLimit })
      const from = {
        'cf-connecting-ip': crypto
          .randomUUID()
          .replace(/-/g, '')
          .replace(/.{4}(?=.)/g, '$&:'),
      }
      const guess = (token: string) =>
        to.send('GET', '/Users', undefined, { ...from, authorization: `Bearer ${token}` })
      isError(await guess('wrong'), 401)
      const guesses = []
      for (let count = 0; count < 99; count += 1)
        guesses.push(await guess(`${to.token.slice(0, -3)}${count}x`))
      const slowed = guesses.filter(({ status }) => status !== 401)
      expect(slowed.length).toBeGreaterThan(30)
      for (const answer of slowed) {
        isError(answer, 429)
        expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/)
      }
      expect(listed(await guess(to.token))).toEqual([])
    }),
  ],
}
