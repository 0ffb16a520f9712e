import { expect } from 'vitest'
import { database } from '../worker.ts'
import { listQuirks } from '../../worker/store/connections.ts'
import { sql } from '../../worker/store/database.ts'
import { patchOf, read } from './asserts.ts'
import {
  addresses,
  found,
  group,
  home,
  patched,
  person,
  refuses,
  refusesBodies,
  turns,
  work,
} from './patching.ts'
import type { Probe } from './probe.ts'
import { done, doneIn, refused } from './row.ts'
import type { Section } from './sections.ts'

const office = { type: 'work', locality: 'Bergen' }
const flat = { type: 'home', locality: 'Voss' }
const work2 = { value: 'berg@work.example.com', type: 'work' }

const noMatch = { op: 'replace', path: 'emails[type eq "other"].value', value: 'new@example.com' }

/** Puts people into the connection, past the bridge, as a thousand POSTs take long; gives their ids. */
async function many({ connection }: Probe, count: number): Promise<readonly string[]> {
  const ids = Array.from({ length: count }, () => crypto.randomUUID())
  const [now, list] = [new Date().toISOString(), JSON.stringify(ids)]
  await database().write([
    sql`INSERT INTO resources (connection, id, type, version, created, modified, document, folded)
      SELECT ${connection}, value, 'User', 1, ${now}, ${now}, json_object('userName', value), json_object('userName', value)
      FROM json_each(${list})`,
  ])
  return ids
}

/** The same connection with a database that goes away after some requests to it: what is written in parts stays a part. */
function losingAfter(probe: Probe, requests: number): Promise<Probe> {
  let left = requests
  return probe.where({
    fetch: async (request) => {
      if (left === 0) throw new TypeError('the database is away')
      left -= 1
      return fetch(request)
    },
  })
}

async function countMembers(probe: Probe, path: string): Promise<number> {
  const { members } = await read(probe, `${path}?attributes=members`)
  return Array.isArray(members) ? members.length : 0
}

export const patchReplace: Section = {
  title: 'N. Modify: replace',
  rows: [
    doneIn(
      'tolerant',
      '7644-3.5.2.3-01',
      'A replace without a path replaces the attributes of its value, and no others.',
      turns(
        { displayName: 'A', nickName: 'B', title: 'T', emails: [work] },
        [{ op: 'replace', value: { displayName: 'D', nickName: 'N' } }],
        { displayName: 'D', nickName: 'N' },
      ),
    ),
    done(
      '7644-3.5.2.3-02',
      'A replace of a singular attribute gives it the new value.',
      turns({ displayName: 'A' }, [{ op: 'replace', path: 'displayName', value: 'D' }], { displayName: 'D' }),
    ),
    done(
      '7644-3.5.2.3-03',
      'A replace of a list leaves exactly the elements sent.',
      turns({ emails: [work, home] }, [{ op: 'replace', path: 'emails', value: [work2] }], {
        emails: [work2],
      }),
    ),
    done(
      '7644-3.5.2.3-04',
      'A replace of an attribute that has no value sets it.',
      turns({}, [{ op: 'replace', path: 'title', value: 'x' }], { title: 'x' }),
    ),
    doneIn(
      'tolerant',
      '7644-3.5.2.3-05',
      'A replace of a complex attribute changes the sub-attributes sent and keeps the others.',
      turns(
        { name: { givenName: 'Anna', familyName: 'Berg' } },
        [{ op: 'replace', path: 'name', value: { givenName: 'G' } }],
        { name: { givenName: 'G', familyName: 'Berg' } },
      ),
    ),
    doneIn(
      'tolerant',
      '7644-3.5.2.3-06',
      'A replace with a filter replaces every element that the filter finds.',
      async (probe) => {
        const value = { type: 'work', locality: 'Narvik' }
        await turns(
          { addresses: [office, flat, { ...office, region: 'Vestland' }] },
          [{ op: 'replace', path: 'addresses[type eq "work"]', value }],
          { addresses: [value, flat] },
        )(probe)
        const { path } = await person(probe, { userName: 'dora' })
        for (const [filter, localities] of found) {
          const all = { op: 'replace', path: 'addresses', value: addresses }
          const shown = await patched(probe, path, all, { ...all, path: `addresses[${filter}]`, value })
          const first = addresses.findIndex(({ locality }) => localities.includes(locality))
          // All that are found become the same, and are one.
          const rest = addresses.flatMap((address, index) =>
            index === first ? [value] : localities.includes(address.locality) ? [] : [address],
          )
          expect([filter, shown['addresses']]).toEqual([filter, rest])
        }
      },
    ),
    doneIn(
      'tolerant',
      '7644-3.5.2.3-07',
      'A replace of a sub-attribute behind a filter changes it in every element that the filter finds.',
      async (probe) => {
        await turns(
          { emails: [work, home, work2], addresses: [office, flat, { type: 'work', locality: 'Oslo' }] },
          [
            { op: 'replace', path: 'emails[type eq "work"].value', value: 'new@example.com' },
            { op: 'replace', path: 'addresses[type eq "work"].country', value: 'NO' },
          ],
          {
            // The two have become the same, and are one.
            emails: [{ value: 'new@example.com', type: 'work' }, home],
            addresses: [
              { ...office, country: 'NO' },
              flat,
              { type: 'work', locality: 'Oslo', country: 'NO' },
            ],
          },
        )(probe)
        const { path } = await person(probe, { userName: 'dora' })
        for (const [filter, localities] of found) {
          const all = { op: 'replace', path: 'addresses', value: addresses }
          const country = { op: 'replace', path: `addresses[${filter}].country`, value: 'NO' }
          const shown = await patched(probe, path, all, country)
          const changed = addresses.map((address) =>
            localities.includes(address.locality) ? { ...address, country: 'NO' } : address,
          )
          expect([filter, shown['addresses']]).toEqual([filter, changed])
        }
      },
    ),
    doneIn(
      'strict',
      '7644-3.5.2.3-08',
      'A replace whose filter finds nothing is 400 noTarget.',
      refuses({ emails: [work] }, 'noTarget', noMatch),
      {
        quirk: 'element_made',
        test: async (probe) => {
          await turns({ emails: [work] }, [noMatch], {
            emails: [work, { value: noMatch.value, type: 'other' }],
          })(probe)
          expect(await listQuirks(database(), probe.connection)).toMatchObject([
            { name: 'element_made', count: 1 },
          ])
        },
      },
    ),
    done(
      '7644-3.5.2.3-09',
      'A replace without a value is 400 invalidValue.',
      refuses({ title: 'x' }, 'invalidValue', { op: 'replace', path: 'title' }),
    ),
    refused(
      '7644-3.5.2.3-10',
      'A replace of password sets a new password.',
      'The bridge signs nobody in: a password is accepted, dropped and never shown.',
    ),
    done(
      '7644-3.5.2-21',
      'A filter in a path that is none by the grammar is 400 invalidFilter.',
      refuses({ emails: [work] }, 'invalidFilter', { op: 'remove', path: 'emails[type xx "work"]' }),
    ),
    done(
      '7644-3.5.2-22',
      'The name of an operation is taken in any case.',
      turns(
        { displayName: 'A', nickName: 'B' },
        [
          { op: 'Replace', path: 'displayName', value: 'D' },
          { op: 'Add', path: 'title', value: 'T' },
          { op: 'Remove', path: 'nickName' },
        ],
        { displayName: 'D', title: 'T', nickName: undefined },
      ),
    ),
    done(
      '7644-3.5.2-23',
      'A PATCH that adds a thousand members adds all of them at once, or none.',
      async (probe) => {
        const { path } = await group(probe)
        const value = (await many(probe, 1000)).map((id) => ({ value: id }))
        const add = { op: 'add', path: 'members', value }
        await refusesBodies(probe, path, 'mutability', [
          patchOf(add, { op: 'replace', path: 'id', value: 'x' }),
        ])
        expect(await countMembers(probe, path)).toBe(0)
        for (const requests of [0, 1]) {
          await (await losingAfter(probe, requests)).send('PATCH', path, patchOf(add))
          expect(await countMembers(probe, path)).toBe(requests * 1000)
        }
      },
    ),
  ],
}
