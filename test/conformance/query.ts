import { expect } from 'vitest'
import { at } from '../bridge.ts'
import { created, filtered, GROUP, isError, LIST, listed, people, read, SEARCH, USER } from './asserts.ts'
import { declines, finding, finds, found, makeCast } from './filterData.ts'
import type { Probe } from './probe.ts'
import { done } from './row.ts'
import type { Section } from './sections.ts'

const BULK = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest'

/** Makes so many people, as many in one request as it takes. */
async function crowd(probe: Probe, count: number): Promise<void> {
  for (let from = 0; from < count; from += 40) {
    const Operations = Array.from({ length: Math.min(40, count - from) }, (_, index) => {
      const userName = `p${from + index}`
      return { method: 'POST', path: '/Users', bulkId: userName, data: { schemas: [USER], userName } }
    })
    expect((await probe.send('POST', '/Bulk', { schemas: [BULK], Operations })).status).toBe(200)
  }
}

/** Makes A and B, and G, a group of A. */
async function everything(probe: Probe) {
  const cast = await makeCast(probe)
  const members = [{ value: cast.A.id }]
  return { ...cast, G: await created(probe, '/Groups', { schemas: [GROUP], displayName: 'g', members }) }
}

export const query: Section = {
  title: 'F. Query',
  rows: [
    done('7644-3.4.2-01', 'A query is answered with a ListResponse.', async (probe) => {
      const { status, body } = await probe.send('GET', '/Users')
      expect(status).toBe(200)
      expect(at(body, 'schemas')).toEqual([LIST])
    }),
    done('7644-3.4.2-02', '`totalResults` counts all that match, not only the page.', async (probe) => {
      await crowd(probe, 25)
      const answer = await probe.send('GET', '/Users?count=10')
      expect(listed(answer)).toHaveLength(10)
      expect(at(answer.body, 'totalResults')).toBe(25)
    }),
    done('7644-3.4.2-03', 'What is found stands in the list `Resources`.', async (probe) => {
      const [made] = await people(probe, 'a')
      expect(at((await probe.send('GET', '/Users')).body, 'Resources')).toEqual([made])
    }),
    done('7644-3.4.2-04', 'A page says where it starts and how many it holds.', async (probe) => {
      await people(probe, 'a', 'b', 'c')
      const { body } = await probe.send('GET', '/Users?count=2')
      expect(body).toMatchObject({ totalResults: 3, startIndex: 1, itemsPerPage: 2 })
    }),
    done(
      '7644-3.4.2-05',
      'A query that finds nothing is 200 with a total of 0.',
      finds(['userName eq "none"', ''], ['userName eq "jsmith"', 'B']),
    ),
    done('7644-3.4.2-06', 'Parameters that the bridge does not know change nothing.', async (probe) => {
      await people(probe, 'a', 'b')
      const plain = await probe.send('GET', '/Users')
      expect(listed(plain)).toHaveLength(2)
      const { status, body } = await probe.send('GET', '/Users?foo=bar')
      expect([status, body]).toEqual([200, plain.body])
    }),
    done(
      '7644-3.4.2-07',
      'A filter at the address of one resource is not looked at: the answer is that resource.',
      async (probe) => {
        const { A } = await makeCast(probe)
        const path = `/Users/${A.id}`
        for (const name of ['Bjensen', 'jsmith', 'other'])
          expect(await read(probe, filtered(path, `userName eq "${name}"`))).toEqual(await read(probe, path))
      },
    ),
    done('7644-3.4.2-08', 'The list of one type holds no other.', async (probe) => {
      const cast = await everything(probe)
      for (const [endpoint, who, type] of [
        ['/Users', 'AB', 'User'],
        ['/Groups', 'G', 'Group'],
      ] as const) {
        const answer = await probe.send('GET', endpoint)
        expect(found(answer, cast)).toBe(who)
        for (const one of listed(answer)) expect(at(one, 'meta', 'resourceType')).toBe(type)
      }
    }),
    done('7644-3.4.2.1-01', 'A query at the Base URL is about every type.', async (probe) => {
      const cast = await everything(probe)
      await finding(probe, cast, [['meta.lastModified gt "2000-01-01T00:00:00Z"', 'ABG']], '/')
    }),
    done('7644-3.4.2.1-02', 'At the Base URL `meta.resourceType` narrows it to a type.', async (probe) => {
      const cast = await everything(probe)
      await finding(
        probe,
        cast,
        [
          ['meta.resourceType eq "Group"', 'G'],
          ['meta.resourceType eq "User"', 'AB'],
        ],
        '/',
      )
    }),
    done(
      '7644-3.4.2.1-03',
      'At the Base URL a resource has no value of an attribute that its type does not have.',
      async (probe) => {
        const cast = await everything(probe)
        await finding(
          probe,
          cast,
          [
            ['userName pr', 'AB'],
            ['members pr', 'G'],
            ['not (userName pr)', 'G'],
          ],
          '/',
        )
      },
    ),
    done(
      '7644-3.4.2.1-04',
      'More than 100 resources come as a page of 100 with the true total, unless another count is asked for.',
      async (probe) => {
        await crowd(probe, 101)
        for (const endpoint of ['/Users', '/']) {
          const answer = await probe.send('GET', endpoint)
          expect(listed(answer)).toHaveLength(100)
          expect(answer.body).toMatchObject({ totalResults: 101, startIndex: 1, itemsPerPage: 100 })
        }
      },
    ),
    done(
      '7644-7.5.2-01',
      'A filter about a password is refused, in a URL and in a body alike.',
      async (probe) => {
        const filter = 'password eq "x"'
        await declines(filter)(probe)
        const body = { schemas: [SEARCH], filter }
        isError(await probe.send('POST', '/Users/.search', body), 400, 'invalidFilter')
        isError(await probe.send('POST', '/.search', body), 400, 'invalidFilter')
      },
    ),
  ],
}
