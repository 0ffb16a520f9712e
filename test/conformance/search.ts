import { expect } from 'vitest'
import { at } from '../bridge.ts'
import { created, GROUP, isError, LIST, listed, people, SEARCH, USER } from './asserts.ts'
import { found } from './filterData.ts'
import type { Probe } from './probe.ts'
import { done } from './row.ts'
import type { Section } from './sections.ts'

const searched = (probe: Probe, asked: object = {}, endpoint = '/Users') =>
  probe.send('POST', `${endpoint}/.search`, { schemas: [SEARCH], ...asked })

/** What is asked in a body, and in a URL. */
const questions: readonly (readonly [body: object, url: string])[] = [
  [{ filter: 'userName sw "a"' }, 'filter=userName%20sw%20%22a%22'],
  [{ sortBy: 'userName' }, 'sortBy=userName'],
  [{ sortBy: 'userName', sortOrder: 'descending' }, 'sortBy=userName&sortOrder=descending'],
  [{ startIndex: 2 }, 'startIndex=2'],
  [{ count: 1 }, 'count=1'],
  [{ attributes: ['userName', 'meta.created'] }, 'attributes=userName,meta.created'],
  [{ excludedAttributes: ['userName', 'meta'] }, 'excludedAttributes=userName,meta'],
  [
    { filter: 'userName pr', sortBy: 'userName', startIndex: 2, count: 1, attributes: ['userName'] },
    'filter=userName%20pr&sortBy=userName&startIndex=2&count=1&attributes=userName',
  ],
]

export const search: Section = {
  title: 'L. Search by POST',
  rows: [
    done('7644-3.4.3-01', 'A POST to /.search below an endpoint asks and makes nothing.', async (probe) => {
      const made = await people(probe, 'a', 'b')
      expect(listed(await searched(probe))).toEqual(made)
      expect(listed(await probe.send('GET', '/'))).toEqual(made)
    }),
    done('7644-3.4.3-02', 'A search whose body does not say that it is one is refused.', async (probe) => {
      expect(listed(await searched(probe))).toEqual([])
      for (const body of [{}, { schemas: [] }, { schemas: [LIST] }, { schemas: [USER] }])
        isError(await probe.send('POST', '/Users/.search', body), 400, 'invalidSyntax')
    }),
    done('7644-3.4.3-03', 'All that a GET takes in its URL a search takes in its body.', async (probe) => {
      await people(probe, 'b', 'c', 'a')
      const plain = await searched(probe)
      expect(listed(plain)).toHaveLength(3)
      for (const [body, url] of questions) {
        const { status, body: answered } = await searched(probe, body)
        expect([status, answered]).toEqual([200, (await probe.send('GET', `/Users?${url}`)).body])
        expect(answered).not.toEqual(plain.body)
      }
    }),
    done('7644-3.4.3-04', 'A search is answered with 200 and a ListResponse.', async (probe) => {
      await people(probe, 'a', 'b')
      const { status, body } = await searched(probe, { filter: 'userName eq "a"' })
      expect(status).toBe(200)
      expect(body).toMatchObject({ schemas: [LIST], totalResults: 1 })
    }),
    done('7644-3.4.3-05', 'A search at the Base URL is about every type.', async (probe) => {
      const [A] = await people(probe, 'a')
      if (A === undefined) throw new Error('one was made')
      const G = await created(probe, '/Groups', { schemas: [GROUP], displayName: 'g' })
      expect(found(await searched(probe, {}, ''), { A, G })).toBe('AG')
      const users = await searched(probe, { filter: 'meta.resourceType eq "User"' }, '')
      expect(found(users, { A, G })).toBe('A')
      expect(at(users.body, 'totalResults')).toBe(1)
    }),
    done('7644-3.4.3-06', 'A filter in the body that is none is refused.', async (probe) => {
      expect(listed(await searched(probe, { filter: 'userName eq "1"' }))).toEqual([])
      isError(await searched(probe, { filter: 'userName xx 1' }), 400, 'invalidFilter')
    }),
    done('7644-3.4.3-07', 'A search below an endpoint that is not there is 404.', async (probe) => {
      expect(listed(await searched(probe))).toEqual([])
      isError(await searched(probe, {}, '/Nopes'), 404)
    }),
  ],
}
