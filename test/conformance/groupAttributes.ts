import { expect } from 'vitest'
import { at } from '../bridge.ts'
import { created, ENTERPRISE, filtered, GROUP, isError, listed, patchOf, people, read } from './asserts.ts'
import { employee, group, patched, user, valuesOf } from './bodies.ts'
import type { Probe } from './probe.ts'
import { done } from './row.ts'
import type { Section } from './sections.ts'

export const groupAttributes: Section = {
  title: 'T. Group and EnterpriseUser attributes',
  rows: [
    done('7643-4.2-01', 'A group must have a name.', async (probe) => {
      isError(await probe.send('POST', '/Groups', { schemas: [GROUP], externalId: 'g' }), 400, 'invalidValue')
    }),

    done('7643-4.2-02', 'Two groups may have the same name.', async (probe) => {
      const first = await created(probe, '/Groups', group('Staff'))
      const second = await created(probe, '/Groups', group('Staff'))
      const names = listed(await probe.send('GET', '/Groups')).map(({ id, displayName }) => [id, displayName])
      expect(names).toEqual([
        [first.id, 'Staff'],
        [second.id, 'Staff'],
      ])
    }),

    done('7643-4.2-03', 'A member is shown with its id, its address and its kind.', async (probe) => {
      const [anna] = await people(probe, 'anna')
      const { id } = await created(probe, '/Groups', group('Staff', `${anna?.id}`))
      const $ref = `${probe.base}/Users/${anna?.id}`
      expect((await read(probe, `/Groups/${id}`))['members']).toEqual([
        { value: anna?.id, $ref, type: 'User' },
      ])
      expect((await read(probe, $ref.slice(probe.base.length))).id).toBe(anna?.id)
    }),

    done('7643-4.2-04', 'A member comes and goes as a whole, and is not changed.', async (probe) => {
      const [anna, bo] = await people(probe, 'anna', 'bo')
      const { id } = await created(probe, '/Groups', group('Staff', `${anna?.id}`))
      for (const [sub, value] of [
        ['value', bo?.id],
        ['type', 'Group'],
        ['$ref', 'https://x.org/Users/1'],
      ]) {
        const path = `members[value eq "${anna?.id}"].${sub}`
        const answer = await probe.send('PATCH', `/Groups/${id}`, patchOf({ op: 'replace', path, value }))
        isError(answer, 400, 'mutability')
      }
      expect(await membersOf(probe, id)).toEqual(new Set([anna?.id]))
    }),

    done('7643-4.2-05', 'A member that is not there is refused.', async (probe) => {
      const [anna] = await people(probe, 'anna')
      const { id } = await created(probe, '/Groups', group('Staff', `${anna?.id}`))
      const add = patchOf({ op: 'add', path: 'members', value: [{ value: 'none' }] })
      isError(await probe.send('PATCH', `/Groups/${id}`, add), 400, 'invalidValue')
      isError(await probe.send('PUT', `/Groups/${id}`, group('Staff', 'none')), 400, 'invalidValue')
      isError(await probe.send('POST', '/Groups', group('Team', 'none')), 400, 'invalidValue')
      expect(await membersOf(probe, id)).toEqual(new Set([anna?.id]))
    }),

    done('7643-4.2-06', 'A group may be a member of a group.', async (probe) => {
      const inner = await created(probe, '/Groups', group('Inner'))
      const outer = await created(probe, '/Groups', group('Outer'))
      await patched(probe, `/Groups/${outer.id}`, {
        op: 'add',
        path: 'members',
        value: [{ value: inner.id }],
      })
      const $ref = `${probe.base}/Groups/${inner.id}`
      const members = [{ value: inner.id, $ref, type: 'Group' }]
      expect((await read(probe, `/Groups/${outer.id}`))['members']).toEqual(members)
    }),

    done(
      '7643-4.2-07',
      'A group is not made its own member, and a ring of groups harms nobody.',
      async (probe) => {
        const [anna] = await people(probe, 'anna')
        const one = await created(probe, '/Groups', group('One', `${anna?.id}`))
        const two = await created(probe, '/Groups', group('Two', one.id))
        const add = (id: string) => ({ op: 'add', path: 'members', value: [{ value: id }] })
        isError(await probe.send('PATCH', `/Groups/${one.id}`, patchOf(add(one.id))), 400, 'invalidValue')
        await patched(probe, `/Groups/${one.id}`, add(two.id))
        expect(await membersOf(probe, one.id)).toEqual(new Set([anna?.id, two.id]))
        expect(await membersOf(probe, two.id)).toEqual(new Set([one.id]))
        expect(valuesOf((await read(probe, `/Users/${anna?.id}`))['groups'])).toEqual(new Set([one.id]))
        expect((await probe.send('DELETE', `/Groups/${one.id}`)).status).toBe(204)
        expect(await membersOf(probe, two.id)).toEqual(new Set())
      },
    ),

    done('7643-4.3-01', 'What an organisation says of a person is kept in the extension.', async (probe) => {
      const names = ['employeeNumber', 'costCenter', 'organization', 'division', 'department']
      const sent = Object.fromEntries(names.map((name) => [name, `the ${name}`]))
      const { id } = await created(probe, '/Users', employee('anna', sent))
      expect((await read(probe, `/Users/${id}`))[ENTERPRISE]).toEqual(sent)
      for (const name of names) {
        const wrong = employee('bo', { ...sent, [name]: { value: 'x' } })
        isError(await probe.send('POST', '/Users', wrong), 400, 'invalidValue')
      }
    }),

    done(
      '7643-4.3-02',
      'A manager is set by id; name and address come from the bridge where it knows that person.',
      async (probe) => {
        const boss = await created(probe, '/Users', user('Bo', { displayName: 'Bo Ek' }))
        const manager = { value: boss.id, displayName: 'Somebody Else' }
        const anna = await created(probe, '/Users', employee('anna', { manager }))
        const shown = { value: boss.id, $ref: `${probe.base}/Users/${boss.id}`, displayName: 'Bo Ek' }
        expect(at(anna, ENTERPRISE, 'manager')).toEqual(shown)
        const path = `/Users/${anna.id}`
        const again = await probe.send('PUT', path, anna)
        expect([again.status, again.body]).toEqual([200, anna])
        expect(await read(probe, path)).toEqual(anna)

        const place = `${ENTERPRISE}:manager`
        const byName = filtered('/Users', `${place}.displayName eq "bo ek"`)
        expect(listed(await probe.send('GET', byName))).toEqual([anna])
        const rename = patchOf({ op: 'replace', path: `${place}.displayName`, value: 'Somebody Else' })
        isError(await probe.send('PATCH', path, rename), 400, 'mutability')

        const elsewhere = { value: boss.id, $ref: 'https://x.org/people/7' }
        await patched(probe, path, { op: 'add', path: place, value: elsewhere })
        expect(at(await read(probe, path), ENTERPRISE, 'manager')).toEqual({ ...shown, ...elsewhere })
        const alone = `${path}?attributes=${place}.$ref`
        expect(at(await read(probe, alone), ENTERPRISE)).toEqual({ manager: { $ref: elsewhere.$ref } })
      },
    ),

    done('7643-4.3-03', 'A manager whom the bridge does not know is kept as sent.', async (probe) => {
      const manager = { value: 'nobody-here', $ref: 'https://x.org/Users/nobody-here' }
      const { id } = await created(probe, '/Users', employee('anna', { manager }))
      expect(at(await read(probe, `/Users/${id}`), ENTERPRISE, 'manager')).toEqual(manager)
    }),
  ],
}

const membersOf = async (probe: Probe, id: string) =>
  valuesOf((await read(probe, `/Groups/${id}`))['members'])
