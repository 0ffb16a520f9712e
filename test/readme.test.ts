import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { applyMapping, readMapping } from '../worker/scim/mapping.ts'
import { resourceTypes, userType } from '../worker/scim/resourceTypes.ts'

test('the mapping that the README shows has every rule, is taken, and does what is said of it', async () => {
  const text = await readFile(resolve(import.meta.dirname, '../README.md'), 'utf8')
  const [, shown = ''] = /```json\n(\[\n[^]*?\n\])\n```/.exec(text) ?? []
  const rules: unknown = JSON.parse(shown)
  const read = readMapping(resourceTypes, rules)
  if (read.kind === 'faults') throw new Error(read.faults.join())
  expect(read.mapping.flatMap((rule) => Object.keys(rule))).toEqual(['rename', 'constant', 'join', 'drop'])
  const anna = {
    userName: 'anna@example.com',
    displayName: 'Anna Ek',
    nickName: 'Annie',
    title: 'Engineer',
    name: { givenName: 'Anna', familyName: 'Ek' },
    phoneNumbers: [{ value: '1' }],
  }
  expect(applyMapping(userType, read.mapping, anna)).toEqual({
    userName: 'anna@example.com',
    displayName: 'Annie',
    title: 'Anna Ek',
    userType: 'Employee',
    name: { givenName: 'Anna', familyName: 'Ek' },
  })
  expect(applyMapping(userType, read.mapping, { ...anna, userType: 'Guest' })).toMatchObject({
    userType: 'Guest',
  })
})
