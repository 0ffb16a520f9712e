import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import * as v from 'valibot'
import { beforeAll, expect, test } from 'vitest'

const script = resolve(import.meta.dirname, '../../dev/token.ts')
const slow = { timeout: 60_000 }
let dataDir = ''

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'drawbridge-token-'))
  return () => rm(dataDir, { recursive: true, force: true })
})

function run(...options: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, DATA_DIR: dataDir, LIBSQL_URL: '' }
  return new Promise((done) => {
    execFile(process.execPath, [script, ...options], { env }, (error, stdout, stderr) =>
      done({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    )
  })
}

/** The expiry that a printed token carries. */
const expiryOf = (stdout: string): number => {
  const [, payload = ''] = /_(?:[\w-]+)\.([\w-]+)\./.exec(stdout) ?? []
  return v.parse(v.object({ exp: v.number() }), JSON.parse(Buffer.from(payload, 'base64url').toString())).exp
}

test('a token is made, shown once with its id, and ended by it', slow, async () => {
  const none = await run('--connection', 'acme')
  expect(none).toMatchObject({ code: 1, stdout: '' })
  expect(none.stderr).toMatch(/no connection acme; there are: none\. Add --new/)

  const made = await run('--connection', 'acme', '--new', '--expires', '90d', '--scope', 'users,read')
  expect(made).toMatchObject({ code: 0, stderr: '' })
  const token = /^API token: (drawbridge_local_\S+)$/m.exec(made.stdout)?.[1] ?? ''
  const jti = /^Token id: (\S+)$/m.exec(made.stdout)?.[1] ?? ''
  expect(token.length).toBeGreaterThan(200)
  expect(token.length).toBeLessThanOrEqual(350)
  const ninetyDays = Math.floor(Date.now() / 1000) + 90 * 86_400
  expect(Math.abs(expiryOf(made.stdout) - ninetyDays)).toBeLessThan(60)

  const ended = await run('--revoke', jti)
  expect(ended).toMatchObject({ code: 0, stdout: `Token ${jti} has ended.\n` })
  expect(await run('--revoke', 'nothing')).toMatchObject({
    code: 1,
    stderr: 'There is no token with the id nothing.\n',
  })
})

test.each([
  [[], /--connection NAME/],
  [['--connection', 'a', '--scope', 'everything'], /--scope: expected some of users, groups, read/],
  [['--connection', 'a', '--expires', 'soon'], /--expires: expected a number of days or hours/],
  [['--connection', 'a', '--expires', '0d'], /--expires/],
  [['--nonsense'], /nonsense/],
])('%j is explained, with the usage, and exit code 2', slow, async (options, words) => {
  const { code, stderr } = await run(...options)
  expect(code).toBe(2)
  expect(stderr).toMatch(words)
  expect(stderr).toContain('npm run token -- --connection NAME')
})
