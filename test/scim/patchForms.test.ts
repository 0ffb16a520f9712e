import { describe, expect, test } from 'vitest'
import { userType } from '../../worker/scim/resourceTypes.ts'
import { ENTERPRISE, USER } from './attributeOf.ts'
import { patched, patchOf } from './patched.ts'
import { refusal } from './refusal.ts'

const anna = {
  title: 'Trainee',
  active: false,
  name: { givenName: 'Anna', familyName: 'Ek' },
  emails: [{ value: 'a@x.org', type: 'work' }],
  [ENTERPRISE]: { department: 'Law', manager: { value: '7', $ref: 'https://x.org/Users/7' } },
}

describe('a flag may stand in an object', () => {
  test.each([
    { op: 'replace', path: 'active', value: { value: true } },
    { op: 'add', path: 'ACTIVE', value: { value: 'True' } },
    { op: 'replace', value: { active: { value: true } } },
    { op: 'replace', value: { [USER]: { active: { value: 'true' } } } },
  ])('%j', (operation) => expect(patched(anna, operation)).toEqual({ ...anna, active: true }))

  test('of an address too', () => {
    const operation = { op: 'replace', path: 'emails[type eq "work"].primary', value: { value: true } }
    expect(patched(anna, operation)['emails']).toEqual([{ ...anna.emails[0], primary: true }])
  })
})

describe('an object may be a text that holds its JSON', () => {
  const json = JSON.stringify

  test.each([
    ['for a complex attribute', { op: 'replace', path: 'name', value: json({ GIVENNAME: 'Ann' }) }],
    ['with blanks before it', { op: 'add', path: 'name', value: ` \n${json({ givenName: 'Ann' })} ` }],
    ['for one without a path', { op: 'add', value: { name: json({ givenName: 'Ann' }) } }],
    ['for all without a path', { op: 'replace', value: json({ 'name.givenName': 'Ann', id: '7' }) }],
    ['for those of the core schema', { op: 'add', value: { [USER]: json({ name: { givenName: 'Ann' } }) } }],
    ['within one', { op: 'add', value: json({ [USER]: json({ name: json({ givenName: 'Ann' }) }) }) }],
  ])('%s', (_, operation) => {
    expect(patched(anna, operation)).toEqual({ ...anna, name: { ...anna.name, givenName: 'Ann' } })
  })

  test.each([
    ['for an extension', { op: 'replace', path: ENTERPRISE, value: json({ manager: { value: '8' } }) }],
    ['for one without a path', { op: 'add', value: { [ENTERPRISE]: json({ manager: { value: '8' } }) } }],
    ['for the manager', { op: 'replace', path: `${ENTERPRISE}:manager`, value: json({ value: '8' }) }],
    ['for the manager within one', { op: 'add', path: ENTERPRISE, value: { manager: json({ value: '8' }) } }],
  ])('%s', (_, operation) => {
    const extension = { department: 'Law', manager: { value: '8' } }
    expect(patched(anna, operation)).toEqual({ ...anna, [ENTERPRISE]: extension })
  })

  test.each([
    ['for a simple attribute', { op: 'replace', path: 'title', value: '{"title":"x"}' }],
    ['for one without a path', { op: 'add', value: { title: '{"title":"x"}' } }],
  ])('but %s is the text it is', (_, operation) => {
    expect(patched(anna, operation)).toEqual({ ...anna, title: '{"title":"x"}' })
  })

  test.each([
    ['a text that is no JSON', { op: 'replace', path: 'name', value: '{"givenName":' }, 'name'],
    ['a list', { op: 'replace', path: 'name', value: '[{"givenName":"Ann"}]' }, 'name'],
    ['a text in JSON', { op: 'add', value: '"title"' }, 'Operations[0].value'],
    ['a list without a path', { op: 'add', value: '[{"title":"x"}]' }, 'Operations[0].value'],
    ['no JSON without a path', { op: 'add', value: '{title:x}' }, 'Operations[0].value'],
    ['no JSON for an extension', { op: 'add', path: ENTERPRISE, value: '{x' }, ENTERPRISE],
    ['a wrong value in it', { op: 'replace', path: 'name', value: '{"givenName":{}}' }, 'name.givenName'],
    ['NUL in it', { op: 'replace', value: '{"title":"\\u0000"}' }, 'title'],
  ])('but not %s', (_, operation, where) => {
    const { scimType, detail } = refusal(() => patchOf(userType, [operation]))
    expect(scimType).toBe('invalidValue')
    expect(detail.startsWith(`${where}: expected `), detail).toBe(true)
  })
})

describe('an object may stand for the list that holds it', () => {
  const home = { value: 'h@x.org', type: 'home' }

  test.each([
    { op: 'add', path: 'emails', value: home },
    { op: 'add', value: { EMAILS: home } },
  ])('%j', (operation) => expect(patched(anna, operation)['emails']).toEqual([...anna.emails, home]))

  test.each([
    { op: 'replace', path: 'emails', value: home },
    { op: 'replace', value: { emails: home } },
    { op: 'replace', value: { [USER]: { emails: home } } },
  ])('%j', (operation) => expect(patched(anna, operation)['emails']).toEqual([home]))

  test.each(['h@x.org', 5, true, [home.value], [[home]]])('but not %j', (value) => {
    for (const op of ['add', 'replace']) {
      const { scimType, detail } = refusal(() => patchOf(userType, [{ op, path: 'emails', value }]))
      expect(scimType).toBe('invalidValue')
      expect(detail).toMatch(/^emails(\[0\])?: expected an (array|object)/)
    }
  })
})
