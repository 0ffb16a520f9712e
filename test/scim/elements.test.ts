import { describe, expect, test } from 'vitest'
import { applyToElements } from '../../worker/scim/elements.ts'
import { parseElementFilter, type ElementFilter, type Literal } from '../../worker/scim/filter.ts'
import { matches } from '../../worker/scim/match.ts'
import { resolveElementFilter } from '../../worker/scim/resolve.ts'
import type { Attribute } from '../../worker/scim/schema.ts'
import type { Json, JsonObject } from '../../worker/scim/json.ts'
import { attributeOf } from './attributeOf.ts'
import { patched } from './patched.ts'

const filterOf = (text: string): ElementFilter<Attribute> =>
  resolveElementFilter(parseElementFilter(text), (name) => attributeOf(`emails.${name}`))

const work = { value: 'w@x.org', type: 'work' }
const home = { value: 'h@x.org', type: 'home', primary: true }
const work2 = { value: 'w2@x.org', type: 'Work', display: 'Second' }
const all = [work, home, work2]

/** What becomes of the three addresses. */
const after = (operation: unknown): unknown => patched({ emails: all }, operation)['emails']

describe('an element matches', () => {
  test.each([
    ['type eq "work"', work, true],
    ['type eq "WORK"', work, true],
    ['type eq "work"', home, false],
    ['value eq "W@X.ORG"', work, true],
    ['type eq "work" and value eq "w@x.org"', work, true],
    ['type eq "work" and value eq "h@x.org"', work, false],
    ['primary eq true', home, true],
    ['primary eq true', work, false],
    ['primary eq false', work, true],
    ['primary eq false', home, false],
    ['display eq null', work, true],
    ['display eq null', work2, false],
    ['display eq ""', work, false],
    ['display pr', work2, true],
    ['display pr', work, false],
    ['display ne "x"', work, true],
    ['display ne "second"', work2, false],
    ['type eq "home" or value sw "W@"', work, true],
    ['not (type eq "home")', work, true],
    ['not(type eq "home") and value ew ".ORG"', home, false],
    ['value co "@X."', home, true],
    ['value co "@y."', home, false],
    ['value gt "v" and value lt "x"', work, true],
    ['value ge "w@x.org" and value le "w@x.org"', work, true],
    ['value gt "w@x.org"', work, false],
  ])('%s of %j: %j', (text, element, result) => expect(matches(filterOf(text), element)).toBe(result))

  test.each<[Literal, boolean]>([
    ['AbC', true],
    ['abc', false],
  ])('with regard to case where the attribute says so', (value, result) => {
    const attr = { ...attributeOf('emails.value'), caseExact: true }
    expect(matches({ kind: 'compare', attr, operator: 'eq', value }, { value: 'AbC' })).toBe(result)
  })
})

describe('a filter that matches', () => {
  test.each<[string, unknown, readonly Json[]]>([
    [
      'replaces a part of every match',
      { op: 'replace', path: 'emails[type eq "work"].display', value: 'W' },
      [{ ...work, display: 'W' }, home, { ...work2, display: 'W' }],
    ],
    [
      'replaces the value in one of many',
      { op: 'replace', path: 'emails[type eq "work" and display eq "second"].value', value: 'n@x.org' },
      [work, home, { ...work2, value: 'n@x.org' }],
    ],
    [
      'adds a part to every match',
      { op: 'add', path: 'emails[type eq "work"].display', value: 'W' },
      [{ ...work, display: 'W' }, home, { ...work2, display: 'W' }],
    ],
    [
      'removes a part of every match',
      { op: 'remove', path: 'emails[type eq "work"].display' },
      [work, home, { value: 'w2@x.org', type: 'Work' }],
    ],
    ['removes every match', { op: 'remove', path: 'emails[type eq "work"]' }, [home]],
    [
      'removes one of many',
      { op: 'remove', path: 'emails[type eq "work" and value eq "w@x.org"]' },
      [home, work2],
    ],
    [
      'replaces a whole element',
      { op: 'replace', path: 'emails[value eq "w2@x.org"]', value: { value: 'n@x.org' } },
      [work, home, { value: 'n@x.org' }],
    ],
    [
      'adds to an element and keeps the rest of it',
      { op: 'add', path: 'emails[value eq "w2@x.org"]', value: { TYPE: 'other' } },
      [work, home, { ...work2, type: 'other' }],
    ],
  ])('%s', (_, operation, emails) => expect(after(operation)).toEqual(emails))

  test.each<[string, unknown, readonly Json[]]>([
    [
      'null clears the value in every match',
      { op: 'replace', path: 'emails[type eq "work"].value', value: null },
      [{ type: 'work' }, home, { type: 'Work', display: 'Second' }],
    ],
    [
      'the empty text clears a part',
      { op: 'replace', path: 'emails[type eq "work"].display', value: '' },
      [work, home, { value: 'w2@x.org', type: 'Work' }],
    ],
    [
      'null takes the element away',
      { op: 'replace', path: 'emails[type eq "home"]', value: null },
      [work, work2],
    ],
    ['an add of null changes nothing', { op: 'add', path: 'emails[type eq "home"]', value: null }, all],
    [
      'an add of nothing known changes nothing',
      { op: 'add', path: 'emails[type eq "home"]', value: { x: 1 } },
      all,
    ],
    [
      'Entra says "True" of the primary one',
      { op: 'replace', path: 'emails[primary EQ "True"].value', value: 'n@x.org' },
      [work, { ...home, value: 'n@x.org' }, work2],
    ],
    [
      'two that become the same but for case become the first of them',
      { op: 'replace', path: 'emails[type eq "work"].value', value: 'n@x.org' },
      [{ ...work, value: 'n@x.org' }, home],
    ],
    [
      'two that become the same become one',
      {
        op: 'replace',
        path: 'emails[type eq "work"]',
        value: { value: 'n@x.org', type: 'work', primary: true },
      },
      [
        { value: 'n@x.org', type: 'work', primary: true },
        { ...home, primary: false },
      ],
    ],
  ])('and %s', (_, operation, emails) => expect(after(operation)).toEqual(emails))

  test('and empties the list leaves the attribute unassigned', () => {
    const document = { userName: 'a', emails: [work] }
    expect(patched(document, { op: 'remove', path: 'emails[type eq "work"]' })).toEqual({ userName: 'a' })
  })

  test('and empties an element takes it out', () => {
    const emails = [{ value: 'a@x.org' }, work]
    expect(patched({ emails }, { op: 'remove', path: 'emails[value eq "a@x.org"].value' })).toEqual({
      emails: [work],
    })
  })
})

describe('a filter that matches nothing', () => {
  test.each<[string, unknown, readonly Json[]]>([
    ['removes nothing', { op: 'remove', path: 'emails[type eq "x"]' }, all],
    ['removes no part', { op: 'remove', path: 'emails[type eq "x"].value' }, all],
    [
      'makes the element that an add describes',
      { op: 'add', path: 'emails[type eq "x"].value', value: 'n@x.org' },
      [...all, { type: 'x', value: 'n@x.org' }],
    ],
    [
      'makes the element that a replace describes',
      { op: 'replace', path: 'emails[type eq "x" and display eq "N"].value', value: 'n@x.org' },
      [...all, { type: 'x', display: 'N', value: 'n@x.org' }],
    ],
    [
      'makes a whole element with what the filter says',
      { op: 'replace', path: 'emails[type eq "x"]', value: { value: 'n@x.org' } },
      [...all, { type: 'x', value: 'n@x.org' }],
    ],
  ])('%s', (_, operation, emails) => expect(after(operation)).toEqual(emails))

  test.each([
    { op: 'replace', path: 'phoneNumbers[type eq "mobile"].value', value: null },
    { op: 'add', path: 'phoneNumbers[type eq "mobile"].value', value: '' },
    { op: 'add', path: 'phoneNumbers[type eq "mobile"]', value: { x: 1 } },
    { op: 'replace', path: 'phoneNumbers.value', value: null },
  ])('makes nothing of nothing: %j', (operation) => expect(patched({}, operation)).toEqual({}))

  test('makes an element without what is unassigned', () => {
    const operation = { op: 'add', path: 'phoneNumbers[type eq null].value', value: '1' }
    expect(patched({}, operation)).toEqual({ phoneNumbers: [{ value: '1' }] })
  })

  test('in a list that is not there makes it', () => {
    const operation = { op: 'Replace', path: 'phoneNumbers[type eq "mobile"].value', value: '1' }
    expect(patched({}, operation)).toEqual({ phoneNumbers: [{ type: 'mobile', value: '1' }] })
  })
})

describe('a sub-attribute without a filter', () => {
  test.each<[string, unknown, readonly Json[]]>([
    [
      'is set in all',
      { op: 'replace', path: 'emails.type', value: 'other' },
      all.map((email) => ({ ...email, type: 'other' })),
    ],
    [
      'that is the value is set in all, and those that become the same are one',
      { op: 'replace', path: 'emails.value', value: 'n@x.org' },
      [
        { ...work, value: 'n@x.org' },
        { ...home, value: 'n@x.org' },
      ],
    ],
    [
      'is removed from all',
      { op: 'remove', path: 'emails.type' },
      [{ value: 'w@x.org' }, { value: 'h@x.org', primary: true }, { value: 'w2@x.org', display: 'Second' }],
    ],
    [
      'is cleared in all by null',
      { op: 'replace', value: { 'emails.display': null } },
      [work, home, { value: 'w2@x.org', type: 'Work' }],
    ],
  ])('%s', (_, operation, emails) => expect(after(operation)).toEqual(emails))
})

describe('an element that becomes primary', () => {
  const third = { value: 'n@x.org', primary: true }
  const demoted = { ...home, primary: false }

  test.each<[string, unknown, readonly Json[]]>([
    ['added', { op: 'add', path: 'emails', value: [third] }, [work, demoted, work2, third]],
    [
      'added as a text',
      { op: 'add', value: { emails: [{ ...third, primary: 'True' }] } },
      [work, demoted, work2, third],
    ],
    [
      'by its flag',
      { op: 'replace', path: 'emails[value eq "w@x.org"].primary', value: true },
      [{ ...work, primary: true }, demoted, work2],
    ],
    [
      'by its flag behind the one that was',
      { op: 'replace', path: 'emails[value eq "w2@x.org"].primary', value: true },
      [work, demoted, { ...work2, primary: true }],
    ],
    [
      'by its flag as one of two',
      { op: 'replace', path: 'emails[type eq "work"].primary', value: 'true' },
      [{ ...work, primary: true }, demoted, { ...work2, primary: false }],
    ],
    [
      'as a whole',
      { op: 'replace', path: 'emails[value eq "w@x.org"]', value: third },
      [third, demoted, work2],
    ],
    [
      'by an add to it',
      { op: 'add', path: 'emails[value eq "w@x.org"]', value: { primary: true } },
      [{ ...work, primary: true }, demoted, work2],
    ],
    [
      'made by a filter that matches nothing',
      { op: 'add', path: 'emails[type eq "x"].primary', value: true },
      [work, demoted, work2, { type: 'x', primary: true }],
    ],
  ])('%s is the only one', (_, operation, emails) => expect(after(operation)).toEqual(emails))

  test('stays so when another part of it changes', () => {
    const operation = { op: 'replace', path: 'emails[primary eq true].value', value: 'n@x.org' }
    expect(after(operation)).toEqual([work, { ...home, value: 'n@x.org' }, work2])
  })

  test('no longer is by false', () => {
    const operation = { op: 'replace', path: 'emails[type eq "home"].primary', value: false }
    expect(after(operation)).toEqual([work, demoted, work2])
  })
})

describe('an add to a list', () => {
  test.each<[string, unknown, readonly Json[]]>([
    ['appends each', [{ value: 'a' }, { value: 'b' }], [...all, { value: 'a' }, { value: 'b' }]],
    ['appends one that is not in a list', { value: 'a' }, [...all, { value: 'a' }]],
    ['does not append what is there', [work, { value: 'a' }], [...all, { value: 'a' }]],
    [
      'appends the same address under another type',
      [{ ...work, type: 'other' }],
      [...all, { ...work, type: 'other' }],
    ],
    ['of nothing changes nothing', [], all],
    [
      'makes primary what is there',
      [{ ...work, primary: true }],
      [{ ...work, primary: true }, { ...home, primary: false }, work2],
    ],
    ['names what is there', [{ ...work, display: 'W' }], [{ ...work, display: 'W' }, home, work2]],
    ['of null changes nothing', null, all],
    ['of an empty object changes nothing', {}, all],
  ])('%s', (_, value, emails) => expect(after({ op: 'add', path: 'emails', value })).toEqual(emails))

  test.each([null, [], '', {}])('of %j changes nothing without a path either', (emails) => {
    expect(after({ op: 'add', value: { emails } })).toEqual(all)
  })

  test('does not touch the list it is given', () => {
    const given = structuredClone(all)
    applyToElements(given, {
      op: 'remove',
      path: ['emails'],
      attribute: attributeOf('emails'),
      filter: filterOf('type eq "work"'),
      value: undefined,
    })
    expect(given).toEqual(all)
  })
})

describe('two elements are the same', () => {
  test.each<[string, string, JsonObject, JsonObject]>([
    ['in any case', 'emails', { value: 'a@x.org', type: 'work' }, { value: 'A@X.ORG', type: 'WORK' }],
    ['in any case beyond ASCII', 'addresses', { locality: 'Weiße Gasse' }, { locality: 'WEISSE GASSE' }],
    ['under any label of the value', 'roles', { value: 'a', display: 'A' }, { value: 'a', display: 'B' }],
    ['primary or not', 'roles', { value: 'a' }, { value: 'a', primary: true }],
    ['by a label in any case, without a value', 'roles', { display: 'Admin' }, { display: 'ADMIN' }],
  ])('%s', (_, name, first, second) => {
    expect(patched({ [name]: [first] }, { op: 'add', path: name, value: [second] })[name]).toHaveLength(1)
    expect(patched({}, { op: 'replace', path: name, value: [first, second] })[name]).toHaveLength(1)
  })

  test.each<[string, string, JsonObject, JsonObject]>([
    ['with another value', 'emails', { value: 'a@x.org' }, { value: 'b@x.org' }],
    ['of another type', 'emails', { value: 'a@x.org', type: 'work' }, { value: 'a@x.org', type: 'home' }],
    ['of a type and of none', 'emails', { value: 'a@x.org', type: 'work' }, { value: 'a@x.org' }],
    ['in another place', 'addresses', { type: 'work', locality: 'Graz' }, { type: 'work', locality: 'Linz' }],
    ['by another label, without a value', 'roles', { display: 'Admin' }, { display: 'Reader' }],
    ['with a value and without', 'roles', { value: 'a', display: 'A' }, { display: 'A' }],
    ['in the case of an address', 'photos', { value: 'https://x.org/A' }, { value: 'https://x.org/a' }],
    ['in the case of base64', 'x509Certificates', { value: 'QUJD' }, { value: 'qujd' }],
  ])('but not %s', (_, name, first, second) => {
    const both = [first, second]
    expect(patched({ [name]: [first] }, { op: 'add', path: name, value: [second] })[name]).toEqual(both)
    expect(patched({}, { op: 'replace', path: name, value: both })[name]).toEqual(both)
  })
})
