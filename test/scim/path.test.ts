import { describe, expect, test } from 'vitest'
import type { ElementFilter } from '../../worker/scim/filter.ts'
import { parsePath } from '../../worker/scim/path.ts'
import { groupType, userType } from '../../worker/scim/resourceTypes.ts'
import type { Attribute, ResourceType } from '../../worker/scim/schema.ts'
import { ENTERPRISE, GROUP, USER } from './attributeOf.ts'
import { refusal } from './refusal.ts'

/** What a path names, in one line: [URN:]attribute[filter].sub-attribute, all in the spelling of the schema. */
function named(type: ResourceType, path: unknown): string {
  const target = parsePath(type, path)
  if (target.kind === 'extension') return `all of ${target.extension.id}`
  const { ref, filter } = target
  const urn = ref.extension === undefined ? '' : `${ref.extension.id}:`
  const inner = filter === undefined ? '' : `[${written(filter)}]`
  return `${urn}${ref.attribute.name}${inner}${ref.sub === undefined ? '' : `.${ref.sub.name}`}`
}

function written(filter: ElementFilter<Attribute>): string {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return `${written(filter.left)} ${filter.kind} ${written(filter.right)}`
    case 'not':
      return `not (${written(filter.inner)})`
    case 'present':
      return `${filter.attr.name} pr`
    case 'compare':
      return `${filter.attr.name} ${filter.operator} ${JSON.stringify(filter.value)}`
  }
}

describe('a path is read', () => {
  test.each([
    ['displayName', 'displayName'],
    ['  DISPLAYNAME ', 'displayName'],
    ['name.GivenName', 'name.givenName'],
    ['emails', 'emails'],
    ['emails.value', 'emails.value'],
    ['emails[type eq "work"]', 'emails[type eq "work"]'],
    ['EMAILS[TYPE EQ "Work"].VALUE', 'emails[type eq "Work"].value'],
    [
      'emails[type eq "work" and primary eq true].display',
      'emails[type eq "work" and primary eq true].display',
    ],
    ['emails[ value eq "a]b[c.d" ]', 'emails[value eq "a]b[c.d"]'],
    ['emails[primary EQ "True"].value', 'emails[primary eq true].value'],
    ['addresses[postalCode eq 1010].region', 'addresses[postalCode eq "1010"].region'],
    ['emails[type eq null]', 'emails[not (type pr)]'],
    ['emails[type ne null].value', 'emails[type pr].value'],
    ['emails[type eq "work" OR not(value SW "a")]', 'emails[type eq "work" or not (value sw "a")]'],
    [`${USER}:displayName`, 'displayName'],
    [`${USER.toUpperCase()}:name.familyName`, 'name.familyName'],
    [`${USER}:emails[type eq "work"].value`, 'emails[type eq "work"].value'],
    [`${ENTERPRISE}:department`, `${ENTERPRISE}:department`],
    [`${ENTERPRISE.toLowerCase()}:MANAGER.value`, `${ENTERPRISE}:manager.value`],
    [ENTERPRISE, `all of ${ENTERPRISE}`],
    [ENTERPRISE.toUpperCase(), `all of ${ENTERPRISE}`],
  ])('%s', (path, target) => expect(named(userType, path)).toBe(target))

  test.each([
    ['members', 'members'],
    ['Members[Value eq "2819c223"]', 'members[value eq "2819c223"]'],
    [`${GROUP}:members`, 'members'],
  ])('of a group: %s', (path, target) => expect(named(groupType, path)).toBe(target))
})

describe('what is no path is refused, with what was expected', () => {
  test.each([
    ['', 'an attribute path'],
    ['  ', 'an attribute path'],
    [5, 'an attribute path'],
    [true, 'an attribute path'],
    [['title'], 'an attribute path'],
    [{ toString: 1, valueOf: 1 }, 'an attribute path'],
    [`${ENTERPRISE}:`, 'an attribute of a User'],
    ['/emails/0', 'an attribute of a User'],
    ['a..b', 'an attribute of a User'],
    ['name.', 'an attribute of a User'],
    ['name.givenName.x', 'an attribute of a User'],
    ['shoeSize', 'an attribute of a User'],
    ['title.value', 'an attribute of a User'],
    ['members', 'an attribute of a User'],
    ['department', 'an attribute of a User'],
    [USER, 'an attribute of a User'],
    [`${ENTERPRISE}:userName`, 'an attribute of a User'],
    ['shoeSizes[type eq "work"]', 'an attribute of a User'],
    ['[type eq "work"]', 'an attribute of a User'],
    ['emails[', 'a "]" that closes the filter'],
    ['emails[type eq "work"', 'a "]" that closes the filter'],
    ['emails]type eq "work"[', 'a "]" that closes the filter'],
    ['title[value eq "x"]', 'a multi-valued attribute before "["'],
    ['name[givenName eq "x"]', 'a multi-valued attribute before "["'],
    ['emails.value[type eq "work"]', 'a multi-valued attribute before "["'],
    ['emails[shoeSize eq "work"]', 'a sub-attribute of emails, not shoeSize'],
    ['emails[emails.type eq "work"]', 'a sub-attribute of emails, not emails.type'],
    ['emails[type eq "work"].shoeSize', 'a sub-attribute of emails, not shoeSize'],
    ['emails[type eq "work"].', 'a sub-attribute of emails, not '],
    ['emails[type eq "work"].value.x', 'a sub-attribute of emails, not value.x'],
    ['emails[type eq "work"]value', 'nothing or "." and a sub-attribute after "]"'],
  ])('%j', (path, expected) => {
    const { status, scimType, detail } = refusal(() => parsePath(userType, path))
    expect({ status, scimType }).toEqual({ status: 400, scimType: 'invalidPath' })
    expect(detail.startsWith('path ')).toBe(true)
    expect(detail.endsWith(`: expected ${expected}`)).toBe(true)
  })

  test.each([
    'emails[]',
    'emails[type]',
    'emails[type xx "work"]',
    'emails[type eq work]',
    'emails[type eq "work"][type eq "home"]',
    'emails[type eq "work"].value[type eq "home"]',
    'emails[type[value eq "x"]]',
    'emails[primary gt true]',
    'emails[primary eq "maybe"]',
    'emails[type co null]',
  ])('%s for its filter', (path) => {
    expect(refusal(() => parsePath(userType, path))).toMatchObject({ status: 400, scimType: 'invalidFilter' })
  })
})
