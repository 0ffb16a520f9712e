import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../worker/scim/json.ts'
import { applyMapping, previewMapping, readMapping, type Mapping } from '../../worker/scim/mapping.ts'
import { readResource } from '../../worker/scim/resource.ts'
import { groupType, userType } from '../../worker/scim/resourceTypes.ts'
import { attribute, type ResourceType } from '../../worker/scim/schema.ts'
import { ENTERPRISE, GROUP, USER } from './attributeOf.ts'
import { EXTRA, flat, mapping, mappingOf, ordered, person, personType, rule, types } from './mappings.ts'

const anna = {
  userName: 'anna',
  active: true,
  nickName: 'Annie',
  name: { givenName: 'Anna', familyName: 'Ek' },
  emails: [{ value: 'anna@x.test', type: 'work' }],
  phoneNumbers: [{ value: '1' }],
}

/** How many people are mapped. */
const RUNS = 1_000

const mapped = (...rules: readonly unknown[]) => applyMapping(personType, mappingOf(...rules), anna)

const without = (...names: readonly string[]) =>
  Object.fromEntries(Object.entries(anna).filter(([name]) => !names.includes(name)))

/** The faults of a mapping, for the kinds of resources if others are meant. */
function faults(sent: unknown, kinds: readonly ResourceType[] = types): readonly string[] {
  const read = readMapping(kinds, sent)
  return read.kind === 'faults' ? read.faults : []
}

describe('a rule', () => {
  const rename = (from: string, to: string) => ({ rename: { from, to } })
  const constant = (to: string, value: unknown, when?: string) => ({
    constant: { to, value, ...(when === undefined ? {} : { when }) },
  })
  const join = (to: string, ...from: readonly string[]) => ({ join: { to, from, with: ' ' } })
  const org = `${ENTERPRISE}:organization`

  test.each([
    ['moves a value', rename('nickName', 'displayName'), { ...without('nickName'), displayName: 'Annie' }],
    ['moves one over another', rename('nickName', 'userName'), { ...without('nickName'), userName: 'Annie' }],
    ['moves nothing where there is nothing', rename('title', 'nickName'), anna],
    [
      'moves all of a multi-valued attribute',
      rename('emails', 'phoneNumbers'),
      { ...without('emails'), phoneNumbers: anna.emails },
    ],
    [
      'moves a part into an extension, and leaves no empty object',
      rename('NAME.givenname', `${EXTRA}:desk.formatted`),
      { ...anna, name: { familyName: 'Ek' }, [EXTRA]: { desk: { formatted: 'Anna' } } },
    ],
    [
      'is the same for all',
      constant(org, 'Example Ltd'),
      { ...anna, [ENTERPRISE]: { organization: 'Example Ltd' } },
    ],
    ['is put over what is there', constant('nickName', 'N'), { ...anna, nickName: 'N' }],
    ['is put over what is there, said so', constant('nickName', 'N', 'always'), { ...anna, nickName: 'N' }],
    ['is put only where nothing is', constant('nickName', 'N', 'missing'), anna],
    ['is put where nothing is', constant('title', 'T', 'missing'), { ...anna, title: 'T' }],
    [
      'has its value in the schema’s spelling',
      constant('roles', [{ VALUE: 'r' }]),
      { ...anna, roles: [{ value: 'r' }] },
    ],
    [
      'makes one text of several',
      join('displayName', 'name.givenName', 'name.familyName'),
      { ...anna, displayName: 'Anna Ek' },
    ],
    [
      'leaves out the parts that are missing',
      join('displayName', 'name.givenName', 'name.middleName', 'name.familyName'),
      { ...anna, displayName: 'Anna Ek' },
    ],
    ['joins nothing where there is nothing', join('nickName', 'title', 'name.middleName'), anna],
    ['takes a value away', { drop: 'phoneNumbers' }, without('phoneNumbers')],
    ['takes a part away', { drop: `${USER}:name.familyName` }, { ...anna, name: { givenName: 'Anna' } }],
  ])('%s', (_, one, after) => expect(mapped(one)).toEqual(after))

  test('sees what the rules before it did', () => {
    const rules = [
      rename('nickName', 'title'),
      join('displayName', 'title', 'name.familyName'),
      { drop: 'name' },
    ]
    expect(mapped(...rules)).toEqual({
      ...without('nickName', 'name'),
      title: 'Annie',
      displayName: 'Annie Ek',
    })
  })

  test('cuts a text at the limit of its attribute, and never within a character', () => {
    const long = { ...anna, title: `x${'😀'.repeat(40_000)}` }
    const cut = (to: string) => applyMapping(personType, mappingOf(rename('title', to)), long)
    expect(cut('displayName')).toMatchObject({ displayName: `x${'😀'.repeat(511)}` })
    const joined = applyMapping(personType, mappingOf(join('locale', 'title', 'nickName')), {
      ...long,
      title: 'y'.repeat(65_535),
    })
    expect(joined).toMatchObject({ locale: `${'y'.repeat(65_535)} ` })
  })

  test('leaves what is required as it was where there would be a blank', () => {
    const blank = { ...anna, title: ' ', nickName: ' ', [EXTRA]: { badge: 'b' } }
    const rules = mappingOf(rename('title', 'userName'), rename('nickName', `${EXTRA}:badge`))
    expect(applyMapping(personType, rules, blank)).toEqual({
      ...without('nickName'),
      [EXTRA]: { badge: 'b' },
    })
    const group = { displayName: 'Crew', externalId: ' ' }
    const named = mappingOf(rename('externalId', 'displayName'))
    expect(applyMapping(groupType, named, group)).toEqual({ displayName: 'Crew' })
  })

  test('does nothing with a value that its schema no longer takes', () => {
    const odd = { ...anna, nickName: [1], name: 'Anna' }
    const rules = [rename('nickName', 'title'), join('displayName', 'name.givenName', 'name.familyName')]
    expect(applyMapping(personType, mappingOf(...rules), odd)).toEqual(odd)
  })
})

describe('a group', () => {
  const group = { displayName: 'Crew', externalId: 'c' }

  test('keeps the name that it must have, and is spared the rules for people', () => {
    const rules = mappingOf(
      { drop: 'displayName' },
      { rename: { from: 'nickName', to: 'title' } },
      { constant: { to: 'locale', value: 'en' } },
    )
    expect(applyMapping(groupType, rules, group)).toEqual(group)
    expect(applyMapping(personType, rules, { ...anna, displayName: 'A' })).toEqual({
      ...without('nickName'),
      title: 'Annie',
      locale: 'en',
    })
    const same = mappingOf({ constant: { to: 'displayName', value: 'All' } })
    expect(applyMapping(groupType, same, group)).toEqual(group)
  })

  test('is mapped where it has the attribute, and alone where its URN says so', () => {
    const both = mappingOf({ rename: { from: 'externalId', to: 'displayName' } })
    expect(applyMapping(groupType, both, group)).toEqual({ displayName: 'c' })
    const alone = mappingOf({ rename: { from: `${GROUP}:externalId`, to: `${GROUP}:displayName` } })
    expect(applyMapping(groupType, alone, group)).toEqual({ displayName: 'c' })
    expect(applyMapping(personType, alone, { ...anna, externalId: 'a' })).toEqual({
      ...anna,
      externalId: 'a',
    })
  })
})

describe('a mapping is refused', () => {
  const rename = (from: string, to: string) => ({ rename: { from, to } })
  const constant = (to: string, value: unknown) => ({ constant: { to, value } })
  const join = (to: string, from: unknown, between: unknown = ' ') => ({ join: { to, from, with: between } })
  const A = 'name.givenName'
  const own = 'an attribute that a mapping may touch'

  test.each([
    ['no array', {}, 'mapping: expected an array of rules'],
    [
      'too many rules',
      Array.from({ length: 51 }, () => ({ drop: 'title' })),
      'mapping: expected at most 50 rules, not 51',
    ],
  ])('%s', (_, sent, fault) => expect(faults(sent)).toEqual([fault]))

  test.each<[string, unknown, string]>([
    ['no object', 'drop', ': expected an object with one of rename, constant, join and drop'],
    ['two rules in one', { drop: 'title', ...rename('title', 'locale') }, ': expected an object with one of'],
    ['an unknown rule', { copy: {} }, ': expected one of rename, constant, join and drop, not copy'],
    ['no path', { drop: 7 }, '.drop: expected an attribute path'],
    ['half a rename', { rename: { from: 'title' } }, '.rename.to: expected an attribute path'],
    ['a rename that is none', { rename: [] }, '.rename: expected an object with from, to'],
    [
      'a word too many',
      { rename: { from: 'title', to: 'locale', if: 1 } },
      '.rename: expected nothing but from, to',
    ],
    [
      'another when',
      { constant: { to: 'title', value: 'x', when: 'now' } },
      '.constant.when: expected missing or',
    ],
    ['one part', join('title', [A]), '.join.from: expected 2 to 10 attribute paths'],
    ['eleven parts', join('title', Array(11).fill(A)), '.join.from: expected 2 to 10'],
    ['parts that are none', join('title', [A, 5]), '.join.from: expected 2 to 10'],
    ['nothing between', join('title', [A, A], null), '.join.with: expected a text of at most 100 characters'],
    ['NUL between', join('title', [A, A], '\0'), '.join.with: expected a text'],
    ['much between', join('title', [A, A], 'x'.repeat(101)), '.join.with: expected a text'],

    [
      'an unknown attribute',
      { drop: 'shoeSize' },
      '.drop: expected an attribute of a User or a Group, not shoeSize',
    ],
    ['an unknown source', rename('shoeSize', 'title'), '.rename.from: expected an attribute of'],
    ['an unknown part', join('title', [A, 'name.pet']), '.join.from[1]: expected an attribute of'],
    ['a filter', { drop: 'emails[type eq "work"]' }, '.drop: expected an attribute of'],
    ['an extension', { drop: ENTERPRISE }, '.drop: expected an attribute of'],
    [
      'attributes of two kinds',
      rename(`${GROUP}:displayName`, 'title'),
      ': expected attributes that one kind',
    ],

    ...['active', 'id', 'meta', 'schemas', 'groups', 'password', 'meta.version'].flatMap(
      (path): [string, unknown, string][] => [
        [`${path} dropped`, { drop: path }, `.drop: expected ${own}`],
        [`${path} moved`, rename(path, 'title'), `.rename.from: expected ${own}`],
        [`${path} written`, rename('title', path), `.rename.to: expected ${own}`],
        [`${path} set`, constant(path, true), `.constant.to: expected ${own}`],
        [`${path} joined`, join('title', [A, path]), `.join.from[1]: expected ${own}`],
        [`${path} made`, join(path, [A, A]), `.join.to: expected ${own}`],
      ],
    ),
    ['members dropped', { drop: 'members' }, `.drop: expected ${own}`],
    ['members moved', rename('members', 'displayName'), `.rename.from: expected ${own}`],
    ['members set', constant('members.value', 'x'), `.constant.to: expected ${own}`],
    ['active by its URN, in capitals', { drop: `${USER.toUpperCase()}:ACTIVE` }, `.drop: expected ${own}`],
    ['a userName dropped', { drop: 'userName' }, '.drop: expected an attribute that may be missing'],
    [
      'a userName moved',
      rename('userName', 'title'),
      '.rename.from: expected an attribute that may be missing',
    ],
    [
      'one userName for all',
      constant('userName', 'x'),
      '.constant.to: expected an attribute that may be the same',
    ],
    [
      'one externalId for all',
      constant('externalId', 'x'),
      '.constant.to: expected an attribute that may be',
    ],
    [
      'a group’s name moved',
      rename(`${GROUP}:displayName`, 'externalId'),
      '.rename.from: expected an attribute that may',
    ],
    [
      'what an extension needs',
      { drop: `${EXTRA}:badge` },
      '.drop: expected an attribute that may be missing',
    ],
    ['readOnly', constant(`${EXTRA}:given`, 'x'), '.constant.to: expected an attribute that is not readOnly'],
    [
      'a readOnly part',
      rename('title', `${ENTERPRISE}:manager.displayName`),
      '.rename.to: expected an attribute that is not',
    ],
    [
      'never returned',
      rename('title', `${EXTRA}:secret`),
      '.rename.to: expected an attribute that is returned',
    ],
    [
      'never returned, shown elsewhere',
      rename(`${EXTRA}:secret`, 'title'),
      '.rename.from: expected an attribute that is',
    ],
    ['never returned, in part', { drop: `${EXTRA}:safe` }, '.drop: expected an attribute that is returned'],
    ['a part of several values', { drop: 'emails.type' }, '.drop: expected all of emails'],

    ['several for one', rename('emails', 'title'), '.rename.to: expected a multi-valued attribute'],
    ['one for several', rename('title', 'emails'), '.rename.to: expected an attribute with one value'],
    [
      'a text for a boolean',
      rename('title', `${EXTRA}:remote`),
      '.rename.to: expected an attribute that takes a string',
    ],
    [
      'a boolean for a text',
      rename(`${EXTRA}:remote`, 'title'),
      '.rename.to: expected an attribute that takes a boolean',
    ],
    ['a part for a whole', rename(A, 'name'), '.rename.to: expected an attribute that takes a string'],
    [
      'a fraction for a whole number',
      rename(`${EXTRA}:ratio`, `${EXTRA}:floor`),
      '.rename.to: expected an attribute',
    ],
    [
      'parts without a place',
      rename('emails', 'addresses'),
      '.rename.to: expected an attribute with a place for the value',
    ],
    [
      'a text for an address',
      rename('emails', 'photos'),
      '.rename.to: expected an attribute with a place for the value',
    ],
    ['the same attribute', rename('title', `${USER}:TITLE`), '.rename.to: expected another attribute'],
    [
      'a boolean joined',
      join('title', [A, `${EXTRA}:remote`]),
      '.join.from[1]: expected an attribute with one text',
    ],
    [
      'several joined',
      join('title', [A, `${EXTRA}:tags`]),
      '.join.from[1]: expected an attribute with one text',
    ],
    [
      'a text made for a date',
      join(`${EXTRA}:since`, [A, A]),
      '.join.to: expected an attribute with one string',
    ],

    ['a constant of another type', constant('title', 7), '.constant.value: expected a string, not a number'],
    ['a text as a boolean', constant(`${EXTRA}:remote`, 'true'), '.constant.value: expected true or false'],
    ['one value for a list', constant('roles', { value: 'r' }), '.constant.value: expected an array'],
    ['an unknown part', constant('name', { pet: 'x' }), '.constant.value.pet: expected an attribute'],
    ['no constant', constant('title', null), '.constant.value: expected a value'],
    ['an empty constant', constant('name', {}), '.constant.value: expected a value'],
    ['no constant at all', { constant: { to: 'title' } }, '.constant.value: expected a value'],
    ['too long a name', constant('displayName', 'x'.repeat(1_025)), '.constant.value: expected at most 1024'],
  ])('%s', (_, sent, fault) => {
    const [found, ...others] = faults([{ drop: 'timezone' }, sent])
    expect(others).toEqual([])
    expect(found?.startsWith(`mapping[1]${fault}`), found).toBe(true)
  })

  test.each<[string, unknown, unknown, string]>([
    ['the same', rename('title', 'nickName'), constant('NICKNAME', 'x'), 'constant.to'],
    ['a part', constant('name', { givenName: 'x' }), join('name.formatted', [A, 'title']), 'join.to'],
    ['the whole', rename('title', 'name.formatted'), { drop: `${USER}:name` }, 'drop'],
    ['in an extension', { drop: `${EXTRA}:desk` }, rename('title', `${EXTRA}:desk.formatted`), 'rename.to'],
  ])('two rules that write %s', (_, first, second, place) => {
    const fault = `mapping[2].${place}: expected an attribute that no other rule writes: mapping[0] writes `
    const [found, ...others] = faults([first, { drop: 'timezone' }, second])
    expect(others).toEqual([])
    expect(found?.startsWith(fault), found).toBe(true)
  })

  test('with all its faults at once, each with its rule', () => {
    const sent = [{ drop: 'active' }, rename('x', 'y'), { drop: 'title' }, { drop: 3 }, { drop: 'title' }]
    expect(faults(sent).map((fault) => fault.replace(/: .*/, ''))).toEqual([
      'mapping[0].drop',
      'mapping[1].rename.to',
      'mapping[1].rename.from',
      'mapping[3].drop',
      'mapping[4].drop',
    ])
  })
})

test('rules for the name of a person and of a group write two attributes, and 50 rules are not too many', () => {
  const of = (urn: string) => ({ rename: { from: `${urn}:externalId`, to: `${urn}:displayName` } })
  expect(faults([of(USER), of(GROUP)])).toEqual([])
  const names = Array.from({ length: 51 }, (_, index) => `a${index}`)
  const wide = {
    ...userType,
    schema: { ...userType.schema, attributes: names.map((name) => attribute(name, '')) },
  }
  const drops = names.map((drop) => ({ drop }))
  expect(faults(drops.slice(0, 50), [wide])).toEqual([])
  expect(faults(drops, [wide])).toHaveLength(1)
})

test('a preview shows the attributes that differ, by their paths', () => {
  const rules = mappingOf(
    { rename: { from: 'name.givenName', to: 'displayName' } },
    { constant: { to: `${ENTERPRISE}:manager`, value: { value: 'm' } } },
    { constant: { to: 'emails', value: [{ type: 'work', value: 'anna@x.test' }] } },
    { constant: { to: 'phoneNumbers', value: [{ value: '2' }] } },
    { drop: 'title' },
  )
  expect(previewMapping(personType, rules, anna)).toEqual([
    { path: 'name.givenName', before: 'Anna', after: undefined },
    { path: 'phoneNumbers', before: [{ value: '1' }], after: [{ value: '2' }] },
    { path: 'displayName', before: undefined, after: 'Anna' },
    { path: `${ENTERPRISE}:manager.value`, before: undefined, after: 'm' },
  ])
})

/** Takes JSON; gives it frozen through and through: to write to it throws. */
function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen)
  return value
}

describe('whatever the mapping and the person', () => {
  test('the result is one that its schema reads as it is, active and with a userName; the preview is the difference', () => {
    const did = new Map<string, number>()
    const one = (before: JsonObject, rules: Mapping) => {
      const copy = structuredClone(before)
      const after = applyMapping(personType, frozen(rules), frozen(before))
      expect(before).toEqual(copy)
      expect(after['active']).toBe(before['active'])
      expect(after['userName']).toMatch(/\S/)
      expect(readResource(personType, after).document).toEqual(after)
      const [was, is] = [flat(before), flat(after)]
      const differing = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter(
        (path) => was[path] !== is[path],
      )
      const preview = previewMapping(personType, rules, before)
      expect(preview.map(({ path }) => path).toSorted()).toEqual(differing.toSorted())
      for (const { path, before: had, after: has } of preview) {
        expect([ordered(had), ordered(has)]).toEqual([was[path], is[path]])
      }
      for (const kind of [...rules.flatMap(Object.keys), ...(preview.length > 0 ? ['changed'] : [])]) {
        did.set(kind, (did.get(kind) ?? 0) + 1)
      }
    }
    fc.assert(fc.property(person, mapping, one), { numRuns: RUNS })
    const kinds = ['rename', 'constant', 'join', 'drop', 'changed']
    expect(kinds.filter((kind) => (did.get(kind) ?? 0) < RUNS / 10)).toEqual([])
  })

  test('an empty mapping changes nothing', () => {
    fc.assert(
      fc.property(person, (document) => {
        expect(applyMapping(personType, [], document)).toEqual(document)
        expect(previewMapping(personType, [], document)).toEqual([])
      }),
    )
  })

  test('a mapping that was read is read again as it is, out of JSON', () => {
    const again = (rules: Mapping) => {
      const sent: unknown = JSON.parse(JSON.stringify(rules))
      expect(readMapping(types, sent)).toEqual({ kind: 'read', mapping: rules })
    }
    fc.assert(fc.property(mapping, again), { numRuns: 500 })
  })

  test('whatever is sent is read or has faults, each with its place', () => {
    const odd = fc.oneof(
      fc.jsonValue(),
      fc.array(
        fc.oneof(
          rule,
          fc.jsonValue(),
          fc.dictionary(fc.constantFrom('rename', 'join', 'drop'), fc.jsonValue()),
        ),
      ),
    )
    const one = (sent: unknown) => {
      const read = readMapping(types, sent)
      if (read.kind === 'read') return
      expect(read.faults.length).toBeGreaterThan(0)
      for (const fault of read.faults) expect(fault).toMatch(/^mapping(\[\d+\]\S*)?: expected /s)
    }
    fc.assert(fc.property(odd, one), { numRuns: 2_000 })
  })

  test('any JSON for a document is mapped without an error', () => {
    const keys = fc.constantFrom(
      'userName',
      'name',
      'emails',
      'title',
      ENTERPRISE,
      EXTRA,
      'displayName',
      '__proto__',
    )
    const json = fc.jsonValue().map((made): Json => JSON.parse(JSON.stringify(made)))
    const documents = fc.dictionary(keys, json)
    const one = (document: JsonObject, rules: Mapping) => {
      for (const type of types) previewMapping(type, rules, document)
    }
    fc.assert(fc.property(documents, mapping, one), { numRuns: 1_000 })
  })
})
