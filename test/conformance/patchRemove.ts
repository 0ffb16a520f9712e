import { expect } from 'vitest'
import { at } from '../bridge.ts'
import { filtered, listed, patchOf, read, type Shown } from './asserts.ts'
import {
  addresses,
  changesNothing,
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
import { done, type Check } from './row.ts'
import type { Section } from './sections.ts'

const idsOf = ({ members }: Shown) => (Array.isArray(members) ? members.map((one) => at(one, 'value')) : [])

const byFilter = async (probe: Probe, filter: string) =>
  listed(await probe.send('GET', filtered('/Users', filter))).map(({ id }) => id)

/** The test that a person with a value for an attribute has none after the removal, in a GET and in a filter. */
const unassigns =
  (attribute: string, value: unknown, path = attribute): Check =>
  async (probe) => {
    const { made, path: where } = await person(probe, { [attribute]: value })
    expect(await byFilter(probe, `${attribute} pr`)).toEqual([made.id])
    const shown = await patched(probe, where, { op: 'remove', path })
    expect(shown).toEqual({ ...made, meta: shown['meta'], [attribute]: undefined })
    expect(Object.keys(shown)).not.toContain(attribute)
    expect(await byFilter(probe, `${attribute} pr`)).toEqual([])
  }

export const patchRemove: Section = {
  title: 'N. Modify: remove',
  rows: [
    done(
      '7644-3.5.2.2-01',
      'A remove without a path is 400 noTarget.',
      refuses({ title: 'x' }, 'noTarget', { op: 'remove' }),
    ),
    done(
      '7644-3.5.2.2-02',
      'A remove of a singular attribute takes its value away.',
      unassigns('nickName', 'Anni'),
    ),
    done('7644-3.5.2.2-03', 'A remove of a list takes all of it away, members too.', async (probe) => {
      await unassigns('emails', [work, home])(probe)
      const { ids, path } = await group(probe, 'berta', 'carla')
      expect(idsOf(await read(probe, path)).toSorted()).toEqual(ids.toSorted())
      expect(await patched(probe, path, { op: 'remove', path: 'members' })).not.toHaveProperty('members')
    }),
    done(
      '7644-3.5.2.2-04',
      'A remove with a filter takes away what the filter finds, and nothing else.',
      async (probe) => {
        const { ids, path } = await group(probe, 'berta', 'carla')
        const left = await patched(probe, path, { op: 'remove', path: `members[value eq "${ids[0]}"]` })
        expect(idsOf(left)).toEqual([ids[1]])
        for (const [filter, of] of [
          [`value eq "${ids[1]?.toUpperCase()}"`, []],
          ['type eq "Group"', [ids[1]]],
          ['not (type eq "Group")', []],
          [`value eq "${ids[0]}" or value eq "${ids[1]}"`, []],
          ['display eq "carla"', []],
          ['display ne "carla"', [ids[1]]],
        ] as const) {
          const after = await patched(probe, path, { op: 'remove', path: `members[${filter}]` })
          expect([filter, idsOf(after)]).toEqual([filter, of])
          await patched(probe, path, { op: 'add', path: 'members', value: [{ value: ids[1] }] })
        }
        const others = [home, { value: 'anna@work.example.org', type: 'work' }]
        const remove = { op: 'remove', path: 'emails[type eq "work" and value ew "example.com"]' }
        await turns({ emails: [work, ...others] }, [remove], { emails: others })(probe)
        const someone = await person(probe, { userName: 'dora' })
        for (const [filter, localities] of found) {
          await patched(probe, someone.path, { op: 'replace', path: 'addresses', value: addresses })
          const after = await patched(probe, someone.path, { op: 'remove', path: `addresses[${filter}]` })
          const rest = addresses.filter(({ locality }) => !localities.includes(locality))
          expect([filter, after['addresses']]).toEqual([filter, rest])
        }
      },
    ),
    done(
      '7644-3.5.2.2-05',
      'When its last element goes a list has no value.',
      unassigns('emails', [work], 'emails[type eq "work"]'),
    ),
    done(
      '7644-3.5.2.2-06',
      'A remove of a sub-attribute behind a filter leaves the rest of what the filter finds.',
      turns(
        {
          addresses: [
            { type: 'work', locality: 'Bergen', region: 'Vestland' },
            { type: 'home', locality: 'Voss', region: 'Vestland' },
          ],
        },
        [{ op: 'remove', path: 'addresses[type eq "work"].region' }],
        {
          addresses: [
            { type: 'work', locality: 'Bergen' },
            { type: 'home', locality: 'Voss', region: 'Vestland' },
          ],
        },
      ),
    ),
    done(
      '7644-3.5.2.2-07',
      'A remove of a sub-attribute leaves the rest of the attribute.',
      turns(
        { name: { givenName: 'Anna', middleName: 'M', familyName: 'Berg' } },
        [{ op: 'remove', path: 'name.middleName' }],
        { name: { givenName: 'Anna', familyName: 'Berg' } },
      ),
    ),
    done(
      '7644-3.5.2.2-08',
      'A remove of a required or readOnly attribute is 400 mutability.',
      async (probe) => {
        const remove = (path: string) => ({ op: 'remove', path })
        const paths = ['userName', 'id', 'schemas', 'meta', 'meta.created', 'groups', 'groups.value']
        await refuses({}, 'mutability', ...paths.map(remove))(probe)
        const { path } = await group(probe)
        await refusesBodies(probe, path, 'mutability', [
          patchOf(remove('displayName')),
          patchOf(remove('schemas')),
        ])
      },
    ),
    done(
      '7644-3.5.2.2-09',
      'To remove somebody who is no member is a success that changes nothing.',
      async (probe) => {
        const { path } = await group(probe, 'berta')
        await changesNothing(probe, path, { op: 'remove', path: 'members[value eq "stranger"]' })
      },
    ),
  ],
}
