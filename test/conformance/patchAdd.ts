import { expect } from 'vitest'
import { at } from '../bridge.ts'
import { patchOf, read } from './asserts.ts'
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

const other = { value: 'anna@other.example.net', type: 'other' }
const office = { type: 'work', locality: 'Bergen' }
const flat = { type: 'home', locality: 'Voss' }

export const patchAdd: Section = {
  title: 'N. Modify: add',
  rows: [
    done(
      '7644-3.5.2.1-01',
      'An add without a value is 400 invalidValue.',
      refuses({ nickName: 'Anni' }, 'invalidValue', { op: 'add', path: 'nickName' }),
    ),
    doneIn(
      'tolerant',
      '7644-3.5.2.1-02',
      'An add without a path merges the attributes of its value into the resource.',
      turns({ nickName: 'A', emails: [work] }, [{ op: 'add', value: { nickName: 'B', emails: [home] } }], {
        nickName: 'B',
        emails: [work, home],
      }),
    ),
    done(
      '7644-3.5.2.1-03',
      'An add to an attribute that has no value sets it.',
      turns({}, [{ op: 'add', path: 'title', value: 'x' }], { title: 'x' }),
    ),
    done(
      '7644-3.5.2.1-04',
      'An add to a singular attribute replaces its value.',
      turns({ title: 'x' }, [{ op: 'add', path: 'title', value: 'y' }], { title: 'y' }),
    ),
    done(
      '7644-3.5.2.1-05',
      'An add to a list appends each of the elements sent.',
      turns({ emails: [work] }, [{ op: 'add', path: 'emails', value: [home, other] }], {
        emails: [work, home, other],
      }),
    ),
    done(
      '7644-3.5.2.1-06',
      'An add to a complex attribute sets the sub-attributes sent and keeps the others.',
      turns(
        { name: { givenName: 'Anna', familyName: 'Berg' } },
        [{ op: 'add', path: 'name', value: { givenName: 'G' } }],
        { name: { givenName: 'G', familyName: 'Berg' } },
      ),
    ),
    done(
      '7644-3.5.2.1-07',
      'To add a member or an address that is there already is a success, and no second one.',
      async (probe) => {
        const { path } = await person(probe, { emails: [work] })
        const again = await patched(probe, path, { op: 'add', path: 'emails', value: [work] })
        expect(again['emails']).toEqual([work])
        const guides = await group(probe, 'berta', 'carla')
        const value = [{ value: guides.ids[0] }]
        const { members } = await patched(probe, guides.path, { op: 'add', path: 'members', value })
        expect(members).toHaveLength(2)
      },
    ),
    done('7644-3.5.2.1-08', 'Such an add leaves lastModified and the version alone.', async (probe) => {
      const { path } = await person(probe, { emails: [work], title: 'x' })
      await changesNothing(
        probe,
        path,
        { op: 'add', path: 'emails', value: [work] },
        { op: 'add', path: 'title', value: 'x' },
      )
      const guides = await group(probe, 'berta')
      await changesNothing(probe, guides.path, {
        op: 'add',
        path: 'members',
        value: [{ value: guides.ids[0] }],
      })
      const before = await read(probe, path)
      const moved = await patched(await later(probe), path, { op: 'add', path: 'title', value: 'y' })
      for (const name of ['lastModified', 'version'])
        expect(at(moved, 'meta', name)).not.toBe(at(before, 'meta', name))
    }),
    done(
      '7644-3.5.2.1-09',
      'An add to a sub-attribute behind a filter sets it in what the filter finds.',
      turns(
        { addresses: [office, flat] },
        [{ op: 'add', path: 'addresses[type eq "work"].country', value: 'US' }],
        { addresses: [{ ...office, country: 'US' }, flat] },
      ),
    ),
    done(
      '7644-3.5.2.1-10',
      'An add whose filter finds nothing makes the element; to a strict connection it is 400 noTarget.',
      async (probe) => {
        const { path } = await person(probe)
        const add = { op: 'add', path: 'emails[type eq "work"].value', value: work.value }
        if (probe.mode === 'strict') await refusesBodies(probe, path, 'noTarget', [patchOf(add)])
        else expect((await patched(probe, path, add))['emails']).toEqual([work])
      },
    ),
  ],
}
