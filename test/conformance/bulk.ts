import { expect } from 'vitest'
import { at } from '../bridge.ts'
import { ENTERPRISE, filtered, GROUP, isError, listed, people, read, USER } from './asserts.ts'
import {
  BULK_REQUEST,
  groupOf,
  idAt,
  job,
  patching,
  refusedOf,
  sendJob,
  statuses,
  userOf,
} from './bulkJobs.ts'
import type { Probe } from './probe.ts'
import { done } from './row.ts'
import type { Section } from './sections.ts'

/** Two people and a job that makes, replaces, changes and deletes one each. */
async function oneOfEach(probe: Probe) {
  const [one, two] = await people(probe, 'one', 'two')
  const replaced = {
    method: 'PUT',
    path: `/Users/${one?.id}`,
    data: { schemas: [USER], userName: 'one', title: 'T' },
  }
  const changed = patching(`/Users/${one?.id}`, { op: 'replace', path: 'nickName', value: 'N' })
  const results = await job(probe, [
    userOf('new'),
    replaced,
    changed,
    { method: 'DELETE', path: `/Users/${two?.id}` },
  ])
  return { one: String(one?.id), two: String(two?.id), results }
}

const limits = async (probe: Probe) => at((await probe.send('GET', '/ServiceProviderConfig')).body, 'bulk')

const membersOf = async (probe: Probe, id: string) => {
  const { members } = await read(probe, `/Groups/${id}`)
  return Array.isArray(members) ? members.map((member: unknown) => at(member, 'value')) : []
}

/** A PUT to nobody, one with a wrong value, and one without data: each fails in its own place. */
const badPuts = (id: string) => [
  { method: 'PUT', path: '/Users/nobody', data: { schemas: [USER], userName: 'x' } },
  { method: 'PUT', path: `/Users/${id}`, data: { schemas: [USER], userName: '' } },
  { method: 'PUT', path: `/Users/${id}` },
]

/** What names a later bulkId takes its turn all the same: the last change counts, and the first to take a name has it. */
async function laterBulkIds(probe: Probe) {
  const made = await job(probe, [groupOf('patched'), groupOf('put'), groupOf('gone')])
  const [patched, put, gone] = [0, 1, 2].map((index) => `/Groups/${idAt(made, index)}`)
  const adding = (path = '') =>
    patching(
      path,
      { op: 'replace', path: 'displayName', value: 'first' },
      { op: 'add', path: 'members', value: [{ value: 'bulkId:later' }] },
    )
  const putting = (displayName: string, more: object = {}) => ({
    method: 'PUT',
    path: put,
    data: { schemas: [GROUP], displayName, ...more },
  })
  const manager = { value: 'bulkId:later' }
  const results = await job(probe, [
    adding(patched),
    patching(patched ?? '', { op: 'replace', path: 'displayName', value: 'second' }),
    putting('first', { members: [{ value: 'bulkId:later' }] }),
    putting('second'),
    adding(gone),
    { method: 'DELETE', path: gone },
    userOf('winner', { userName: 'same', schemas: [USER, ENTERPRISE], [ENTERPRISE]: { manager } }),
    userOf('loser', { userName: 'same' }),
    userOf('later'),
  ])
  expect(statuses(results)).toEqual(['204', '204', '200', '200', '204', '204', '201', '409', '201'])
  const later = idAt(results, 8)
  for (const path of [patched, put]) {
    const members = [expect.objectContaining({ value: later })]
    expect(await read(probe, path ?? '')).toMatchObject({ displayName: 'second', members })
  }
  expect(at(await read(probe, `/Users/${idAt(results, 6)}`), ENTERPRISE, 'manager', 'value')).toBe(later)
}

export const bulk: Section = {
  title: 'P. Bulk',
  rows: [
    done(
      '7644-3.7-01',
      'A job that was carried out is answered with 200 and a BulkResponse.',
      async (probe) => {
        const answer = await sendJob(probe, [userOf('a')])
        expect(answer.status).toBe(200)
        expect(at(answer.body, 'schemas')).toEqual(['urn:ietf:params:scim:api:messages:2.0:BulkResponse'])
      },
    ),

    done('7644-3.7-02', 'A body that is no BulkRequest is refused.', async (probe) => {
      const wrong = [
        { schemas: [USER], Operations: [userOf('a')] },
        { Operations: [userOf('a')] },
        { schemas: [BULK_REQUEST] },
      ]
      for (const body of wrong) isError(await probe.send('POST', '/Bulk', body), 400, 'invalidSyntax')
    }),

    done('7644-3.7-03', 'A job may create, replace, change and delete.', async (probe) => {
      const { one, two, results } = await oneOfEach(probe)
      expect(statuses(results)).toEqual(['201', '200', '200', '204'])
      expect(await read(probe, `/Users/${one}`)).toMatchObject({ title: 'T', nickName: 'N' })
      isError(await probe.send('GET', `/Users/${two}`), 404)
    }),

    done('7644-3.7-04', 'A POST needs a bulkId, which its result names.', async (probe) => {
      const { bulkId: _, ...anonymous } = userOf('a')
      const [without, named] = await job(probe, [anonymous, userOf('q')])
      refusedOf(without, 400)
      expect(named).toMatchObject({ status: '201', bulkId: 'q' })
    }),

    done('7644-3.7-05', 'A POST names an endpoint, all others a resource.', async (probe) => {
      const data = { schemas: [USER], userName: 'a' }
      const results = await job(probe, [
        { ...userOf('a'), path: '/Users/x' },
        { method: 'PUT', path: '/Users', data },
        { method: 'PUT', data },
        userOf('b'),
      ])
      for (const result of results.slice(0, 3)) refusedOf(result, 400)
      expect(statuses(results.slice(3))).toEqual(['201'])
    }),

    done('7644-3.7-06', 'A POST, PUT or PATCH without data is refused.', async (probe) => {
      const [one] = await people(probe, 'one')
      const path = `/Users/${one?.id}`
      const results = await job(probe, [
        { method: 'POST', path: '/Users', bulkId: 'a' },
        { method: 'PUT', path },
        { method: 'PATCH', path },
      ])
      expect(results).toHaveLength(3)
      for (const result of results) refusedOf(result, 400)
    }),

    done(
      '7644-3.7-07',
      'Every result says where its resource is, but for a POST that failed.',
      async (probe) => {
        const { one, two, results } = await oneOfEach(probe)
        const url = (id: string) => `${probe.base}/Users/${id}`
        const places = results.map((result) => at(result, 'location'))
        expect(places).toEqual([url(idAt(results, 0)), url(one), url(one), url(two)])
        const failed = await job(probe, [
          ...badPuts(one),
          userOf('a', { userName: 'one' }),
          { ...userOf('b'), data: 7 },
        ])
        expect(statuses(failed)).toEqual(['404', '400', '400', '409', '400'])
        expect(failed.map((result) => at(result, 'location'))).toEqual([
          url('nobody'),
          url(one),
          url(one),
          undefined,
          undefined,
        ])
      },
    ),

    done('7644-3.7-08', 'Each result has the status of its own request, as a text.', async (probe) => {
      const results = await job(probe, [userOf('a'), userOf('b', { userName: 'A' })])
      expect(statuses(results)).toEqual(['201', '409'])
      // The version of an operation is the If-Match of its own request: stale, nothing changes.
      const path = `/Users/${idAt(results, 0)}`
      const each = [
        { method: 'PUT', path, data: { schemas: [USER], userName: 'a', title: 'put' } },
        patching(path, { op: 'replace', path: 'title', value: 'patched' }),
        { method: 'DELETE', path },
      ]
      const before = await read(probe, path)
      const stale = await job(
        probe,
        each.map((operation) => ({ ...operation, version: 'W/"9"' })),
      )
      expect(statuses(stale)).toEqual(['412', '412', '412'])
      for (const result of stale) refusedOf(result, 412)
      expect(await read(probe, path)).toEqual(before)
      const current = await job(
        probe,
        each.map((operation, index) => ({ ...operation, version: `W/"${index + 1}"` })),
      )
      expect(statuses(current)).toEqual(['200', '200', '204'])
      isError(await probe.send('GET', path), 404)
    }),

    done('7644-3.7-09', 'An operation that failed carries its error.', async (probe) => {
      const [, second] = await job(probe, [userOf('a'), userOf('b', { userName: 'A' })])
      refusedOf(second, 409, 'uniqueness')
    }),

    done('7644-3.7-10', 'What comes after a failure is carried out.', async (probe) => {
      const results = await job(probe, [userOf('bad', { userName: '' }), userOf('good')])
      expect(statuses(results)).toEqual(['400', '201'])
      await read(probe, `/Users/${idAt(results, 1)}`)
    }),

    done('7644-3.7-11', 'failOnErrors ends a job after so many failures.', async (probe) => {
      const bad = (bulkId: string) => userOf(bulkId, { userName: '' })
      const jobs = [
        { failOnErrors: 1, operations: [bad('a'), userOf('one')], expected: ['400'] },
        {
          failOnErrors: 2,
          operations: [bad('a'), userOf('two'), bad('b'), userOf('c')],
          expected: ['400', '201', '400'],
        },
      ]
      for (const { failOnErrors, operations, expected } of jobs)
        expect(statuses(await job(probe, operations, { failOnErrors }))).toEqual(expected)
      expect(listed(await probe.send('GET', '/Users')).map(({ userName }) => userName)).toEqual(['two'])
    }),

    done(
      '7644-3.7-12',
      'A job is carried out in parts, each operation whole or not at all.',
      async (probe) => {
        const [one] = await people(probe, 'one', 'taken')
        const path = `/Users/${one?.id}`
        const results = await job(probe, [
          patching(path, { op: 'replace', path: 'title', value: 'kept' }),
          patching(
            path,
            { op: 'replace', path: 'title', value: 'lost' },
            { op: 'replace', path: 'active', value: 'maybe' },
          ),
          // This one is sound, and fails in the write itself.
          patching(
            path,
            { op: 'replace', path: 'title', value: 'lost' },
            { op: 'replace', path: 'userName', value: 'TAKEN' },
          ),
        ])
        expect(statuses(results)).toEqual(['200', '400', '409'])
        refusedOf(results[2], 409, 'uniqueness')
        expect(await read(probe, path)).toMatchObject({
          userName: 'one',
          title: 'kept',
          meta: { version: 'W/"2"' },
        })
      },
    ),

    done('7644-3.7.1-01', 'Groups that contain each other are made, each with the other.', async (probe) => {
      const results = await job(probe, [groupOf('a', 'b'), groupOf('b', 'a')])
      expect(statuses(results)).toEqual(['201', '201'])
      const [a, b] = [idAt(results, 0), idAt(results, 1)]
      expect([await membersOf(probe, a), await membersOf(probe, b)]).toEqual([[b], [a]])
      // Where one of them cannot be made, the other is there without it, and its result shows it so.
      const bad = { ...groupOf('d', 'c'), data: { schemas: [GROUP], members: [{ value: 'bulkId:c' }] } }
      const [one, failed] = await job(probe, [groupOf('c', 'd'), bad])
      refusedOf(failed, 400)
      expect(failed).not.toHaveProperty('location')
      expect(one).toMatchObject({ status: '201', response: { displayName: 'c' } })
      expect(await read(probe, `/Groups/${idAt([one], 0)}`)).toEqual(at(one, 'response'))
      expect(at(one, 'response')).not.toHaveProperty('members')
    }),

    done('7644-3.7.1-02', 'A bulkId may be named before the POST it belongs to.', async (probe) => {
      const results = await job(probe, [groupOf('g', 'u'), userOf('u')])
      expect(statuses(results)).toEqual(['201', '201'])
      expect(await membersOf(probe, idAt(results, 0))).toEqual([idAt(results, 1)])
    }),

    done('7644-3.7.2-01', 'A bulkId in data stands for the id that was given.', async (probe) => {
      const results = await job(probe, [userOf('u'), groupOf('g', 'u')])
      expect(await membersOf(probe, idAt(results, 1))).toEqual([idAt(results, 0)])
    }),

    done('7644-3.7.2-02', 'So it does in an extension.', async (probe) => {
      const schemas = [USER, ENTERPRISE]
      const manager = { value: 'bulkId:boss' }
      const results = await job(probe, [userOf('boss'), userOf('u', { schemas, [ENTERPRISE]: { manager } })])
      const shown = await read(probe, `/Users/${idAt(results, 1)}`)
      expect(at(shown, ENTERPRISE, 'manager', 'value')).toBe(idAt(results, 0))
    }),

    done('7644-3.7.2-03', 'So it does in a path.', async (probe) => {
      const rename = patching('/Groups/bulkId:g', { op: 'replace', path: 'displayName', value: 'renamed' })
      const results = await job(probe, [groupOf('g'), rename])
      expect(statuses(results)).toEqual(['201', '204'])
      expect(await read(probe, `/Groups/${idAt(results, 0)}`)).toMatchObject({ displayName: 'renamed' })
    }),

    done('7644-3.7.2-04', 'A bulkId that no POST of the job has is an error.', async (probe) => {
      const [unknown, fine] = await job(probe, [groupOf('g', 'none'), userOf('u')])
      refusedOf(unknown, 400, 'invalidValue')
      expect(fine).toMatchObject({ status: '201' })
    }),

    done('7644-3.7.3-01', 'Every operation that was carried out has a result, in order.', async (probe) => {
      const { results } = await oneOfEach(probe)
      expect(results.map((result) => at(result, 'method'))).toEqual(['POST', 'PUT', 'PATCH', 'DELETE'])
      for (const status of statuses(results)) expect(status).toMatch(/^2\d\d$/)
      const failing = [userOf('a', { userName: '' }), userOf('b', { userName: '' }), userOf('c')]
      expect(await job(probe, failing)).toHaveLength(3)
      expect(await job(probe, failing, { failOnErrors: 2 })).toHaveLength(2)
    }),

    done(
      '7644-3.7.4-01',
      'More operations than maxOperations are refused, and the limit is named.',
      async (probe) => {
        const most = Number(at(await limits(probe), 'maxOperations'))
        const operations = Array.from({ length: most + 1 }, (_, index) => userOf(`u${index}`))
        const answer = await sendJob(probe, operations)
        isError(answer, 413)
        expect(at(answer.body, 'detail')).toContain(String(most))
        expect(statuses(await job(probe, operations.slice(1)))).toEqual(Array(most).fill('201'))
      },
    ),

    done(
      '7644-3.7.4-02',
      'A body larger than maxPayloadSize is refused, and the limit is named.',
      async (probe) => {
        const most = Number(at(await limits(probe), 'maxPayloadSize'))
        const body = JSON.stringify({ schemas: [BULK_REQUEST], Operations: [userOf('a')] }).padEnd(most)
        const answer = await probe.send('POST', '/Bulk', `${body} `)
        isError(answer, 413)
        expect(at(answer.body, 'detail')).toContain(String(most))
        expect((await probe.send('POST', '/Bulk', body)).status).toBe(200)
      },
    ),

    done('7644-3.7-13', 'A job ends as its operations do one after the other.', async (probe) => {
      const path = '/Users/bulkId:u'
      const operations = [userOf('u'), patching(path, { op: 'replace', path: 'active', value: false })]
      const results = await job(probe, [...operations, { method: 'DELETE', path }])
      expect(statuses(results)).toEqual(['201', '200', '204'])
      isError(await probe.send('GET', `/Users/${idAt(results, 0)}`), 404)
      expect(listed(await probe.send('GET', filtered('/Users', 'userName eq "u"')))).toEqual([])
      await laterBulkIds(probe)
    }),
  ],
}
