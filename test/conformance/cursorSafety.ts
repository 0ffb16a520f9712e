import { base64url } from 'jose'
import { expect } from 'vitest'
import { database } from '../worker.ts'
import { liveTokens, revokeToken } from '../../worker/store/tokens.ts'
import { sql } from '../../worker/store/database.ts'
import { filtered, isError, people } from './asserts.ts'
import { cursorOf, page } from './pages.ts'
import type { Probe } from './probe.ts'
import { done } from './row.ts'
import type { Section } from './sections.ts'

export const cursorSafety: Section = {
  title: 'J. Paging by cursor: what a cursor is good for',
  rows: [
    done('9865-5.2-01', 'A cursor is refused from any other connection.', async (probe) => {
      const path = await nextPage(probe)
      const other = await probe.stranger()
      await people(other, 'c', 'd')
      const answer = await other.send('GET', path)
      isError(answer, 400, 'invalidCursor')
      expect(answer.body).not.toHaveProperty('Resources')
      // A walk goes on through a replaced token: that a token may read is looked at on every page.
      const replaced = await probe.as({})
      for (const to of [probe, replaced]) expect((await page(to, queryOf(path))).names).toEqual(['b'])
    }),
    done('9865-5.2-02', 'The token is checked again for every page.', async (probe) => {
      const path = await nextPage(probe)
      for (const { jti } of await liveTokens(database(), probe.connection, new Date())) {
        await revokeToken(database(), jti, new Date())
      }
      isError(await probe.send('GET', path), 401)
    }),
    done('9865-5.2-03', 'No cursor outlives the rights to what it reads.', async (probe) => {
      const path = await nextPage(probe)
      isError(await (await probe.as({ scope: 'groups' })).send('GET', path), 403)
      expect((await page(probe, queryOf(path))).names).toEqual(['b'])
      const narrower = sql`UPDATE tokens SET scope = 'groups' WHERE connection = ${probe.connection}`
      await database().write([narrower])
      isError(await probe.send('GET', path), 403)
    }),
    done('9865-5.2-04', 'A cursor tells nothing, and one that was changed is refused.', async (probe) => {
      const [{ id } = { id: '' }] = await people(probe, 'sesame0', 'sesame1', 'sesame2')
      const path = filtered('/Users', 'userName sw "sesame"')
      const cursor = cursorOf(await page(probe, `${queryOf(path)}&cursor&count=1`))
      const plain = cursor.split('.').map((part) => new TextDecoder().decode(base64url.decode(part)))
      expect(plain[0]).toContain('A256GCM')
      for (const secret of [id, 'sesame', 'userName', probe.connection]) {
        expect([cursor, ...plain].join('\n').toLowerCase()).not.toContain(secret.toLowerCase())
      }
      for (let place = cursor.length - 1; place >= 0; place -= 3) {
        const forged = cursor.slice(0, place) + neighbour(cursor[place]) + cursor.slice(place + 1)
        isError(await probe.send('GET', `${path}&cursor=${forged}`), 400, 'invalidCursor')
      }
      expect((await page(probe, `${queryOf(path)}&cursor=${cursor}`)).names).toEqual(['sesame1'])
    }),
    done('9865-5.2-05', 'A forged cursor and one of somebody else get the same answer.', async (probe) => {
      const path = await nextPage(probe)
      const forged = await probe.send('GET', '/Users?cursor=garbage')
      isError(forged, 400, 'invalidCursor')
      expect((await (await probe.stranger()).send('GET', path)).body).toEqual(forged.body)
    }),
    done('9865-5.3-01', 'Cursors are kept nowhere, however many there are.', async (probe) => {
      const { to, written } = await counting(probe)
      await people(to, 'a', 'b')
      const before = written()
      expect(before).toBeGreaterThan(0)
      let cursor = ''
      for (let first = 0; first < 1000; first += 1) cursor = cursorOf(await page(to, 'cursor&count=1'))
      expect(written()).toBe(before)
      // Another Worker, which has never seen the first page, goes on from there.
      const elsewhere = await probe.where({})
      const headers = { authorization: `Bearer ${to.token}` }
      const second = await elsewhere.send('GET', `/Users?cursor=${cursor}`, undefined, headers)
      expect(second.body).toMatchObject({ totalResults: 2, Resources: [{ userName: 'b' }] })
    }),
  ],
}

/** Makes two people, and gives the path of the second page of one. */
async function nextPage(probe: Probe): Promise<string> {
  await people(probe, 'a', 'b')
  return `/Users?cursor=${cursorOf(await page(probe, 'cursor&count=1'))}`
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Takes a letter of base64url; gives the one that differs in its last bit alone, A for what is none. */
const neighbour = (letter = '') => LETTERS[LETTERS.indexOf(letter) ^ 1] ?? 'A'

const queryOf = (path: string) => path.slice(path.indexOf('?') + 1)

/** Gives a server that counts the rows its requests to libSQL write. */
async function counting(probe: Probe) {
  let written = 0
  const to = await probe.where({
    fetch: async (request, use) => {
      const response = await fetch(request)
      // Counts of reads are written after an answer, now and then: no cursor.
      if (use === 'afterwards') return response
      const counts = (await response.clone().text()).matchAll(/"rows_written":(\d+)/g)
      for (const [, count] of counts) written += Number(count)
      return response
    },
  })
  return { to, written: () => written }
}
