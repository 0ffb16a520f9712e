import { expect } from 'vitest'
import { at, type Answer } from '../bridge.ts'
import { custom, DEVICE, TEST_USER, WARRANTY } from '../custom.ts'
import { fill } from '../fill.ts'
import { created, ENTERPRISE, GROUP, isError, listed, patchOf, people, read, USER } from './asserts.ts'
import { kept } from './kept.ts'
import type { Probe } from './probe.ts'
import { done } from './row.ts'
import { schemaDefinitions } from './schemaDefinitions.ts'
import type { Section } from './sections.ts'

const CONFIG = '/ServiceProviderConfig'
const CONFIG_URN = 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'
const BULK_REQUEST = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest'
const DISCOVERY = [CONFIG, '/ResourceTypes', '/Schemas']

/** Demands that the service says it can do something; gives all it says of that. */
async function supported(probe: Probe, feature: string): Promise<unknown> {
  const { body } = await probe.send('GET', CONFIG)
  expect(at(body, feature, 'supported')).toBe(true)
  return at(body, feature)
}

/** Gives the schemes by which the service says that one signs in. */
async function schemes(probe: Probe): Promise<readonly unknown[]> {
  const told = at((await probe.send('GET', CONFIG)).body, 'authenticationSchemes')
  return Array.isArray(told) ? told : []
}

/** Takes JSON and names; gives the whole number there. Throws where there is none. */
function whole(json: unknown, ...path: readonly string[]): number {
  const found = at(json, ...path)
  if (typeof found !== 'number' || !Number.isInteger(found))
    throw new Error(`no whole number: ${path.join('.')}`)
  return found
}

/** Gives the resource types of a deployment that declares its own. */
const declared = async (probe: Probe) =>
  listed(await (await probe.where({ custom })).send('GET', '/ResourceTypes'))

const names = (answer: Answer) => listed(answer).map(({ userName }) => userName)

const device = {
  schemas: [DEVICE, WARRANTY],
  displayName: 'd',
  [WARRANTY]: { until: '2030-01-01T00:00:00Z' },
}

const job = (count: number) => ({
  schemas: [BULK_REQUEST],
  Operations: Array.from({ length: count }, () => ({ method: 'DELETE', path: '/Users/none' })),
})

export const discovery: Section = {
  title: 'C. Discovery',
  rows: [
    done('7644-4-01', '/ServiceProviderConfig is one object.', async (probe) => {
      const { status, body } = await probe.send('GET', CONFIG)
      expect([status, at(body, 'schemas'), at(body, 'Resources')]).toEqual([200, [CONFIG_URN], undefined])
    }),
    done('7644-4-02', '/ResourceTypes lists every type.', async (probe) => {
      const to = await probe.where({ custom })
      const answer = await to.send('GET', '/ResourceTypes')
      expect(listed(answer).map(({ name }) => name)).toEqual(['User', 'Group', 'Device'])
      expect(at(answer.body, 'totalResults')).toBe(3)
    }),
    done('7644-4-03', 'One type is found by its name.', async (probe) => {
      const types = listed(await probe.send('GET', '/ResourceTypes'))
      const user = await read(probe, '/ResourceTypes/User')
      expect(user).toMatchObject({ name: 'User' })
      expect(types).toContainEqual(user)
      isError(await probe.send('GET', '/ResourceTypes/Nope'), 404)
    }),
    done(
      '7644-4-04',
      '/Schemas lists every schema in use, extensions and declared ones too.',
      async (probe) => {
        const to = await probe.where({ custom })
        const ids = listed(await to.send('GET', '/Schemas')).map(({ id }) => id)
        expect(ids.toSorted()).toEqual([USER, GROUP, ENTERPRISE, TEST_USER, DEVICE, WARRANTY].toSorted())
      },
    ),
    done('7644-4-05', 'One schema is found by its URN.', async (probe) => {
      const schemas = listed(await probe.send('GET', '/Schemas'))
      const user = await read(probe, `/Schemas/${USER}`)
      expect(user.id).toBe(USER)
      expect(schemas).toContainEqual(user)
      isError(await probe.send('GET', '/Schemas/urn:example:none'), 404)
    }),
    done(
      '7644-4-06',
      'Order, pages and choices of attributes change nothing at discovery.',
      async (probe) => {
        const query =
          'count=1&startIndex=2&sortBy=name&sortOrder=descending&attributes=id&excludedAttributes=name'
        expect(listed(await probe.send('GET', '/Schemas')).length).toBeGreaterThan(2)
        for (const path of DISCOVERY) {
          const { body } = await probe.send('GET', path)
          expect(await probe.send('GET', `${path}?${query}`)).toMatchObject({ status: 200, body })
        }
      },
    ),
    done('7644-4-07', 'A filter at discovery is refused with 403.', async (probe) => {
      const filter = encodeURIComponent('name eq "User"')
      for (const path of DISCOVERY) isError(await probe.send('GET', `${path}?filter=${filter}`), 403)
    }),
    done('7644-4-08', 'Discovery can be read and not changed.', async (probe) => {
      for (const path of DISCOVERY) {
        const { status, body } = await probe.send('GET', path)
        for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
          isError(await probe.send(method, path, { name: 'x' }), 405)
        expect([status, (await probe.send('GET', path)).body]).toEqual([200, body])
      }
    }),
    done('7643-5-01', 'How to sign in can be read without a token.', async (probe) => {
      const answer = await probe.send('GET', CONFIG, undefined, { authorization: null })
      expect(answer.status).toBe(200)
      expect(at(answer.body, 'authenticationSchemes')).toEqual(await schemes(probe))
      expect(at(answer.body, 'authenticationSchemes', 0, 'type')).toBe('oauthbearertoken')
    }),
    done('7643-5-02', 'PATCH is offered, and works.', async (probe) => {
      await supported(probe, 'patch')
      const [person] = await people(probe, 'anna')
      const patch = patchOf({ op: 'replace', path: 'title', value: 'T' })
      expect((await probe.send('PATCH', `/Users/${person?.id}`, patch)).status).toBe(200)
      expect(await read(probe, `/Users/${person?.id}`)).toMatchObject({ title: 'T' })
    }),
    done('7643-5-03', '/Bulk is offered, up to the operations and bytes it names.', async (probe) => {
      const bulk = await supported(probe, 'bulk')
      const most = whole(bulk, 'maxOperations')
      const answer = await probe.send('POST', '/Bulk', job(most))
      expect([answer.status, at(answer.body, 'Operations')]).toEqual([200, expect.any(Array)])
      expect(at(answer.body, 'Operations')).toHaveLength(most)
      isError(await probe.send('POST', '/Bulk', job(most + 1)), 413)
      const text = JSON.stringify(job(1))
      const bytes = whole(bulk, 'maxPayloadSize')
      expect((await probe.send('POST', '/Bulk', text.padEnd(bytes))).status).toBe(200)
      isError(await probe.send('POST', '/Bulk', text.padEnd(bytes + 1)), 413)
    }),
    done('7643-5-04', 'Filters are offered, and no list holds more than the number named.', async (probe) => {
      const most = whole(await supported(probe, 'filter'), 'maxResults')
      await fill(probe.connection, undefined, most + 1)
      for (const query of ['', 'filter=userName%20pr&', 'cursor&']) {
        const answer = await probe.send('GET', `/Users?${query}count=${most + 1}&attributes=id`)
        expect([listed(answer).length, at(answer.body, 'totalResults')]).toEqual([most, most + 1])
      }
    }),
    done(
      '7643-5-05',
      'Changing a password is not offered: one that is sent has no effect.',
      async (probe) => {
        const [person] = await people(probe, 'anna')
        expect(at((await probe.send('GET', CONFIG)).body, 'changePassword')).toEqual({ supported: false })
        const patch = patchOf({ op: 'replace', path: 'password', value: 'canary-5-05' })
        expect((await probe.send('PATCH', `/Users/${person?.id}`, patch)).status).toBe(200)
        const { meta: _, ...after } = await read(probe, `/Users/${person?.id}`)
        expect(person).toMatchObject(after)
        expect(await kept(probe)).not.toContain('canary-5-05')
      },
    ),
    done('7643-5-06', 'Sorting is offered, and works.', async (probe) => {
      await supported(probe, 'sort')
      await people(probe, 'c', 'a', 'b')
      expect(names(await probe.send('GET', '/Users?sortBy=userName'))).toEqual(['a', 'b', 'c'])
      const descending = '/Users?sortBy=userName&sortOrder=descending'
      expect(names(await probe.send('GET', descending))).toEqual(['c', 'b', 'a'])
    }),
    done('7643-5-07', 'ETags are offered, and If-Match is heeded.', async (probe) => {
      await supported(probe, 'etag')
      const [person] = await people(probe, 'anna')
      const path = `/Users/${person?.id}`
      const tag = (await probe.send('GET', path)).headers.get('etag')
      expect(tag).toBe(at(person, 'meta', 'version'))
      const body = { schemas: [USER], userName: 'berta' }
      expect((await probe.send('PUT', path, body, { 'if-match': tag })).status).toBe(200)
      isError(await probe.send('PUT', path, body, { 'if-match': tag }), 412)
    }),
    done('7643-5-08', 'Each way to sign in has a type, a name and a description.', async (probe) => {
      const told = await schemes(probe)
      expect(told.map((scheme) => at(scheme, 'type'))).toEqual(['oauthbearertoken', 'httpbasic'])
      for (const scheme of told) {
        expect(at(scheme, 'name')).toMatch(/\w/)
        expect(at(scheme, 'description')).toMatch(/\w/)
      }
    }),
    done(
      '7643-5-09',
      'The addresses of specifications are whole, and one scheme is preferred.',
      async (probe) => {
        const told = await schemes(probe)
        expect(told.map((scheme) => at(scheme, 'primary'))).toEqual([true, false])
        for (const scheme of told) expect(at(scheme, 'specUri')).toMatch(/^https:\/\/[\w.-]+\//)
        expect(JSON.stringify((await probe.send('GET', CONFIG)).body)).not.toContain('documentationUri')
      },
    ),
    done('7643-6-01', 'A type has a name, an endpoint and a schema.', async (probe) => {
      const told = (await declared(probe)).map(({ name, endpoint, schema }) => [name, endpoint, schema])
      expect(told).toEqual([
        ['User', '/Users', USER],
        ['Group', '/Groups', GROUP],
        ['Device', '/Devices', DEVICE],
      ])
    }),
    done('7643-6-02', 'The endpoint of a type stands below the Base URL and answers.', async (probe) => {
      const to = await probe.where({ custom })
      const endpoints = (await declared(probe)).map(({ endpoint }) => String(endpoint))
      expect(endpoints).toHaveLength(3)
      for (const endpoint of endpoints) {
        expect(endpoint).toMatch(/^\/\w+$/)
        expect(listed(await to.send('GET', endpoint))).toEqual([])
      }
    }),
    done('7643-6-03', 'The schema of a type can be read.', async (probe) => {
      const to = await probe.where({ custom })
      const urns = (await declared(probe)).map(({ schema }) => String(schema))
      expect(urns).toEqual([USER, GROUP, DEVICE])
      for (const urn of urns) expect((await read(to, `/Schemas/${urn}`)).id).toBe(urn)
    }),
    done('7643-6-04', 'A type names its extensions, and whether they are required.', async (probe) => {
      const to = await probe.where({ custom })
      const extensions = (await declared(probe)).map(({ schemaExtensions }) => schemaExtensions)
      expect(extensions).toEqual([
        [
          { schema: ENTERPRISE, required: false },
          { schema: TEST_USER, required: false },
        ],
        [],
        [{ schema: WARRANTY, required: true }],
      ])
      for (const urn of [ENTERPRISE, TEST_USER, WARRANTY]) await read(to, `/Schemas/${urn}`)
    }),
    done('7643-6-05', 'A resource without an extension its type requires is refused.', async (probe) => {
      const to = await probe.where({ custom })
      const made = await created(to, '/Devices', device)
      const bare = { schemas: [DEVICE], displayName: 'd' }
      isError(await to.send('POST', '/Devices', bare), 400, 'invalidValue')
      isError(await to.send('PUT', `/Devices/${made.id}`, bare), 400, 'invalidValue')
      expect(listed(await to.send('GET', '/Devices'))).toEqual([made])
    }),
    done('7643-6-06', 'An extension that is not required may be left out.', async (probe) => {
      const made = await created(probe, '/Users', { schemas: [USER], userName: 'anna' })
      expect([made['schemas'], made[ENTERPRISE]]).toEqual([[USER], undefined])
    }),
    done('7643-6-07', 'Every resource is of a type that is listed.', async (probe) => {
      const to = await probe.where({ custom })
      await people(to, 'anna')
      await created(to, '/Groups', { schemas: [GROUP], displayName: 'g' })
      await created(to, '/Devices', device)
      const used = listed(await to.send('GET', '/')).map(({ meta }) => at(meta, 'resourceType'))
      expect(used.toSorted()).toEqual((await declared(probe)).map(({ name }) => name).toSorted())
    }),
    ...schemaDefinitions,
  ],
}
