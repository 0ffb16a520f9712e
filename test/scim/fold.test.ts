import { describe, expect, test } from 'vitest'
import { foldCase, foldDocument, foldValue } from '../../worker/scim/fold.ts'
import { userType } from '../../worker/scim/resourceTypes.ts'
import { attribute } from '../../worker/scim/schema.ts'
import { attributeOf, ENTERPRISE } from './attributeOf.ts'
import { everySeed } from './random.ts'

describe('texts that differ in nothing but case', () => {
  test.each([
    ['Anna@Example.COM', 'anna@example.com'],
    ['Straße', 'STRASSE'],
    ['STRAẞE', 'straße'],
    ['ΟΔΟΣ', 'οδος'],
    ['ΟΔΟΣ', 'οδοσ'],
    ['ÉLODIE', 'élodie'],
    ['ЖУКОВ', 'жуков'],
    ['Ａlice', 'alice'],
    ['oﬃce', 'OFFICE'],
    ['ﬁn', 'FIN'],
    ['Ångström', 'A\u030Angstro\u0308m'],
    ['\u212Bngstrom', 'ångstrom'],
    ['\u1E9B\u0323', '\u1E69'],
    ['İzmir', 'i\u0307zmir'],
    ['ǅ', 'ǆ'],
    ['㎑', 'khz'],
    ['𐐀', '𐐨'],
  ])('%s and %s fold to one', (a, b) => expect(foldCase(a)).toBe(foldCase(b)))
})

describe('texts that differ', () => {
  test.each([
    ['ılgaz', 'ilgaz'],
    ['ılgaz', 'Ilgaz'],
    ['İzmir', 'izmir'],
    ['élodie', 'elodie'],
    ['Müller', 'Mueller'],
    ['a b', 'ab'],
    ['а', 'a'],
  ])('%s and %s stay apart', (a, b) => expect(foldCase(a)).not.toBe(foldCase(b)))
})

describe('folding', () => {
  const letters = [
    'a',
    'Z',
    '7',
    ' ',
    '.',
    'ß',
    'Σ',
    'σ',
    'ς',
    'İ',
    'ı',
    'I',
    'ﬁ',
    'ﬃ',
    'ŉ',
    'ǰ',
    'Å',
    'é',
    'Ж',
    'Ａ',
    '日',
    '😀',
    '𐐀',
    'ǅ',
  ]
  const marks = ['\u0301', '\u0307', '\u0308', '\u030A', '\u0323', '\u0345']

  test('of a beginning is the beginning of the fold', () => {
    everySeed(2_000, ({ upTo, pick, below }) => {
      const word = upTo(10, () => pick(letters))
      const beginning = word.slice(0, below(word.length + 1))
      expect(foldCase(word.join('')).startsWith(foldCase(beginning.join('')))).toBe(true)
    })
  })

  test('twice is folding once, for every letter there is', () => {
    for (let code = 0; code <= 0x10ffff; code += 1) {
      const once = foldCase(String.fromCodePoint(code))
      if (foldCase(once) !== once) expect.fail(`U+${code.toString(16)}`)
    }
  })

  test('twice is folding once', () => {
    everySeed(2_000, ({ upTo, pick }) => {
      const once = foldCase(upTo(10, () => pick([...letters, ...marks])).join(''))
      expect(foldCase(once)).toBe(once)
    })
  })

  test('does not see how letters are composed', () => {
    everySeed(2_000, ({ upTo, pick }) => {
      const text = upTo(10, () => pick([...letters, ...marks])).join('')
      expect(foldCase(text.normalize('NFD'))).toBe(foldCase(text.normalize('NFC')))
    })
  })
})

describe('a value is compared', () => {
  const moment = attribute('moment', 'A point in time.', { type: 'dateTime' })

  test.each([
    ['userName', 'ANNA', 'anna'],
    ['externalId', 'AnNa', 'AnNa'],
    ['externalId', 'e\u0301', '\u00E9'],
    ['profileUrl', 'https://Example.com/A', 'https://Example.com/A'],
    ['active', true, true],
    ['name', { givenName: 'ANNA', familyName: 'EK' }, { givenName: 'anna', familyName: 'ek' }],
  ])('%s %j as %j', (name, value, folded) => expect(foldValue(attributeOf(name), value)).toEqual(folded))

  test.each(['2026-11-02T15:04:05+02:00', '2026-11-02T13:04:05Z', '2026-11-02T13:04:05.000Z'])(
    '%s as the point in time it is',
    (text) => expect(foldValue(moment, text)).toBe('2026-11-02T13:04:05.000Z'),
  )

  test('element by element in a list', () => {
    const emails = [{ value: 'A@X.org', type: 'WORK', primary: true }, { value: 'b@x.org' }]
    expect(foldValue(attributeOf('emails'), emails)).toEqual([
      { value: 'a@x.org', type: 'work', primary: true },
      { value: 'b@x.org' },
    ])
  })

  test('attribute by attribute in a document, extensions too', () => {
    const document = {
      userName: 'ANNA',
      externalId: 'A1',
      active: true,
      [ENTERPRISE]: {
        department: 'SALES',
        manager: { value: 'M1', $ref: 'https://X.org/M1', displayName: 'BO' },
      },
    }
    expect(foldDocument(userType, document)).toEqual({
      userName: 'anna',
      externalId: 'A1',
      active: true,
      [ENTERPRISE]: {
        department: 'sales',
        manager: { value: 'M1', $ref: 'https://X.org/M1', displayName: 'bo' },
      },
    })
  })
})
