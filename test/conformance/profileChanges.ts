import { expect } from 'vitest'
import { at } from '../bridge.ts'
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
  type Shown,
} from './asserts.ts'
import type { Probe } from './probe.ts'
import { done, doneIn } from './row.ts'
import type { Section } from './sections.ts'

const anna = { schemas: [USER], userName: 'anna' }

/** Demands that a PATCH of these operations is carried out; gives the resource after it. */
async function patched(probe: Probe, path: string, ...operations: readonly object[]): Promise<Shown> {
  expect((await probe.send('PATCH', path, patchOf(...operations))).status).toBeLessThan(300)
  return read(probe, path)
}

/** A person with two addresses for work. */
const twoAddresses = (probe: Probe) =>
  created(probe, '/Users', {
    ...anna,
    emails: [
      { value: 'a@x.org', type: 'work' },
      { value: 'b@x.org', type: 'work' },
    ],
  })

const valuesOf = (list: unknown) =>
  Array.isArray(list) ? list.map((element: unknown) => at(element, 'value')) : []

export const profileChanges: Section = {
  title: 'Interoperability profile (draft): changes',
  rows: [
    doneIn('strict', 'P-10', 'A PATCH operation without a path is refused.', async (probe) => {
      const person = await created(probe, '/Users', anna)
      for (const op of ['add', 'replace']) {
        const sent = patchOf({ op, value: { title: 'T' } })
        isError(await probe.send('PATCH', `/Users/${person.id}`, sent), 400, 'invalidSyntax')
      }
      expect(await read(probe, `/Users/${person.id}`)).toEqual(person)
    }),

    done(
      'P-11',
      'add and replace set a single value alike; of a value with parts, add changes those named, and replace in a strict connection all.',
      async (probe) => {
        const name = { givenName: 'Anna', familyName: 'Lind' }
        for (const op of ['add', 'replace']) {
          const { id } = await created(probe, '/Users', { ...anna, userName: op, name, title: 'before' })
          const after = await patched(
            probe,
            `/Users/${id}`,
            { op, path: 'title', value: 'after' },
            { op, path: 'nickName', value: 'N' },
            { op, path: 'name.givenName', value: 'A' },
            { op, path: `${ENTERPRISE}:department`, value: 'D' },
          )
          expect(after).toMatchObject({ title: 'after', nickName: 'N', [ENTERPRISE]: { department: 'D' } })
          expect(after['name']).toEqual({ givenName: 'A', familyName: 'Lind' })
        }
        const path = `/Users/${(await created(probe, '/Users', { ...anna, name })).id}`
        const added = await patched(probe, path, { op: 'add', path: 'name', value: { middleName: 'M' } })
        expect(added['name']).toEqual({ ...name, middleName: 'M' })
        const part = { givenName: 'A' }
        const replaced = await patched(probe, path, { op: 'replace', path: 'name', value: part })
        const left = probe.mode === 'strict' ? {} : { familyName: 'Lind', middleName: 'M' }
        expect(replaced['name']).toEqual({ ...left, ...part })
      },
    ),

    done('P-12', 'replace of a list leaves nothing of it, add puts more behind it.', async (probe) => {
      const [one, two] = await people(probe, 'one', 'two')
      const members = [{ value: one?.id }]
      const group = await created(probe, '/Groups', { schemas: [GROUP], displayName: 'g', members })
      const person = await created(probe, '/Users', { ...anna, emails: [{ value: 'a@x.org' }] })
      const lists = [
        { resource: `/Users/${person.id}`, path: 'emails', first: 'a@x.org', second: 'b@x.org' },
        { resource: `/Groups/${group.id}`, path: 'members', first: one?.id, second: two?.id },
      ]
      for (const { resource, path, first, second } of lists) {
        const change = async (op: string, value: unknown) =>
          valuesOf((await patched(probe, resource, { op, path, value: [{ value }] }))[path])
        expect(await change('replace', second)).toEqual([second])
        expect((await change('add', first)).toSorted()).toEqual([first, second].toSorted())
      }
    }),

    doneIn(
      'strict',
      'P-13',
      'A change behind a value filter names a sub-attribute, and the filter finds one element.',
      async (probe) => {
        const person = await twoAddresses(probe)
        const path = `/Users/${person.id}`
        const change = (op: string, target: string, value: unknown) =>
          probe.send('PATCH', path, patchOf({ op, path: target, value }))
        for (const op of ['add', 'replace']) {
          const whole = await change(op, 'emails[value eq "a@x.org"]', { value: 'c@x.org' })
          isError(whole, 400, 'invalidPath')
          isError(await change(op, 'emails[type eq "work"].display', 'W'), 400, 'invalidFilter')
        }
        expect(await read(probe, path)).toEqual(person)
        expect((await change('replace', 'emails[value eq "a@x.org"].value', 'c@x.org')).status).toBe(200)
        expect(valuesOf((await read(probe, path))['emails'])).toEqual(['c@x.org', 'b@x.org'])
      },
    ),

    done('P-14', 'PATCH deletes nobody, DELETE does, and leaves the names free.', async (probe) => {
      const named = { ...anna, externalId: 'ext' }
      const { id } = await created(probe, '/Users', named)
      const path = `/Users/${id}`
      const off = { op: 'replace', path: 'active', value: false }
      expect(await patched(probe, path, off)).toMatchObject({ id, active: false })
      const found = async () =>
        (
          await Promise.all(
            ['/Users', filtered('/Users', 'userName eq "anna"')].map((list) => probe.send('GET', list)),
          )
        )
          .flatMap(listed)
          .map((person) => person.id)
      expect(await found()).toEqual([id, id])
      isError(await probe.send('PATCH', path, patchOf({ op: 'remove' })), 400, 'noTarget')
      expect((await probe.send('DELETE', path)).status).toBe(204)
      const later = [
        ['GET', undefined],
        ['PUT', named],
        ['PATCH', patchOf(off)],
        ['DELETE', undefined],
      ] as const
      for (const [method, body] of later) isError(await probe.send(method, path, body), 404)
      expect(await found()).toEqual([])
      const again = await created(probe, '/Users', named)
      expect(again.id).not.toBe(id)
      isError(await probe.send('GET', path), 404)
    }),

    done(
      'P-15',
      'A value that somebody else has is refused as a conflict, however it is set.',
      async (probe) => {
        await created(probe, '/Users', { ...anna, externalId: 'ext' })
        const berta = await created(probe, '/Users', { schemas: [USER], userName: 'berta', externalId: 'b' })
        const path = `/Users/${berta.id}`
        for (const [attribute, value] of [
          ['userName', 'ANNA'],
          ['externalId', 'ext'],
        ] as const) {
          const body = { schemas: [USER], userName: 'cecilia', [attribute]: value }
          const replace = patchOf({ op: 'replace', path: attribute, value })
          isError(await probe.send('POST', '/Users', body), 409, 'uniqueness')
          isError(await probe.send('PUT', path, body), 409, 'uniqueness')
          isError(await probe.send('PATCH', path, replace), 409, 'uniqueness')
        }
        expect(await read(probe, path)).toEqual(berta)
        // Whether that person is active or not; a tolerant connection takes a POST for the return of who is not.
        const inactive = await patched(probe, path, { op: 'replace', path: 'active', value: false })
        expect(inactive['active']).toBe(false)
        const again = { schemas: [USER], userName: 'dora', externalId: 'b' }
        const answer = await probe.send('POST', '/Users', again)
        if (probe.mode === 'strict') {
          isError(answer, 409, 'uniqueness')
          expect(await read(probe, path)).toEqual(inactive)
        } else expect([answer.status, at(answer.body, 'id')]).toEqual([201, berta.id])
      },
    ),
  ],
}
