import { expect, test } from 'vitest'
import { openKind, readEntered } from '../../worker/targets/kinds.ts'

const entered = (...secrets: readonly string[]) =>
  readEntered({ kind: 'webhook', url: 'https://app.example/hook', secrets })

test.each([24, 25, 26, 32, 64])('a secret of %i bytes is one, with its padding and without', (size) => {
  const secret = `whsec_${btoa('x'.repeat(size))}`
  for (const text of [secret, secret.replace(/=+$/, '')]) {
    const read = entered(text)
    if (read.kind === 'faults') throw new Error(read.faults.join())
    expect(openKind(read.settings, {}).capabilities.everyChange).toBe(true)
  }
})

test.each([
  ['too short', `whsec_${btoa('x'.repeat(23))}`],
  ['too long', `whsec_${btoa('x'.repeat(65))}`],
  ['of letters that base64 has not', `whsec_${'_'.repeat(32)}`],
  ['cut off', `whsec_${'a'.repeat(33)}`],
  ['with a space in it', `whsec_${'a'.repeat(32)} ${'a'.repeat(4)}`],
  ['without its beginning', btoa('x'.repeat(24))],
])('a secret %s is told before anything is sent', (_, secret) => {
  expect(entered(secret)).toEqual({
    kind: 'faults',
    faults: [
      'secrets.0: expected whsec_ and 24 to 64 bytes as base64, as this makes one: echo whsec_$(openssl rand -base64 32)',
    ],
  })
})

const bearer = { kind: 'bearer', token: 's3cret' }
const users = { clientId: 'c', clientSecret: 's3cret', accountId: 's3cret-id' }

test.each<readonly [unknown, readonly string[]]>([
  [{}, ['kind is missing: "scim", "webhook", "onepassword" or "onepassword-users"']],
  [{ kind: 'scim', url: 's3cret', auth: bearer }, ['url: expected an address: https://…']],
  [
    { kind: 'scim', url: 'https://a.example' },
    ['auth is missing: {"kind":"bearer","token":"$TARGET_TOKEN"}'],
  ],
  [{ kind: 'scim', url: 'https://a.example', auth: { kind: 'bearer' } }, ['auth.token is missing']],
  [
    { kind: 'scim', url: 'https://a.example', auth: { ...bearer, password: 's3cret' }, adress: 's3cret' },
    ['auth.password is not known here', 'adress is not known here'],
  ],
  [
    { kind: 'scim', url: 'https://a.example', auth: { kind: 'bearer', token: '' } },
    ['auth.token: expected >=1'],
  ],
  [
    { kind: 'webhook', url: 'https://a.example' },
    ['secrets is missing: ["$SECRET"], a secret that this makes: echo whsec_$(openssl rand -base64 32)'],
  ],
  [{ kind: 'webhook', url: 'https://a.example', secrets: [] }, ['secrets: expected one secret or two']],
  [{ kind: 'webhook', url: 'https://a.example', secrets: 's3cret' }, ['secrets: expected Array']],
  [
    { kind: 'onepassword-users', region: 'com', ...users, onCreate: 'refuse' },
    ['accountId: expected 26 letters and digits'],
  ],
  [
    { kind: 'onepassword-users', region: 'xx', ...users, accountId: 'A'.repeat(26), onCreate: 'refuse' },
    ['region: expected ("com" | "ca" | "eu")'],
  ],
])('what is wrong with %j is said in words, without what was entered', (value, faults) => {
  expect(readEntered(value)).toEqual({ kind: 'faults', faults })
})
