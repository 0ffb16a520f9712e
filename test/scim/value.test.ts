import { describe, expect, test } from 'vitest'
import { attribute, type AttributeType } from '../../worker/scim/schema.ts'
import { isUnassigned, type Json } from '../../worker/scim/json.ts'
import { elementKey } from '../../worker/scim/multiValued.ts'
import { checkText, readValue } from '../../worker/scim/value.ts'
import { attributeOf, ENTERPRISE } from './attributeOf.ts'
import { refusal } from './refusal.ts'

const custom = (type: AttributeType) => attribute('custom', 'An attribute of that type.', { type })

describe('a value is kept', () => {
  test.each([
    ['title', 'Trainee', 'Trainee'],
    ['title', ' ', ' '],
    ['title', '日本 😀', '日本 😀'],
    ['externalId', 7, '7'],
    ['title', 0, '0'],
    ['title', -1.5, '-1.5'],
    ['active', true, true],
    ['active', false, false],
    ['active', 'True', true],
    ['active', 'fALSE', false],
    ['active', [true], true],
    ['active', ['False'], false],
    ['active', { value: true }, true],
    ['active', { value: 'False' }, false],
    ['emails.primary', { value: 'true' }, true],
    ['profileUrl', 'https://example.com/anna', 'https://example.com/anna'],
    ['x509Certificates.value', 'QUJD', 'QUJD'],
    ['x509Certificates.value', 'QQ==', 'QQ=='],
    ['x509Certificates.value', 'QUI', 'QUI'],
    ['x509Certificates.value', 'AA+/', 'AA+/'],
  ])('%s %j as %j', (name, sent, kept) => expect(readValue(attributeOf(name), sent, name)).toBe(kept))

  test.each([
    ['integer', 0],
    ['integer', -12],
    ['decimal', 1.5],
    ['dateTime', '2026-11-02T15:04:05Z'],
    ['dateTime', '2026-11-02T15:04:05.123+02:00'],
    ['dateTime', '2026-11-02T15:04:05'],
    ['dateTime', '2026-11-02T24:00:00Z'],
    ['dateTime', '2024-02-29T00:00:00Z'],
    ['dateTime', '2000-02-29T23:59:59-14:00'],
    ['dateTime', '2026-12-31T00:00:00+14:00'],
    ['dateTime', '2026-11-02T15:04:05+13:59'],
  ] as const)('%s %j as it is', (type, sent) => {
    expect(readValue(custom(type), sent, 'custom')).toBe(sent)
  })
})

describe('null, the empty text and the empty list', () => {
  test.each(['title', 'active', 'profileUrl', 'name', 'emails'])('clear %s', (name) => {
    const cleared = [null, '', []].map((empty) => readValue(attributeOf(name), empty, name))
    expect(cleared).toEqual([undefined, undefined, undefined])
  })

  test('are all that is unassigned', () => {
    expect([undefined, null, '', []].map(isUnassigned)).toEqual([true, true, true, true])
    expect([false, 0, ' ', {}, [null]].map(isUnassigned)).toEqual([false, false, false, false, false])
  })
})

describe('a value of the wrong type is refused with its place', () => {
  test.each([
    ['title', true, 'a string, not a boolean'],
    ['title', {}, 'a string, not an object'],
    ['title', ['a'], 'a string, not an array'],
    ['active', 'yes', 'true or false, not a string'],
    ['active', 1, 'true or false, not a number'],
    ['active', {}, 'true or false, not an object'],
    ['active', [true, true], 'true or false, not an array'],
    ['active', [[true]], 'true or false, not an array'],
    ['active', { value: 'yes' }, 'true or false, not an object'],
    ['active', { value: { value: true } }, 'true or false, not an object'],
    ['active', { active: true }, 'true or false, not an object'],
    ['title', { value: 'Trainee' }, 'a string, not an object'],
    ['x509Certificates.value', '@@', 'base64'],
    ['x509Certificates.value', 'Q', 'base64'],
    ['x509Certificates.value', 'QUJD=', 'base64'],
    ['x509Certificates.value', 'QUI==', 'base64'],
    ['x509Certificates.value', 'QQ=', 'base64'],
    ['x509Certificates.value', 'AA-A', 'base64'],
    ['x509Certificates.value', 'AAA_', 'base64'],
    ['externalId', 2 ** 53, 'a string'],
    ['title', Number.POSITIVE_INFINITY, 'a string'],
    ['name', 5, 'an object, not a number'],
    ['name', 'Anna Ek', 'an object, not a string'],
    ['name', [{ givenName: 'Anna' }], 'an object, not an array'],
    ['emails', 'anna@example.com', 'an array, not a string'],
    ['emails', { value: 'anna@example.com' }, 'an array, not an object'],
  ])('%s %j', (name, sent, expected) => {
    const { status, scimType, detail } = refusal(() => readValue(attributeOf(name), sent, name))
    expect({ status, scimType }).toEqual({ status: 400, scimType: 'invalidValue' })
    expect(detail.startsWith(`${name}: expected ${expected}`)).toBe(true)
  })

  test.each([
    ['integer', 1.5, 'a whole number'],
    ['integer', '3', 'a whole number, not a string'],
    ['integer', 2 ** 53, 'a whole number'],
    ['decimal', '1.5', 'a number, not a string'],
    ['decimal', Number.POSITIVE_INFINITY, 'a number'],
    ['dateTime', '2026-11-02', 'a date and time'],
    ['dateTime', '2026-11-02 15:04:05Z', 'a date and time'],
    ['dateTime', '2026-13-02T15:04:05Z', 'a date and time'],
    ['dateTime', '2026-02-29T00:00:00Z', 'a date and time'],
    ['dateTime', '1900-02-29T00:00:00Z', 'a date and time'],
    ['dateTime', '2026-02-30T00:00:00', 'a date and time'],
    ['dateTime', '2026-04-31T00:00:00Z', 'a date and time'],
    ['dateTime', '2026-01-00T00:00:00Z', 'a date and time'],
    ['dateTime', '2026-01-32T00:00:00Z', 'a date and time'],
    ['dateTime', '2026-01-01T24:00:01Z', 'a date and time'],
    ['dateTime', '2026-11-02T15:04:05+14:01', 'a date and time'],
    ['dateTime', '2026-11-02T15:04:05-15:00', 'a date and time'],
    ['dateTime', '2026-11-02T15:04:05+01:60', 'a date and time'],
    ['dateTime', 'yesterday', 'a date and time'],
    ['dateTime', 20_261_102, 'a date and time'],
  ] as const)('%s %j', (type, sent, expected) => {
    const { scimType, detail } = refusal(() => readValue(custom(type), sent, 'custom'))
    expect(scimType).toBe('invalidValue')
    expect(detail).toContain(`custom: expected ${expected}`)
  })

  test.each([
    ['name', { givenName: {} }, 'name.givenName: expected a string, not an object'],
    ['name', { GIVENNAME: true }, 'name.givenName: expected a string, not a boolean'],
    ['emails', ['anna@example.com'], 'emails[0]: expected an object, not a string'],
    ['emails', [{ value: 'a' }, { value: {} }], 'emails[1].value: expected a string, not an object'],
    ['emails', [null, { primary: 'no' }], 'emails[1].primary: expected true or false, not a string'],
  ])('%s %j deep inside', (name, sent, detail) => {
    expect(refusal(() => readValue(attributeOf(name), sent, name)).detail).toBe(detail)
  })
})

describe('text that is no Unicode', () => {
  test.each(['\uD800', 'a\uDC00b', '\uDE00\uD83D', 'a\0b', '\0'])('%j is refused', (text) => {
    const plain = refusal(() => checkText(text, 'title'))
    expect(plain).toMatchObject({ status: 400, scimType: 'invalidValue' })
    expect(plain.detail).toContain('title: expected Unicode text')
    const inside = refusal(() => readValue(attributeOf('emails'), [{ display: text }], 'emails'))
    expect(inside.detail).toContain('emails[0].display: expected Unicode text')
  })
})

describe('a complex value', () => {
  test.each([
    [
      'has the spelling of its schema',
      'name',
      { GIVENNAME: 'A', familyname: 'B' },
      { givenName: 'A', familyName: 'B' },
    ],
    ['is rid of what no schema knows', 'name', { givenName: 'A', nick: 'B' }, { givenName: 'A' }],
    [
      'is rid of what is empty',
      'name',
      { givenName: 'A', middleName: null, familyName: '' },
      { givenName: 'A' },
    ],
    ['is unassigned when nothing is left', 'name', { nick: 'B', givenName: '' }, undefined],
    [
      'is rid of what is readOnly',
      `${ENTERPRISE}:manager`,
      { value: '7', displayName: 'Bo' },
      { value: '7' },
    ],
    ['may be a bare id for a manager', `${ENTERPRISE}:manager`, '7', { value: '7' }],
  ])('%s', (_, name, sent, kept) => expect(readValue(attributeOf(name), sent, name)).toEqual(kept))
})

describe('a list', () => {
  const read = (sent: unknown) => readValue(attributeOf('emails'), sent, 'emails')

  test('loses its empty elements', () => {
    expect(read([null, '', [], {}, { value: 'a' }])).toEqual([{ value: 'a' }])
    expect(read([null, {}, { unknown: 1 }])).toBeUndefined()
  })

  test('holds the same element once', () => {
    expect(
      read([
        { value: 'a', type: 'work' },
        { TYPE: 'work', value: 'a' },
      ]),
    ).toHaveLength(1)
    expect(read([{ value: 'a', display: 'x' }, { value: 'b' }, { value: 'a' }])).toHaveLength(2)
  })

  test('keeps the primary one of two that are the same', () => {
    expect(read([{ value: 'a', primary: true }, { value: 'a' }])).toEqual([{ value: 'a', primary: true }])
    expect(read([{ value: 'a' }, { value: 'a', primary: true }])).toEqual([{ value: 'a', primary: true }])
  })

  test('has at most 500 elements', () => {
    const many = (count: number) => Array.from({ length: count }, (_, n) => ({ value: `${n}` }))
    expect(read(many(500))).toHaveLength(500)
    expect(refusal(() => read(many(501)))).toEqual({
      status: 400,
      scimType: 'invalidValue',
      detail: 'emails: expected at most 500 elements',
    })
  })

  test('holds the same value under two types', () => {
    const both = [
      { value: 'a', type: 'work' },
      { value: 'a', type: 'home' },
    ]
    expect(read(both)).toEqual(both)
  })

  test('has one primary element, the first that says so', () => {
    expect(read([{ value: 'a' }, { value: 'b', primary: 'True' }, { value: 'c', primary: true }])).toEqual([
      { value: 'a' },
      { value: 'b', primary: true },
      { value: 'c', primary: false },
    ])
  })

  test('tells elements apart by all but primary, and but the label of a value, without regard to case', () => {
    const roles = attributeOf('roles')
    const key = (element: Json) => elementKey(roles, element)
    const work = key({ value: 'a', type: 'work' })
    expect(key({ type: 'Work', primary: true, value: 'A', display: 'A' })).toBe(work)
    expect(key({ value: 'a', type: 'home' })).not.toBe(work)
    expect(key({ value: 'work', type: 'a' })).not.toBe(work)
    expect(key({ type: 'app', display: 'Admin' })).not.toBe(key({ type: 'app', display: 'Reader' }))
  })
})
