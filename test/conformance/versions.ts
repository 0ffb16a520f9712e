import { expect } from 'vitest'
import { at, type Answer } from '../bridge.ts'
import { created, GROUP, isError, listed, patchOf, read, USER } from './asserts.ts'
import type { Probe } from './probe.ts'
import { done } from './row.ts'
import type { Section } from './sections.ts'

/** A path beside /v2, not below it: the dots take the base URL's last segment away. */
const beside = (path: string) => `/..${path}`

const tagOf = ({ headers }: Answer) => headers.get('etag') ?? ''

const bodies = {
  '/Users': { schemas: [USER], userName: 'anna', displayName: 'Anna' },
  '/Groups': { schemas: [GROUP], displayName: 'Anna' },
} as const

type Endpoint = keyof typeof bodies

const idIn = (path: string) => path.slice(path.lastIndexOf('/') + 1)

const named = (value: string) => ({ op: 'replace', path: 'displayName', value })
const rename = (value: string) => patchOf(named(value))

/** What is worked out from the list as it is goes another way than what says by itself what comes out. */
const lengthen = patchOf(named('Patched'), { op: 'add', path: 'emails', value: [{ value: 'a@example.com' }] })

/** Makes a resource; gives its path, its tag, and what a PUT and a PATCH change of it. */
async function made(probe: Probe, endpoint: Endpoint) {
  const { id } = await created(probe, endpoint, bodies[endpoint])
  const path = `${endpoint}/${id}`
  const put = { ...bodies[endpoint], displayName: 'Put' }
  const writes: readonly (readonly [string, object | undefined])[] = [
    ['PUT', put],
    ['PATCH', rename('Patched')],
    ...(endpoint === '/Users' ? [['PATCH', lengthen] as const] : []),
    ['DELETE', undefined],
  ]
  return { path, put, writes, tag: tagOf(await probe.send('GET', path)) }
}

/** Takes what is to hold of an endpoint; gives the test that it does of each. */
const ofEach = (check: (probe: Probe, endpoint: Endpoint) => Promise<void>) => async (probe: Probe) => {
  for (const endpoint of ['/Users', '/Groups'] as const) await check(probe, endpoint)
}

/** Answers of every kind with one resource: POST, GET, PUT, PATCH with a body and, of a group, without one. */
async function answers(probe: Probe, endpoint: Endpoint): Promise<readonly Answer[]> {
  const posted = await probe.send('POST', endpoint, bodies[endpoint])
  const path = `${endpoint}/${String(at(posted.body, 'id'))}`
  return [
    posted,
    await probe.send('GET', path),
    await probe.send('PUT', path, { ...bodies[endpoint], displayName: 'Put' }),
    await probe.send('PATCH', path, rename('Patched')),
    await probe.send('PATCH', `${path}?attributes=displayName,meta`, rename('Again')),
  ]
}

export const versions: Section = {
  title: 'S. Versions',
  rows: [
    done('7644-3.13-01', 'Under /v2 SCIM 2.0 answers; another version is 404.', async (probe) => {
      listed(await probe.send('GET', beside('/v2/Users')))
      isError(await probe.send('GET', beside('/v9/Users')), 404)
    }),
    done('7644-3.13-02', 'A path without a version is SCIM 2.0 as well.', async (probe) => {
      await created(probe, '/Users', bodies['/Users'])
      const [versioned, bare] = [await probe.send('GET', '/Users'), await probe.send('GET', beside('/Users'))]
      expect(listed(versioned)).toHaveLength(1)
      const text = JSON.stringify(versioned.body)
      expect(bare.body).toEqual(JSON.parse(text.replaceAll('/scim/v2/', '/scim/')))
    }),
    done(
      '7644-3.14-01',
      'Each answer to a GET, POST, PUT or PATCH of one resource has a weak ETag.',
      ofEach(async (probe, endpoint) => {
        const config = await probe.send('GET', '/ServiceProviderConfig')
        expect(at(config.body, 'etag', 'supported')).toBe(true)
        for (const answer of await answers(probe, endpoint)) {
          expect(answer.status).toBeLessThan(300)
          expect(tagOf(answer)).toMatch(/^W\/"[^"]+"$/)
        }
      }),
    ),
    done(
      '7644-3.14-02',
      'The ETag stands in meta.version too.',
      ofEach(async (probe, endpoint) => {
        const shown = (await answers(probe, endpoint)).filter(({ body }) => body !== undefined)
        expect(shown.length).toBeGreaterThan(3)
        for (const answer of shown) {
          expect(tagOf(answer)).not.toBe('')
          expect(at(answer.body, 'meta', 'version')).toBe(tagOf(answer))
        }
      }),
    ),
    done(
      '7644-3.14-03',
      'The ETag changes with each change, and with nothing else.',
      ofEach(async (probe, endpoint) => {
        const { path, tag } = await made(probe, endpoint)
        const now = async () => tagOf(await probe.send('GET', path))
        expect([await now(), await now()]).toEqual([tag, tag])
        expect(tagOf(await probe.send('PATCH', path, rename('Anna')))).toBe(tag)
        expect(await now()).toBe(tag)
        const changed = tagOf(await probe.send('PATCH', path, rename('Berta')))
        expect(changed).not.toBe(tag)
        expect(await now()).toBe(changed)
        // What is shown of it but stands in a group counts as well.
        const group = await created(probe, '/Groups', {
          ...bodies['/Groups'],
          members: [{ value: idIn(path) }],
        })
        const joined = await now()
        expect(joined === changed).toBe(endpoint === '/Groups')
        await probe.send('PATCH', `/Groups/${group.id}`, rename('Other'))
        expect((await now()) === joined).toBe(endpoint === '/Groups')
        await probe.send('DELETE', `/Groups/${group.id}`)
        expect(await now()).toBe(changed)
      }),
    ),
    done(
      '7644-3.14-04',
      'A GET whose If-None-Match has the current ETag is 304 without a body; with an old one it is 200.',
      ofEach(async (probe, endpoint) => {
        const { path, tag } = await made(probe, endpoint)
        const known = () => probe.send('GET', path, undefined, { 'if-none-match': tag })
        expect(await known()).toMatchObject({ status: 304, body: undefined })
        await probe.send('PATCH', path, rename('Berta'))
        expect(await known()).toMatchObject({ status: 200, body: { displayName: 'Berta' } })
        if (endpoint === '/Groups') return
        const renamed = tagOf(await known())
        const { id } = await created(probe, '/Groups', {
          ...bodies['/Groups'],
          members: [{ value: idIn(path) }],
        })
        const again = await probe.send('GET', path, undefined, { 'if-none-match': `W/"0", ${renamed}` })
        expect(again).toMatchObject({ status: 200, body: { groups: [{ value: id }] } })
        const joined = { 'if-none-match': tagOf(again), 'if-match': tagOf(again) }
        expect((await probe.send('GET', path, undefined, joined)).status).toBe(304)
        const changed = await probe.send('PATCH', path, rename('C'), { 'if-match': tagOf(again) })
        expect(changed.status).toBe(200)
      }),
    ),
    done(
      '7644-3.14-05',
      'A PUT, PATCH or DELETE whose If-Match has an old ETag is 412 and changes nothing.',
      ofEach(async (probe, endpoint) => {
        const { path, tag, writes } = await made(probe, endpoint)
        await probe.send('PATCH', path, rename('Berta'))
        const before = await read(probe, path)
        for (const [method, body] of writes)
          isError(await probe.send(method, path, body, { 'if-match': tag }), 412)
        expect(await read(probe, path)).toEqual(before)
      }),
    ),
    done(
      '7644-3.14-06',
      'With the current ETag in If-Match, or *, they are carried out.',
      ofEach(async (probe, endpoint) => {
        for (const any of [false, true]) {
          const { path, writes } = await made(probe, endpoint)
          for (const [method, body] of writes) {
            const tag = any ? '*' : tagOf(await probe.send('GET', path))
            expect((await probe.send(method, path, body, { 'if-match': tag })).status).toBeLessThan(300)
            if (method !== 'DELETE')
              expect(at(await read(probe, path), 'displayName')).toBe(method === 'PUT' ? 'Put' : 'Patched')
          }
          isError(await probe.send('GET', path), 404)
        }
      }),
    ),
    done(
      '7644-3.14-07',
      'Of two PUTs at once with one ETag one is carried out, and the other is 412.',
      ofEach(async (probe, endpoint) => {
        const { path, put, tag } = await made(probe, endpoint)
        const both = await Promise.all(
          ['One', 'Two'].map((displayName) =>
            probe.send('PUT', path, { ...put, displayName }, { 'if-match': tag }),
          ),
        )
        expect(both.map(({ status }) => status).toSorted()).toEqual([200, 412])
        const won = both.find(({ status }) => status === 200)
        expect(won?.body).toEqual(await read(probe, path))
      }),
    ),
    done(
      '7644-3.14-08',
      'If-Match on what is not there is 404.',
      ofEach(async (probe, endpoint) => {
        for (const [method, body] of (await made(probe, endpoint)).writes)
          isError(await probe.send(method, `${endpoint}/none`, body, { 'if-match': 'W/"1"' }), 404)
      }),
    ),
  ],
}
