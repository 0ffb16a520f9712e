import { expect } from 'vitest'
import { at } from '../bridge.ts'
import { created, filtered, isError, people, SEARCH, USER } from './asserts.ts'
import { crowd, cursorOf, follow, page, pageOf } from './pages.ts'
import type { Probe } from './probe.ts'
import { done, notOffered } from './row.ts'
import type { Section } from './sections.ts'

export const cursorPaging: Section = {
  title: 'J. Paging by cursor',
  rows: [
    done('9865-2-01', 'A cursor with nothing in it asks for the first page by cursor.', async (probe) => {
      const made = await many(probe)
      for (const query of ['cursor&count=10', 'cursor=&count=10']) {
        const first = await page(probe, query)
        expect(first.ids).toEqual(made.slice(0, 10).map(({ id }) => id))
        expect(cursorOf(first)).toMatch(/./)
      }
    }),
    done('9865-2-02', 'Every page but the last has a nextCursor.', async (probe) => {
      await many(probe)
      const pages = await follow(probe, 'count=10')
      expect(pages.map(({ nextCursor }) => nextCursor !== undefined)).toEqual([true, true, false])
    }),
    done('9865-2-03', 'Cursors lead to every match, once.', async (probe) => {
      const made = await many(probe)
      const pages = await follow(probe, 'count=10')
      expect(pages.flatMap(({ ids }) => ids)).toEqual(made.map(({ id }) => id))
    }),
    done('9865-2-04', 'A cursor has only letters, digits and . _ ~ - in it.', async (probe) => {
      for (const userName of ['a', 'b', 'c']) {
        await created(probe, '/Users', { schemas: [USER], userName, title: `Ž/+=&?日本 ${userName}` })
      }
      for (const query of ['count=1', 'count=1&sortBy=title']) {
        expect(cursorOf(await page(probe, `cursor&${query}`))).toMatch(/^[A-Za-z0-9._~-]+$/)
      }
    }),
    notOffered(
      '9865-2-05',
      'No page has a previousCursor.',
      'It is optional; cursors lead forward only, and startIndex reaches any page.',
    ),
    done('9865-2-06', 'count limits a page by cursor too; below 0 it is 0.', async (probe) => {
      await people(probe, 'a', 'b', 'c')
      expect((await page(probe, 'cursor&count=2')).ids).toHaveLength(2)
      const none = await page(probe, 'cursor&count=0')
      expect(none).toMatchObject({ ids: [], totalResults: 3 })
      expect(await page(probe, 'cursor&count=-1')).toEqual(none)
    }),
    done('9865-2-07', 'Every page says how many match in all.', async (probe) => {
      await many(probe)
      const pages = await follow(probe, 'count=10')
      expect(pages.map(({ totalResults }) => totalResults)).toEqual([25, 25, 25])
    }),
    done('9865-2-08', 'itemsPerPage says how many resources this page has.', async (probe) => {
      await many(probe)
      const pages = await follow(probe, 'count=10')
      expect(pages.map(({ ids }) => ids.length)).toEqual([10, 10, 5])
      expect(pages.map(({ itemsPerPage }) => itemsPerPage)).toEqual([10, 10, 5])
    }),
    done('9865-2-09', 'A cursor is refused with another filter, order or endpoint.', async (probe) => {
      await people(probe, 'a', 'b')
      const query = `${filtered('', 'userName pr').slice(1)}&sortBy=userName`
      const cursor = cursorOf(await page(probe, `cursor&count=1&${query}`))
      for (const path of [
        `/Users?cursor=${cursor}`,
        `/Users?cursor=${cursor}&sortBy=userName`,
        `${filtered('/Users', 'userName sw "a"')}&cursor=${cursor}&sortBy=userName`,
        `${filtered('/Users', 'userName pr')}&cursor=${cursor}&sortBy=id`,
        `/Users?cursor=${cursor}&${query}&sortOrder=descending`,
        `/?cursor=${cursor}&${query}`,
      ]) {
        isError(await probe.send('GET', path), 400, 'invalidCursor')
      }
      expect((await page(probe, `cursor=${cursor}&${query}`)).names).toEqual(['b'])
    }),
    done('9865-2.1-01', 'What is no cursor is refused as invalidCursor.', async (probe) => {
      for (const cursor of ['garbage', 'a.b.c.d.e', '1']) {
        isError(await probe.send('GET', `/Users?cursor=${cursor}`), 400, 'invalidCursor')
      }
    }),
    done('9865-2.1-02', 'A cursor that is too old is refused as expiredCursor.', async (probe) => {
      await people(probe, 'a', 'b')
      const { to, cursor, wait } = await aging(probe)
      wait((await timeout(probe)) + 1)
      isError(await to.send('GET', `/Users?cursor=${cursor}`), 400, 'expiredCursor')
    }),
    done(
      '9865-2.1-03',
      'A count other than that of the first page is refused as invalidCount; there, one too large is taken as the limit.',
      async (probe) => {
        await crowd(probe, 1001)
        const first = await page(probe, 'cursor&count=1001')
        const cursor = cursorOf(first)
        expect(first.ids).toHaveLength(1000)
        for (const count of [999, 1, -1]) {
          isError(await probe.send('GET', `/Users?cursor=${cursor}&count=${count}`), 400, 'invalidCount')
        }
        expect((await page(probe, `cursor=${cursor}&count=1001`)).ids).toHaveLength(1)
      },
    ),
    done('9865-2.2-01', 'Pages by cursor keep the order that is asked for.', async (probe) => {
      await people(probe, 'c', 'E', 'a', 'D', 'b')
      for (const [order, names] of [
        ['ascending', ['a', 'b', 'c', 'D', 'E']],
        ['descending', ['E', 'D', 'c', 'b', 'a']],
      ] as const) {
        const pages = await follow(probe, `count=2&sortBy=userName&sortOrder=${order}`)
        expect(pages.flatMap((each) => each.names)).toEqual(names)
      }
    }),
    notOffered(
      '9865-2.3-01',
      'A list that no cursor is asked of has none.',
      'There is paging by index too, and totalResults says what is not on the page.',
    ),
    done('9865-2.4-01', 'A list that names neither way is paged by index, as announced.', async (probe) => {
      await people(probe, 'a', 'b')
      expect(at(await pagination(probe), 'defaultPaginationMethod')).toBe('index')
      expect(await page(probe, 'count=1')).toMatchObject({ startIndex: 1, nextCursor: undefined })
    }),
    done('9865-2.4-02', 'startIndex asks for pages by index, cursor for pages by cursor.', async (probe) => {
      await people(probe, 'a', 'b')
      const byIndex = await page(probe, 'startIndex=1&count=1')
      expect(byIndex).toMatchObject({ startIndex: 1, nextCursor: undefined })
      const byCursor = await page(probe, 'cursor&count=1')
      expect(byCursor).toMatchObject({ startIndex: undefined, ids: byIndex.ids })
      expect(cursorOf(byCursor)).toMatch(/./)
      isError(await probe.send('GET', '/Users?startIndex=1&cursor'), 400, 'invalidValue')
    }),
    done('9865-3-01', 'POST /.search takes cursor and count in its body.', async (probe) => {
      const made = await many(probe)
      const search = async (cursor: string) =>
        pageOf(await probe.send('POST', '/Users/.search', { schemas: [SEARCH], cursor, count: 10 }))
      const first = await search('')
      const second = await search(cursorOf(first))
      expect([first, second].map(({ ids }) => ids.length)).toEqual([10, 10])
      expect([...first.ids, ...second.ids]).toEqual(made.slice(0, 20).map(({ id }) => id))
    }),
    done('9865-4-01', '/ServiceProviderConfig says that there are both ways.', async (probe) => {
      expect(await pagination(probe)).toMatchObject({ cursor: true, index: true })
    }),
    done('9865-4-02', 'What it says of page sizes and of the age of cursors holds.', async (probe) => {
      const said = await pagination(probe)
      expect(said).toMatchObject({
        defaultPaginationMethod: 'index',
        defaultPageSize: 100,
        maxPageSize: 1000,
        cursorTimeout: 3600,
      })
      await crowd(probe, 1001)
      const sizes = ['', 'cursor', 'count=1001', 'cursor&count=1001'].map((query) => page(probe, query))
      expect((await Promise.all(sizes)).map(({ ids }) => ids.length)).toEqual([100, 100, 1000, 1000])
      const { to, cursor, wait } = await aging(probe)
      wait(3600)
      expect((await page(to, `cursor=${cursor}`)).ids).toHaveLength(1)
    }),
  ],
}

/** Makes 25 people. */
const many = (probe: Probe) => people(probe, ...Array.from({ length: 25 }, (_, index) => `u${index}`))

async function pagination(probe: Probe): Promise<unknown> {
  return at((await probe.send('GET', '/ServiceProviderConfig')).body, 'pagination')
}

/** For how many seconds the server says a cursor is good. */
const timeout = async (probe: Probe) => Number(at(await pagination(probe), 'cursorTimeout'))

/** Gives a server whose clock a test can move by seconds, and a cursor that it has just given. */
async function aging(probe: Probe) {
  let now = new Date()
  const to = await probe.where({ now: () => now })
  const cursor = cursorOf(await page(to, 'cursor&count=1'))
  return { to, cursor, wait: (seconds: number) => (now = new Date(now.getTime() + seconds * 1000)) }
}
