import { expect } from 'vitest'
import { at } from '../bridge.ts'
import { created, ENTERPRISE, GROUP, isError, listed, read, USER } from './asserts.ts'
import { employee, group, user } from './bodies.ts'
import type { Probe } from './probe.ts'
import { done } from './row.ts'
import type { Section } from './sections.ts'

export const create: Section = {
  title: 'D. Create',
  rows: [
    done('7644-3.3-01', 'A POST that makes a resource is answered with 201.', async (probe) => {
      expect((await probe.send('POST', '/Users', user('anna'))).status).toBe(201)
    }),

    done('7644-3.3-02', 'The 201 shows the whole new resource.', async (probe) => {
      const sent = {
        ...employee('anna', { department: 'Law' }),
        emails: [{ value: 'a@x.org', type: 'work' }],
      }
      const shown = await created(probe, '/Users', sent)
      expect(shown).toMatchObject({ ...sent, schemas: [USER, ENTERPRISE] })
      expect(Object.keys(Object(shown['meta'])).toSorted()).toEqual([
        'created',
        'lastModified',
        'location',
        'resourceType',
        'version',
      ])
    }),

    done(
      '7644-3.3-03',
      'Location and meta.location name the same address, where the new resource is.',
      async (probe) => {
        const answer = await probe.send('POST', '/Users', user('anna'))
        const location = answer.headers.get('location') ?? ''
        expect(at(answer.body, 'meta', 'location')).toBe(location)
        expect(location.startsWith(`${probe.base}/Users/`)).toBe(true)
        expect(await read(probe, location.slice(probe.base.length))).toEqual(answer.body)
      },
    ),

    done('7644-3.3-04', 'What only the server sets is passed over when a client sends it.', async (probe) => {
      const meta = {
        resourceType: 'Group',
        created: '2001-01-01T00:00:00Z',
        version: 'W/"99"',
        location: 'x',
      }
      const sent = user('anna', { id: 'mine', meta, groups: [{ value: 'staff' }] })
      const shown = await created(probe, '/Users', sent)
      expect(shown.id).not.toBe('mine')
      expect(shown).not.toHaveProperty('groups')
      for (const [name, value] of Object.entries(meta)) expect(at(shown, 'meta', name)).not.toBe(value)
      isError(await probe.send('GET', '/Users/mine'), 404)
    }),

    done('7644-3.3-05', 'A userName that is taken is refused with 409 uniqueness.', (probe) =>
      isTaken(probe, 'anna', 'anna'),
    ),

    done('7644-3.3-06', 'A userName is taken in whatever case it is written.', (probe) =>
      isTaken(probe, 'Bob', 'bOB'),
    ),

    done('7644-3.3-07', 'A POST that is refused makes nothing.', async (probe) => {
      await created(probe, '/Users', user('anna'))
      await created(probe, '/Groups', group('Staff'))
      isError(await probe.send('POST', '/Users', user('anna')), 409)
      isError(await probe.send('POST', '/Users', user('bo', { active: 'perhaps' })), 400)
      isError(await probe.send('POST', '/Users', { schemas: [USER] }), 400)
      isError(await probe.send('POST', '/Groups', group('Others', 'nobody')), 400)
      expect([await total(probe, '/Users'), await total(probe, '/Groups')]).toEqual([1, 1])
    }),

    done(
      '7644-3.3-08',
      'A new person for whom active is null is active, as one without it.',
      async (probe) => {
        const { id, active } = await created(probe, '/Users', user('anna', { active: null, emails: [] }))
        expect(active).toBe(true)
        const shown = await read(probe, `/Users/${id}`)
        expect(shown['active']).toBe(true)
        expect(shown).not.toHaveProperty('emails')
      },
    ),

    done('7644-3.3-09', 'A new person is active unless the client says otherwise.', async (probe) => {
      const { id, active } = await created(probe, '/Users', user('anna'))
      expect([active, (await read(probe, `/Users/${id}`))['active']]).toEqual([true, true])
      expect((await created(probe, '/Users', user('bo', { active: false })))['active']).toBe(false)
    }),

    done('7644-3.3.1-01', 'The endpoint decides the resourceType, whatever the body says.', async (probe) => {
      const meta = { resourceType: 'Device' }
      const anna = await created(probe, '/Users', user('anna', { meta }))
      const staff = await created(probe, '/Groups', { ...group('Staff'), meta })
      expect([at(anna, 'meta', 'resourceType'), at(staff, 'meta', 'resourceType')]).toEqual(['User', 'Group'])
    }),

    done('7644-3.3-10', 'A resource without what it must have is refused.', async (probe) => {
      isError(await probe.send('POST', '/Users', { schemas: [USER] }), 400, 'invalidValue')
      isError(await probe.send('POST', '/Groups', { schemas: [GROUP] }), 400, 'invalidValue')
    }),

    done('7644-3.3-11', 'A value of another type than the schema says is refused.', async (probe) => {
      isError(await probe.send('POST', '/Users', user('anna', { emails: 'a@b.c' })), 400, 'invalidValue')
    }),

    done('7644-3.3-12', 'A body that is no JSON object is refused.', async (probe) => {
      for (const body of ['{"a":', '[]', '"x"', undefined]) {
        isError(await probe.send('POST', '/Users', body), 400, 'invalidSyntax')
      }
    }),

    done(
      '7644-3.3-13',
      'An attribute that no schema has is left out by a tolerant connection and refused by a strict one.',
      async (probe) => {
        await created(probe, '/Users', user('control'))
        const bodies = [
          user('anna', { shoeSize: 9 }),
          user('bo', { name: { givenName: 'Bo', shoeSize: 9 } }),
          employee('cy', { department: 'Law', shoeSize: 9 }),
        ]
        for (const body of bodies) {
          if (probe.mode === 'strict') isError(await probe.send('POST', '/Users', body), 400, 'invalidSyntax')
          else expect(JSON.stringify(await created(probe, '/Users', body))).not.toContain('shoeSize')
        }
      },
    ),

    done('7644-3.3-14', 'A POST to a resource that is there makes nothing.', async (probe) => {
      const { id } = await created(probe, '/Users', user('anna'))
      isError(await probe.send('POST', `/Users/${id}`, user('bo')), 405)
      expect(await total(probe, '/Users')).toBe(1)
    }),

    done('7644-3.3-15', 'A POST to an endpoint that is not there is 404.', async (probe) => {
      isError(await probe.send('POST', '/Nopes', user('anna')), 404)
    }),

    done('7644-3.3-16', 'A body that says it is another kind of resource is refused.', async (probe) => {
      const wrong = user('anna', { schemas: [GROUP], displayName: 'Anna' })
      isError(await probe.send('POST', '/Users', wrong), 400, 'invalidValue')
      isError(
        await probe.send('POST', '/Groups', { ...group('Staff'), schemas: [USER] }),
        400,
        'invalidValue',
      )
    }),

    done('7644-3.9-01', 'A POST shows as much of the new resource as its URL asks for.', async (probe) => {
      const sent = { displayName: 'A', title: 'Boss' }
      const few = await created(probe, '/Users?attributes=userName', user('anna', sent))
      expect(few).toEqual({ schemas: [USER], id: few.id, userName: 'anna' })
      const most = await created(probe, '/Users?excludedAttributes=title', user('bo', sent))
      expect(most).toMatchObject({ userName: 'bo', displayName: 'A' })
      expect(most).not.toHaveProperty('title')
    }),
  ],
}

async function isTaken(probe: Probe, first: string, second: string): Promise<void> {
  await created(probe, '/Users', user(first))
  isError(await probe.send('POST', '/Users', user(second)), 409, 'uniqueness')
}

async function total(probe: Probe, endpoint: string): Promise<unknown> {
  const answer = await probe.send('GET', endpoint)
  listed(answer)
  return at(answer.body, 'totalResults')
}
