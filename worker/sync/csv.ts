import { foldCase } from '../scim/fold.ts'

/** A file as rows of cells, or what is wrong with it. */
export type ReadCsv =
  | { readonly kind: 'read'; readonly rows: readonly (readonly string[])[] }
  | { readonly kind: 'bad'; readonly words: string }

/** The people a file names, as it writes them, and by the name of which column; or what is wrong with it. */
export type ReadNames =
  | { readonly kind: 'read'; readonly names: readonly string[]; readonly column: string | undefined }
  | { readonly kind: 'bad'; readonly words: string }

/** Takes the bytes of a file; gives its text: UTF-8, or UTF-16 where a byte order mark says so. Undefined where it is neither. */
export function textOf(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch {
    return undefined
  }
}

/** What may stand between cells. Excel writes the semicolon where the comma is in numbers. */
const DELIMITERS = [',', ';', '\t'] as const

/**
 * Takes a text; gives its rows (RFC 4180), lines of nothing left out. Lines end in CRLF, LF or CR; the delimiter is the one that
 * the first line has most of. A quote within a cell that does not begin with one is a letter. No value is worked out or changed.
 */
export function readCsv(text: string): ReadCsv {
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text
  const delimiter = delimiterOf(source)
  const rows: string[][] = []
  let row: string[] = []
  let at = 0
  const endRow = () => {
    if (row.length > 1 || row[0] !== '') rows.push(row)
    row = []
  }
  while (at < source.length || row.length > 0) {
    const cell = source[at] === '"' ? quotedCell(source, at) : plainCell(source, at, delimiter)
    if (cell === undefined) return { kind: 'bad', words: `row ${rows.length + 1}: a quote is not closed` }
    row.push(cell.value)
    at = cell.end
    const next = source[at]
    if (next === delimiter) {
      at += 1
      // A delimiter at the very end has an empty cell behind it.
      if (at < source.length) continue
      row.push('')
      endRow()
    } else if (next === undefined || next === '\r' || next === '\n') {
      endRow()
      at += next === '\r' && source[at + 1] === '\n' ? 2 : 1
    } else return { kind: 'bad', words: `row ${rows.length + 1}: something stands behind a closing quote` }
  }
  return { kind: 'read', rows }
}

type Cell = { readonly value: string; readonly end: number }

function plainCell(source: string, from: number, delimiter: string): Cell {
  let end = from
  while (end < source.length && source[end] !== delimiter && source[end] !== '\r' && source[end] !== '\n')
    end += 1
  return { value: source.slice(from, end), end }
}

function quotedCell(source: string, from: number): Cell | undefined {
  let value = ''
  for (let at = from + 1; ;) {
    const end = source.indexOf('"', at)
    if (end < 0) return undefined
    value += source.slice(at, end)
    if (source[end + 1] !== '"') return { value, end: end + 1 }
    value += '"'
    at = end + 2
  }
}

function delimiterOf(source: string): string {
  const counts = new Map<string, number>(DELIMITERS.map((one) => [one, 0]))
  let isQuoted = false
  for (const letter of source) {
    if (letter === '"') isQuoted = !isQuoted
    if (isQuoted) continue
    if (letter === '\n' || letter === '\r') break
    const count = counts.get(letter)
    if (count !== undefined) counts.set(letter, count + 1)
  }
  const [most] = [...counts].toSorted(([, a], [, b]) => b - a)
  return most === undefined || most[1] === 0 ? ',' : most[0]
}

/** How columns are named that hold what is looked for, the best first, without regard to case and to what is no letter. */
const HEADERS = [
  'username',
  'userlogin',
  'login',
  'signinname',
  'userprincipalname',
  'upn',
  'email',
  'emailaddress',
  'useremail',
  'primaryemail',
  'workemail',
  'mail',
]

const headerOf = (cell: string) => foldCase(cell).replace(/[^\p{L}\p{N}]/gu, '')

/**
 * Takes the rows of a file; gives the people it names: of the column that is named userName or e-mail, or, where the first row
 * names none, of the only column or the first in which every value has an @. A file that names nobody is none.
 */
export function namesOf(rows: readonly (readonly string[])[]): ReadNames {
  const [first = []] = rows
  const titles = first.map(headerOf)
  const header = HEADERS.map((name) => titles.indexOf(name)).find((at) => at >= 0)
  const body = header === undefined ? rows : rows.slice(1)
  const width = Math.max(0, ...rows.map((row) => row.length))
  const values = (at: number) => body.map((row) => (row[at] ?? '').trim()).filter((value) => value !== '')
  const column =
    header ??
    (width === 1
      ? 0
      : Array.from({ length: width }, (_, at) => at).find((at) => {
          const all = values(at)
          return all.length > 0 && all.every((value) => value.includes('@'))
        }))
  if (column === undefined)
    return { kind: 'bad', words: 'no column is named userName or email: give one of them such a header' }
  const names = [...new Set(values(column))]
  if (names.length === 0) return { kind: 'bad', words: 'the list names nobody' }
  return { kind: 'read', names, column: header === undefined ? undefined : first[header] }
}

/**
 * Takes rows of cells; gives them as a CSV file (RFC 4180). What a spreadsheet would take for a formula gets an apostrophe in
 * front, so that it stays a text.
 */
export function writeCsv(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => `${row.map(cellOf).join(',')}\r\n`).join('')
}

function cellOf(value: string | number): string {
  if (typeof value === 'number') return String(value)
  const defused = /^[\s\p{C}]*[=+\-@＝＋－＠]|^[\t\r\n]/u.test(value) ? `'${value}` : value
  return /[",;\t\r\n]/.test(defused) ? `"${defused.replaceAll('"', '""')}"` : defused
}
