import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const worker = join(import.meta.dirname, '../worker')

/** The two ways out: to a target, and to the database. */
const OUT = ['store/database.ts', 'targets/outbound.ts']

/** A script that runs in a browser, and asks the page it is on. */
const BROWSER = 'admin/waiting.ts'

/** What makes a connection, or brings in what does. A method called fetch, of an app or of settings, is not the way out. */
const ways: readonly RegExp[] = [
  // The name alone, called or handed on, but for a key of an object or a type, and a header of a browser.
  /(?<![.\w$'"]|sec-)fetch(?![\w$'"]|\??:)/,
  // The same by the global object; `self` is also the caller's own person.
  /\bglobalThis\b(?!\.Request\b)|\bself(?:\??\.fetch\b|\[)/,
  /\b(?:WebSocket|EventSource|XMLHttpRequest|WebTransport|sendBeacon|caches)\b/,
  /(?<![\w$])connect\(/,
  // Of jose, which fetches keys by itself, and of libSQL.
  /\b(?:createRemoteJWKSet|createClient)\b/,
  /(?<![\w$])(?:import|require)\(/,
  /(?:from|import) '(?:node:)?(?:https?|http2|net|tls|dgram|dns)(?:\/\w+)?'/,
  /(?:from|import) '(?:undici|axios|got|ky|ws|node-fetch|cross-fetch|hono\/(?:proxy|client)|cloudflare:\w+)'/,
]

/** The Worker's own entry: it takes requests in. */
const ENTRY = /^ +async fetch\(request, .*\): Promise<Response> \{$/

/** Takes source text; gives its lines, without those that are comments, that lead out. */
function leadingOut(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => !/^\s*(?:\/\/|\/?\*)/.test(line) && !ENTRY.test(line))
    .filter((line) => ways.some((way) => way.test(line)))
}

test('only two files send anything', async () => {
  const all = (await readdir(worker, { recursive: true })).filter((name) => name.endsWith('.ts'))
  expect(all).toContain(BROWSER)
  const files = all.filter((name) => name !== BROWSER)
  expect(files.length).toBeGreaterThan(50)
  const found = await Promise.all(
    files.map(async (file) => [file, leadingOut(await readFile(join(worker, file), 'utf8'))] as const),
  )
  expect(found.filter(([file, lines]) => lines.length > 0 && !OUT.includes(file))).toEqual([])
  // It sees those that do.
  expect(found.flatMap(([file, lines]) => (lines.length > 0 ? [file] : [])).toSorted()).toEqual(OUT)
})

test.each([
  "const answer = await fetch('https://example.com')",
  '  void fetch(request)',
  'const send = options.fetch ?? fetch',
  'const { fetch } = options',
  'const send = globalThis.fetch',
  "self['fetch'](request)",
  "new WebSocket('wss://example.com')",
  "const socket = connect('example.com:25')",
  'sockets.connect({ hostname, port })',
  "import { connect } from 'cloudflare:sockets'",
  "import { request } from 'undici'",
  "import { request } from 'node:https'",
  "import http from 'http'",
  "import 'node:net'",
  "export * from 'ws'",
  "const { request } = await import('undici')",
  "const http = require('http')",
  "import { createClient } from '@libsql/client/web'",
  'const keys = createRemoteJWKSet(new URL(address))',
  'await caches.default.put(request, response)',
])('it would find: %s', (line) => {
  expect(leadingOut(line)).toEqual([line])
})

test.each([
  '  async fetch(request, env: object, context): Promise<Response> {',
  '    return await appOf(env).fetch(request, env, context)',
  'const dispatch: Dispatch = async (request, job) => app.fetch(request, { job })',
  '  readonly fetch?: (request: Request) => Promise<Response>',
  '  fetch: (request: Request) => Promise<Response>',
  ' * Takes a way to fetch(it).',
  '  // fetch(it)',
  'const prefetch = (one: string) => refetch(one)',
  "import { ensureConnection } from './connections.ts'",
  'reconnect(it)',
  "import { LibsqlError, type Row } from '@libsql/client/web'",
  'export type Dispatch = (request: globalThis.Request, job: Job) => Promise<Response>',
  'const self = await getSelf(database, self.id)',
])('it would not take for a way out: %s', (line) => {
  expect(leadingOut(line)).toEqual([])
})
