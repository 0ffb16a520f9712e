import { expect } from 'vitest'
import { at, resourcesOf } from '../bridge.ts'
import {
  created,
  ENTERPRISE,
  filtered,
  GROUP,
  isError,
  listed,
  patchOf,
  people,
  read,
  USER,
} from './asserts.ts'
import type { Shown } from './asserts.ts'
import type { Probe } from './probe.ts'
import { everyRepresentation } from './representations.ts'
import { done } from './row.ts'
import type { Section } from './sections.ts'

/** The smallest body at each endpoint, with more beside it. */
const bodies = {
  '/Users': (name: string, more: object = {}) => ({ schemas: [USER], userName: name, ...more }),
  '/Groups': (name: string, more: object = {}) => ({ schemas: [GROUP], displayName: name, ...more }),
}
const endpoints = ['/Users', '/Groups'] as const
const user = bodies['/Users']

/** Makes a resource at each endpoint; gives them. */
async function both(probe: Probe, more: object = {}): Promise<readonly Shown[]> {
  return [
    await created(probe, '/Users', bodies['/Users']('ada', more)),
    await created(probe, '/Groups', bodies['/Groups']('team', more)),
  ]
}

/** A person with data of the enterprise extension. */
const employee = (schemas: readonly string[]) => ({
  schemas,
  userName: 'ada',
  [ENTERPRISE]: { department: 'R&D' },
})

/** The ids that a filter finds among people. */
async function idsBy(probe: Probe, filter: string): Promise<readonly string[]> {
  return listed(await probe.send('GET', filtered('/Users', filter))).map(({ id }) => id)
}

/** Some moment that the bridge never gave. */
const FORGED = '2000-01-01T00:00:00Z'

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/

export const commonAttributes: Section = {
  title: 'B. Representation: common attributes',
  rows: [
    done('7643-3-05', 'People and groups alike have id, externalId and meta.', async (probe) => {
      for (const resource of await both(probe, { externalId: 'x' })) {
        expect(resource).toMatchObject({ externalId: 'x', meta: { version: expect.any(String) } })
        expect(resource.id).toMatch(/./)
      }
    }),
    done('7643-3.1-01', 'A new resource gets its id and meta from the bridge.', async (probe) => {
      const [made] = await people(probe, 'ada')
      expect(made?.id).toMatch(/./)
      expect(at(made, 'meta')).toMatchObject({
        resourceType: 'User',
        created: expect.stringMatching(MOMENT),
        lastModified: expect.stringMatching(MOMENT),
        location: `${probe.base}/Users/${String(made?.id)}`,
      })
    }),
    done('7643-3.1-02', 'Every representation has an id, whatever the operation.', async (probe) => {
      const shown = { attributes: 'displayName' }
      for (const resources of [
        await everyRepresentation(probe, '/Users', user('ada')),
        await everyRepresentation(probe, '/Groups', bodies['/Groups']('team'), shown),
      ]) {
        expect(resources).toHaveLength(6)
        expect(resources[0]?.['id']).toMatch(/./)
        expect(new Set(resources.map(({ id }) => id)).size).toBe(1)
      }
    }),
    done('7643-3.1-03', 'No two resources have the same id, of whatever type they are.', async (probe) => {
      const ids = await Promise.all(
        Array.from({ length: 100 }, async (_, index) => {
          const endpoint = index % 2 === 0 ? '/Users' : '/Groups'
          return (await created(probe, endpoint, bodies[endpoint](`name ${index}`))).id
        }),
      )
      expect(new Set(ids).size).toBe(100)
    }),
    done('7643-3.1-04', 'An id stays as it is for good, and is never given again.', async (probe) => {
      const { id } = await created(probe, '/Users', user('ada'))
      const path = `/Users/${id}`
      const put = await probe.send('PUT', path, user('ada', { displayName: 'A' }))
      const patched = await probe.send(
        'PATCH',
        path,
        patchOf({ op: 'replace', path: 'displayName', value: 'B' }),
      )
      expect([at(put.body, 'id'), at(patched.body, 'id')]).toEqual([id, id])
      expect((await probe.send('DELETE', path)).status).toBe(204)
      expect((await created(probe, '/Users', user('ada'))).id).not.toBe(id)
      isError(await probe.send('GET', path), 404)
    }),
    done('7643-3.1-05', 'An id sent by a client is not taken.', async (probe) => {
      const { id } = await created(probe, '/Users', user('ada', { id: 'mine' }))
      expect(id).not.toBe('mine')
      const put = await probe.send('PUT', `/Users/${id}`, user('ada', { id: 'other', title: 'Dr.' }))
      expect(put.body).toMatchObject({ id, title: 'Dr.' })
      isError(await probe.send('GET', '/Users/mine'), 404)
      isError(await probe.send('GET', '/Users/other'), 404)
    }),
    done('7643-3.1-06', 'No id has "bulkId" in it.', async (probe) => {
      const operation = { method: 'POST', path: '/Users', bulkId: 'bulkId:1', data: user('bulkId') }
      const schemas = ['urn:ietf:params:scim:api:messages:2.0:BulkRequest']
      const bulk = await probe.send('POST', '/Bulk', { schemas, Operations: [operation] })
      expect(at(bulk.body, 'Operations', 0, 'status')).toBe('201')
      await both(probe)
      const all = listed(await probe.send('GET', '/'))
      expect(all).toHaveLength(3)
      for (const { id } of all) expect(id).not.toMatch(/bulkid/i)
    }),
    done('7643-3.1-07', 'An id is found in its own case only.', async (probe) => {
      const { id } = await created(probe, '/Users', user('ada'))
      const other = id.toUpperCase()
      expect(other).not.toBe(id)
      expect((await read(probe, `/Users/${id}`)).id).toBe(id)
      isError(await probe.send('GET', `/Users/${other}`), 404)
      expect(await idsBy(probe, `id eq "${id}"`)).toEqual([id])
      expect(await idsBy(probe, `id eq "${other}"`)).toEqual([])
    }),
    done('7643-3.1-08', 'externalId is what the client sent, or is not there.', async (probe) => {
      const [without] = await people(probe, 'without')
      expect(Object.keys(without ?? {})).not.toContain('externalId')
      const { id, externalId } = await created(probe, '/Users', user('with', { externalId: 'Ab' }))
      expect([externalId, (await read(probe, `/Users/${id}`))['externalId']]).toEqual(['Ab', 'Ab'])
    }),
    done('7643-3.1-09', 'externalId is compared with its case.', async (probe) => {
      const { id } = await created(probe, '/Users', user('ada', { externalId: 'Ab' }))
      expect(await idsBy(probe, 'externalId eq "Ab"')).toEqual([id])
      expect(await idsBy(probe, 'externalId eq "ab"')).toEqual([])
    }),
    done(
      '7643-3.1-10',
      'Two connections may use the same externalId, and each finds its own.',
      async (probe) => {
        for (const each of [probe, await probe.stranger()]) {
          const { id } = await created(each, '/Users', user('ada', { externalId: '1' }))
          expect(await idsBy(each, 'externalId eq "1"')).toEqual([id])
        }
      },
    ),
    done('7643-3.1-11', 'A meta sent by a client is ignored.', async (probe) => {
      const meta = { created: FORGED, lastModified: FORGED, resourceType: 'Cat', version: 'W/"99"' }
      const made = await created(probe, '/Users', user('ada', { meta }))
      expect(at(made, 'meta')).toMatchObject({ resourceType: 'User', version: 'W/"1"' })
      const put = await probe.send('PUT', `/Users/${made.id}`, user('ada', { meta, title: 'Dr.' }))
      expect(at(put.body, 'meta')).toMatchObject({ resourceType: 'User', version: 'W/"2"' })
      for (const shown of [made, put.body]) {
        expect(at(shown, 'meta', 'created')).toBe(at(made, 'meta', 'created'))
        expect(at(shown, 'meta', 'created')).not.toMatch(/^2000/)
        expect(at(shown, 'meta', 'lastModified')).not.toMatch(/^2000/)
      }
    }),
    done('7643-3.1-12', 'meta.resourceType is the name of the resource type.', async (probe) => {
      const names = (await both(probe)).map((resource) => at(resource, 'meta', 'resourceType'))
      expect(names).toEqual(['User', 'Group'])
      for (const name of ['ResourceType', 'Schema']) {
        const entries = resourcesOf(await probe.send('GET', `/${name}s`))
        expect(new Set(entries.map((entry) => at(entry, 'meta', 'resourceType')))).toEqual(new Set([name]))
      }
    }),
    done(
      '7643-3.1-13',
      'A resource that was never changed was last modified when it was created.',
      async (probe) => {
        for (const { meta } of await both(probe)) {
          expect(at(meta, 'created')).toMatch(MOMENT)
          expect(at(meta, 'lastModified')).toBe(at(meta, 'created'))
        }
      },
    ),
    done('7643-3.1-14', 'lastModified moves on with each real change; created does not.', async (probe) => {
      const [made] = await people(probe, 'ada')
      const first = String(at(made, 'meta', 'created'))
      const after = (minutes: number) => new Date(Date.parse(first) + minutes * 60_000)
      const change = patchOf({ op: 'replace', path: 'displayName', value: 'A' })
      const patchedAfter = async (minutes: number) => {
        const later = await probe.where({ now: () => after(minutes) })
        return at((await later.send('PATCH', `/Users/${String(made?.id)}`, change)).body, 'meta')
      }
      const changed = { created: first, lastModified: after(1).toISOString() }
      expect(await patchedAfter(1)).toMatchObject(changed)
      // The same again changes nothing.
      expect(await patchedAfter(2)).toMatchObject(changed)
    }),
    done(
      '7643-3.1-15',
      'meta.location is the address of the resource, and the headers say the same.',
      async (probe) => {
        for (const endpoint of endpoints) {
          const made = await probe.send('POST', endpoint, bodies[endpoint]('name'))
          const location = String(at(made.body, 'meta', 'location'))
          expect(location.startsWith(`${probe.base}${endpoint}/`)).toBe(true)
          expect(made.headers.get('location')).toBe(location)
          const got = await probe.send('GET', location.slice(probe.base.length))
          expect(got.status).toBe(200)
          expect(at(got.body, 'id')).toBe(at(made.body, 'id'))
          expect(got.headers.get('content-location')).toBe(location)
        }
      },
    ),
    done('7643-3.1-16', 'meta.version is the ETag, a weak one.', async (probe) => {
      const { id } = await created(probe, '/Users', user('ada'))
      const got = await probe.send('GET', `/Users/${id}`)
      expect(at(got.body, 'meta', 'version')).toMatch(/^W\/".+"$/)
      expect(got.headers.get('etag')).toBe(at(got.body, 'meta', 'version'))
    }),
    done(
      '7643-3.3-01',
      'The schema of the resource type stays in schemas whatever a PATCH says.',
      async (probe) => {
        const { id } = await created(probe, '/Users', employee([USER, ENTERPRISE]))
        const replace = { op: 'replace', path: 'schemas', value: [ENTERPRISE] }
        const patched = await probe.send('PATCH', `/Users/${id}`, patchOf(replace))
        expect([patched.status, at(patched.body, 'schemas')]).toEqual([200, [USER, ENTERPRISE]])
        expect((await read(probe, `/Users/${id}`))['schemas']).toEqual([USER, ENTERPRISE])
      },
    ),
    done(
      '7643-3.3-02',
      'The attributes of an extension stand in an object named by its URN.',
      async (probe) => {
        const made = await created(probe, '/Users', employee([USER, ENTERPRISE]))
        expect(made[ENTERPRISE]).toEqual({ department: 'R&D' })
        expect(Object.keys(made)).not.toContain('department')
      },
    ),
    done(
      '7643-3.3-03',
      'schemas names an extension where the resource has data of it, and only there.',
      async (probe) => {
        expect((await created(probe, '/Users', employee([USER, ENTERPRISE])))['schemas']).toEqual([
          USER,
          ENTERPRISE,
        ])
        const [without] = await people(probe, 'without')
        expect(without?.['schemas']).toEqual([USER])
        expect(Object.keys(without ?? {})).not.toContain(ENTERPRISE)
      },
    ),
    done(
      '7643-3.3-04',
      'Data of an extension that schemas does not name is kept, and its URN added.',
      async (probe) => {
        const made = await created(probe, '/Users', employee([USER]))
        expect(made).toMatchObject({ schemas: [USER, ENTERPRISE], [ENTERPRISE]: { department: 'R&D' } })
      },
    ),
  ],
}
