import { describe, expect, test } from 'vitest'
import { readExchanges } from './exchange.ts'
import { differences } from './match.ts'
import { replay } from './replay.ts'
import { fill } from './variables.ts'

const anna = { id: '7', active: true, emails: [{ value: 'anna@example.com' }, { value: 'a@example.com' }] }

describe('an answer fits', () => {
  test.each([
    [{ active: true }],
    [{ emails: [{}, { value: 'a@example.com' }] }],
    [{ emails: { $unordered: [{ value: 'a@example.com' }, { value: 'anna@example.com' }] } }],
    [{ emails: { $contains: [{ value: 'a@example.com' }] }, id: { $nonEmpty: true } }],
    [{ id: { $matches: '^7$' }, active: { $type: 'boolean' }, emails: { $not: [] } }],
    [{ $nowhere: null }],
  ])('%j', (expected) => expect(differences(expected, anna)).toEqual([]))
})

describe('an answer does not fit', () => {
  test.each([
    ['another value', { active: false }, '/active: expected false, got true'],
    ['a missing key', { title: 'Trainee' }, '/title: expected "Trainee", got nothing'],
    ['a number for text', { id: 7 }, '/id: expected 7, got "7"'],
    ['the wrong type', { id: { $type: 'number' } }, '/id: expected {"$type":"number"}, got "7"'],
    ['fewer items', { emails: [{}] }, '/emails: expected 1 items'],
    [
      'another order',
      { emails: [{ value: 'a@example.com' }, {}] },
      '/emails/0/value: expected "a@example.com"',
    ],
    [
      'one twice',
      { emails: { $unordered: [{ value: 'a@example.com' }, { value: 'a@example.com' }] } },
      '/emails',
    ],
    ['one too many', { emails: { $unordered: [{ value: 'a@example.com' }] } }, '/emails'],
    ['nobody like it', { emails: { $contains: [{ value: 'b@example.com' }] } }, '/emails'],
    ['an empty text', { id: { $not: { $nonEmpty: true } } }, '/id'],
    ['something deep within', { $nowhere: 'a@example.com' }, '/: expected {"$nowhere":"a@example.com"}'],
    ['an object for text', { id: {} }, '/id: expected an object, got "7"'],
  ])('%s', (_, expected, problem) => expect(differences(expected, anna)[0]).toContain(problem))

  test('an unknown matcher is a mistake in the file', () => {
    expect(() => differences({ $near: 7 }, 7)).toThrow('there is no matcher $near')
  })
})

describe('variables', () => {
  const saved = new Map<string, unknown>(Object.entries({ anna, n: 2, 'person.1': 'x', 'person.2': 'y' }))

  test('stand for values and for text', () => {
    expect(fill(['{{anna}}', 'no {{n}}', '{{person.n}}'], saved)).toEqual([anna, 'no 2', 'y'])
    expect(fill({ $each: 2, of: '{{person.n}}' }, saved)).toEqual(['x', 'y'])
    expect(fill({ $merge: ['{{anna}}', { active: false }] }, saved)).toEqual({ ...anna, active: false })
  })

  test('must be there', () => {
    expect(() => fill('/Users/{{bo}}', saved)).toThrow('nothing is saved as {{bo}}')
    expect(() => fill('{{person.3}}', saved)).toThrow('nothing is saved as {{person.3}}')
  })
})

const scim = { 'content-type': 'application/scim+json' }

/** Replays one step that reads and gets this answer. */
async function play(response: unknown, answer: Response, more: object = {}): Promise<void> {
  const step = { does: 'reads', request: { method: 'GET', path: '/Users/1' }, response, ...more }
  const [exchange] = readExchanges({ './some/file.json': { title: '', source: '', steps: [step] } })
  if (!exchange) throw new Error('no exchange')
  await replay(exchange, {
    origin: 'https://bridge.test',
    token: 't',
    call: () => Promise.resolve(answer),
    quirks: () => Promise.resolve([]),
  })
}

describe('a replay fails', () => {
  test.each([
    ['by its status', { status: 201 }, '{}', 'expected status 201'],
    [
      'by what should be absent',
      { status: 200, absent: ['/title'] },
      '{"title":"x"}',
      '/title: expected nothing',
    ],
    ['by its body', { status: 200, body: { id: '1' } }, '{"id":"2"}', '/id: expected "1", got "2"'],
    ['by a password', { status: 200 }, '{"password":"x"}', 'expected no password'],
    ['by a header', { status: 200, headers: { Location: { $nonEmpty: true } } }, '{}', 'Location: expected'],
    ['by text that is not JSON', { status: 200 }, 'error code: 502', 'expected a JSON body'],
    ['by a missing variable', { status: 200, body: { id: '{{bo}}' } }, '{}', 'nothing is saved as {{bo}}'],
  ])('%s', async (_, response, text, problem) => {
    await expect(play(response, new Response(text, { headers: scim }))).rejects.toThrow(problem)
  })

  test('by an error that is not a SCIM error', async () => {
    const answer = new Response('{"status":404}', { status: 404, headers: scim })
    await expect(play({ status: 404 }, answer)).rejects.toThrow('/status: expected "404", got 404')
  })

  test('by another content type', async () => {
    await expect(play({ status: 200 }, Response.json({}))).rejects.toThrow('got application/json')
  })

  test('by nothing to save', async () => {
    const answer = new Response('{}', { headers: scim })
    await expect(play({ status: 200 }, answer, { save: { anna: '/id' } })).rejects.toThrow('save as {{anna}}')
  })
})

describe('quirks', () => {
  const step = { does: 'reads', request: { method: 'GET', path: '/' }, response: { status: 200 } }
  const file = (quirks: unknown) => ({ './some/file.json': { title: '', source: '', quirks, steps: [step] } })

  /** Replays a file that names quirks; `counted` are the counts as they are read, the last of them from then on. */
  async function count(quirks: unknown, ...counted: readonly (readonly string[])[]): Promise<void> {
    const [exchange] = readExchanges(file(quirks))
    if (!exchange) throw new Error('no exchange')
    const left = [...counted]
    await replay(exchange, {
      origin: 'https://bridge.test',
      token: 't',
      call: () => Promise.resolve(new Response('{}', { headers: scim })),
      quirks: () => Promise.resolve((left.length > 1 ? left.shift() : left[0]) ?? []),
    })
  }

  test('are just those counted, in any order', async () => {
    await count(['op_case', 'pathless'], ['pathless', 'op_case'])
    await count([], [])
    await count(undefined, ['op_case'])
  })

  test('may be counted a little later', () => count(['filter_dotted'], [], ['filter_dotted']))

  test.each([
    ['one too few', ['op_case', 'pathless'], ['op_case'], 'expected op_case, pathless counted, got op_case'],
    ['one too many', [], ['op_case'], 'expected none counted, got op_case'],
  ])('fail the replay: %s', async (_, quirks, counted, problem) => {
    await expect(count(quirks, counted)).rejects.toThrow(problem)
  })

  test('that nobody knows are a mistake in the file', () => {
    expect(() => readExchanges(file(['op_cse']))).toThrow('expected the name of a quirk')
  })
})

describe('files', () => {
  const content = {
    title: 'T',
    source: 'S',
    steps: [{ does: 'd', request: { method: 'GET', path: '/' }, response: { status: 200 } }],
  }

  test('take what their client always sends from the folders around them, the nearest winning', () => {
    const files = {
      './idp/client.json': { headers: { Accept: 'a', 'User-Agent': 'u' } },
      './idp/one/client.json': { authorization: 'raw', headers: { Accept: 'b' } },
      './idp/one/file.json': content,
      './idp/two/file.json': { ...content, authorization: 'basic' },
    }
    expect(readExchanges(files)).toMatchObject([
      { name: 'idp/one/file', authorization: 'raw', headers: { Accept: 'b', 'User-Agent': 'u' } },
      { name: 'idp/two/file', authorization: 'basic', headers: { Accept: 'a' } },
    ])
  })

  test('with an unknown key are refused', () => {
    expect(() => readExchanges({ './idp/file.json': { ...content, extra: 1 } })).toThrow('./idp/file.json')
  })
})
