import { expect } from 'vitest'
import { at, objectOf, resourcesOf, type Answer } from '../bridge.ts'
import { custom, TEST_USER } from '../custom.ts'
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
import { everyRepresentation } from './representations.ts'
import { done } from './row.ts'
import type { Section } from './sections.ts'

/** Sends a person with values of the extension that tests declare. */
async function sendDeclared(probe: Probe, userName: string, values: object): Promise<Answer> {
  const to = await probe.where({ custom })
  return to.send('POST', '/Users', { schemas: [USER, TEST_USER], userName, [TEST_USER]: values })
}

/** Demands that a declared attribute keeps these values, in the 201 and when read back. */
async function keeps(probe: Probe, name: string, ...values: readonly unknown[]): Promise<void> {
  const to = await probe.where({ custom })
  for (const [index, value] of values.entries()) {
    const made = await sendDeclared(probe, `${name}${index}`, { [name]: value })
    expect(made.status).toBe(201)
    const again = await read(to, `/Users/${String(at(made.body, 'id'))}`)
    expect([at(made.body, TEST_USER, name), at(again, TEST_USER, name)]).toEqual([value, value])
  }
}

/** Demands that a declared attribute refuses these values. */
async function refuses(probe: Probe, name: string, ...values: readonly unknown[]): Promise<void> {
  for (const value of values)
    isError(await sendDeclared(probe, 'refused', { [name]: value }), 400, 'invalidValue')
}

/** Demands that what providers send for a value is refused by a strict connection, and taken by a tolerant one. */
async function isTakenAs(probe: Probe, name: string, sent: unknown, meant: unknown): Promise<void> {
  const body = { schemas: [USER], userName: 'loose', [name]: sent }
  if (probe.mode === 'strict') isError(await probe.send('POST', '/Users', body), 400, 'invalidValue')
  else expect((await created(probe, '/Users', body))[name]).toBe(meant)
}

/** The attributes that /Schemas lists, and their sub-attributes. */
async function published(
  probe: Probe,
): Promise<{ readonly attributes: readonly unknown[]; readonly subs: readonly unknown[] }> {
  const schemas = resourcesOf(await probe.send('GET', '/Schemas'))
  const attributes = schemas.flatMap((schema) => listAt(schema, 'attributes'))
  const subs = attributes.flatMap((attribute) => listAt(attribute, 'subAttributes'))
  expect([attributes.length > 30, subs.length > 50]).toEqual([true, true])
  return { attributes, subs }
}

function listAt(json: unknown, name: string): readonly unknown[] {
  const list = at(json, name)
  return Array.isArray(list) ? list : []
}

/** Takes the address of a resource; gives its path below the base URL. */
const pathOf = (probe: Probe, address: unknown) => new URL(String(address)).href.slice(probe.base.length)

export const attributes: Section = {
  title: 'B. Representation: names, types',
  rows: [
    done('7643-2.1-01', 'Attribute names in a request are taken in any case.', async (probe) => {
      const made = await created(probe, '/Users', { schemas: [USER], USERNAME: 'a1', DisplayName: 'x' })
      expect(made).toMatchObject({ userName: 'a1', displayName: 'x' })
    }),
    done('7643-2.1-02', 'Every resource in an answer says its schemas.', async (probe) => {
      const shown = { attributes: 'displayName' }
      const resources = [
        ...(await everyRepresentation(probe, '/Users', { schemas: [USER], userName: 'ada' })),
        ...(await everyRepresentation(probe, '/Groups', { schemas: [GROUP], displayName: 'G' }, shown)),
        ...resourcesOf(await probe.send('GET', '/ResourceTypes')),
        ...resourcesOf(await probe.send('GET', '/Schemas')),
        objectOf(await probe.send('GET', '/ServiceProviderConfig')),
      ]
      for (const resource of resources) {
        const schemas = listAt(resource, 'schemas')
        expect(schemas.length).toBeGreaterThan(0)
        for (const urn of schemas) expect(urn).toMatch(/^urn:/)
      }
    }),
    done('7643-2.1-03', 'The names in /Schemas keep to the grammar of attribute names.', async (probe) => {
      const { attributes: tops, subs } = await published(probe)
      for (const attribute of [...tops, ...subs]) {
        expect(at(attribute, 'name')).toMatch(/^[A-Za-z$][A-Za-z0-9_-]*$/)
      }
    }),
    done(
      '7643-2.2-01',
      'An attribute declared by its name alone has the default characteristics, and behaves so.',
      async (probe) => {
        const to = await probe.where({ custom })
        const schema = await to.send('GET', `/Schemas/${TEST_USER}`)
        const plain = listAt(schema.body, 'attributes').find((attribute) => at(attribute, 'name') === 'plain')
        expect(plain).toEqual({
          name: 'plain',
          type: 'string',
          multiValued: false,
          required: false,
          caseExact: false,
          mutability: 'readWrite',
          returned: 'default',
          uniqueness: 'none',
        })
        await people(to, 'without')
        await keeps(probe, 'plain', 'Word', 'Word')
        await refuses(probe, 'plain', {}, ['Word'], true)
        const path = `${TEST_USER}:plain`
        const [first, second, ...others] = listed(
          await to.send('GET', filtered('/Users', `${path} eq "WORD"`)),
        )
        expect([first?.id === second?.id, others]).toEqual([false, []])
        const change = patchOf({ op: 'replace', path, value: 'Other' })
        const changed = await to.send('PATCH', `/Users/${String(first?.id)}`, change)
        expect(at(changed.body, TEST_USER, 'plain')).toBe('Other')
      },
    ),
    done(
      '7643-2.3.1-01',
      'A text attribute takes texts; a number is refused by a strict connection and kept as a text by a tolerant one.',
      async (probe) => {
        for (const displayName of [{}, ['x'], true]) {
          const body = { schemas: [USER], userName: 'wrong', displayName }
          isError(await probe.send('POST', '/Users', body), 400, 'invalidValue')
        }
        await isTakenAs(probe, 'displayName', 5, '5')
      },
    ),
    done(
      '7643-2.3.2-01',
      'A boolean comes back as true or false; a text for one is refused by a strict connection.',
      async (probe) => {
        for (const active of [true, false]) {
          const body = { schemas: [USER], userName: `person ${active}`, active }
          expect((await created(probe, '/Users', body))['active']).toBe(active)
        }
        await isTakenAs(probe, 'active', 'True', true)
      },
    ),
    done('7643-2.3.3-01', 'A decimal comes back with the digits on both sides of its point.', (probe) =>
      keeps(probe, 'ratio', 1.5, 0.25, -10.125),
    ),
    done('7643-2.3.4-01', 'An integer attribute takes whole numbers only.', async (probe) => {
      await keeps(probe, 'number', 3, -7, 0)
      await refuses(probe, 'number', 1.5, 1e21, '3')
    }),
    done('7643-2.3.5-01', 'A dateTime has a date and a time.', async (probe) => {
      const [made] = await people(probe, 'ada')
      for (const name of ['created', 'lastModified']) {
        expect(at(made, 'meta', name)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/)
      }
      const there = ['2028-02-29T00:00:00Z', '2000-02-29T00:00:00Z', '2026-01-31T00:00:00-14:00']
      await keeps(probe, 'since', '2026-11-02T15:04:05Z', '2026-11-02T15:04:05.250+01:00', ...there)
      await refuses(probe, 'since', '2020-01-01', '15:04:05Z', '2026-13-02T15:04:05Z')
      await refuses(probe, 'since', '2026-02-30T00:00:00Z', '2026-04-31T00:00:00Z', '2026-02-29T00:00:00Z')
      await refuses(probe, 'since', '2026-11-02T00:00:00+14:01', '2026-11-02T00:00:00-23:00')
    }),
    done('7643-2.3.6-01', 'A binary value is base64 text.', async (probe) => {
      const body = (value: string) => ({ schemas: [USER], userName: 'ada', x509Certificates: [{ value }] })
      for (const value of ['@@', 'AA-_', 'AA-A', 'AAA_']) {
        isError(await probe.send('POST', '/Users', body(value)), 400, 'invalidValue')
      }
      const { id } = await created(probe, '/Users', body('MIIDQzCCAqw='))
      expect((await read(probe, `/Users/${id}`))['x509Certificates']).toEqual([{ value: 'MIIDQzCCAqw=' }])
      const change = (value: string) =>
        patchOf({ op: 'replace', path: 'x509Certificates', value: [{ value }] })
      isError(await probe.send('PATCH', `/Users/${id}`, change('AA-_')), 400, 'invalidValue')
      isError(await probe.send('PUT', `/Users/${id}`, body('AA-_')), 400, 'invalidValue')
      const same = await probe.send('PATCH', `/Users/${id}`, change('AA+/'))
      expect(at(same.body, 'x509Certificates')).toEqual([{ value: 'AA+/' }])
    }),
    done(
      '7643-2.3.7-01',
      'The $ref of a member, and of a group, is an address that can be fetched.',
      async (probe) => {
        const [ada] = await people(probe, 'ada')
        const members = [{ value: ada?.id }]
        const group = await created(probe, '/Groups', { schemas: [GROUP], displayName: 'G', members })
        expect(await read(probe, pathOf(probe, at(group, 'members', 0, '$ref')))).toMatchObject({
          userName: 'ada',
        })
        const inside = await read(probe, `/Users/${String(ada?.id)}`)
        expect((await read(probe, pathOf(probe, at(inside, 'groups', 0, '$ref')))).id).toBe(group.id)
      },
    ),
    done('7643-2.3.7-02', 'A relative $ref means an address below the base URL.', async (probe) => {
      const [boss] = await people(probe, 'boss')
      const $ref = `Users/${String(boss?.id)}`
      const team = { schemas: [GROUP], displayName: 'G', members: [{ $ref }] }
      expect(at(await created(probe, '/Groups', team), 'members', 0, '$ref')).toBe(`${probe.base}/${$ref}`)
      const manager = { value: boss?.id, $ref }
      const body = { schemas: [USER, ENTERPRISE], userName: 'ada', [ENTERPRISE]: { manager } }
      const shown = at(await created(probe, '/Users', body), ENTERPRISE, 'manager', '$ref')
      const address = new URL(String(shown), `${probe.base}/`)
      expect((await read(probe, pathOf(probe, address))).id).toBe(boss?.id)
    }),
    done('7643-2.3.8-01', 'The order of the names in a body does not matter.', async (probe) => {
      const made = await created(probe, '/Users', { displayName: 'x', userName: 'ada', schemas: [USER] })
      expect(made).toMatchObject({ schemas: [USER], userName: 'ada', displayName: 'x' })
    }),
    done(
      '7643-2.3.8-02',
      'No attribute in /Schemas is nested deeper than a simple sub-attribute.',
      async (probe) => {
        for (const sub of (await published(probe)).subs) {
          expect(at(sub, 'type')).toMatch(/^(string|boolean|decimal|integer|dateTime|binary|reference)$/)
          expect(at(sub, 'subAttributes')).toBeUndefined()
        }
      },
    ),
  ],
}
