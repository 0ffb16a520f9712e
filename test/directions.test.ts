import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'

const worker = join(import.meta.dirname, '../worker')

/**
 * The direction of dependencies: each room of worker/, and the rooms and packages it may import. Everything may use
 * scim, scim uses nothing; only app.ts knows them all, only index.ts knows Cloudflare.
 */
const allowed: Readonly<Record<string, readonly string[]>> = {
  scim: [],
  store: [
    'scim',
    '@libsql/client/web',
    'drizzle-orm',
    'drizzle-orm/sqlite-core',
    'drizzle-orm/sqlite-core/dialect',
    'valibot',
  ],
  auth: ['jose', 'valibot'],
  targets: ['scim', 'standardwebhooks', 'valibot'],
  sync: ['scim', 'store', 'auth', 'targets'],
  admin: [
    'scim',
    'store',
    'sync',
    'auth',
    'context',
    'config',
    'hono',
    'hono/cookie',
    'hono/html',
    'hono/jsx',
    'hono/secure-headers',
    'valibot',
  ],
  routes: ['scim', 'store', 'auth', 'context', 'config', 'hono', 'hono/route', 'valibot'],
  catalog: ['scim', 'valibot'],
  config: ['auth', 'catalog', 'scim', 'schemas.json', 'valibot'],
  context: ['config', 'scim', 'store', 'hono', 'hono/route'],
  app: [
    'admin',
    'auth',
    'catalog',
    'routes',
    'context',
    'scim',
    'sync',
    'hono',
    'hono/route',
    'hono/utils/url',
  ],
  index: ['app', 'config', 'context', 'routes', 'store'],
}

type Import = { readonly file: string; readonly from: string; readonly to: string }

async function imports(): Promise<readonly Import[]> {
  const files = (await readdir(worker, { recursive: true })).filter((name) => /\.tsx?$/.test(name))
  const found = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(worker, file), 'utf8')
      return [...text.matchAll(/^(?:import|export)\b[^'"]*?from '([^']+)'/gm)].map(
        ([, source = '']): Import => {
          const to = source.startsWith('.') ? relative(worker, join(worker, dirname(file), source)) : source
          return { file, from: room(file), to: source.startsWith('.') ? room(to) : to }
        },
      )
    }),
  )
  return found.flat()
}

const room = (path: string) => path.replace(/\.tsx?$/, '').split('/')[0] ?? path

test('imports go in the one direction', async () => {
  const all = await imports()
  expect(all.length).toBeGreaterThan(100)
  const wrong = all.filter(({ from, to }) => to !== from && !allowed[from]?.includes(to))
  expect(wrong).toEqual([])
})

test('every room is used', async () => {
  const used = new Set((await imports()).map(({ to }) => to))
  const rooms = (await readdir(worker)).map(room).filter((name) => name !== 'index')
  expect(rooms.filter((name) => !used.has(name))).toEqual([])
})

test('nothing but index.ts and the tests speaks of Cloudflare’s own modules', async () => {
  expect((await imports()).filter(({ to }) => to.startsWith('cloudflare:'))).toEqual([])
})

test('scim is pure: no clock, no chance, no network, no environment', async () => {
  const files = (await readdir(join(worker, 'scim'), { recursive: true })).filter((name) =>
    name.endsWith('.ts'),
  )
  const impure = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(worker, 'scim', file), 'utf8')
      return /\bDate\.now\b|new Date\(\)|Math\.random|\bcrypto\.|\bfetch\(|process\.|\bawait\b/.test(text)
        ? [file]
        : []
    }),
  )
  expect(impure.flat()).toEqual([])
})
