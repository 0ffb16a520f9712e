import { describe, expect, test } from 'vitest'
import { DEFAULT_COUNT, listResponse, MAX_COUNT, readPage } from '../../worker/scim/list.ts'
import { refusal } from './refusal.ts'

describe('a page is read', () => {
  test.each([
    [undefined, undefined, 1, DEFAULT_COUNT],
    ['', '', 1, DEFAULT_COUNT],
    ['101', '100', 101, 100],
    ['0', '2', 1, 2],
    ['-5', '2', 1, 2],
    ['2', '0', 2, 0],
    ['2', '-1', 2, 0],
    ['007', '+5', 7, 5],
    ['1', `${MAX_COUNT}`, 1, MAX_COUNT],
    ['1', `${MAX_COUNT + 1}`, 1, MAX_COUNT],
    ['1', '2147483647', 1, MAX_COUNT],
    ['-99999999999999999999', '99999999999999999999', 1, MAX_COUNT],
    ['99999999999999999999', '-99999999999999999999', Number.MAX_SAFE_INTEGER, 0],
    ['1000000', '1', 1_000_000, 1],
  ])('startIndex %j, count %j', (start, size, startIndex, count) => {
    expect(readPage({ startIndex: start, count: size })).toEqual({ kind: 'index', startIndex, count })
  })
})

describe('a page by cursor is read', () => {
  test.each([
    ['', undefined, undefined, undefined],
    ['', '10', undefined, 10],
    ['abc', '-1', 'abc', 0],
    ['abc', '5000', 'abc', MAX_COUNT],
  ])('cursor %j, count %j', (sent, size, cursor, count) => {
    expect(readPage({ cursor: sent, count: size })).toEqual({ kind: 'cursor', cursor, count })
  })

  test('and refused beside a place', () => {
    expect(refusal(() => readPage({ cursor: '', startIndex: '1' }))).toMatchObject({
      scimType: 'invalidValue',
    })
  })
})

test('a count beside a cursor that is no whole number has a keyword of its own', () => {
  expect(refusal(() => readPage({ cursor: '', count: '1.5' }))).toMatchObject({ scimType: 'invalidCount' })
})

describe('what is no whole number is refused', () => {
  test.each(['abc', '1.5', '1e3', '0x10', ' ', '1 ', 'null', '١', '--1', 'Infinity'])('%j', (text) => {
    const refused = (detail: string) => ({ status: 400, scimType: 'invalidValue', detail })
    expect(refusal(() => readPage({ startIndex: text, count: '1' }))).toEqual(
      refused('startIndex: expected a whole number'),
    )
    expect(refusal(() => readPage({ startIndex: '1', count: text }))).toEqual(
      refused('count: expected a whole number'),
    )
  })
})

test('the usual page holds the hundred that Okta asks for, and none holds more than the most', () => {
  expect(DEFAULT_COUNT).toBeGreaterThanOrEqual(100)
  expect(MAX_COUNT).toBeGreaterThanOrEqual(DEFAULT_COUNT)
})

describe('a list response', () => {
  const schemas = ['urn:ietf:params:scim:api:messages:2.0:ListResponse']

  test('counts what it holds apart from what there is', () => {
    expect(listResponse([{ id: '7' }, { id: '8' }], { startIndex: 11 }, 12)).toEqual({
      schemas,
      totalResults: 12,
      startIndex: 11,
      itemsPerPage: 2,
      Resources: [{ id: '7' }, { id: '8' }],
    })
  })

  test('by cursor names the next one, if there is one', () => {
    expect(listResponse([{ id: '7' }], { nextCursor: 'abc' }, 2)).toMatchObject({
      nextCursor: 'abc',
      itemsPerPage: 1,
    })
    const last = listResponse([{ id: '8' }], { nextCursor: undefined }, 2)
    expect(last).not.toHaveProperty('nextCursor')
    expect(last).not.toHaveProperty('startIndex')
  })

  test('of nothing is one too', () => {
    expect(listResponse([], { startIndex: 1 }, 0)).toEqual({
      schemas,
      totalResults: 0,
      startIndex: 1,
      itemsPerPage: 0,
      Resources: [],
    })
  })
})
