import { describe, expect, test } from 'vitest'
import {
  findAttributeRef,
  parseFilter,
  resolveFilter,
  splitUrn,
  type AttrPath,
  type Filter,
} from '../../worker/scim/filter.ts'
import { groupType, userType } from '../../worker/scim/resourceTypes.ts'
import { ENTERPRISE, GROUP, USER } from './attributeOf.ts'
import { refusal } from './refusal.ts'

const eq = (text: string, value: string | number | boolean | null): Filter<AttrPath> => ({
  kind: 'compare',
  attr: { text },
  operator: 'eq',
  value,
})
const and = (left: Filter<AttrPath>, right: Filter<AttrPath>): Filter<AttrPath> => ({
  kind: 'and',
  left,
  right,
})

describe('a comparison is read', () => {
  test.each([
    ['userName eq "anna"', eq('userName', 'anna')],
    ['  USERNAME\tEQ  "Anna" ', eq('USERNAME', 'Anna')],
    ['name.familyName eq "O\'Malley"', eq('name.familyName', "O'Malley")],
    [`${USER}:userName eq "a"`, eq(`${USER}:userName`, 'a')],
    ['$ref eq "x"', eq('$ref', 'x')],
    ['active eq true', eq('active', true)],
    // RFC 7644 §3.5.2.2 has one such in an example.
    ['value eq"2819c223"', eq('value', '2819c223')],
    ['active eq false', eq('active', false)],
    ['title eq null', eq('title', null)],
    ['n eq -1.5e3', eq('n', -1500)],
    ['title eq ""', eq('title', '')],
    ['title eq "a\\"b\\\\c"', eq('title', 'a"b\\c')],
    ['title eq "\\u0041\\n\\uD83D\\uDE00"', eq('title', 'A\n😀')],
    ['title eq "日本"', eq('title', '日本')],
    ['title eq "x and y eq (z]"', eq('title', 'x and y eq (z]')],
    ['userName eq "\' OR 1=1 --"', eq('userName', "' OR 1=1 --")],
  ])('%s', (text, filter) => expect(parseFilter(text)).toEqual(filter))
})

describe('comparisons joined by "and" are read', () => {
  test.each([
    ['a eq 1 and b eq 2', and(eq('a', 1), eq('b', 2))],
    ['a eq "1" AND b eq true', and(eq('a', '1'), eq('b', true))],
    ['a eq 1 and b eq 2 and c eq 3', and(and(eq('a', 1), eq('b', 2)), eq('c', 3))],
    ['and eq "and" and and eq "and"', and(eq('and', 'and'), eq('and', 'and'))],
  ])('%s', (text, filter) => expect(parseFilter(text)).toEqual(filter))
})

describe('what is no filter is refused, and where', () => {
  test.each([
    ['', 'an attribute name at column 1'],
    ['   ', 'an attribute name at column 4'],
    ['eq "x"', '"eq" and a value at column 3'],
    ['userName', '"eq" and a value at column 9'],
    ['userName eq', '"eq" and a value at column 9'],
    ['userName eq ', 'a value'],
    ['userName eq bare', 'a value: a string in double quotes'],
    ["userName eq 'x'", 'a value: a string in double quotes'],
    ['userName eq "x', 'a value: a string in double quotes'],
    ['userName eq "\\x"', 'at column 13'],
    ['userName eq 01', 'at column 13'],
    ['userName eq [1]', 'at column 13'],
    ['userName eq "x" and', 'an attribute name at column 20'],
    ['userName eq "x" and and', '"eq" and a value'],
    ['userName eq "x" title eq "y"', 'the end or "and" at column 17'],
    ['userName eq "x")', 'the end or "and" at column 16'],
    ['userName regex "x"', 'the operator "eq"'],
    ['userName eq "x"and title eq "y"', 'the end or "and" at column 16'],
    ['9name eq "x"', 'an attribute name at column 1'],
    [`userName eq "${'\\'.repeat(3_000)}`, 'a value'],
    ['('.repeat(4_000), 'an attribute name at column 1'],
  ])('%s', (text, expected) => {
    const { status, scimType, detail } = refusal(() => parseFilter(text))
    expect({ status, scimType }).toEqual({ status: 400, scimType: 'invalidFilter' })
    expect(detail).toContain('filter: expected')
    expect(detail).toContain(expected)
  })

  test.each(['\\uD800', '\\u0000', '\uDC00'])('%j in a value', (text) => {
    expect(refusal(() => parseFilter(`userName eq "${text}"`))).toEqual({
      status: 400,
      scimType: 'invalidFilter',
      detail: 'filter: expected Unicode text without NUL and lone surrogates',
    })
  })

  test('one of more than 4,000 characters', () => {
    const filterOf = (length: number) => `title eq "${'x'.repeat(length - 11)}"`
    expect(parseFilter(filterOf(4_000))).toEqual(eq('title', 'x'.repeat(3_989)))
    expect(refusal(() => parseFilter(filterOf(4_001)))).toEqual({
      status: 400,
      scimType: 'invalidFilter',
      detail: 'filter: the filter is longer than 4000 characters',
    })
  })

  test('one of more than 40 terms', () => {
    const terms = (count: number) => Array.from({ length: count }, () => 'a eq 1').join(' and ')
    expect(parseFilter(terms(40))).toHaveProperty('right', eq('a', 1))
    expect(refusal(() => parseFilter(terms(41)))).toMatchObject({
      scimType: 'invalidFilter',
      detail: 'filter: the filter has more than 40 terms',
    })
  })
})

describe('what is not answered yet is refused, never guessed', () => {
  test.each([
    ...['ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'].map((operator) => `title ${operator} "x"`),
    'title pr',
    'title eq "x" or title eq "y"',
    'not (title eq "x")',
    '(title eq "x")',
    'emails[type eq "work"]',
  ])('%s', (text) => {
    expect(refusal(() => parseFilter(text))).toMatchObject({ status: 400, scimType: 'invalidFilter' })
  })
})

describe('a name is looked up', () => {
  test.each([
    ['userName', [undefined, 'userName', undefined]],
    ['USERNAME', [undefined, 'userName', undefined]],
    ['externalid', [undefined, 'externalId', undefined]],
    ['Meta.LastModified', [undefined, 'meta', 'lastModified']],
    ['name.GIVENNAME', [undefined, 'name', 'givenName']],
    ['emails.value', [undefined, 'emails', 'value']],
    [`${USER}:userName`, [undefined, 'userName', undefined]],
    [`${USER.toUpperCase()}:NAME.givenname`, [undefined, 'name', 'givenName']],
    [`${ENTERPRISE}:department`, [ENTERPRISE, 'department', undefined]],
    [`${ENTERPRISE.toUpperCase()}:Manager.DisplayName`, [ENTERPRISE, 'manager', 'displayName']],
  ])('%s', (name, found) => {
    const ref = findAttributeRef(userType, name)
    expect([ref?.extension?.id, ref?.attribute.name, ref?.sub?.name]).toEqual(found)
  })

  test.each([
    '',
    '.',
    'userName.',
    'userName.value',
    'shoeSize',
    'name.shoeSize',
    'name.givenName.x',
    'a..b',
    'department',
    `${ENTERPRISE}:userName`,
    `${ENTERPRISE}.department`,
    `${USER}:department`,
    `${USER}:`,
    USER,
    `${GROUP}:displayName`,
    'urn:x:userName',
    'members',
  ])('%s names nothing of a person', (name) => {
    expect(findAttributeRef(userType, name)).toBeUndefined()
  })

  test('among the attributes of its own kind of resource', () => {
    expect(findAttributeRef(groupType, `${GROUP}:members.value`)?.sub?.name).toBe('value')
    expect(findAttributeRef(groupType, 'userName')).toBeUndefined()
    expect(findAttributeRef(groupType, `${ENTERPRISE}:department`)).toBeUndefined()
  })

  test('an extension may be named alone', () => {
    expect(splitUrn(userType, ENTERPRISE.toUpperCase())).toMatchObject({
      extension: { id: ENTERPRISE },
      rest: '',
    })
    expect(splitUrn(userType, 'urn:x')).toEqual({ rest: 'urn:x' })
  })
})

describe('a filter is resolved', () => {
  test('name by name', () => {
    const filter = parseFilter('a eq 1 and b eq 2 and c eq 3')
    const resolved = resolveFilter(filter, (name) => name.toUpperCase())
    expect(resolved).toMatchObject({
      left: { left: { attr: 'A', value: 1 }, right: { attr: 'B' } },
      right: { attr: 'C' },
    })
  })

  test('or refused by the one who looks up', () => {
    const find = (name: string) => {
      throw new RangeError(`no ${name}`)
    }
    expect(() => resolveFilter(parseFilter('a eq 1 and b eq 2'), find)).toThrow(new RangeError('no a'))
  })
})
