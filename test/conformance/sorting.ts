import { expect } from 'vitest'
import { at } from '../bridge.ts'
import { custom, TEST_USER } from '../custom.ts'
import { created, ENTERPRISE, isError, listed, people, SEARCH, USER } from './asserts.ts'
import type { Probe } from './probe.ts'
import { done } from './row.ts'
import type { Section } from './sections.ts'

export const sorting: Section = {
  title: 'H. Sorting',
  rows: [
    done('7644-3.4.2.3-01', 'sortBy orders a list, ascending where no sortOrder is named.', async (probe) => {
      await people(probe, 'c', 'a', 'B')
      expect(await sorted(probe, 'userName')).toEqual(['a', 'B', 'c'])
      expect(await sorted(probe, 'userName', 'ascending')).toEqual(['a', 'B', 'c'])
    }),
    done('7644-3.4.2.3-02', 'sortOrder=descending gives the list from its end.', async (probe) => {
      await people(probe, 'c', 'a', 'B')
      expect(await sorted(probe, 'userName', 'descending')).toEqual(['c', 'B', 'a'])
    }),
    done(
      '7644-3.4.2.3-03',
      'Text is ordered without regard to case, and by code point where its case counts.',
      async (probe) => {
        for (const name of ['b', 'A', 'C']) await person(probe, { userName: name, externalId: name })
        expect(await sorted(probe, 'userName')).toEqual(['A', 'b', 'C'])
        expect(await sorted(probe, 'externalId')).toEqual(['A', 'C', 'b'])
      },
    ),
    done('7644-3.4.2.3-04', 'Numbers are ordered as numbers, and times as moments.', async (probe) => {
      let now = new Date()
      const to = await probe.where({ custom, now: () => now })
      const made = [
        { day: '2026-03-02', number: 10, ratio: 9.5, since: '2026-01-01T01:00:00+02:00' },
        { day: '2026-03-01', number: 2, ratio: 10.25, since: '2026-01-01T00:00:00Z' },
        { day: '2026-03-10', number: 100, ratio: -1, since: '2025-12-31T23:30:00Z' },
      ]
      for (const { day, ...traits } of made) {
        now = new Date(`${day}T12:00:00Z`)
        await created(to, '/Users', { schemas: [USER, TEST_USER], userName: day, [TEST_USER]: traits })
      }
      const [second, first, third] = made.map(({ day }) => day)
      expect(await sorted(to, 'meta.created')).toEqual([first, second, third])
      expect(await sorted(to, `${TEST_USER}:number`)).toEqual([first, second, third])
      expect(await sorted(to, `${TEST_USER}:ratio`)).toEqual([third, second, first])
      expect(await sorted(to, `${TEST_USER}:since`)).toEqual([second, third, first])
    }),
    done('7644-3.4.2.3-05', 'Of a list its primary value decides, else its first.', async (probe) => {
      await person(probe, { userName: 'm', emails: [{ value: 'm@a.test' }, { value: 'a@a.test' }] })
      await person(probe, { userName: 'h', emails: [{ value: 'h@a.test' }] })
      const emails = [{ value: 'z@a.test' }, { value: 'b@a.test', primary: true }]
      await person(probe, { userName: 'b', emails })
      expect(await sorted(probe, 'emails.value')).toEqual(['b', 'h', 'm'])
      expect(await sorted(probe, 'emails')).toEqual(['b', 'h', 'm'])
    }),
    done('7644-3.4.2.3-06', 'A part of a complex attribute orders by that part.', async (probe) => {
      await person(probe, { userName: 'late', name: { givenName: 'Ada', familyName: 'Zimt' } })
      await person(probe, { userName: 'early', name: { givenName: 'Zoe', familyName: 'ahorn' } })
      expect(await sorted(probe, 'name.familyName')).toEqual(['early', 'late'])
    }),
    done(
      '7644-3.4.2.3-07',
      'What has no value stands at the end when ascending, at the start when descending.',
      async (probe) => {
        await people(probe, 'none')
        await person(probe, { userName: 'b', title: 'B' })
        await person(probe, { userName: 'a', title: 'A' })
        expect(await sorted(probe, 'title')).toEqual(['a', 'b', 'none'])
        expect(await sorted(probe, 'title', 'descending')).toEqual(['none', 'b', 'a'])
      },
    ),
    done('7644-3.4.2.3-08', 'A page is cut from the whole list in its order.', async (probe) => {
      await people(probe, 'c', 'a', 'B')
      const second = listed(await probe.send('GET', '/Users?sortBy=userName&startIndex=2&count=1'))
      expect(second.map(({ userName }) => userName)).toEqual(['B'])
    }),
    done('7644-3.4.2.3-09', 'sortBy takes the full name of an attribute, with its URN.', async (probe) => {
      for (const [userName, employeeNumber] of [
        ['a', '3'],
        ['b', '1'],
        ['c', '2'],
      ]) {
        const schemas = [USER, ENTERPRISE]
        await created(probe, '/Users', { schemas, userName, [ENTERPRISE]: { employeeNumber } })
      }
      expect(await sorted(probe, `${ENTERPRISE}:employeeNumber`)).toEqual(['b', 'c', 'a'])
      expect(await sorted(probe, `${USER}:userName`, 'descending')).toEqual(['c', 'b', 'a'])
    }),
    done(
      '7644-3.4.2.3-10',
      'An order by what no schema has, or neither ascending nor descending, is refused as invalidValue.',
      async (probe) => {
        for (const asked of [{ sortBy: 'shoeSize' }, { sortBy: 'displayName', sortOrder: 'up' }]) {
          for (const endpoint of ['/Users', '/Groups']) {
            const query = new URLSearchParams(asked).toString()
            isError(await probe.send('GET', `${endpoint}?${query}`), 400, 'invalidValue')
            const body = { schemas: [SEARCH], ...asked }
            isError(await probe.send('POST', `${endpoint}/.search`, body), 400, 'invalidValue')
          }
        }
      },
    ),
  ],
}

const person = (probe: Probe, traits: object) => created(probe, '/Users', { schemas: [USER], ...traits })

/** Gives the user names of a connection in an order. */
async function sorted(probe: Probe, sortBy: string, sortOrder?: string): Promise<readonly unknown[]> {
  const query = new URLSearchParams({ sortBy, ...(sortOrder === undefined ? {} : { sortOrder }) })
  const answer = await probe.send('GET', `/Users?${query.toString()}`)
  return listed(answer).map((one) => at(one, 'userName'))
}
