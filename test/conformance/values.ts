import { expect } from 'vitest'
import { at } from '../bridge.ts'
import { database } from '../worker.ts'
import { listQuirks } from '../../worker/store/connections.ts'
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
import type { Probe } from './probe.ts'
import { done, doneIn } from './row.ts'
import type { Section } from './sections.ts'

/** Makes a person with these e-mail addresses; gives the addresses as they are shown. */
async function emailsOf(probe: Probe, userName: string, ...emails: readonly object[]): Promise<unknown> {
  const { id } = await created(probe, '/Users', { schemas: [USER], userName, emails })
  return (await read(probe, `/Users/${id}`))['emails']
}

/** The names of the people that a filter finds. */
async function namesBy(probe: Probe, filter: string): Promise<readonly unknown[]> {
  return listed(await probe.send('GET', filtered('/Users', filter))).map(({ userName }) => userName)
}

export const values: Section = {
  title: 'B. Representation: multi-valued, unassigned, schemas',
  rows: [
    done(
      '7643-2.4-01',
      'Of several elements sent as primary the first is, and the others are not.',
      async (probe) => {
        const shown = await emailsOf(
          probe,
          'ada',
          { value: 'a@example.com', primary: true },
          { value: 'b@example.com', primary: true },
        )
        expect(shown).toEqual([
          { value: 'a@example.com', primary: true },
          { value: 'b@example.com', primary: false },
        ])
      },
    ),
    done('7643-2.4-02', 'An element that does not say it is primary is not.', async (probe) => {
      await emailsOf(probe, 'silent', { value: 'a@example.com' })
      await emailsOf(probe, 'primary', { value: 'b@example.com', primary: true })
      expect(await namesBy(probe, 'emails[primary eq true]')).toEqual(['primary'])
      expect(await namesBy(probe, 'emails[primary eq false]')).toEqual(['silent'])
    }),
    done(
      '7643-2.4-03',
      'A member is the same one whatever protocol version stands in the address that names it.',
      async (probe) => {
        const [ada] = await people(probe, 'ada')
        const { id } = await created(probe, '/Groups', { schemas: [GROUP], displayName: 'G' })
        const root = probe.base.replace(/\/v2$/, '')
        for (const base of [probe.base, root, `${root}/v1`]) {
          const value = [{ $ref: `${base}/Users/${String(ada?.id)}` }]
          const added = await probe.send(
            'PATCH',
            `/Groups/${id}`,
            patchOf({ op: 'add', path: 'members', value }),
          )
          // An address that names nobody would be 400.
          expect(added.status).toBe(204)
          expect((await read(probe, `/Groups/${id}`))['members']).toMatchObject([{ value: ada?.id }])
        }
      },
    ),
    done('7643-2.4-04', 'An element sent twice is kept once.', async (probe) => {
      const email = { value: 'a@example.com', type: 'work' }
      expect(await emailsOf(probe, 'ada', email, email, { ...email, type: 'home' })).toEqual([
        email,
        { ...email, type: 'home' },
      ])
    }),
    done('7643-2.4-05', 'Elements come back with the type they were given.', async (probe) => {
      const emails = ['work', 'home', 'other'].map((type) => ({ value: `${type}@example.com`, type }))
      expect(await emailsOf(probe, 'ada', ...emails)).toEqual(emails)
    }),
    done('7643-2.5-01', 'What is left out, null and an empty list are all no value.', async (probe) => {
      const nothing = {
        left: {},
        nulls: { nickName: null, emails: null },
        empty: { nickName: null, emails: [] },
      }
      for (const [userName, rest] of Object.entries(nothing)) {
        const made = await created(probe, '/Users', { schemas: [USER], userName, ...rest })
        expect(Object.keys(made)).not.toContain('nickName')
        expect(Object.keys(made)).not.toContain('emails')
      }
      const emails = [{ value: 'a@example.com' }]
      await created(probe, '/Users', { schemas: [USER], userName: 'full', nickName: 'F', emails })
      for (const name of ['nickName', 'emails']) {
        expect(await namesBy(probe, `${name} pr`)).toEqual(['full'])
        expect(await namesBy(probe, `not (${name} pr)`)).toHaveLength(3)
      }
    }),
    done('7643-2.5-02', 'Null and an empty list clear an attribute.', async (probe) => {
      const body = { schemas: [USER], userName: 'ada', nickName: 'A', emails: [{ value: 'a@example.com' }] }
      const made = await created(probe, '/Users', body)
      expect(made).toMatchObject(body)
      const path = `/Users/${made.id}`
      await probe.send('PATCH', path, patchOf({ op: 'replace', path: 'nickName', value: null }))
      const patched = await read(probe, path)
      expect([patched['nickName'], patched['emails']]).toEqual([undefined, body.emails])
      expect((await probe.send('PUT', path, { ...body, nickName: null, emails: [] })).status).toBe(200)
      expect(Object.keys(await read(probe, path)).toSorted()).toEqual([
        'active',
        'id',
        'meta',
        'schemas',
        'userName',
      ])
      // Whoever is neither active nor inactive is left undecided: a tolerant connection keeps what there is.
      const gone = probe.mode === 'strict' ? undefined : true
      for (const send of [
        () => probe.send('PATCH', path, patchOf({ op: 'replace', path: 'active', value: null })),
        () => probe.send('PUT', path, { ...body, nickName: null, active: null }),
      ]) {
        await probe.send('PATCH', path, patchOf({ op: 'replace', path: 'active', value: true }))
        expect((await send()).status).toBe(200)
        expect((await read(probe, path))['active']).toBe(gone)
      }
    }),
    done(
      '7643-3-01',
      'A schema the resource type does not have is refused by a strict connection and dropped by a tolerant one.',
      async (probe) => {
        const body = { schemas: [USER, 'urn:x:unknown'], userName: 'ada' }
        if (probe.mode === 'strict') isError(await probe.send('POST', '/Users', body), 400, 'invalidSyntax')
        else expect((await created(probe, '/Users', body))['schemas']).toEqual([USER])
        const made = await created(probe, '/Users', { ...body, schemas: [USER], userName: 'bo' })
        const path = `/Users/${made.id}`
        const op = { op: 'add', path: 'schemas', value: ['urn:x:unknown'] }
        for (const [method, sent] of [
          ['PUT', { ...body, userName: 'bo' }],
          ['PATCH', patchOf(op)],
          ['PATCH', patchOf({ ...op, op: 'replace', value: body.schemas })],
        ] as const) {
          const answer = await probe.send(method, path, sent)
          if (probe.mode === 'strict') isError(answer, 400, 'invalidSyntax')
          else expect([answer.status, at(answer.body, 'schemas')]).toEqual([200, [USER]])
        }
        expect(await read(probe, path)).toEqual(made)
        const known = patchOf({ ...op, value: [USER, ENTERPRISE] })
        expect((await probe.send('PATCH', path, known)).status).toBe(200)
      },
    ),
    done('7643-3-02', 'A schema sent twice is listed once.', async (probe) => {
      const made = await created(probe, '/Users', { schemas: [USER, USER], userName: 'ada' })
      expect(made['schemas']).toEqual([USER])
    }),
    done('7643-3-03', 'The order of the schemas changes nothing.', async (probe) => {
      const made = await Promise.all(
        [
          [ENTERPRISE, USER],
          [USER, ENTERPRISE],
        ].map(async (schemas, index) => {
          const body = { schemas, userName: `person${index}`, [ENTERPRISE]: { department: 'R&D' } }
          const { id: _, meta: __, userName: ___, ...rest } = await created(probe, '/Users', body)
          return rest
        }),
      )
      expect(made[0]).toEqual(made[1])
      expect(made[0]).toMatchObject({ schemas: [USER, ENTERPRISE], [ENTERPRISE]: { department: 'R&D' } })
    }),
    doneIn(
      'strict',
      '7643-3-04',
      'A body without schemas, or with none in the list, is refused.',
      async (probe) => {
        for (const body of [{ userName: 'ada' }, { schemas: [], userName: 'ada' }]) {
          isError(await probe.send('POST', '/Users', body), 400, 'invalidSyntax')
        }
      },
      {
        quirk: 'body_without_schemas',
        test: async (probe) => {
          for (const body of [{ userName: 'ada' }, { schemas: [], userName: 'bob' }]) {
            expect((await created(probe, '/Users', body))['schemas']).toEqual([USER])
          }
          const seen = await listQuirks(database(), probe.connection)
          expect(seen).toMatchObject([{ name: 'body_without_schemas', count: 2 }])
        },
      },
    ),
  ],
}
