import { describe, expect, test } from 'vitest'
import { schemas } from '../../worker/scim/resourceTypes.ts'
import { attribute, commonAttributes, complex, findAttribute } from '../../worker/scim/schema.ts'
import { published, table } from '../published.ts'

test('every published schema is that of RFC 7643', () => {
  expect(Object.fromEntries(schemas.map(({ id, attributes }) => [id, table(attributes)]))).toEqual(published)
})

test('the attributes that every resource has are those of RFC 7643 §3.1', () => {
  expect(table(commonAttributes)).toEqual({
    schemas: 'reference plural required exact readOnly always',
    id: 'exact readOnly always server',
    externalId: 'exact',
    meta: 'complex readOnly',
    'meta.resourceType': 'exact readOnly',
    'meta.created': 'dateTime readOnly',
    'meta.lastModified': 'dateTime readOnly',
    'meta.location': 'reference exact readOnly',
    'meta.version': 'exact readOnly',
  })
})

describe('every attribute of a schema', () => {
  const all = schemas.flatMap(({ attributes }) =>
    attributes.flatMap((row) => [row, ...(row.subAttributes ?? [])]),
  )

  test('has a name that the grammar of RFC 7643 §2.1 allows, and a description', () => {
    const wrong = all.filter(
      ({ name, description }) => !/^(\$ref|[A-Za-z][\w-]*)$/.test(name) || description === '',
    )
    expect(wrong).toEqual([])
  })

  test('says what it refers to, if it is a reference, and nothing else does', () => {
    const wrong = all.filter(
      ({ type, referenceTypes = [] }) => (type === 'reference') !== referenceTypes.length > 0,
    )
    expect(wrong).toEqual([])
  })

  test('has sub-attributes if it is complex, none of them complex', () => {
    const wrong = all.filter(
      ({ type, subAttributes = [] }) => (type === 'complex') !== subAttributes.length > 0,
    )
    expect(wrong).toEqual([])
    const inner = all.flatMap(({ subAttributes = [] }) => subAttributes)
    expect(inner.filter(({ type, multiValued }) => type === 'complex' || multiValued)).toEqual([])
  })

  test('differs in name from its neighbours, in any case', () => {
    const levels = schemas.flatMap(({ attributes }) => [
      attributes,
      ...attributes.map(({ subAttributes = [] }) => subAttributes),
    ])
    for (const level of levels) {
      const names = level.map(({ name }) => name.toLowerCase())
      expect(names).toEqual([...new Set(names)])
    }
  })
})

test('an attribute with only a name has the defaults of RFC 7643 §2.2', () => {
  expect(attribute('x', 'Something.')).toEqual({
    name: 'x',
    type: 'string',
    description: 'Something.',
    multiValued: false,
    required: false,
    caseExact: false,
    mutability: 'readWrite',
    returned: 'default',
    uniqueness: 'none',
  })
  const inner = attribute('y', 'A part.', { type: 'integer' })
  const outer = complex('x', 'Something.', [inner], { multiValued: true })
  expect(outer).toMatchObject({
    type: 'complex',
    multiValued: true,
    mutability: 'readWrite',
    subAttributes: [inner],
  })
})

test('a name is found in any case, and only whole', () => {
  const rows = [attribute('userName', 'A.'), attribute('$ref', 'B.')]
  expect(
    ['USERNAME', '$REF', 'user', 'userName ', ''].map((name) => findAttribute(rows, name)?.name),
  ).toEqual(['userName', '$ref', undefined, undefined, undefined])
})
