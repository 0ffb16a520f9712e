import { expect } from 'vitest'
import { at } from '../bridge.ts'
import { created, filtered, isError, listed, patchOf, read } from './asserts.ts'
import { group, keeps, patched, user, valuesOf } from './bodies.ts'
import type { Probe } from './probe.ts'
import { done } from './row.ts'
import type { Section } from './sections.ts'

export const userLists: Section = {
  title: 'T. User attributes that are lists',
  rows: [
    done('7643-4.1.2-01', 'An e-mail address is kept as it was sent.', (probe) =>
      keeps(probe, { emails: [{ value: 'b@EXAMPLE.com', type: 'work' }] }),
    ),

    done('7643-4.1.2-02', 'A telephone number is kept as it was sent.', (probe) =>
      keeps(probe, {
        phoneNumbers: [
          { value: '555-555-4444', type: 'work' },
          { value: 'tel:+1-201-555-0123;ext=4', type: 'home' },
        ],
      }),
    ),

    done(
      '7643-4.1.2-03',
      'An instant messaging address is kept as it was sent, and found in any case.',
      async (probe) => {
        const ims = [{ value: 'Some One', type: 'aim' }]
        await keeps(probe, { ims })
        const found = listed(await probe.send('GET', filtered('/Users', 'ims.value eq "some one"')))
        expect(found).toMatchObject([{ ims }])
      },
    ),

    done('7643-4.1.2-04', 'The address of a photo is kept as it was sent, right or wrong.', (probe) =>
      keeps(probe, { photos: [{ value: 'https://x/y.jpg', type: 'photo' }, { value: 'not a uri' }] }),
    ),

    done('7643-4.1.2-05', 'A country is kept as it was sent, a code or a name.', (probe) =>
      keeps(probe, {
        addresses: [
          { country: 'US', type: 'work' },
          { country: 'Belize', type: 'home' },
        ],
      }),
    ),

    done('7643-4.1.2-06', "A person's groups follow from the groups alone.", async (probe) => {
      const { id: staff } = await created(probe, '/Groups', group('Staff'))
      const { id } = await created(probe, '/Users', user('anna', { groups: [{ value: staff }] }))
      const groups = async () => (await read(probe, `/Users/${id}`))['groups']
      expect(await groups()).toBeUndefined()
      await patched(probe, `/Groups/${staff}`, { op: 'add', path: 'members', value: [{ value: id }] })
      expect(await groups()).toMatchObject([{ value: staff, display: 'Staff' }])
      await patched(probe, `/Groups/${staff}`, { op: 'remove', path: `members[value eq "${id}"]` })
      expect(await groups()).toBeUndefined()
    }),

    done(
      '7643-4.1.2-07',
      'Each of the groups of a person is named by its id and its address.',
      async (probe) => {
        const { id, group: staff } = await member(probe)
        const shown = at(await read(probe, `/Users/${id}`), 'groups', 0)
        const address = String(at(shown, '$ref'))
        expect([at(shown, 'value'), address]).toEqual([staff, `${probe.base}/Groups/${staff}`])
        expect((await read(probe, address.slice(probe.base.length))).id).toBe(staff)
      },
    ),

    done('7643-4.1.2-08', 'A PATCH of the groups of a person is refused.', async (probe) => {
      const { id, group: staff } = await member(probe)
      const { id: team } = await created(probe, '/Groups', group('Team'))
      for (const operation of [
        { op: 'add', path: 'groups', value: [{ value: team }] },
        { op: 'remove', path: `groups[value eq "${staff}"]` },
      ]) {
        isError(await probe.send('PATCH', `/Users/${id}`, patchOf(operation)), 400, 'mutability')
      }
      expect(valuesOf((await read(probe, `/Users/${id}`))['groups'])).toEqual(new Set([staff]))
    }),

    done('7643-4.1.2-09', 'A person has the groups that name them, each as direct.', async (probe) => {
      const { id, group: inner } = await member(probe)
      const { id: outer } = await created(probe, '/Groups', group('Outer', inner))
      expect(at(await read(probe, `/Groups/${outer}`), 'members', 0, 'value')).toBe(inner)
      const shown = await read(probe, `/Users/${id}`)
      expect(shown['groups']).toMatchObject([{ value: inner, type: 'direct' }])
    }),

    done('7643-4.1.2-10', 'A certificate is base64, or is refused.', async (probe) => {
      const sent = (value: string) => ({ x509Certificates: [{ value }] })
      await keeps(probe, sent(btoa('a certificate')))
      for (const value of ['not base64!', 'abcde', '-----BEGIN CERTIFICATE-----', 'AA-_']) {
        isError(await probe.send('POST', '/Users', user('anna', sent(value))), 400, 'invalidValue')
      }
    }),

    done(
      '7643-4.1.2-11',
      'Entitlements, roles and certificates have a value, a label, a type of any name, and a primary one.',
      async (probe) => {
        const value = btoa('something')
        for (const name of ['entitlements', 'roles', 'x509Certificates']) {
          await keeps(probe, { [name]: [{ value, display: 'Some', type: 'any type', primary: true }] })
        }
      },
    ),
  ],
}

/** Makes a person in a group; gives both ids. */
async function member(probe: Probe): Promise<{ readonly id: string; readonly group: string }> {
  const { id } = await created(probe, '/Users', user('anna'))
  return { id, group: (await created(probe, '/Groups', group('Staff', id))).id }
}
