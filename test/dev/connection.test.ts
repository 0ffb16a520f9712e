import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, onTestFinished, test } from 'vitest'
import { devToken, makeToken } from '../../dev/connection.ts'
import { shortId } from '../../worker/store/ids.ts'
import { newKey } from '../../worker/auth/keys.ts'
import { ensureConnection } from '../../worker/store/connections.ts'
import { openDatabase } from '../../worker/store/database.ts'
import { revokeToken } from '../../worker/store/tokens.ts'

test('npm run dev shows the token it has made itself, and a new one once that has ended', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'drawbridge-connection-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  const url = inject('libsqlUrl')
  const keys = [await newKey()] as const
  const [database, name, place] = [openDatabase({ url }), shortId(), { region: 'local', deployment: 'test' }]
  const { id } = await ensureConnection(database, name, shortId(), new Date())
  const other = await makeToken(database, { ...place, keys }, id, {})

  const options = { ...place, url, keys, name, dataDir }
  const first = await devToken(options)
  expect(first.jti).not.toBe(other.jti)
  expect((await stat(join(dataDir, 'token.json'))).mode & 0o777).toBe(0o600)
  expect(await devToken(options)).toEqual(first)

  // A key that signs from now on changes no token; a token whose key is gone is none.
  expect(await devToken({ ...options, keys: [await newKey(), ...keys] })).toEqual(first)
  const newer = { ...options, keys: [await newKey()] }
  const second = await devToken(newer)
  expect(second.jti).not.toBe(first.jti)
  await revokeToken(database, second.jti, new Date())
  const third = await devToken(newer)
  expect([first.jti, second.jti, other.jti]).not.toContain(third.jti)
})
