import { expect } from 'vitest'
import { at, idOf } from '../bridge.ts'
import { custom, TEST_USER } from '../custom.ts'
import { database } from '../worker.ts'
import { listQuirks } from '../../worker/store/connections.ts'
import { ENTERPRISE, isError, patchOf, PATCH_OP, people, read, USER } from './asserts.ts'
import {
  changesNothing,
  group,
  home,
  later,
  patched,
  person,
  refuses,
  refusesBodies,
  turns,
  work,
} from './patching.ts'
import { done, doneIn } from './row.ts'
import type { Section } from './sections.ts'

const title = (value: string) => ({ op: 'replace', path: 'title', value })

/** Bodies with a good operation and without the schema of a PATCH. */
const unnamed = [{ Operations: [title('One')] }, { schemas: [USER], Operations: [title('Two')] }]

const primaries = (emails: unknown) =>
  Array.isArray(emails) ? emails.filter((email) => at(email, 'primary') === true) : []

export const patchRequest: Section = {
  title: 'N. Modify: the request',
  rows: [
    done(
      '7644-3.5.2-01',
      'A PATCH changes a resource, and ServiceProviderConfig says that it can.',
      async (probe) => {
        const config = await probe.send('GET', '/ServiceProviderConfig')
        expect(at(config.body, 'patch', 'supported')).toBe(true)
        await turns({}, [{ op: 'replace', path: 'displayName', value: 'Anna' }], { displayName: 'Anna' })(
          probe,
        )
      },
    ),
    doneIn(
      'strict',
      '7644-3.5.2-02',
      'A PATCH whose schemas do not name PatchOp is 400 invalidSyntax.',
      async (probe) => {
        const { path } = await person(probe)
        await refusesBodies(probe, path, 'invalidSyntax', unnamed)
      },
      {
        quirk: 'patch_without_schema',
        test: async (probe) => {
          const { path } = await person(probe)
          const titles: unknown[] = []
          for (const body of unnamed) titles.push(at((await probe.send('PATCH', path, body)).body, 'title'))
          expect(titles).toEqual(['One', 'Two'])
          expect(await listQuirks(database(), probe.connection)).toMatchObject([
            { name: 'patch_without_schema', count: 2 },
          ])
        },
      },
    ),
    done(
      '7644-3.5.2-03',
      'Without a list of operations, or with an empty one, a PATCH is 400 invalidSyntax.',
      async (probe) => {
        const { path } = await person(probe)
        const schemas = [PATCH_OP]
        await refusesBodies(probe, path, 'invalidSyntax', [
          { schemas },
          { schemas, Operations: [] },
          { schemas, Operations: title('T') },
        ])
      },
    ),
    done(
      '7644-3.5.2-04',
      'An op other than add, remove and replace is 400 invalidSyntax, and so is none.',
      refuses(
        {},
        'invalidSyntax',
        { path: 'title', value: 'T' },
        { ...title('T'), op: 'move' },
        { ...title('T'), op: 5 },
      ),
    ),
    done('7644-3.5.2-05', 'A PATCH of what is not there is 404.', async (probe) => {
      isError(await probe.send('PATCH', '/Users/none', patchOf(title('T'))), 404)
    }),
    done('7644-3.5.2-06', 'The operations of a PATCH are carried out one after the other.', async (probe) => {
      const operations = [
        { op: 'remove', path: 'nickName' },
        { op: 'add', path: 'nickName', value: 'a' },
        { op: 'replace', path: 'nickName', value: 'b' },
      ]
      await turns({ nickName: 'Anni' }, operations, { nickName: 'b' })(probe)
      // These are worked out from the list as it is.
      const listed = [
        { op: 'add', path: 'emails', value: [home] },
        { op: 'replace', path: 'emails[type eq "home"].value', value: 'new@example.org' },
      ]
      const after = { emails: [work, { ...home, value: 'new@example.org' }] }
      await turns({ userName: 'berta', emails: [work] }, listed, after)(probe)
    }),
    done('7644-3.5.2-07', 'One operation that is refused undoes the whole PATCH.', async (probe) => {
      const { path } = await person(probe, { displayName: 'Anna' })
      const [good, bad] = [
        { op: 'replace', path: 'displayName', value: 'x' },
        { op: 'replace', path: 'id', value: 'y' },
      ]
      const then = await later(probe)
      await refusesBodies(then, path, 'mutability', [patchOf(good, bad)])
      // The database refuses this one, in the same write, and after a look at the list as it is.
      await people(probe, 'berta')
      const taken = { op: 'replace', path: 'userName', value: 'berta' }
      const looks = { op: 'add', path: 'emails', value: [work] }
      const whole = await read(probe, path)
      for (const operations of [
        [good, taken],
        [good, looks, taken],
        [taken, looks, good],
      ]) {
        isError(await then.send('PATCH', path, patchOf(...operations)), 409, 'uniqueness')
        expect(await read(probe, path)).toEqual(whole)
      }
      await refusesBodies(then, path, 'mutability', [patchOf(good, looks, bad)])
      const before = await read(probe, path)
      const after = await patched(then, path, good)
      expect(after).toMatchObject({ displayName: 'x' })
      expect(at(after, 'meta', 'lastModified')).not.toBe(at(before, 'meta', 'lastModified'))
    }),
    done(
      '7644-3.5.2-08',
      'A PATCH of a person is 200 with the person, one of a group 204 with nothing.',
      async (probe) => {
        const { path } = await person(probe)
        const answer = await probe.send('PATCH', path, patchOf(title('T')))
        expect([answer.status, answer.body]).toEqual([200, await read(probe, path)])
        expect(at(answer.body, 'title')).toBe('T')
        const guides = await group(probe)
        const rename = patchOf({ op: 'replace', path: 'displayName', value: 'G' })
        const silent = await probe.send('PATCH', guides.path, rename)
        expect([silent.status, silent.body]).toEqual([204, undefined])
        expect(await read(probe, guides.path)).toMatchObject({ displayName: 'G' })
      },
    ),
    done(
      '7644-3.5.2-09',
      'A PATCH that asks for attributes is 200 with those, of a group too.',
      async (probe) => {
        const { path } = await person(probe, { nickName: 'Anni' })
        const answer = await probe.send('PATCH', `${path}?attributes=userName`, patchOf(title('T')))
        expect([answer.status, answer.body]).toEqual([
          200,
          { schemas: [USER], id: idOf(answer), userName: 'anna' },
        ])
        const guides = await group(probe)
        const rename = patchOf({ op: 'replace', path: 'displayName', value: 'G' })
        const named = await probe.send('PATCH', `${guides.path}?attributes=displayName`, rename)
        expect(named).toMatchObject({ status: 200, body: { displayName: 'G' } })
      },
    ),
    done(
      '7644-3.5.2-10',
      'An operation on a readOnly attribute is 400 mutability.',
      refuses(
        {},
        'mutability',
        { op: 'replace', path: 'id', value: 'x' },
        { op: 'replace', path: 'meta.created', value: '2026-01-01T00:00:00Z' },
        { op: 'replace', path: 'groups', value: [{ value: 'x' }] },
      ),
    ),
    done(
      '7644-3.5.2-11',
      'An immutable attribute is set once; to change it is 400 mutability.',
      async (plain) => {
        const probe = await plain.where({ custom })
        const { path } = await person(probe)
        const serial = (op: string, value: string) => ({ op, path: `${TEST_USER}:serial`, value })
        expect(at(await patched(probe, path, serial('add', '1')), TEST_USER, 'serial')).toBe('1')
        const again = [
          serial('replace', '2'),
          serial('add', '2'),
          { op: 'remove', path: `${TEST_USER}:serial` },
        ]
        const bodies = again.map((operation) => patchOf(operation))
        await refusesBodies(probe, path, 'mutability', bodies)
      },
    ),
    done(
      '7644-3.5.2-12',
      'A value of another type than the attribute has is 400 invalidValue.',
      refuses(
        { active: true, name: { givenName: 'Anna' } },
        'invalidValue',
        { op: 'replace', path: 'active', value: 'maybe' },
        { op: 'replace', path: 'name', value: 5 },
      ),
    ),
    done(
      '7644-3.5.2-13',
      'A path that is none by the grammar is 400 invalidPath.',
      refuses(
        { emails: [work] },
        'invalidPath',
        ...['emails[', 'a..b', '', '/emails/0'].map((path) => ({ op: 'replace', path, value: 'x' })),
      ),
    ),
    done(
      '7644-3.5.2-14',
      'A path to an attribute that no schema has is 400 invalidPath.',
      refuses(
        { emails: [work], name: { givenName: 'Anna' } },
        'invalidPath',
        ...[
          'shoeSize',
          'name.shoeSize',
          'emails.shoeSize',
          `${USER}:shoeSize`,
          `${ENTERPRISE}:shoeSize`,
          `${ENTERPRISE}:manager.shoeSize`,
          'urn:example:nonsense:title',
          'emails[shoeSize eq 9].value',
          'emails[type eq "work"].shoeSize',
          'shoeSize[value eq "9"]',
        ].flatMap((path) => [
          { op: 'replace', path, value: 9 },
          { op: 'add', path, value: 9 },
          { op: 'remove', path },
        ]),
      ),
    ),
    done(
      '7644-3.5.2-15',
      'A path names an attribute, a sub-attribute, elements by a filter, or a sub-attribute of those.',
      turns(
        { displayName: 'A', name: { givenName: 'A', familyName: 'B' }, emails: [work, home] },
        [
          { op: 'replace', path: 'displayName', value: 'Anna' },
          { op: 'replace', path: 'name.givenName', value: 'Anna' },
          { op: 'remove', path: 'emails[type eq "home"]' },
          { op: 'replace', path: 'emails[type eq "work"].value', value: 'new@example.com' },
        ],
        {
          displayName: 'Anna',
          name: { givenName: 'Anna', familyName: 'B' },
          emails: [{ ...work, value: 'new@example.com' }],
        },
      ),
    ),
    done(
      '7644-3.5.2-16',
      'A path may begin with the URN of its schema, and its case does not count.',
      turns(
        { displayName: 'A', schemas: [USER, ENTERPRISE], [ENTERPRISE]: { department: 'Tours' } },
        [
          { op: 'replace', path: `${USER}:displayName`, value: 'Anna' },
          { op: 'replace', path: 'NICKNAME', value: 'Anni' },
          { op: 'replace', path: `${ENTERPRISE}:department`, value: 'Sales' },
        ],
        { displayName: 'Anna', nickName: 'Anni', [ENTERPRISE]: { department: 'Sales' } },
      ),
    ),
    done(
      '7644-3.5.2-17',
      'An attribute of an extension, set by its URN, brings the URN into schemas.',
      async (probe) => {
        const { made, path } = await person(probe)
        expect(made['schemas']).toEqual([USER])
        const add = { op: 'add', path: `${ENTERPRISE}:employeeNumber`, value: '701' }
        expect(await patched(probe, path, add)).toMatchObject({
          schemas: [USER, ENTERPRISE],
          [ENTERPRISE]: { employeeNumber: '701' },
        })
      },
    ),
    done(
      '7644-3.5.2-18',
      'An element that becomes the primary one takes that from the others.',
      async (probe) => {
        const { path } = await person(probe, { emails: [{ ...work, primary: true }, home] })
        const choose = { op: 'replace', path: 'emails[type eq "home"].primary', value: true }
        const chosen = await patched(probe, path, choose)
        expect(primaries(chosen['emails'])).toEqual([{ ...home, primary: true }])
        const other = { value: 'anna@other.example.net', type: 'other', primary: true }
        const added = await patched(probe, path, { op: 'add', path: 'emails', value: [other] })
        expect(added['emails']).toHaveLength(3)
        expect(primaries(added['emails'])).toEqual([other])
      },
    ),
    done(
      '7644-3.5.2-19',
      'A userName that somebody else has, in whatever case, is 409 uniqueness.',
      async (probe) => {
        await people(probe, 'berta')
        const { made, path } = await person(probe)
        for (const value of ['berta', 'BERTA']) {
          const answer = await probe.send('PATCH', path, patchOf({ op: 'replace', path: 'userName', value }))
          isError(answer, 409, 'uniqueness')
        }
        expect(await read(probe, path)).toEqual(made)
      },
    ),
    done(
      '7644-3.5.2-20',
      'An extension that one operation adds to schemas can be written by the next.',
      async (probe) => {
        const { path } = await person(probe)
        const schemas = (op: string, value?: unknown) => ({ op, path: 'schemas', value })
        // By themselves they change nothing: schemas follows the data.
        await changesNothing(
          probe,
          path,
          schemas('add', [ENTERPRISE]),
          schemas('replace', [USER, ENTERPRISE]),
        )
        for (const [scimType, ...operations] of [
          ['invalidValue', schemas('add', 5), schemas('replace', ENTERPRISE), schemas('add', [5])],
          ['invalidValue', schemas('add', null), schemas('replace', [])],
          ['mutability', schemas('remove'), schemas('remove', [ENTERPRISE])],
        ] as const) {
          const bodies = operations.map((operation) => patchOf(operation))
          await refusesBodies(probe, path, scimType, bodies)
        }
        const stranger = schemas('add', [USER, 'urn:example:nonsense'])
        if (probe.mode === 'strict') await refusesBodies(probe, path, 'invalidSyntax', [patchOf(stranger)])
        else {
          await changesNothing(probe, path, stranger)
          const counted = await listQuirks(database(), probe.connection)
          expect(counted).toMatchObject([{ name: 'unknown_schema', count: 1 }])
        }
        const department = { op: 'add', path: `${ENTERPRISE}:department`, value: 'Tours' }
        expect(await patched(probe, path, schemas('add', [ENTERPRISE]), department)).toMatchObject({
          schemas: [USER, ENTERPRISE],
          [ENTERPRISE]: { department: 'Tours' },
        })
        await changesNothing(probe, path, schemas('replace', [USER]))
      },
    ),
  ],
}
