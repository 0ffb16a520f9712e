import { expect, test } from 'vitest'
import { retryAfterOf } from '../../worker/targets/retryAfter.ts'

const now = new Date('1994-11-06T08:49:30.500Z')

test.each([
  ['0', 0],
  ['120', 120],
  [' 5 ', 5],
  ['007', 7],
  ['86400', 86_400],
  ['86401', 86_400],
  ['9'.repeat(400), 86_400],
  ['Sun, 06 Nov 1994 08:49:37 GMT', 7],
  ['Sunday, 06-Nov-94 08:49:37 GMT', 7],
  ['Sun Nov  6 08:49:37 1994', 7],
  ['Sun, 06 Nov 1994 08:49:30 GMT', 0],
  ['Sat, 05 Nov 1994 08:49:37 GMT', 0],
  ['Fri, 31 Dec 9999 23:59:59 GMT', 86_400],
])('Retry-After: %s is %i seconds', (said, seconds) => {
  expect(retryAfterOf(new Headers({ 'retry-after': said }), now)).toBe(seconds)
})

test.each([
  '',
  'soon',
  '-1',
  '+5',
  '1.5',
  '1e3',
  '0x10',
  '5, 10',
  '５',
  'NaN',
  'Infinity',
  '1994-11-06T08:49:37Z',
  'Sun, 06 Nov 1994 08:49:37 CET',
  'Sun, 06 Xyz 1994 08:49:37 GMT',
  'Sun, 99 Nov 1994 08:49:37 GMT',
  'wait 10',
])('Retry-After: %j says nothing', (said) => {
  // Headers take no character above 255, and a target can send those as bytes only.
  const sent = said.replace(/[^\0-\u00ff]/g, (character) => Buffer.from(character).toString('latin1'))
  expect(retryAfterOf(new Headers({ 'retry-after': sent }), now)).toBeUndefined()
})

test('without Retry-After there is nothing', () => {
  expect(retryAfterOf(new Headers(), now)).toBeUndefined()
})
