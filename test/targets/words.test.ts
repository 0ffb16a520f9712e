import { expect, test } from 'vitest'
import * as fc from 'fast-check'
import { quoted, wordsOf } from '../../worker/targets/words.ts'

test.each([
  ['Taken.', '"Taken."'],
  ['', '""'],
  ['  two\r\n\t lines\u00a0 \u2028here ', '"two lines here"'],
  ['\u0000a\u001b[31mb\u007fc\u0085d', '"a [31mb c d"'],
  ['safe\u202etxt.exe\u2066x\u2069', '"safe txt.exe x"'],
  ['a\u200b\u200d\ufeff\u00adb\u3164\u2800\u034fc', '"a b c"'],
  ['\ud800 half', '"half"'],
  ['he said "yes" <script>`x`</script>', `"he said 'yes' 'script''x''/script'"`],
  ['“you” «he» ＂＜b＞', `"'you' 'he' ''b'"`],
  ['Zoë 氏 😀', '"Zoë 氏 😀"'],
])('%j is passed on as %s', (said, words) => {
  expect(quoted(said)).toBe(words)
})

test('long words are cut at 300 code points, and no character is cut in two', () => {
  expect(quoted('a'.repeat(300))).toBe(`"${'a'.repeat(300)}"`)
  expect(quoted('a'.repeat(301))).toBe(`"${'a'.repeat(300)}…"`)
  expect(quoted('😀'.repeat(300))).toBe(`"${'😀'.repeat(300)}"`)
  expect(quoted(`a${'😀'.repeat(100_000)}`)).toBe(`"a${'😀'.repeat(299)}…"`)
})

test('whatever a target says, its words end where the quotes end', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (said) => {
      const words = quoted(said)
      expect(words).toMatch(/^"[^"<>`\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]{0,301}"$/u)
      expect(words).not.toMatch(/\s\s/)
    }),
  )
})

const secret = 'tök/en+ "s3cret" & more?'
const bytes = Buffer.from(secret)

test.each([
  ['as it is', secret],
  ['in base64', bytes.toString('base64')],
  ['in base64 without its end', bytes.toString('base64').replace(/=+$/, '')],
  ['in base64url', bytes.toString('base64url')],
  ['URL-encoded', encodeURIComponent(secret)],
  ['URL-encoded in small letters', encodeURIComponent(secret).replace(/%../g, (hex) => hex.toLowerCase())],
  ['in a form', new URLSearchParams({ a: secret }).toString().slice(2)],
])('a secret is taken out of the words %s', (_, said) => {
  expect(quoted(`Bearer ${said} is bad, ${said}!`, [secret])).toBe('"Bearer … is bad, …!"')
})

test('a secret is taken out before the words are cut', () => {
  expect(quoted(`${'a'.repeat(290)}${secret}`, [secret])).toBe(`"${'a'.repeat(290)}…"`)
})

test('a password is taken out of the base64 of user and password', () => {
  for (const user of ['a', 'bo', 'eve', 'adam']) {
    const said = Buffer.from(`${user}:correct horse battery:`).toString('base64')
    const words = quoted(`Basic ${said}`, ['correct horse battery'])
    expect(words).toContain('…')
    expect(Buffer.from(words.replace('Basic', ''), 'base64').toString('latin1')).not.toMatch(
      /orrect|horse|batter/,
    )
  }
})

test('of two secrets that share a beginning the longer is taken out whole; a short one is none', () => {
  expect(quoted('abcdef123 abcdef', ['abcdef', 'abcdef123'])).toBe('"… …"')
  expect(quoted('a user in a list', ['a', 'in', '', 'user'])).toBe('"a user in a list"')
  expect(quoted('price: $1 $& secret', ['secret'])).toBe('"price: $1 $& …"')
})

test('no secret of any kind comes through in any spelling', () => {
  const secrets = fc.string({ unit: 'grapheme', minLength: 6, maxLength: 60 })
  const spellings = [
    (text: string) => text,
    (text: string) => Buffer.from(text).toString('base64'),
    (text: string) => Buffer.from(text).toString('base64url'),
    encodeURIComponent,
  ]
  fc.assert(
    fc.property(secrets, fc.constantFrom(...spellings), (hidden, spell) => {
      expect(quoted(`[${spell(hidden)}]`, [hidden])).toBe('"[…]"')
    }),
  )
})

test.each([
  [{ detail: 'a', message: 'b' }, 'a'],
  [{ error: 'invalid_grant', error_description: 'Expired.' }, 'Expired.'],
  [{ title: 'Bad', message: 'b' }, 'b'],
  [{ error: 'not_allowed', title: 'Bad' }, 'not_allowed'],
  [{ title: 'Bad', status: 400 }, 'Bad'],
  [{ detail: ' ', message: null, error: 'e' }, 'e'],
  [{ detail: { a: 1 }, error: ['x'], title: 5 }, undefined],
  [{}, undefined],
  [[{ detail: 'a' }], undefined],
  ['detail', undefined],
  [null, undefined],
  [undefined, undefined],
  [7, undefined],
])('the words of %j are %j', (body: unknown, words) => {
  expect(wordsOf(body)).toBe(words)
})
