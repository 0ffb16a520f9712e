import { expect } from 'vitest'
import { at } from '../bridge.ts'
import { custom, TEST_USER } from '../custom.ts'
import { created, filtered, GROUP, isError, listed, patchOf, people, read, USER } from './asserts.ts'
import type { Probe } from './probe.ts'
import { everyRepresentation } from './representations.ts'
import { done } from './row.ts'
import type { Section } from './sections.ts'

const user = (userName: string, more: object = {}) => ({ schemas: [USER], userName, ...more })

/** Demands that a PATCH is refused, as what it names may not be changed. */
async function refusesChange(probe: Probe, resource: string, path: string, value: unknown): Promise<void> {
  const patched = await probe.send('PATCH', resource, patchOf({ op: 'replace', path, value }))
  isError(patched, 400, 'mutability')
}

const PASSWORD = 'correct horse'

export const returned: Section = {
  title: 'B. Representation: what is returned',
  rows: [
    done('7643-7-01', 'A text whose case counts keeps it, and is found by it.', async (probe) => {
      const { id } = await created(probe, '/Users', user('ada', { externalId: 'AbC' }))
      expect((await read(probe, `/Users/${id}`))['externalId']).toBe('AbC')
      const by = async (externalId: string) =>
        listed(await probe.send('GET', filtered('/Users', `externalId eq "${externalId}"`))).length
      expect([await by('AbC'), await by('abc')]).toEqual([1, 0])
    }),
    done('7643-7-02', 'What is readOnly is passed over in a PUT and refused in a PATCH.', async (probe) => {
      const { id } = await created(probe, '/Users', user('ada'))
      const team = { schemas: [GROUP], displayName: 'G', members: [{ value: id }] }
      const group = await created(probe, '/Groups', team)
      const path = `/Users/${id}`
      const before = await read(probe, path)
      expect(before['groups']).toMatchObject([{ value: group.id }])
      const readOnly = {
        id: 'other',
        groups: [{ value: 'other' }],
        meta: { created: '2000-01-01T00:00:00Z' },
      }
      expect((await probe.send('PUT', path, user('ada', readOnly))).body).toEqual(before)
      for (const [name, value] of Object.entries(readOnly)) await refusesChange(probe, path, name, value)
      await refusesChange(probe, path, 'meta.created', readOnly.meta.created)
      await refusesChange(probe, path, `groups[value eq "${group.id}"].display`, 'Other')
      expect(await read(probe, path)).toEqual(before)
    }),
    done('7643-7-03', 'What is immutable is set once, and a change of it is refused.', async (probe) => {
      const [a, b] = await people(probe, 'a', 'b')
      const team = { schemas: [GROUP], displayName: 'G', members: [{ value: a?.id }] }
      const { id } = await created(probe, '/Groups', team)
      await refusesChange(probe, `/Groups/${id}`, `members[value eq "${String(a?.id)}"].value`, b?.id)
      expect((await read(probe, `/Groups/${id}`))['members']).toMatchObject([{ value: a?.id }])

      const declared = await probe.where({ custom })
      const path = `${TEST_USER}:serial`
      const set = patchOf({ op: 'add', path, value: 'S1' })
      const person = `/Users/${String(a?.id)}`
      expect(at((await declared.send('PATCH', person, set)).body, TEST_USER, 'serial')).toBe('S1')
      await refusesChange(declared, person, path, 'S2')
      isError(await declared.send('PATCH', person, patchOf({ op: 'remove', path })), 400, 'mutability')
      expect(at(await read(declared, person), TEST_USER, 'serial')).toBe('S1')
    }),
    done('7643-7-04', 'A password is in no answer, whatever the operation.', async (probe) => {
      const secret = { password: PASSWORD }
      const change = { op: 'replace', path: 'password', value: PASSWORD }
      const asked = { attributes: 'userName,password' }
      const shown = [
        ...(await everyRepresentation(probe, '/Users', user('ada', secret), undefined, change)),
        ...(await everyRepresentation(await probe.stranger(), '/Users', user('ada', secret), asked, change)),
      ]
      expect(shown).toHaveLength(12)
      for (const resource of shown) expect(resource['userName']).toBe('ada')
      const schemas = ['urn:ietf:params:scim:api:messages:2.0:BulkRequest']
      const operation = { method: 'POST', path: '/Users', bulkId: '1', data: user('bob', secret) }
      const bulk = await probe.send('POST', '/Bulk', { schemas, Operations: [operation] })
      expect(at(bulk.body, 'Operations', 0, 'status')).toBe('201')
      const text = JSON.stringify([shown, bulk.body, (await probe.send('GET', '/Users')).body])
      expect(text).not.toMatch(new RegExp(`password|${PASSWORD}`, 'i'))
    }),
    done('7643-7-05', 'What is always returned is there whatever is asked for.', async (probe) => {
      for (const asked of [{ attributes: 'userName' }, { excludedAttributes: 'id,schemas' }]) {
        const shown = await everyRepresentation(await probe.stranger(), '/Users', user('ada'), asked)
        for (const resource of shown) {
          expect(resource).toMatchObject({ schemas: [USER], id: expect.stringMatching(/./), userName: 'ada' })
        }
      }
    }),
    done(
      '7643-7-06',
      'A password that is asked for is not shown, and a filter on it is refused.',
      async (probe) => {
        const { id } = await created(probe, '/Users', user('ada', { password: PASSWORD }))
        for (const path of [`/Users/${id}`, '/Users']) {
          const answer = await probe.send('GET', `${path}?attributes=password,userName`)
          expect(JSON.stringify(answer.body)).toContain('"userName":"ada"')
          expect(JSON.stringify(answer.body)).not.toMatch(new RegExp(`"password"|${PASSWORD}`))
        }
        for (const filter of [`password eq "${PASSWORD}"`, 'password pr']) {
          const answer = await probe.send('GET', filtered('/Users', filter))
          isError(answer, 400, 'invalidFilter')
          expect(JSON.stringify(answer.body)).not.toContain(PASSWORD)
        }
      },
    ),
    done(
      '7643-7-07',
      'What is returned by default is there until something else is asked for.',
      async (probe) => {
        const { id } = await created(probe, '/Users', user('ada', { displayName: 'A' }))
        const shown = async (query: string) => Object.keys(await read(probe, `/Users/${id}${query}`))
        expect(await shown('')).toEqual(expect.arrayContaining(['userName', 'displayName']))
        expect(await shown('?attributes=userName')).toEqual(['schemas', 'id', 'userName'])
        expect(await shown('?excludedAttributes=displayName')).toContain('userName')
        expect(await shown('?excludedAttributes=displayName')).not.toContain('displayName')
      },
    ),
    done(
      '7643-7-08',
      'What is returned on request is shown to who asks for it, or just wrote it.',
      async (probe) => {
        const to = await probe.where({ custom })
        const values = { secret: 's', plain: 'p' }
        const made = await created(to, '/Users', {
          ...user('ada', { [TEST_USER]: values }),
          schemas: [USER, TEST_USER],
        })
        expect(made[TEST_USER]).toEqual(values)
        const path = `/Users/${made.id}`
        expect((await read(to, path))[TEST_USER]).toEqual({ plain: 'p' })
        expect((await read(to, `${path}?attributes=${TEST_USER}:secret`))[TEST_USER]).toEqual({ secret: 's' })
        const put = async (extension: object) => {
          const body = user('ada', { schemas: [USER, TEST_USER], [TEST_USER]: extension })
          return at((await to.send('PUT', path, body)).body, TEST_USER)
        }
        expect(await put({ secret: 't', plain: 'p' })).toEqual({ secret: 't', plain: 'p' })
        expect((await read(to, path))[TEST_USER]).toEqual({ plain: 'p' })
        const patch = async (name: string, value: unknown) =>
          at((await to.send('PATCH', path, patchOf({ op: 'replace', path: name, value }))).body, TEST_USER)
        expect(await patch(`${TEST_USER}:secret`, 'u')).toEqual({ secret: 'u', plain: 'p' })
        expect(await patch(TEST_USER, { secret: 'v' })).toMatchObject({ secret: 'v' })
        // Who wrote something else is not shown it.
        expect(await patch(`${TEST_USER}:plain`, 'q')).toEqual({ plain: 'q' })
        expect((await read(to, `${path}?attributes=${TEST_USER}:secret`))[TEST_USER]).toEqual({ secret: 'v' })
        expect(await put({ plain: 'r' })).toEqual({ plain: 'r' })
      },
    ),
    done('7643-7-09', 'A second person of the same userName is refused.', async (probe) => {
      await people(probe, 'ada')
      isError(await probe.send('POST', '/Users', user('ada')), 409, 'uniqueness')
      await people(await probe.stranger(), 'ada')
    }),
    done('7643-7-10', 'Names and addresses that need not be unique may be the same.', async (probe) => {
      const same = { displayName: 'Ada', emails: [{ value: 'ada@example.com' }] }
      for (const name of ['one', 'two'])
        expect(await created(probe, '/Users', user(name, same))).toMatchObject(same)
    }),
    done('7643-7-11', 'A value beside the canonical ones is kept.', async (probe) => {
      const emails = [{ value: 'ada@example.com', type: 'vacation' }]
      const { id } = await created(probe, '/Users', user('ada', { emails }))
      expect((await read(probe, `/Users/${id}`))['emails']).toEqual(emails)
    }),
  ],
}
