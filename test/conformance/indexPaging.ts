import { expect } from 'vitest'
import { at } from '../bridge.ts'
import { created, filtered, isError, people, SEARCH, USER } from './asserts.ts'
import { crowd, page } from './pages.ts'
import type { Probe } from './probe.ts'
import { done } from './row.ts'
import type { Section } from './sections.ts'

export const indexPaging: Section = {
  title: 'I. Paging by index',
  rows: [
    done('7644-3.4.2.4-01', 'startIndex counts from 1, and is 1 where none is named.', async (probe) => {
      const [first, second] = await people(probe, 'a', 'b')
      const all = await page(probe, '')
      expect(all.startIndex).toBe(1)
      expect(all.ids).toEqual([first?.id, second?.id])
      expect((await page(probe, 'startIndex=1&count=1')).ids).toEqual([first?.id])
      expect((await page(probe, 'startIndex=2')).ids).toEqual([second?.id])
    }),
    done('7644-3.4.2.4-02', 'A startIndex below 1 is taken as 1.', async (probe) => {
      await people(probe, 'a', 'b')
      const first = await page(probe, 'startIndex=1&count=1')
      expect(first.startIndex).toBe(1)
      expect(await page(probe, 'startIndex=0&count=1')).toEqual(first)
      expect(await page(probe, 'startIndex=-5&count=1')).toEqual(first)
    }),
    done('7644-3.4.2.4-03', 'A page has no more resources than count says.', async (probe) => {
      await people(probe, 'a', 'b', 'c', 'd')
      expect((await page(probe, 'count=3')).ids).toHaveLength(3)
      expect((await page(probe, 'count=1')).ids).toHaveLength(1)
    }),
    done('7644-3.4.2.4-04', 'count=0 gives no resources, and how many there are.', async (probe) => {
      await people(probe, 'a', 'b')
      expect(await page(probe, 'count=0')).toMatchObject({ ids: [], totalResults: 2, itemsPerPage: 0 })
    }),
    done('7644-3.4.2.4-05', 'A count below 0 is taken as 0.', async (probe) => {
      await people(probe, 'a', 'b')
      expect((await page(probe, '')).ids).toHaveLength(2)
      expect(await page(probe, 'count=-1')).toEqual(await page(probe, 'count=0'))
    }),
    done('7644-3.4.2.4-06', 'itemsPerPage says how many resources this page has.', async (probe) => {
      await many(probe)
      const pages = await walk(probe)
      expect(pages.map(({ ids }) => ids.length)).toEqual([10, 10, 5])
      expect(pages.map(({ itemsPerPage }) => itemsPerPage)).toEqual([10, 10, 5])
    }),
    done('7644-3.4.2.4-07', 'Pages one after the other show each resource once.', async (probe) => {
      const made = await many(probe)
      const pages = await walk(probe)
      expect(pages.flatMap(({ ids }) => ids)).toEqual(made.map(({ id }) => id))
      expect(pages.map(({ startIndex }) => startIndex)).toEqual([1, 11, 21])
    }),
    done('7644-3.4.2.4-08', 'A start behind the end gives an empty page.', async (probe) => {
      await people(probe, 'a', 'b')
      expect(await page(probe, 'startIndex=1000')).toMatchObject({ ids: [], totalResults: 2 })
    }),
    done(
      '7644-3.4.2.4-09',
      'Where no count is named a page has 100 resources at the most, and says how many.',
      async (probe) => {
        await crowd(probe, 101)
        const { ids, itemsPerPage, totalResults } = await page(probe, '')
        expect([ids.length, itemsPerPage, totalResults]).toEqual([100, 100, 101])
        expect(await maxResults(probe)).toBeGreaterThanOrEqual(100)
      },
    ),
    done('7644-3.4.2.4-10', 'A count above the limit is taken as the limit.', async (probe) => {
      await crowd(probe, 1001)
      const { ids, itemsPerPage, totalResults } = await page(probe, 'count=100000')
      expect([ids.length, itemsPerPage, totalResults]).toEqual([1000, 1000, 1001])
      expect(await maxResults(probe)).toBe(1000)
    }),
    done(
      '7644-3.4.2.4-11',
      'A count or startIndex that is no whole number is refused as invalidValue.',
      async (probe) => {
        for (const [name, value] of [
          ['count', 'abc'],
          ['count', '2.5'],
          ['startIndex', '1.5'],
          ['startIndex', 'x'],
        ] as const) {
          isError(await probe.send('GET', `/Users?${name}=${value}`), 400, 'invalidValue')
          const body = { schemas: [SEARCH], [name]: value }
          isError(await probe.send('POST', '/Users/.search', body), 400, 'invalidValue')
        }
      },
    ),
    done(
      '7644-3.4.2.4-12',
      'With a filter, pages and totalResults are those of its matches.',
      async (probe) => {
        for (const [userName, userType] of [
          ['a', 'Employee'],
          ['b', 'Contractor'],
          ['c', 'employee'],
        ]) {
          await created(probe, '/Users', { schemas: [USER], userName, userType })
        }
        const matches = filtered('', 'userType eq "Employee"').slice(1)
        const first = await page(probe, `${matches}&count=1`)
        const second = await page(probe, `${matches}&startIndex=2`)
        expect([first, second].map(({ totalResults }) => totalResults)).toEqual([2, 2])
        expect([first, second].map(({ names }) => names)).toEqual([['a'], ['c']])
      },
    ),
  ],
}

/** Makes 25 people. */
const many = (probe: Probe) => people(probe, ...Array.from({ length: 25 }, (_, index) => `u${index}`))

/** Asks for 25 people in pages of 10. */
const walk = (probe: Probe) =>
  Promise.all([1, 11, 21].map((start) => page(probe, `startIndex=${start}&count=10`)))

/** What the server says that a list has at the most. */
async function maxResults(probe: Probe): Promise<unknown> {
  return at((await probe.send('GET', '/ServiceProviderConfig')).body, 'filter', 'maxResults')
}
