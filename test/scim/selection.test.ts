import { describe, expect, test } from 'vitest'
import { groupType, userType } from '../../worker/scim/resourceTypes.ts'
import { isSelected, readSelection, select } from '../../worker/scim/selection.ts'
import { ENTERPRISE, USER } from './attributeOf.ts'

const anna = {
  schemas: [USER, ENTERPRISE],
  id: '7',
  userName: 'anna',
  active: false,
  name: { givenName: 'Anna', familyName: 'Ek' },
  emails: [{ value: 'a@x.org', type: 'work', primary: true }, { value: 'b@x.org' }],
  [ENTERPRISE]: { department: 'Law', manager: { value: '8', displayName: 'Bo' } },
  meta: { resourceType: 'User', version: 'W/"1"' },
}
const least = { schemas: anna.schemas, id: '7' }

const only = (attributes: string): unknown =>
  select(userType, anna, readSelection(userType, attributes, undefined))
const without = (excluded: string): unknown =>
  select(userType, anna, readSelection(userType, undefined, excluded))

describe('attributes shows what it names, and what is always shown', () => {
  test.each([
    ['userName', { userName: 'anna' }],
    ['USERNAME , active', { userName: 'anna', active: false }],
    [`${USER.toUpperCase()}:username`, { userName: 'anna' }],
    ['name', { name: anna.name }],
    ['name.GIVENNAME', { name: { givenName: 'Anna' } }],
    ['name.givenName,name.familyName', { name: anna.name }],
    ['name,name.givenName', { name: anna.name }],
    ['name.middleName', {}],
    [`${USER}:name.givenName`, { name: { givenName: 'Anna' } }],
    ['emails.value', { emails: [{ value: 'a@x.org' }, { value: 'b@x.org' }] }],
    ['emails.type', { emails: [{ type: 'work' }] }],
    ['emails.display', {}],
    [ENTERPRISE, { [ENTERPRISE]: anna[ENTERPRISE] }],
    [ENTERPRISE.toUpperCase(), { [ENTERPRISE]: anna[ENTERPRISE] }],
    [`${ENTERPRISE}:Department`, { [ENTERPRISE]: { department: 'Law' } }],
    [`${ENTERPRISE}:manager.displayName`, { [ENTERPRISE]: { manager: { displayName: 'Bo' } } }],
    ['meta.version', { meta: { version: 'W/"1"' } }],
    ['id', {}],
    ['password', {}],
    ['shoeSize,,', {}],
    [',', {}],
    ['department', {}],
  ])('%s', (attributes, shown) => expect(only(attributes)).toEqual({ ...least, ...shown }))
})

describe('excludedAttributes hides what it names, and nothing that is always shown', () => {
  const { emails, name, meta, [ENTERPRISE]: extension, ...rest } = anna

  test.each([
    ['emails', { ...rest, name, meta, [ENTERPRISE]: extension }],
    ['EMAILS, name , meta', { ...rest, [ENTERPRISE]: extension }],
    ['id,schemas', anna],
    ['shoeSize', anna],
    ['name.familyName', { ...anna, name: { givenName: 'Anna' } }],
    ['name.familyName,name.givenName', { ...rest, emails, meta, [ENTERPRISE]: extension }],
    ['name.middleName', anna],
    ['name.familyName,name', { ...rest, emails, meta, [ENTERPRISE]: extension }],
    ['emails.value', { ...anna, emails: [{ type: 'work', primary: true }] }],
    [ENTERPRISE, { ...rest, name, emails, meta }],
    [`${ENTERPRISE}:manager`, { ...anna, [ENTERPRISE]: { department: 'Law' } }],
    [
      `${ENTERPRISE}:manager.displayName`,
      { ...anna, [ENTERPRISE]: { department: 'Law', manager: { value: '8' } } },
    ],
    [`${USER}:meta.version`, { ...anna, meta: { resourceType: 'User' } }],
  ])('%s', (excluded, shown) => expect(without(excluded)).toEqual(shown))
})

describe('a selection', () => {
  test.each([
    [undefined, undefined],
    ['', ''],
    [' ', undefined],
    [undefined, ' '],
  ])('of %j without %j is the default', (attributes, excluded) => {
    expect(select(userType, anna, readSelection(userType, attributes, excluded))).toEqual(anna)
  })

  test('by both parameters is that by attributes', () => {
    const selection = readSelection(userType, 'userName', 'userName,emails')
    expect(select(userType, anna, selection)).toEqual({ ...least, userName: 'anna' })
  })

  test('leaves what it is given as it was', () => {
    const before = structuredClone(anna)
    select(userType, before, readSelection(userType, undefined, 'emails.value,name'))
    expect(before).toEqual(anna)
  })
})

describe('members are read from the database', () => {
  test.each([
    [undefined, undefined, true],
    ['members', undefined, true],
    ['MEMBERS.value', undefined, true],
    ['displayName', undefined, false],
    ['', undefined, true],
    [undefined, 'members', false],
    [undefined, 'displayName,Members', false],
    [undefined, 'members.display', true],
    [undefined, 'displayName', true],
  ])('with attributes %j and excludedAttributes %j: %j', (attributes, excluded, shown) => {
    expect(isSelected(readSelection(groupType, attributes, excluded), 'members')).toBe(shown)
  })
})
