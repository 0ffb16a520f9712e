import { expect } from 'vitest'
import { at, objectOf, type SentHeaders } from '../bridge.ts'
import {
  created,
  ENTERPRISE,
  filtered,
  isError,
  listed,
  patchOf,
  people,
  read,
  SEARCH,
  USER,
  type Shown,
} from './asserts.ts'
import { BULK_REQUEST, userOf } from './bulkJobs.ts'
import { crowd } from './crowd.ts'
import type { Probe } from './probe.ts'
import { publishedTypes, sampleOf } from './publishedTypes.ts'
import { done } from './row.ts'
import type { Section } from './sections.ts'

const anna = { schemas: [USER], userName: 'anna' }
const ids = (resources: readonly Shown[]) => resources.map(({ id }) => id)
const found = async (probe: Probe, filter: string) =>
  ids(listed(await probe.send('GET', filtered('/Users', filter))))

const listOf = (name: string, type: object) => ({
  name,
  type: 'complex',
  multiValued: true,
  subAttributes: [{ name: 'value' }, { name: 'type', ...type }],
})
const CARS = 'urn:example:params:scim:schemas:extension:test:2.0:Cars'
/** A deployment that declares two lists with a type: one with usual ones, one without. */
const TYPED = {
  schemas: [
    { id: CARS, attributes: [listOf('cars', { canonicalValues: ['own', 'hired'] }), listOf('desks', {})] },
  ],
  resourceTypes: [{ name: 'User', schemaExtensions: [{ schema: CARS, required: false }] }],
}

/** Bodies that say something no schema has: about a person, about a part, in an extension, and by a schema. */
const undefinedBodies = [
  { shoeSize: 9 },
  { name: { nick: 'A' } },
  { [ENTERPRISE]: { floor: 3 } },
  { schemas: [USER, 'urn:x:y'] },
  { 'urn:x:y': { floor: 3 } },
]

export const profile: Section = {
  title: 'Interoperability profile (draft)',
  rows: [
    done('P-01', 'A strict connection is told that it has the profile, nobody else.', async (probe) => {
      const told = async (authorization: object) => {
        const answer = await probe.send('GET', '/ServiceProviderConfig', undefined, { ...authorization })
        expect(at(answer.body, 'patch', 'supported')).toBe(true)
        return at(answer.body, 'interopProfileConformant')
      }
      expect(await told({})).toBe(probe.mode === 'strict')
      expect(await told({ authorization: null })).toBeUndefined()
    }),

    done('P-02', 'The discovery endpoints tell all that can be set and read, and no more.', async (probe) => {
      const config = await probe.send('GET', '/ServiceProviderConfig')
      expect(at(config.body, 'schemas')).toEqual([
        'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig',
      ])
      const { types, schemas } = await publishedTypes(probe)
      expect(types.map(({ name }) => name)).toEqual(expect.arrayContaining(['User', 'Group']))
      expect(types.map(({ id }) => id)).toEqual(types.map(({ name }) => name))
      const named = types.flatMap(({ schema, extensions }) => [schema, ...extensions])
      expect([...schemas.keys()].toSorted()).toEqual([...new Set(named)].toSorted())
      const [member] = await people(probe, 'member')
      for (const type of types) {
        const { body, expected, names } = sampleOf(type, schemas, String(member?.id))
        const shown = await created(probe, type.endpoint, body)
        expect(shown).toMatchObject(expected)
        const common = ['schemas', 'id', 'externalId', 'meta']
        expect(Object.keys(shown).filter((name) => ![...common, ...names].includes(name))).toEqual([])
      }
    }),

    done(
      'P-03',
      'Case counts in id and externalId, not in userName, to find as to be unique.',
      async (probe) => {
        const { id } = await created(probe, '/Users', { ...anna, externalId: 'Ab' })
        expect(id.toUpperCase()).not.toBe(id)
        expect(await found(probe, `id eq "${id}"`)).toEqual([id])
        expect(await found(probe, `id eq "${id.toUpperCase()}"`)).toEqual([])
        isError(await probe.send('GET', `/Users/${id.toUpperCase()}`), 404)
        expect(await found(probe, 'externalId eq "Ab"')).toEqual([id])
        expect(await found(probe, 'externalId eq "aB"')).toEqual([])
        expect(await found(probe, 'userName eq "ANNA"')).toEqual([id])
        const others = [{ userName: 'ANNA' }, { userName: 'b', externalId: 'Ab' }]
        for (const other of others)
          isError(await probe.send('POST', '/Users', { ...anna, ...other }), 409, 'uniqueness')
        await created(probe, '/Users', { ...anna, userName: 'b', externalId: 'aB' })
      },
    ),

    done(
      'P-04',
      'What no schema defines is refused in the body of a strict connection, and in any filter.',
      async (probe) => {
        for (const [index, body] of undefinedBodies.entries()) {
          const answer = await probe.send('POST', '/Users', { ...anna, userName: `u${index}`, ...body })
          if (probe.mode === 'strict') isError(answer, 400, 'invalidSyntax')
          else {
            expect(answer.status).toBe(201)
            expect(JSON.stringify(answer.body)).not.toMatch(/shoeSize|"nick"|floor|urn:x:y/)
          }
        }
        const made = await created(probe, '/Users', { ...anna, name: { givenName: 'A' } })
        const path = `/Users/${made.id}`
        for (const body of undefinedBodies) {
          const sent = { ...anna, ...body, name: { givenName: 'A', ...body.name } }
          const answer = await probe.send('PUT', path, sent)
          if (probe.mode === 'strict') isError(answer, 400, 'invalidSyntax')
          else expect(answer).toMatchObject({ status: 200, body: made })
        }
        for (const [name, value] of [
          ['name', { nick: 'A' }],
          [ENTERPRISE, { floor: 3 }],
          ['schemas', ['urn:x:y']],
        ] as const) {
          for (const op of ['add', 'replace']) {
            const answer = await probe.send('PATCH', path, patchOf({ op, path: name, value }))
            if (probe.mode === 'strict') isError(answer, 400, 'invalidSyntax')
            else expect([answer.status, objectOf(answer)]).toEqual([200, made])
          }
        }
        for (const name of ['shoeSize', 'name.nick', `${ENTERPRISE}:floor`, 'urn:x:y:floor']) {
          const patch = patchOf({ op: 'add', path: name, value: 'A' })
          isError(await probe.send('PATCH', path, patch), 400, 'invalidPath')
        }
        const loose = await probe.send('PATCH', path, patchOf({ op: 'add', value: { shoeSize: 9 } }))
        if (probe.mode === 'strict') isError(loose, 400, 'invalidSyntax')
        else expect(loose.status).toBe(200)
        expect(await read(probe, path)).toEqual(made)
        for (const filter of [
          'shoeSize eq 9',
          'name.nick eq "A"',
          `${ENTERPRISE}:floor eq 3`,
          'urn:x:y:floor eq 3',
        ])
          isError(await probe.send('GET', filtered('/Users', filter)), 400, 'invalidFilter')
      },
    ),

    done('P-05', 'Where a value in a list has a type, the schema lists the usual ones.', async (probe) => {
      // A declared list whose usual types nobody says has none, and says that.
      const declared = await probe.where({ custom: TYPED })
      const { schemas } = await publishedTypes(declared)
      const typed = [...schemas.values()]
        .flat()
        .filter(
          ({ multiValued, subAttributes }) =>
            multiValued && subAttributes.some(({ name }) => name === 'type'),
        )
      expect(typed.map(({ name }) => name)).toEqual(
        expect.arrayContaining(['emails', 'members', 'entitlements', 'cars', 'desks']),
      )
      for (const { name, subAttributes } of typed) {
        const type = subAttributes.find((sub) => sub.name === 'type')
        expect(type?.canonicalValues, name).toBeInstanceOf(Array)
      }
      const emails = typed.find(({ name }) => name === 'emails')?.subAttributes
      expect(emails?.find(({ name }) => name === 'type')?.canonicalValues).toContain('work')
      const typesOf = (list: string) =>
        typed.find(({ name }) => name === list)?.subAttributes.find(({ name }) => name === 'type')
      expect(typesOf('cars')?.canonicalValues).toEqual(['own', 'hired'])
      expect(typesOf('desks')?.canonicalValues).toEqual([])
    }),

    done('P-06', 'A resource has one address, by its endpoint and id.', async (probe) => {
      const named = { externalId: 'ext', emails: [{ value: 'anna@x.org' }] }
      const { id, meta } = await created(probe, '/Users', { ...anna, ...named })
      expect(at(meta, 'location')).toBe(`${probe.base}/Users/${id}`)
      await read(probe, `/Users/${id}`)
      const others = ['/Users/anna', '/Users/ext', '/Users/anna@x.org', `/Users/${id}/emails`]
      for (const path of [
        ...others,
        `/Groups/${id}`,
        `/Roles/${id}`,
        `/User/${id}`,
        `/users/${id}`,
        `/${id}`,
      ])
        isError(await probe.send('GET', path), 404)
      isError(await probe.send('GET', '/Me'), 501)
    }),

    done('P-07', 'Every answer with a body is application/scim+json.', async (probe) => {
      const { id } = await created(probe, '/Users', anna)
      const path = `/Users/${id}`
      const rename = patchOf({ op: 'replace', path: 'title', value: 'T' })
      const asked: readonly (readonly [number, string, string, unknown?, SentHeaders?])[] = [
        [200, 'GET', '/ServiceProviderConfig'],
        [200, 'GET', '/Schemas'],
        [200, 'GET', '/ResourceTypes'],
        [201, 'POST', '/Users', { ...anna, userName: 'b' }],
        [200, 'GET', path],
        [200, 'GET', '/Users'],
        [200, 'POST', '/Users/.search', { schemas: [SEARCH] }],
        [200, 'PUT', path, anna],
        [200, 'PATCH', path, rename],
        [200, 'POST', '/Bulk', { schemas: [BULK_REQUEST], Operations: [userOf('c')] }],
        [400, 'POST', '/Users', '{'],
        [401, 'GET', path, undefined, { authorization: null }],
        [404, 'GET', '/Users/none'],
        [405, 'PATCH', '/Users', rename],
        [409, 'POST', '/Users', anna],
        [412, 'PUT', path, anna, { 'if-match': 'W/"9"' }],
        [415, 'POST', '/Users', 'x', { 'content-type': 'text/plain' }],
        [501, 'GET', '/Me'],
      ]
      for (const [status, ...request] of asked) {
        const { headers, ...seen } = await probe.send(...request)
        expect([seen.status, headers.get('content-type')]).toEqual([status, 'application/scim+json'])
      }
    }),

    done('P-08', 'A list is filtered by eq and by and; a change is not.', async (probe) => {
      const title = 'T'
      const one = await created(probe, '/Users', { ...anna, title })
      const other = await created(probe, '/Users', { schemas: [USER], userName: 'b', title })
      expect(await found(probe, 'title eq "T"')).toEqual([one.id, other.id])
      expect(await found(probe, 'title eq "T" and userName eq "anna"')).toEqual([one.id])
      const path = filtered(`/Users/${one.id}`, 'userName eq "anna"')
      const changes = [
        ['PATCH', patchOf({ op: 'replace', path: 'title', value: 'lost' })],
        ['PUT', anna],
        ['DELETE', undefined],
      ] as const
      for (const [method, body] of changes)
        isError(await probe.send(method, path, body), 400, 'invalidFilter')
      expect(await read(probe, `/Users/${one.id}`)).toEqual(one)
    }),

    done(
      'P-09',
      'Pages are by place and by cursor: 100 unless asked for more, and never over 1,000.',
      async (probe) => {
        const [one] = await people(probe, 'anna')
        await crowd(probe, 'User', 1_000)
        const page = async (query: string, length: number) => {
          const answer = await probe.send('GET', `/Users?${query}`)
          const shown = ids(listed(answer))
          expect([query, at(answer.body, 'totalResults'), shown.length]).toEqual([query, 1_001, length])
          return { shown, next: String(at(answer.body, 'nextCursor')) }
        }
        const lengths = [
          ['', 100],
          ['count=100', 100],
          ['count=250', 250],
          ['count=5000', 1_000],
        ] as const
        for (const [query, length] of lengths) {
          const behind = Math.min(length, 1_001 - length)
          const [first, cursor] = [await page(query, length), await page(`cursor&${query}`, length)]
          expect(first.shown[0]).toBe(one?.id)
          expect(cursor.shown).toEqual(first.shown)
          const second = await page(`startIndex=${length + 1}&${query}`, behind)
          expect((await page(`cursor=${cursor.next}`, behind)).shown).toEqual(second.shown)
        }
      },
    ),
  ],
}
