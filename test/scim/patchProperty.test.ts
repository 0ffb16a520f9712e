import { expect, test } from 'vitest'
import { ScimError } from '../../worker/scim/error.ts'
import { readResource } from '../../worker/scim/resource.ts'
import { userType } from '../../worker/scim/resourceTypes.ts'
import type { JsonObject } from '../../worker/scim/json.ts'
import { ENTERPRISE, USER } from './attributeOf.ts'
import { patched } from './patched.ts'
import { everySeed, type Random } from './random.ts'

const paths = [
  ['title', 'active', 'name', 'name.givenName', 'emails', 'emails.value', 'emails.type', 'emails.primary'],
  ['emails[type eq "work"]', 'emails[type eq "work"].value', 'emails[type eq "home"].primary'],
  ['emails[primary eq true]', 'emails[primary eq "True"].value', 'emails[type eq null].value'],
  ['emails[value eq 5].display', 'emails[value eq "a" and type eq "work"]', 'emails[type eq ""].value'],
  ['x509Certificates', 'x509Certificates[primary eq false].value'],
  ['roles', 'roles.display', 'roles[display eq "a"]', 'roles[value eq null].display'],
  [ENTERPRISE, `${ENTERPRISE}:department`, `${ENTERPRISE}:manager`, `${ENTERPRISE}:manager.value`],
].flat()

const plain = [undefined, null, '', 'a', 'A', 'b', 'True', true, false, 5, [], {}, { value: true }, 'QUJD']

function randomValue({ pick, upTo, below }: Random): unknown {
  const object = () => ({
    value: pick(plain),
    type: pick(['work', 'Work', 'home', null]),
    display: pick([undefined, 'a', 'A', 'b']),
    $ref: pick([undefined, null, 'r']),
    primary: pick([true, false, 'True', '', { value: true }]),
  })
  switch (below(5)) {
    case 0:
      return object()
    case 1:
      return upTo(3, object)
    case 2:
      return { givenName: pick(plain), department: pick(plain), manager: object(), shoeSize: 9 }
    case 3:
      return JSON.stringify(object())
    default:
      return pick(plain)
  }
}

/** A person's document as it may be before. */
const anna: JsonObject = {
  userName: 'anna',
  name: { givenName: 'Anna' },
  emails: [
    { value: 'a', type: 'work' },
    { value: 'b', type: 'home', primary: true },
    { value: 'b', type: 'work', display: 'B' },
  ],
}

test('whatever a PATCH leaves behind is a document that its schema reads as it is', () => {
  let carriedOut = 0
  everySeed(10_000, (random) => {
    let document = anna
    for (const value of random.upTo(5, () => randomValue(random))) {
      const path = random.pick(paths)
      const operation = random.pick([
        { op: random.pick(['add', 'replace', 'remove']), path, value },
        {
          op: random.pick(['add', 'replace']),
          value: random.pick([{ [path]: value }, { [USER]: { [path]: value } }]),
        },
      ])
      try {
        document = patched(document, operation)
        carriedOut += 1
      } catch (error) {
        if (!(error instanceof ScimError)) throw error
      }
      expect(readResource(userType, document).document, JSON.stringify(operation)).toEqual(document)
    }
  })
  expect(carriedOut).toBeGreaterThan(10_000)
})
