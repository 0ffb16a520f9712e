import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { addressFault } from '../../worker/targets/address.ts'
import { spelled } from './spelled.ts'

test.each([
  'https://example.com',
  'https://scim.example.com/v2/?a=b%23',
  'https://example.com:8443/scim',
  'https://EXAMPLE.com./scim',
  'https://a_b.example.co.uk',
  'https://bücher.example',
  'https://10.example.com',
  'https://127.0.0.1.example.com',
  'https://local.example.com',
  'https://internal.com',
])('%s may be called', (address) => {
  expect([addressFault(address, false), addressFault(address, true)]).toEqual([undefined, undefined])
})

test.each([
  ['', 'expected https://'],
  ['example.com', 'expected https://'],
  ['https://', 'expected https://'],
  ['https://exa mple.com', 'expected https://'],
  ['https://[fe80::1%25eth0]', 'expected https://'],
  ['http://example.com', 'does not begin with https://'],
  ['http://127.0.0.2', 'does not begin with https://'],
  ['ftp://example.com', 'does not begin with https://'],
  ['ws://127.0.0.1', 'does not begin with https://'],
  ['file:///etc/passwd', 'does not begin with https://'],
  ['data:application/json,{}', 'does not begin with https://'],
  ['blob:https://example.com/1', 'does not begin with https://'],
  ['https://user@example.com', 'a user or a password'],
  ['https://:word@example.com', 'a user or a password'],
  ['https://example.com:443@127.0.0.2', 'a user or a password'],
  ['http://user@127.0.0.1', 'a user or a password'],
  ['https://example.com/#', 'holds a #'],
  ['https://example.com/Users#frag', 'holds a #'],
  ['http://localhost/#frag', 'holds a #'],
  ['https://127.0.0.2', 'is a number'],
  ['https://8.8.8.8', 'is a number'],
  ['https://169.254.169.254/latest/meta-data', 'is a number'],
  ['https://[::2]', 'is a number'],
  ['https://[2606:4700::1111]', 'is a number'],
  ['https://[::ffff:127.0.0.1]', 'is a number'],
  ['https://[64:ff9b::7f00:1]', 'is a number'],
  ['https://1.2.3.4..', 'no host has'],
  ['https://example..com', 'no host has'],
  ['https://.example.com', 'no host has'],
  ['https://example.com..', 'no host has'],
  ['https://-a.example.com', 'no host has'],
  [`https://${'a'.repeat(64)}.example.com`, 'no host has'],
  [`https://${'a.'.repeat(130)}com`, 'no host has'],
  ["https://a'b.example.com", 'no host has'],
  ['https://intranet', 'private network'],
  ['https://intranet.', 'private network'],
  ['https://sqld:8080', 'private network'],
  ['https://localhost.', 'private network'],
  ['https://db.localhost', 'private network'],
  ['https://printer.local', 'private network'],
  ['https://printer.LOCAL.', 'private network'],
  ['https://metadata.google.internal', 'private network'],
  ['https://scim.corp', 'private network'],
  ['https://router.home.arpa', 'private network'],
  ['https://1.0.0.127.in-addr.arpa', 'private network'],
  ['https://kubernetes.default.svc', 'private network'],
])('%s: %s', (address, words) => {
  expect(addressFault(address, false)).toContain(words)
  expect(addressFault(address, true)).toContain(words)
})

test.each([
  'http://127.0.0.1:8080/scim',
  'http://[::1]',
  'http://localhost',
  'https://localhost:1',
  'https://127.0.0.1',
])('%s may be called from a developer’s machine only', (address) => {
  expect(addressFault(address, true)).toBeUndefined()
  expect(addressFault(address, false)).toBeDefined()
})

test('no address that is a number may be called, however it is spelled', () => {
  fc.assert(
    fc.property(spelled, ({ host, here }) => {
      for (const address of [`https://${host}`, `https://${host}:8443/scim/v2?a=b`, `http://${host}/`]) {
        expect(addressFault(address, false)).toBeDefined()
        // 127.0.0.1 and ::1 are this machine in any spelling, and no other number is.
        expect(addressFault(address, true) === undefined).toBe(here)
      }
    }),
    { numRuns: 5_000 },
  )
})

test('a name is not taken for a number: any of two labels may be called', () => {
  const label = fc
    .stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/)
    .filter((text) => !/^..--/.test(text))
  const ending = fc.constantFrom('com', 'example', 'dev', 'co.uk', 'xn--p1ai')
  fc.assert(
    fc.property(fc.array(label, { minLength: 1, maxLength: 4 }), ending, (labels, end) => {
      expect(addressFault(`https://${labels.join('.')}.${end}/scim`, false)).toBeUndefined()
    }),
  )
})
