import { expect } from 'vitest'
import { at } from '../bridge.ts'
import { custom, TEST_USER } from '../custom.ts'
import { created, ENTERPRISE, isError, listed, people, read, USER, type Shown } from './asserts.ts'
import { employee, group, user } from './bodies.ts'
import type { Probe } from './probe.ts'
import { done, refused } from './row.ts'
import type { Section } from './sections.ts'

export const replace: Section = {
  title: 'M. Replace',
  rows: [
    done('7644-3.5-01', 'PUT puts a new version of a resource in its place.', async (probe) => {
      const { id } = await created(probe, '/Users', user('anna', { displayName: 'A' }))
      const after = await replaced(probe, `/Users/${id}`, user('anna', { displayName: 'B' }))
      expect(after).toMatchObject({ id, userName: 'anna', displayName: 'B' })
    }),

    done('7644-3.5.1-01', 'PUT makes no resource where there is none.', async (probe) => {
      await people(probe, 'anna')
      isError(await probe.send('PUT', '/Users/none', user('bo')), 404)
      expect(listed(await probe.send('GET', '/Users')).map(({ userName }) => userName)).toEqual(['anna'])
    }),

    refused(
      '7644-3.5.1-02',
      'PUT replaces what a client may write, but a password is dropped.',
      'The bridge signs nobody in, so it takes a password from those who send one and keeps none.',
    ),

    done('7644-3.5.1-03', 'PUT replaces a list as a whole.', async (probe) => {
      const emails = [
        { value: 'a@x.org', type: 'work' },
        { value: 'a@home.org', type: 'home' },
      ]
      const { id } = await created(probe, '/Users', user('anna', { emails }))
      await replaced(probe, `/Users/${id}`, user('anna', { emails: emails.slice(1) }))
      expect((await read(probe, `/Users/${id}`))['emails']).toEqual(emails.slice(1))
    }),

    done(
      '7644-3.5.1-04',
      'PUT clears what it leaves out, but not externalId, active and members.',
      async (probe) => {
        const kept = { externalId: 'e1', active: false }
        const anna = await created(probe, '/Users', user('anna', { nickName: 'Annie', ...kept }))
        const staff = await created(probe, '/Groups', { ...group('Staff', anna.id), externalId: 'e2' })
        await replaced(probe, `/Users/${anna.id}`, user('anna'))
        await replaced(probe, `/Groups/${staff.id}`, group('Team'))
        const after = await read(probe, `/Users/${anna.id}`)
        expect(after).toMatchObject(kept)
        expect(after).not.toHaveProperty('nickName')
        const members = [{ value: anna.id }]
        expect(await read(probe, `/Groups/${staff.id}`)).toMatchObject({ externalId: 'e2', members })
      },
    ),

    done('7644-3.5.1-05', 'PUT passes over what only the server sets.', async (probe) => {
      const before = await created(probe, '/Users', user('anna'))
      const meta = {
        resourceType: 'Group',
        created: '2001-01-01T00:00:00Z',
        version: 'W/"99"',
        location: 'x',
      }
      const body = user('anna', { id: 'mine', meta, groups: [{ value: 'staff' }] })
      expect(await replaced(probe, `/Users/${before.id}`, body)).toEqual(before)
    }),

    done(
      '7644-3.5.1-06',
      'PUT must say the same of what may be set only once, or nothing of it.',
      async (probe) => {
        const to = await probe.where({ custom })
        const { id } = await created(to, '/Users', numbered('anna', 'S1'))
        isError(await to.send('PUT', `/Users/${id}`, numbered('anna', 'S2')), 400, 'mutability')
        for (const body of [numbered('bo', 'S1'), user('cy')]) await replaced(to, `/Users/${id}`, body)
        expect(at(await read(to, `/Users/${id}`), TEST_USER, 'serial')).toBe('S1')
      },
    ),

    done('7644-3.5.1-07', 'PUT gives a first value to what may be set only once.', async (probe) => {
      const to = await probe.where({ custom })
      const { id } = await created(to, '/Users', user('anna'))
      await replaced(to, `/Users/${id}`, numbered('anna', 'S1'))
      expect(at(await read(to, `/Users/${id}`), TEST_USER, 'serial')).toBe('S1')
    }),

    done('7644-3.5.1-08', 'PUT without what a resource must have is refused.', async (probe) => {
      const { id } = await created(probe, '/Users', user('anna'))
      const body = { schemas: [USER], displayName: 'A' }
      isError(await probe.send('PUT', `/Users/${id}`, body), 400, 'invalidValue')
    }),

    done('7644-3.5.1-09', 'PUT with a userName that another has is refused.', async (probe) => {
      const { id } = await created(probe, '/Users', user('bo'))
      await created(probe, '/Users', user('anna'))
      isError(await probe.send('PUT', `/Users/${id}`, user('ANNA')), 409, 'uniqueness')
      expect((await read(probe, `/Users/${id}`))['userName']).toBe('bo')
    }),

    done('7644-3.5.1-10', 'PUT is answered with 200 and the whole resource.', async (probe) => {
      const { id } = await created(probe, '/Users', user('anna'))
      await created(probe, '/Groups', group('Staff', id))
      const body = employee('bo', { department: 'Law' })
      const answer = await probe.send('PUT', `/Users/${id}`, body)
      expect(answer.status).toBe(200)
      expect(answer.headers.get('content-type')).toBe('application/scim+json')
      expect(answer.body).toMatchObject({ ...body, groups: [{ display: 'Staff' }] })
      expect(await read(probe, `/Users/${id}`)).toEqual(answer.body)
    }),

    done('7644-3.5.1-11', 'PUT clears by null and by an empty list.', async (probe) => {
      const full = { title: 'Boss', emails: [{ value: 'a@x.org' }] }
      const { id } = await created(probe, '/Users', user('anna', full))
      expect(await read(probe, `/Users/${id}`)).toMatchObject(full)
      await replaced(probe, `/Users/${id}`, user('anna', { title: null, emails: [] }))
      const after = await read(probe, `/Users/${id}`)
      expect(after).not.toHaveProperty('title')
      expect(after).not.toHaveProperty('emails')
    }),

    done('7644-3.5.1-12', 'PUT clears an extension that it leaves out.', async (probe) => {
      const before = await created(probe, '/Users', employee('anna', { department: 'Law' }))
      expect(before['schemas']).toEqual([USER, ENTERPRISE])
      await replaced(probe, `/Users/${before.id}`, user('anna'))
      const after = await read(probe, `/Users/${before.id}`)
      expect(after['schemas']).toEqual([USER])
      expect(after).not.toHaveProperty([ENTERPRISE])
    }),

    done('7644-3.5.1-13', 'PUT with a body that cannot be read changes nothing.', async (probe) => {
      const before = await created(probe, '/Users', user('anna'))
      isError(await probe.send('PUT', `/Users/${before.id}`, '{"a":'), 400, 'invalidSyntax')
      expect(await read(probe, `/Users/${before.id}`)).toEqual(before)
    }),

    done('7644-3.5.1-14', 'PUT of what is there already leaves the version and its time.', async (probe) => {
      const emails = [{ value: 'a@x.org', type: 'work', primary: true }]
      const before = await created(probe, '/Users', { ...employee('anna', { department: 'Law' }), emails })
      const later = await probe.where({ now: () => new Date(Date.now() + 60_000) })
      expect(await replaced(later, `/Users/${before.id}`, before)).toEqual(before)
      const changed = await replaced(later, `/Users/${before.id}`, { ...before, title: 'Boss' })
      expect(at(changed, 'meta', 'lastModified')).not.toBe(at(before, 'meta', 'lastModified'))
      expect(at(changed, 'meta', 'version')).not.toBe(at(before, 'meta', 'version'))
    }),
  ],
}

const numbered = (userName: string, serial: string) =>
  user(userName, { schemas: [USER, TEST_USER], [TEST_USER]: { serial } })

/** Demands a PUT that is done; gives what it shows. */
async function replaced(probe: Probe, path: string, body: object): Promise<Shown> {
  const answer = await probe.send('PUT', path, body)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  const shown = await read(probe, path)
  expect(answer.body).toEqual(shown)
  return shown
}
