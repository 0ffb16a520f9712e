import { array, assert, constantFrom, property, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { namesOf, readCsv, textOf, writeCsv } from '../../worker/sync/csv.ts'

const rowsOf = (text: string) => {
  const read = readCsv(text)
  if (read.kind === 'bad') throw new Error(read.words)
  return read.rows
}
const namesIn = (text: string) => namesOf(rowsOf(text))

describe('a CSV file is read', () => {
  test.each([
    [
      'a,b\r\nc,d\r\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'a;b\nc;d',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'a\tb\rc\td\r',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['\uFEFFa\nb\n', [['a'], ['b']]],
    ['"a ""x"", b",c\n', [['a "x", b', 'c']]],
    ['"two\r\nlines",c\n', [['two\r\nlines', 'c']]],
    ['"a;b;c",d\n', [['a;b;c', 'd']]],
    ['a"b,c\n', [['a"b', 'c']]],
    [
      'a,\n,b\n',
      [
        ['a', ''],
        ['', 'b'],
      ],
    ],
    ['a,', [['a', '']]],
    ['a\n\n\nb', [['a'], ['b']]],
    ['', []],
    ['=1+1,+a,-b,@c\n', [['=1+1', '+a', '-b', '@c']]],
  ])('%j', (text, rows) => expect(rowsOf(text)).toEqual(rows))

  test.each([
    ['"a', 'row 1: a quote is not closed'],
    ['x\n"a"b,c', 'row 2: something stands behind a closing quote'],
  ])('%j is not', (text, words) => expect(readCsv(text)).toEqual({ kind: 'bad', words }))

  test('UTF-8 and UTF-16 are told apart, and others are none', () => {
    const utf16 = Buffer.from('\uFEFFanna;ü', 'utf16le')
    expect(textOf(utf16)).toBe('anna;ü')
    expect(textOf(utf16.swap16())).toBe('anna;ü')
    expect(textOf(new TextEncoder().encode('\uFEFFü'))).toBe('ü')
    expect(textOf(new Uint8Array([0x61, 0xfc]))).toBeUndefined()
  })
})

describe('the people a file names', () => {
  test.each([
    ['name,User Name\nA,a@x\nB,b@x\n', ['a@x', 'b@x'], 'User Name'],
    ['E-Mail;Name\nA@x;A\n', ['A@x'], 'E-Mail'],
    ['email,userName\nmail@x,login\n', ['login'], 'userName'],
    ['a@x\nb@x\na@x\n', ['a@x', 'b@x'], undefined],
    ['A,a@x\nB,b@x\n', ['a@x', 'b@x'], undefined],
    ['email\n" =cmd|x "\n', ['=cmd|x'], 'email'],
  ])('%j', (text, names, column) => expect(namesIn(text)).toEqual({ kind: 'read', names, column }))

  test.each([
    ['A,B\nC,D\n', /no column/],
    ['email\n', /names nobody/],
    ['', /no column|names nobody/],
  ])('%j names nobody', (text, words) =>
    expect(namesIn(text)).toMatchObject({ kind: 'bad', words: expect.stringMatching(words) }),
  )
})

describe('a CSV file is written', () => {
  test.each([
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@x', "'@x"],
    ['\t=1', '"\'\t=1"'],
    [' =1', "' =1"],
    ['＝1', "'＝1"],
    ['a=1', 'a=1'],
    ['a,"b"', '"a,""b"""'],
  ])('%j as %j', (value, cell) => expect(writeCsv([[value]])).toBe(`${cell}\r\n`))
})

const cell = string({ unit: constantFrom(...Array.from('ab=+-@ ,;\t"\r\n\'ü\uFEFF')), maxLength: 6 })

test('what is written is read as it was, but for the apostrophe before a formula', () => {
  assert(
    property(array(array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 5 }), (rows) => {
      const read = readCsv(writeCsv([['x', 'y'], ...rows]))
      expect(read.kind).toBe('read')
      if (read.kind !== 'read') return
      const given = read.rows.slice(1)
      expect(given.map((row) => row.length)).toEqual(rows.map((row) => row.length))
      for (const [at, row] of given.entries())
        for (const [place, value] of row.entries()) {
          const was = rows[at]?.[place] ?? ''
          expect([was, `'${was}`]).toContain(value)
          expect(value).not.toMatch(/^[\s\p{C}]*[=+\-@]/u)
        }
    }),
    { numRuns: 2_000 },
  )
})

test('no text is anything but read or bad, with every cell once', () => {
  assert(
    property(string({ unit: constantFrom(...Array.from('a,;\t"\r\n=')), maxLength: 30 }), (text) => {
      const read = readCsv(text)
      const letters = (value: string) => value.replace(/[^a=]/g, '')
      if (read.kind === 'read') expect(read.rows.flat().map(letters).join('')).toBe(letters(text))
    }),
    { numRuns: 5_000 },
  )
})
