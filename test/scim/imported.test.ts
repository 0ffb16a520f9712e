import { describe, expect, test } from 'vitest'
import { readImported } from '../../worker/scim/imported.ts'
import { isPowerful, POWERFUL } from '../../worker/scim/powerful.ts'

describe('what a target shows of a person', () => {
  test.each([
    [{ displayName: 'Anna von Berg' }, { givenName: 'Anna', familyName: 'von Berg' }],
    [{ name: { formatted: 'Anna Berg' } }, { givenName: 'Anna', familyName: 'Berg' }],
    [
      { name: { givenName: 'Anna' }, displayName: 'Cher' },
      { givenName: 'Anna', familyName: 'Anna' },
    ],
    [{}, { givenName: 'anna', familyName: 'b' }],
  ])('%j: names for Okta', (shown, name) => {
    const read = readImported('User', { userName: 'anna.b@example.com', ...shown })
    expect(read?.document).toMatchObject({ name, active: true })
    expect(read?.seeded).toMatchObject({ name })
  })

  test('what does not fit is left out, and the rest is kept', () => {
    const shown = {
      userName: 'a',
      title: { x: 1 },
      emails: 'none',
      nickName: 'A',
      active: 'False',
      made: [[[1]]],
    }
    expect(readImported('User', shown)?.document).toMatchObject({
      userName: 'a',
      nickName: 'A',
      active: false,
    })
    expect(readImported('User', shown)?.document).not.toHaveProperty('title')
  })

  test('without a name it is nobody', () => {
    expect(readImported('User', { displayName: 'A' })).toBeUndefined()
    expect(readImported('User', { userName: { a: 1 } })).toBeUndefined()
    expect(readImported('Group', {})).toBeUndefined()
  })
})

test.each([
  ['Owners', {}, true],
  [' ADMINISTRATORS ', {}, true],
  ['Owners of cats', {}, false],
  ['Helpers who recover accounts', {}, true],
  ['Team', { permissions: ['MANAGE_ALL_GROUPS'] }, true],
  ['Team', { members: [{ display: 'manage all groups' }] }, false],
])('%s %j: powerful %s', (name, shown, powerful) => {
  expect(isPowerful(POWERFUL, name, shown)).toBe(powerful)
})
