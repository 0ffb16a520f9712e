import { describe, expect, test } from 'vitest'
import { parseFilter, type AttrPath, type Filter, type Operator } from '../../worker/scim/filter.ts'
import { USER } from './attributeOf.ts'
import { refusal } from './refusal.ts'

type Tree = Filter<AttrPath>

const compare = (
  text: string,
  operator: Operator,
  value: string | number | boolean | null,
): Tree & { kind: 'compare' } => ({
  kind: 'compare',
  attr: { text },
  operator,
  value,
})
const eq = (text: string, value: string | number | boolean | null) => compare(text, 'eq', value)
const and = (left: Tree, right: Tree): Tree => ({ kind: 'and', left, right })
const or = (left: Tree, right: Tree): Tree => ({ kind: 'or', left, right })
const not = (inner: Tree): Tree => ({ kind: 'not', inner })
const pr = (text: string): Tree & { kind: 'present' } => ({ kind: 'present', attr: { text } })
const read = (text: string): Tree => parseFilter(text).filter

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
  ])('%s', (text, filter) => expect(read(text)).toEqual(filter))
})

describe('comparisons joined by "and" are read', () => {
  test.each([
    ['a eq 1 and b eq 2', and(eq('a', 1), eq('b', 2))],
    ['a eq "1" AND b eq true', and(eq('a', '1'), eq('b', true))],
    ['a eq 1 and b eq 2 and c eq 3', and(and(eq('a', 1), eq('b', 2)), eq('c', 3))],
    ['and eq "and" and and eq "and"', and(eq('and', 'and'), eq('and', 'and'))],
  ])('%s', (text, filter) => expect(read(text)).toEqual(filter))
})

describe('every operator is read, in any case', () => {
  test.each(['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'] as const)('%s', (operator) => {
    expect(read(`title ${operator} "x"`)).toEqual(compare('title', operator, 'x'))
    expect(read(`title ${operator.toUpperCase()} "x"`)).toEqual(compare('title', operator, 'x'))
  })

  test('pr, which takes no value', () => {
    expect(read('title pr')).toEqual(pr('title'))
    expect(read('title PR ')).toEqual(pr('title'))
  })
})

describe('terms are joined as the RFC binds them: not before and before or', () => {
  test.each<[string, Tree]>([
    ['a pr or b pr and c pr', or(pr('a'), and(pr('b'), pr('c')))],
    ['a pr and b pr or c pr', or(and(pr('a'), pr('b')), pr('c'))],
    ['(a pr or b pr) and c pr', and(or(pr('a'), pr('b')), pr('c'))],
    ['not (a pr) and b pr', and(not(pr('a')), pr('b'))],
    ['not(a pr or b pr)', not(or(pr('a'), pr('b')))],
    ['NOT (not (a pr))', not(not(pr('a')))],
    ['( a pr )', pr('a')],
    ['not pr', pr('not')],
  ])('%s', (text, filter) => expect(read(text)).toEqual(filter))
})

describe('what stands in brackets is one element', () => {
  const element = { kind: 'element', attr: { text: 'emails' } } as const

  test.each<[string, Tree]>([
    ['emails[type eq "work"]', { ...element, filter: eq('type', 'work') }],
    ['emails[not (type pr)]', { ...element, filter: { kind: 'not', inner: pr('type') } }],
    [
      'emails[type pr or value pr] and a pr',
      and({ ...element, filter: { kind: 'or', left: pr('type'), right: pr('value') } }, pr('a')),
    ],
  ])('%s', (text, filter) => expect(parseFilter(text)).toMatchObject({ filter, dotted: false }))

  test('Entra compares behind them', () => {
    expect(parseFilter('emails[type eq "work"].value eq "x"')).toMatchObject({
      filter: { ...element, filter: { kind: 'and', left: eq('type', 'work'), right: eq('value', 'x') } },
      dotted: true,
    })
  })
})

test('the work grows with the length, not faster, whatever the filter', () => {
  const shapes: readonly ((size: number) => string)[] = [
    (size) => Array.from({ length: size }, () => 'a eq 1').join(' or '),
    (size) => Array.from({ length: size }, () => 'not (a pr)').join(' and '),
    (size) => Array.from({ length: size }, () => 'e[a eq "x y" or b pr]').join(' and '),
    (size) => `a eq "${'x '.repeat(size * 10)}"`,
    (size) => `a${' '.repeat(size * 10)}eq${' '.repeat(size * 10)}1`,
  ]
  for (const shape of shapes) {
    const [few, many] = [parseFilter(shape(8)).steps, parseFilter(shape(32)).steps]
    expect(many).toBeLessThanOrEqual(few * 4 + 10)
    expect(many).toBeLessThan(shape(32).length * 4)
  }
})

describe('what is no filter is refused, and where', () => {
  test.each([
    ['', 'an attribute name at column 1'],
    ['   ', 'an attribute name at column 4'],
    ['eq "x"', 'an operator, one of eq, ne, co, sw, ew, gt, ge, lt, le, pr, at column 3'],
    ['userName', 'an operator, one of'],
    ['userName eq', 'a value at column 12'],
    ['userName eq ', 'a value'],
    ['userName eq bare', 'a value: a string in double quotes'],
    ["userName eq 'x'", 'a value: a string in double quotes'],
    ['userName eq "x', 'a value: a string in double quotes'],
    ['userName eq "\\x"', 'at column 13'],
    ['userName eq 01', 'at column 13'],
    ['userName eq [1]', 'at column 13'],
    ['userName eq "x" and', 'an attribute name at column 20'],
    ['userName eq "x" and and', 'an operator'],
    ['userName eq "x" title eq "y"', 'the end, "and" or "or" at column 17'],
    ['userName eq "x")', 'the end, "and" or "or" at column 16'],
    ['userName regex "x"', 'an operator'],
    ['userName eq "x"and title eq "y"', 'the end, "and" or "or" at column 16'],
    ['(userName eq "x"', '")", "and" or "or" at column 17'],
    ['emails[type eq "work"', '"]", "and" or "or" at column 22'],
    ['emails[a[b eq 1]]', 'no "[" inside of "[" and "]"'],
    ['emails[]', 'an attribute name at column 8'],
    ['not title pr', 'an operator, one of'],
    ['()', 'an attribute name at column 2'],
    ['9name eq "x"', 'an attribute name at column 1'],
    [`userName eq "${'\\'.repeat(3_000)}`, 'a value'],
    ['('.repeat(4_000), 'brackets at most 30 deep'],
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

  test('one of more than 8,000 characters', () => {
    const filterOf = (length: number) => `title eq "${'x'.repeat(length - 11)}"`
    expect(read(filterOf(8_000))).toEqual(eq('title', 'x'.repeat(7_989)))
    expect(refusal(() => parseFilter(filterOf(8_001)))).toEqual({
      status: 400,
      scimType: 'invalidFilter',
      detail: 'filter: expected at most 8000 characters',
    })
  })

  test('one of more than 100 terms', () => {
    const terms = (count: number) => Array.from({ length: count }, () => 'a eq 1').join(' and ')
    expect(read(terms(100))).toHaveProperty('right', eq('a', 1))
    expect(refusal(() => parseFilter(terms(101)))).toMatchObject({
      scimType: 'invalidFilter',
      detail: 'filter: expected at most 100 terms',
    })
  })

  test('one whose brackets are more than 30 deep', () => {
    const deep = (depth: number) => `${'('.repeat(depth)}a pr${')'.repeat(depth)}`
    expect(read(deep(30))).toEqual(pr('a'))
    expect(refusal(() => parseFilter(deep(31)))).toMatchObject({ scimType: 'invalidFilter' })
  })
})
