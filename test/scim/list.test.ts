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
    expect(readPage(start, size)).toEqual({ startIndex, count })
  })
})

describe('what is no whole number is refused', () => {
  test.each(['abc', '1.5', '1e3', '0x10', ' ', '1 ', 'null', '١', '--1', 'Infinity'])('%j', (text) => {
    const refused = (detail: string) => ({ status: 400, scimType: 'invalidValue', detail })
    expect(refusal(() => readPage(text, '1'))).toEqual(refused('startIndex: expected a whole number'))
    expect(refusal(() => readPage('1', text))).toEqual(refused('count: expected a whole number'))
  })
})

test('the usual page holds the hundred that Okta asks for, and none holds more than the most', () => {
  expect(DEFAULT_COUNT).toBeGreaterThanOrEqual(100)
  expect(MAX_COUNT).toBeGreaterThanOrEqual(DEFAULT_COUNT)
})

describe('a list response', () => {
  const schemas = ['urn:ietf:params:scim:api:messages:2.0:ListResponse']

  test('counts what it holds apart from what there is', () => {
    expect(listResponse([{ id: '7' }, { id: '8' }], 11, 12)).toEqual({
      schemas,
      totalResults: 12,
      startIndex: 11,
      itemsPerPage: 2,
      Resources: [{ id: '7' }, { id: '8' }],
    })
  })

  test('of nothing is one too', () => {
    expect(listResponse([], 1, 0)).toEqual({
      schemas,
      totalResults: 0,
      startIndex: 1,
      itemsPerPage: 0,
      Resources: [],
    })
  })
})
