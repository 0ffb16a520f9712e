import { describe, expect, test } from 'vitest'
import { at, faultsOf, having, parts, size, URN } from './declared.ts'

describe('a declared schema is refused, with the place and what was expected', () => {
  test.each<[string, unknown, string]>([
    ['no object', 'text', 'the file: expected Object, not "text"'],
    ['nothing', null, 'the file: expected Object, not null'],
    ['a word nobody knows', { types: [] }, 'types: not a name that is known here'],
    ['a schema without an id', { schemas: [{ attributes: [size] }] }, 'schemas[0].id: missing'],
    [
      'a schema without attributes',
      { schemas: [{ id: URN, attributes: [] }] },
      'schemas[0].attributes: expected at least one attribute',
    ],
    [
      'a misspelled trait',
      having({ ...size, mutabilty: 'readOnly' }),
      at('.mutabilty: not a name that is known here'),
    ],
    ['an attribute without a name', having({ type: 'string' }), at('.name: missing')],
    [
      'a name with a space',
      having({ name: 'my size' }),
      at('.name: expected a letter, then letters, digits and $ _ -'),
    ],
    [
      'a name that begins with a digit',
      having({ name: '2nd' }),
      at('.name: expected a letter, then letters, digits and $ _ -'),
    ],
    [
      '$ref at the top',
      having({ name: '$ref' }),
      at('.name: expected a letter, then letters, digits and $ _ -'),
    ],
    [
      'a type there is not',
      having({ ...size, type: 'number' }),
      at(
        '.type: expected ("string" | "boolean" | "decimal" | "integer" | "dateTime" | "binary" | "reference" | "complex"), not "number"',
      ),
    ],
    [
      'a trait of the wrong type',
      having({ ...size, required: 'yes' }),
      at('.required: expected boolean, not "yes"'),
    ],
    [
      'a unique attribute',
      having({ ...size, uniqueness: 'server' }),
      at('.uniqueness: expected none: only userName is unique'),
    ],
    [
      'a name that stands twice',
      having(size, { name: 'SIZE' }),
      'schemas[0].attributes[1].name: expected a name that no other attribute here has, not size',
    ],
    [
      'a part that stands twice',
      having(parts({ name: 'a' }, { name: 'A' })),
      at('.subAttributes[1].name: expected a name that no other attribute here has, not a'),
    ],
    ['a complex attribute of nothing', having(parts()), at('.subAttributes: expected at least one')],
    [
      'a complex attribute without parts',
      having({ name: 'parts', type: 'complex' }),
      at('.subAttributes: expected at least one'),
    ],
    [
      'a string with parts',
      having({ ...size, subAttributes: [{ name: 'a' }] }),
      at('.subAttributes: expected none, as the type is string'),
    ],
    [
      'a complex part',
      having(parts({ name: 'a', type: 'complex' })),
      at(
        '.subAttributes[0].type: expected ("string" | "boolean" | "decimal" | "integer" | "dateTime" | "binary" | "reference"), not "complex"',
      ),
    ],
    [
      'a part of a part',
      having(parts({ name: 'a', subAttributes: [{ name: 'b' }] })),
      at('.subAttributes[0].subAttributes: not a name that is known here'),
    ],
    [
      'a required part',
      having(parts({ name: 'a', required: true })),
      at('.subAttributes[0].required: expected false for a sub-attribute'),
    ],
    [
      'a part of many values',
      having(parts({ name: 'a', multiValued: true })),
      at('.subAttributes[0].multiValued: expected false for a sub-attribute'),
    ],
    [
      'an immutable part',
      having(parts({ name: 'a', mutability: 'immutable' })),
      at('.subAttributes[0].mutability: expected readWrite, readOnly or writeOnly for a sub-attribute'),
    ],
    [
      'a reference to nothing',
      having({ ...size, type: 'reference' }),
      at('.referenceTypes: expected at least one: external, uri, or the name of a resource type'),
    ],
    [
      'a reference to nobody',
      having({ ...size, type: 'reference', referenceTypes: ['Person'] }),
      at('.referenceTypes: expected external, uri, or the name of a resource type, not Person'),
    ],
    [
      'a string with reference types',
      having({ ...size, referenceTypes: ['User'] }),
      at('.referenceTypes: expected none, but for a reference'),
    ],
    [
      'a reference whose case does not count',
      having({ ...size, type: 'reference', referenceTypes: ['User'], caseExact: false }),
      at('.caseExact: expected true or nothing: a reference is compared letter by letter'),
    ],
    [
      'base64 whose case does not count',
      having({ ...size, type: 'binary', caseExact: false }),
      at('.caseExact: expected true or nothing: a binary is compared letter by letter'),
    ],
    [
      'a name of every object',
      having({ name: 'constructor' }),
      at('.name: expected another name than constructor'),
    ],
    [
      'a part with such a name',
      having(parts({ name: 'toString' })),
      at('.subAttributes[0].name: expected another name than toString'),
    ],
    [
      'a manager without a value',
      having({ ...parts(size), name: 'manager' }),
      at('.subAttributes: expected one named value, as a manager has'),
    ],
    [
      'canonical numbers',
      having({ ...size, type: 'integer', canonicalValues: ['1'] }),
      at('.canonicalValues: expected none, but for a string or a reference'),
    ],
    [
      'required and readOnly',
      having({ ...size, required: true, mutability: 'readOnly' }),
      at('.required: expected false: what is readOnly is kept from no client'),
    ],
    [
      'required and writeOnly',
      having({ ...size, required: true, mutability: 'writeOnly' }),
      at('.required: expected false: what is writeOnly is kept from no client'),
    ],
    [
      'shown and writeOnly',
      having({ ...size, returned: 'default', mutability: 'writeOnly' }),
      at('.returned: expected never, as the attribute is writeOnly'),
    ],
    [
      'a displayName that is no text',
      having({ name: 'displayName', type: 'integer' }),
      at('.type: expected a single string, as displayName is one everywhere'),
    ],
    [
      'many displayNames',
      having({ name: 'displayName', multiValued: true }),
      at('.type: expected a single string, as displayName is one everywhere'),
    ],
    [
      'more that is immutable than can be kept',
      having(...Array.from({ length: 51 }, (_, n) => ({ name: `a${n}`, mutability: 'immutable' }))),
      'schemas[0].attributes: expected at most 50 that are immutable',
    ],
  ])('%s', (_, declared, fault) => expect(faultsOf(declared)).toEqual([fault]))

  test.each([
    'schemas',
    'id',
    'externalId',
    'META',
    'userName',
    'active',
    'password',
    'emails',
    'members',
    'groups',
  ])('an attribute named %s', (name) => {
    expect(faultsOf(having({ name }))).toEqual([
      at(`.name: expected another name than ${name}, which has a meaning of its own here`),
    ])
  })

  test('with all that is wrong at once', () => {
    const faults = faultsOf(having({ name: 'members' }, { name: 'a', type: 'complex' }, { name: 'A' }))
    expect(faults.map((fault) => fault.split(': ')[0])).toEqual([
      'schemas[0].attributes[2].name',
      'schemas[0].attributes[0].name',
      'schemas[0].attributes[1].subAttributes',
    ])
  })
})
