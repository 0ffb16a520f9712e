import { expect } from 'vitest'
import { objectOf, type Answer } from '../bridge.ts'
import {
  created,
  ENTERPRISE,
  filtered,
  GROUP,
  listed,
  patchOf,
  people,
  read,
  SEARCH,
  USER,
} from './asserts.ts'
import type { Probe } from './probe.ts'
import { done } from './row.ts'
import type { Section } from './sections.ts'

const name = { givenName: 'Ada', familyName: 'Byron' }
const emails = [
  { value: 'ada@work.test', type: 'work', primary: true },
  { value: 'ada@home.test', type: 'home' },
]
const enterprise = { department: 'Engines', employeeNumber: '7' }
const sent = {
  schemas: [USER, ENTERPRISE],
  userName: 'ada',
  title: 'Countess',
  name,
  emails,
  [ENTERPRISE]: enterprise,
}
export const selecting: Section = {
  title: 'K. Choosing attributes',
  rows: [
    done('7644-3.4.2.5-01', 'A list shows what attributes and excludedAttributes ask for.', async (probe) => {
      const whole = await created(probe, '/Users', sent)
      const { id, schemas } = whole
      const only = listed(await probe.send('GET', '/Users?attributes=userName'))
      expect(only).toEqual([{ schemas, id, userName: 'ada' }])
      const { emails: left, ...rest } = whole
      expect(left).toEqual(emails)
      expect(listed(await probe.send('GET', '/Users?excludedAttributes=emails'))).toEqual([rest])
    }),
    done('7644-3.9-02', 'attributes leaves nothing but what it names, id and schemas.', async (probe) => {
      const { asked, always } = await ada(probe)
      expect(await asked('attributes=userName')).toEqual({ ...always, userName: 'ada' })
    }),
    done('7644-3.9-03', 'attributes takes names with commas between them.', async (probe) => {
      const { asked, always } = await ada(probe)
      expect(await asked('attributes=userName,emails')).toEqual({ ...always, userName: 'ada', emails })
    }),
    done('7644-3.9-04', 'attributes takes a part of an attribute.', async (probe) => {
      const { asked, always } = await ada(probe)
      expect(await asked('attributes=name.givenName')).toEqual({ ...always, name: { givenName: 'Ada' } })
    }),
    done('7644-3.9-05', 'attributes takes a part of the elements of a list.', async (probe) => {
      const { asked, always } = await ada(probe)
      const values = emails.map(({ value }) => ({ value }))
      expect(await asked('attributes=emails.value')).toEqual({ ...always, emails: values })
    }),
    done('7644-3.9-06', 'excludedAttributes takes away what it names and leaves the rest.', async (probe) => {
      const { asked, whole } = await ada(probe)
      const { emails: left, ...rest } = whole
      expect(left).toEqual(emails)
      const expected = { ...rest, name: { givenName: 'Ada' } }
      expect(await asked('excludedAttributes=emails,name.familyName')).toEqual(expected)
    }),
    done('7644-3.9-07', 'excludedAttributes cannot take away id and schemas.', async (probe) => {
      const { asked, whole } = await ada(probe)
      const { title, ...rest } = whole
      expect(title).toBe('Countess')
      expect(await asked('excludedAttributes=id,schemas,title')).toEqual(rest)
    }),
    done('7644-3.9-08', "A group's members can be left out, of one group and of a list.", async (probe) => {
      const members = (await people(probe, 'ada')).map(({ id }) => ({ value: id }))
      const group = { schemas: [GROUP], displayName: 'All', members }
      const { members: shown, ...rest } = await created(probe, '/Groups', group)
      expect(shown).toHaveLength(1)
      expect(await read(probe, `/Groups/${rest.id}?excludedAttributes=members`)).toEqual(rest)
      expect(listed(await probe.send('GET', '/Groups?excludedAttributes=members'))).toEqual([rest])
    }),
    done('7644-3.9-09', 'Both count for one resource, a list, a search and every write.', async (probe) => {
      for (const way of await ways(probe)) {
        expect(Object.keys(await way({ attributes: 'userName' }))).toEqual(['schemas', 'id', 'userName'])
        const whole = Object.keys(await way({}))
        expect(whole).toContain('title')
        const rest = whole.filter((key) => key !== 'title')
        expect(Object.keys(await way({ excludedAttributes: 'title' }))).toEqual(rest)
      }
    }),
    done('7644-3.9-10', 'Where both are sent, attributes counts alone.', async (probe) => {
      const { asked, always } = await ada(probe)
      const both = await asked('attributes=userName,title&excludedAttributes=title,emails')
      expect(both).toEqual({ ...always, userName: 'ada', title: 'Countess' })
    }),
    done(
      '7644-3.10-01',
      'Names may have their URN, and any case, wherever a name is taken.',
      async (probe) => {
        const { asked, always, whole } = await ada(probe)
        const { title, ...rest } = whole
        expect(title).toBe('Countess')
        const LOUD = 'URN:IETF:params:scim:schemas:core:2.0:user'
        expect(await asked(`attributes=${LOUD}:USERNAME`)).toEqual({ ...always, userName: 'ada' })
        expect(await asked(`excludedAttributes=${LOUD}:TITLE`)).toEqual(rest)
        await people(probe, 'zoe')
        const found = listed(await probe.send('GET', filtered('/Users', `${LOUD}:USERNAME eq "ada"`)))
        expect(found).toEqual([whole])
        const ordered = await probe.send('GET', `/Users?sortBy=${LOUD}:USERNAME&sortOrder=descending`)
        expect(listed(ordered).map(({ userName }) => userName)).toEqual(['zoe', 'ada'])
        const patch = patchOf({ op: 'replace', path: `${LOUD}:NAME.GIVENNAME`, value: 'Augusta' })
        const patched = await probe.send('PATCH', `/Users/${whole.id}?attributes=name`, patch)
        expect(patched.body).toEqual({ ...always, name: { ...name, givenName: 'Augusta' } })
      },
    ),
    done(
      '7644-3.10-02',
      'Attributes of an extension are named by its URN, which alone means all of them.',
      async (probe) => {
        const { asked, always, whole } = await ada(probe)
        const { department } = enterprise
        const part = await asked(`attributes=${ENTERPRISE}:department`)
        expect(part).toEqual({ ...always, [ENTERPRISE]: { department } })
        expect(await asked(`attributes=${ENTERPRISE}`)).toEqual({ ...always, [ENTERPRISE]: enterprise })
        const { [ENTERPRISE]: left, ...rest } = whole
        expect(left).toEqual(enterprise)
        expect(await asked(`excludedAttributes=${ENTERPRISE}`)).toEqual(rest)
      },
    ),
    done('7644-3.10-03', 'The dot in a URN parts no sub-attribute.', async (probe) => {
      const { asked, always } = await ada(probe)
      const { givenName } = name
      expect(await asked(`attributes=${USER}:name.givenName`)).toEqual({ ...always, name: { givenName } })
    }),
    done('7644-3.9-11', 'A name that no schema has is as if it were not there.', async (probe) => {
      const { asked, always, whole } = await ada(probe)
      expect(await asked('attributes=shoeSize')).toEqual(always)
      expect(await asked('excludedAttributes=shoeSize')).toEqual(whole)
    }),
  ],
}

/** Makes a person; gives how to ask for it, all of it, and what is shown whatever is asked. */
async function ada(probe: Probe) {
  const whole = await created(probe, '/Users', sent)
  const { id } = whole
  const asked = (query: string) => read(probe, `/Users/${id}?${query}`)
  return { whole, always: { schemas: sent.schemas, id }, asked }
}

type Asked = { readonly attributes?: string; readonly excludedAttributes?: string }

/** Makes a person; gives every way to be shown one. */
async function ways(probe: Probe): Promise<readonly ((asked: Asked) => Promise<object>)[]> {
  const { id } = await created(probe, '/Users', sent)
  const path = `/Users/${id}`
  const query = (asked: Asked) => new URLSearchParams(asked).toString()
  const patch = patchOf({ op: 'replace', path: 'title', value: 'Lady' })
  const filter = `id eq "${id}"`
  const listedOne = (answer: Answer) => listed(answer)[0] ?? {}
  return [
    (asked) => read(probe, `${path}?${query(asked)}`),
    async (asked) => listedOne(await probe.send('GET', `${filtered('/Users', filter)}&${query(asked)}`)),
    async (asked) =>
      listedOne(await probe.send('POST', '/Users/.search', { schemas: [SEARCH], filter, ...asked })),
    (asked) => created(probe, `/Users?${query(asked)}`, { ...sent, userName: crypto.randomUUID() }),
    async (asked) => objectOf(await probe.send('PUT', `${path}?${query(asked)}`, sent)),
    async (asked) => objectOf(await probe.send('PATCH', `${path}?${query(asked)}`, patch)),
  ]
}
