import { describe, expect, test } from 'vitest'
import { readNetwork, sourceOf } from '../../worker/auth/network.ts'

describe('an address', () => {
  test.each([
    ['203.0.113.7', '203.0.113.0/24'],
    ['2001:db8:1:2::7', '2001:db8:1::/48'],
    ['2001:0DB8:0001:0000:0000:0000:0000:0007', '2001:db8:1::/48'],
    ['::1', '::/48'],
    ['::ffff:203.0.113.7', '203.0.113.0/24'],
    ['::ffff:cb00:7107', '203.0.113.0/24'],
    [' 203.0.113.7 ', '203.0.113.0/24'],
  ])('%s is in %s', (address, network) => expect(sourceOf(address)?.network).toBe(network))

  test.each([
    '',
    '1',
    '203.0.113',
    '203.0.113.256',
    '203.0.113.07',
    '203.0.113.7/24',
    'fe80::1%eth0',
    '1::2::3',
    '12345::',
    '[::1]',
    'localhost',
    ':',
    '::1]/x[::',
  ])('%j is none', (text) => expect(sourceOf(text)).toBeUndefined())

  test('that is not there is none', () => expect(sourceOf(undefined)).toBeUndefined())
})

describe('a network', () => {
  test.each([
    ['203.0.113.0/24', '203.0.113.0/24'],
    ['203.0.113.9/24', '203.0.113.0/24'],
    ['203.0.113.129/25', '203.0.113.128/25'],
    ['203.0.113.9', '203.0.113.9/32'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:db8::/32', '2001:db8::/32'],
    ['2001:DB8:0:0::1/64', '2001:db8::/64'],
    ['2001:db8::1', '2001:db8::1/128'],
    ['::/0', '::/0'],
    ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
  ])('%s is %s', (text, cidr) => expect(readNetwork(text)?.cidr).toBe(cidr))

  test.each([
    '',
    '/24',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/',
    '::/129',
    '10.0.0.0/8/8',
    '::ffff:10.0.0.0/64',
    'any',
  ])('%j is none', (text) => expect(readNetwork(text)).toBeUndefined())

  test.each([
    ['203.0.113.0/24', '203.0.113.255', true],
    ['203.0.113.0/24', '203.0.114.0', false],
    ['203.0.113.128/25', '203.0.113.127', false],
    ['203.0.113.0/24', '::ffff:203.0.113.9', true],
    ['203.0.113.0/24', '2001:db8::1', false],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '203.0.113.9', false],
    ['::/0', '2001:db8::1', true],
    ['2001:db8::/33', '2001:db8:7fff::1', true],
    ['2001:db8::/33', '2001:db8:8000::1', false],
  ])('%s holds %s: %s', (network, address, holds) => {
    expect(sourceOf(address)?.bits.startsWith(readNetwork(network)?.bits ?? 'none')).toBe(holds)
  })
})
