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
    faults: ['secrets.0: expected whsec_ and 24 to 64 bytes as base64'],
  })
})
