import { describe, expect, test } from 'vitest'
import { findAttributeRef, splitUrn } from '../../worker/scim/attributeRef.ts'
import { groupType, userType } from '../../worker/scim/resourceTypes.ts'
import { ENTERPRISE, GROUP, USER } from './attributeOf.ts'

describe('a name is looked up', () => {
  test.each([
    ['userName', [undefined, 'userName', undefined]],
    ['USERNAME', [undefined, 'userName', undefined]],
    ['externalid', [undefined, 'externalId', undefined]],
    ['Meta.LastModified', [undefined, 'meta', 'lastModified']],
    ['name.GIVENNAME', [undefined, 'name', 'givenName']],
    ['emails.value', [undefined, 'emails', 'value']],
    [`${USER}:userName`, [undefined, 'userName', undefined]],
    [`${USER.toUpperCase()}:NAME.givenname`, [undefined, 'name', 'givenName']],
    [`${ENTERPRISE}:department`, [ENTERPRISE, 'department', undefined]],
    [`${ENTERPRISE.toUpperCase()}:Manager.DisplayName`, [ENTERPRISE, 'manager', 'displayName']],
  ])('%s', (name, found) => {
    const ref = findAttributeRef(userType, name)
    expect([ref?.extension?.id, ref?.attribute.name, ref?.sub?.name]).toEqual(found)
  })

  test.each([
    '',
    '.',
    'userName.',
    'userName.value',
    'shoeSize',
    'name.shoeSize',
    'name.givenName.x',
    'a..b',
    'department',
    `${ENTERPRISE}:userName`,
    `${ENTERPRISE}.department`,
    `${USER}:department`,
    `${USER}:`,
    USER,
    `${GROUP}:displayName`,
    'urn:x:userName',
    'members',
  ])('%s names nothing of a person', (name) => {
    expect(findAttributeRef(userType, name)).toBeUndefined()
  })

  test('among the attributes of its own kind of resource', () => {
    expect(findAttributeRef(groupType, `${GROUP}:members.value`)?.sub?.name).toBe('value')
    expect(findAttributeRef(groupType, 'userName')).toBeUndefined()
    expect(findAttributeRef(groupType, `${ENTERPRISE}:department`)).toBeUndefined()
  })

  test('an extension may be named alone', () => {
    expect(splitUrn(userType, ENTERPRISE.toUpperCase())).toMatchObject({
      extension: { id: ENTERPRISE },
      rest: '',
    })
    expect(splitUrn(userType, 'urn:x')).toEqual({ rest: 'urn:x' })
  })
})
