import { describe, expect, test } from 'vitest'
import { parseFilter } from '../../worker/scim/filter.ts'
import { resolveFilters } from '../../worker/scim/resolve.ts'
import { groupType, userType } from '../../worker/scim/resourceTypes.ts'
import { refusal } from './refusal.ts'

const resolved = (text: string) => resolveFilters([userType], parseFilter(text).filter)[0]

describe('a filter is resolved', () => {
  test.each([
    ['USERNAME eq "x"', { kind: 'compare', attr: { attribute: { name: 'userName' } }, value: 'x' }],
    ['emails co "x"', { attr: { attribute: { name: 'emails' }, sub: { name: 'value' } } }],
    ['title eq null', { kind: 'not', inner: { kind: 'present', attr: { attribute: { name: 'title' } } } }],
    ['title ne null', { kind: 'present', attr: { attribute: { name: 'title' } } }],
    ['active eq "True"', { kind: 'compare', value: true }],
    ['emails[primary eq false]', { kind: 'element', filter: { kind: 'compare', attr: { name: 'primary' } } }],
  ])('%s', (text, tree) => expect(resolved(text)).toMatchObject(tree))

  test('for each kind of resource; what one does not have has no value there', () => {
    const { filter } = parseFilter('userName pr or members pr or emails[type pr]')
    expect(resolveFilters([userType, groupType], filter)).toMatchObject([
      { left: { left: { attr: { attribute: { name: 'userName' } } }, right: { attr: undefined } } },
      { left: { left: { attr: undefined } }, right: { kind: 'present', attr: undefined } },
    ])
  })
})

describe('a filter is refused', () => {
  test.each([
    ['shoeSize eq 9', 'a User has no attribute shoeSize'],
    ['name.shoeSize pr', 'a User has no attribute name.shoeSize'],
    ['members pr', 'a User has no attribute members'],
    ['emails[shoeSize pr]', 'emails has no sub-attribute shoeSize'],
    ['password sw "a"', 'password cannot be compared'],
    ['password pr', 'password cannot be compared'],
    ['active gt true', 'active is of type boolean: expected one of eq, ne, pr, not gt'],
    ['x509Certificates.value lt "a"', 'value is of type binary'],
    ['meta.created co "2026"', 'created is of type dateTime'],
    ['meta.created gt "2026"', 'created is of type dateTime: expected a date and time'],
    ['meta.created gt "2026-02-30T00:00:00Z"', 'created is of type dateTime: expected a date and time'],
    ['meta.created gt "2026-11-02T00:00:00+15:00"', 'created is of type dateTime: expected a date and time'],
    ['userName eq 5', 'userName is of type string: expected a value in double quotes, not 5'],
    ['active eq 1', 'active is of type boolean: expected true or false'],
    ['title gt null', 'expected a value other than null behind gt'],
    ['name eq "x"', 'expected a sub-attribute of name to compare'],
    ['userName[value eq "x"]', 'expected an attribute with sub-attributes before "[", not userName'],
  ])('%s', (text, detail) => {
    const refused = refusal(() => resolved(text))
    expect(refused).toMatchObject({ status: 400, scimType: 'invalidFilter' })
    expect(refused.detail).toContain(`filter: ${detail}`)
  })
})
