import { beforeAll, describe, expect, inject, test } from 'vitest'
import { at, bridge, countingRows, idOf, people, resourcesOf, type Answer, type Bridge } from '../bridge.ts'
import { openDatabase, sql } from '../../worker/store/database.ts'

const ids = (answer: Answer) => resourcesOf(answer).map((resource) => at(resource, 'id'))
const names = (answer: Answer) => resourcesOf(answer).map((resource) => at(resource, 'userName'))
const cursorOf = (answer: Answer) => {
  const cursor = at(answer.body, 'nextCursor')
  return typeof cursor === 'string' ? cursor : undefined
}

/** Follows the cursors of a query to its end; gives the pages. */
async function walk(to: Bridge, query: string): Promise<readonly Answer[]> {
  const pages = [await to.send('GET', `/Users?cursor&${query}`)]
  for (let next = cursorOf(pages[0] ?? fail()); next !== undefined;) {
    const page = await to.send('GET', `/Users?cursor=${next}&${query}`)
    expect(page.status).toBe(200)
    pages.push(page)
    next = cursorOf(page)
  }
  return pages
}

const fail = (): never => {
  throw new Error('no page')
}

describe('among 25 people', () => {
  let to: Bridge
  let all: readonly string[]

  beforeAll(async () => {
    to = await bridge()
    const made = []
    for (let index = 0; index < 25; index += 1) {
      const title = index % 3 === 0 ? {} : { title: `T${index % 4}` }
      const body = {
        userName: `${index % 2 === 0 ? 'u' : 'U'}${String((index * 7) % 25).padStart(2, '0')}`,
        ...title,
      }
      made.push(idOf(await to.send('POST', '/Users', body)))
    }
    all = made
  })

  test('cursors visit each once, in the order they were made, with the total on every page', async () => {
    const pages = await walk(to, 'count=10')
    expect(pages.map((page) => at(page.body, 'itemsPerPage'))).toEqual([10, 10, 5])
    expect(pages.map((page) => at(page.body, 'totalResults'))).toEqual([25, 25, 25])
    expect(pages.flatMap(ids)).toEqual(all)
    expect(pages.every((page) => at(page.body, 'startIndex') === undefined)).toBe(true)
  })

  test('a page that ends with the list has no cursor behind it', async () => {
    expect(cursorOf(await to.send('GET', '/Users?cursor=&count=25'))).toBeUndefined()
    expect(cursorOf(await to.send('GET', '/Users?cursor=&count=24'))).toBeDefined()
    expect(cursorOf(await to.send('GET', '/Users?cursor=&count=0'))).toBeUndefined()
  })

  test.each([
    'filter=userName%20pr',
    'filter=title%20pr%20or%20userName%20pr',
    'sortBy=userName',
    'sortBy=title',
    'sortBy=title&sortOrder=descending',
    'sortBy=userName&sortOrder=descending',
    'filter=userName%20sw%20%22u%22&sortBy=userName',
  ])('cursors of %s give what one large page gives', async (query) => {
    const whole = await to.send('GET', `/Users?count=100&${query}`)
    expect(ids(whole)).toHaveLength(25)
    for (const count of [1, 4, 12]) {
      expect((await walk(to, `count=${count}&${query}`)).flatMap(ids)).toEqual(ids(whole))
    }
    const places = await Promise.all(
      [1, 8, 15, 22].map((start) => to.send('GET', `/Users?count=7&startIndex=${start}&${query}`)),
    )
    expect(places.flatMap(ids)).toEqual(ids(whole))
    expect(places.map((page) => at(page.body, 'totalResults'))).toEqual([25, 25, 25, 25])
  })

  test('sorted: without regard to case, what has no value last, descending first', async () => {
    const sorted = await to.send('GET', '/Users?sortBy=userName')
    expect(names(sorted).map((name) => String(name).toLowerCase())).toEqual(
      Array.from({ length: 25 }, (_, index) => `u${String(index).padStart(2, '0')}`),
    )
    const titles = resourcesOf(await to.send('GET', '/Users?sortBy=title')).map((one) => at(one, 'title'))
    expect(titles.slice(-9)).toEqual(Array.from({ length: 9 }, () => undefined))
    const down = resourcesOf(await to.send('GET', '/Users?sortBy=title&sortOrder=descending'))
    expect(down.map((one) => at(one, 'title'))).toEqual(titles.toReversed())
  })

  test.each([
    'sortBy=shoeSize',
    'sortBy=groups',
    'sortBy=schemas',
    'sortBy=name',
    'sortBy=password',
    'sortBy=userName&sortOrder=up',
  ])('%s is refused', async (query) => {
    const answer = await to.send('GET', `/Users?${query}`)
    expect([answer.status, at(answer.body, 'scimType')]).toEqual([400, 'invalidValue'])
  })

  test('a cursor is good for its own query, connection, length and hour', async () => {
    const cursor = cursorOf(await to.send('GET', '/Users?cursor&count=5&sortBy=userName')) ?? fail()
    const scimType = async (path: string, from = to) => {
      const answer = await from.send('GET', path)
      return [answer.status, at(answer.body, 'scimType'), at(answer.body, 'detail')]
    }
    const invalid = await scimType(`/Users?cursor=${cursor}`)
    expect(invalid.slice(0, 2)).toEqual([400, 'invalidCursor'])
    expect(await scimType(`/Users?cursor=${cursor}&sortBy=title`)).toEqual(invalid)
    expect(await scimType(`/Users?cursor=${cursor}&sortBy=userName&filter=title%20pr`)).toEqual(invalid)
    expect(await scimType(`/Groups?cursor=${cursor}`)).toEqual(invalid)
    expect(
      await scimType(
        `/Users?cursor=${cursor.slice(0, -1)}${cursor.endsWith('A') ? 'Q' : 'A'}&sortBy=userName`,
      ),
    ).toEqual(invalid)
    expect(await scimType('/Users?cursor=garbage')).toEqual(invalid)
    expect(await scimType(`/Users?cursor=${cursor}&sortBy=userName`, await bridge())).toEqual(invalid)
    expect((await scimType(`/Users?cursor=${cursor}&sortBy=userName&count=6`))[1]).toBe('invalidCount')
    expect((await to.send('GET', `/Users?cursor=${cursor}&sortBy=userName&count=5`)).status).toBe(200)
    const later = await bridge({ connection: to.connection, now: () => new Date(Date.now() + 3_601_000) })
    expect((await scimType(`/Users?cursor=${cursor}&sortBy=userName`, later))[1]).toBe('expiredCursor')
    expect(cursor).toMatch(/^[A-Za-z0-9._~-]+$/)
  })

  test('/.search asks as a URL does', async () => {
    const search = (body: object, path = '/Users/.search') =>
      to.send('POST', path, { schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'], ...body })
    const asked = {
      filter: 'title pr',
      sortBy: 'userName',
      sortOrder: 'descending',
      startIndex: 2,
      count: 3,
      attributes: ['userName', 'title'],
    }
    const inUrl =
      'filter=title%20pr&sortBy=userName&sortOrder=descending&startIndex=2&count=3&attributes=userName,title'
    expect((await search(asked)).body).toEqual((await to.send('GET', `/Users?${inUrl}`)).body)
    const first = await search({ cursor: '', count: 20 })
    const second = await search({ cursor: cursorOf(first), count: 20 })
    expect([...ids(first), ...ids(second)]).toEqual(all)
    expect(at((await search({ filter: 'userName xx 1' })).body, 'scimType')).toBe('invalidFilter')
    expect((await to.send('POST', '/Users/.search', { filter: 'title pr' })).status).toBe(400)
    expect(to.trips() > 0 && (await search(asked), to.trips())).toBe(1)
  })

  test('the root lists every kind, and a kind without the attribute has no value there', async () => {
    const group = idOf(await to.send('POST', '/Groups', { displayName: 'All' }))
    expect(at((await to.send('GET', '/?count=0')).body, 'totalResults')).toBe(26)
    expect(
      ids(await to.send('GET', `/?filter=${encodeURIComponent('meta.resourceType eq "Group"')}`)),
    ).toEqual([group])
    expect(ids(await to.send('GET', `/?filter=${encodeURIComponent('userName pr')}`))).toEqual(all)
    expect(
      ids(
        await to.send('GET', `/?filter=${encodeURIComponent('displayName eq "all" or userName eq "u00"')}`),
      ),
    ).toEqual([all[0], group])
    expect((await to.send('GET', `/?filter=${encodeURIComponent('shoeSize eq 9')}`)).status).toBe(400)
    const narrow = await bridge({ connection: to.connection, allowed: { scope: 'users' } })
    expect((await narrow.send('GET', '/')).status).toBe(403)
    expect(
      (
        await to.send('POST', '/.search', {
          schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
        })
      ).status,
    ).toBe(200)
  })
})

test('pages stay right while people come and go, by place and by cursor', async () => {
  const to = await bridge()
  const all = [...(await people(to, 150))]
  const listed = async () => ids(await to.send('GET', '/Users?count=1000'))
  const order = await listed()
  for (const gone of [0, 63, 64, 65, 100, 149].map((place) => order[place])) {
    expect((await to.send('DELETE', `/Users/${String(gone)}`)).status).toBe(204)
  }
  const left = await listed()
  expect(left).toHaveLength(all.length - 6)
  for (const start of [1, 60, 61, 62, 63, 64, 65, 100, 140, 144, 145, 500]) {
    const page = await to.send('GET', `/Users?startIndex=${start}&count=5`)
    expect(ids(page), `startIndex ${start}`).toEqual(left.slice(start - 1, start + 4))
    expect(at(page.body, 'totalResults')).toBe(left.length)
  }
})

describe('what a page costs', { timeout: 120_000 }, () => {
  const PEOPLE = 20_000
  let connection: string

  beforeAll(async () => {
    connection = (await bridge()).connection
    const wide = openDatabase({ url: inject('libsqlUrl'), timeout: 60_000 })
    await wide.write([
      sql`INSERT INTO resources (connection, id, type, version, created, modified, document, folded)
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${PEOPLE})
        SELECT ${connection}, lower(hex(randomblob(16))), 'User', 1, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z',
          json_object('userName', 'p' || i, 'active', json('true')), json_object('userName', 'p' || i, 'active', json('true')) FROM n`,
    ])
  })

  test('by place the same at the start and at the end of 20,000, some 5 rows a person, and its total is counted by no scan', async () => {
    const to = await countingRows({ connection })
    const cost = async (path: string) => {
      const answer = await to.send('GET', path)
      expect(at(answer.body, 'totalResults')).toBe(PEOPLE)
      expect(ids(answer)).toHaveLength(100)
      return to.rows().read
    }
    const costs = []
    for (const start of [1, 10_001, 19_901]) costs.push(await cost(`/Users?startIndex=${start}&count=100`))
    console.log(`rows read for 100 of ${PEOPLE} people from place 1, 10,001 and 19,901: ${costs.join(', ')}`)
    // The page itself, and to find its first row at most 5 and 64 counts, summed, and 63 rows of the list's index.
    expect(Math.max(...costs)).toBeLessThanOrEqual(120 + 3 * (5 + 64) + 2 * 63)
  })

  test('by cursor its own rows, in the usual order and by userName', async () => {
    const to = await countingRows({ connection })
    for (const query of ['', '&sortBy=userName', '&filter=userName%20sw%20%22p1%22&sortBy=userName']) {
      let cursor = ''
      for (let page = 0; page < 3; page += 1) {
        const answer = await to.send('GET', `/Users?cursor=${cursor}&count=100${query}`)
        expect(ids(answer)).toHaveLength(100)
        cursor = cursorOf(answer) ?? fail()
        // The first page of a filter counts its matches.
        if (page > 0) expect(to.rows().read).toBeLessThan(320)
      }
    }
  })
})

test('the people of a large group are read page by page, from its index', async () => {
  const to = await bridge()
  const all = await people(to, 60)
  const group = idOf(
    await to.send('POST', '/Groups', { displayName: 'Large', members: all.map((value) => ({ value })) }),
  )
  idOf(
    await to.send('POST', '/Groups', {
      displayName: 'Other',
      members: [{ value: all[0] }, { value: group }],
    }),
  )
  const filter = `filter=${encodeURIComponent(`groups.value eq "${group}"`)}`
  const pages = await walk(to, `${filter}&count=25`)
  expect(pages.map((page) => at(page.body, 'totalResults'))).toEqual([60, 60, 60])
  expect(pages.flatMap(ids).toSorted()).toEqual(all.toSorted())
  const places = await Promise.all(
    [1, 26, 51].map((start) => to.send('GET', `/Users?${filter}&count=25&startIndex=${start}`)),
  )
  expect(places.flatMap(ids).toSorted()).toEqual(all.toSorted())
  const both = encodeURIComponent(`groups.value eq "${group}" and userName eq "person7@example.com"`)
  expect(ids(await to.send('GET', `/Users?filter=${both}`))).toEqual([all[7]])
})
