import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { buildWorker, serveWorkers } from '../../dev/workerd.ts'
import { newSecret, startApp } from './app.ts'

test('built as for a deployment, without compatibility flags, the target signs in workerd what the app takes', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'drawbridge-webhook-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  const entry = join(import.meta.dirname, 'webhookWorker.ts')
  const { code, compatibilityDate } = await buildWorker(join(dataDir, 'build'), undefined, entry)
  expect(code).not.toMatch(/\bfrom\s*["']node:/)
  const served = await serveWorkers({
    folder: dataDir,
    services: [{ name: 'webhook', code, compatibilityDate }],
  })
  onTestFinished(() => served.stop())
  const secret = newSecret()
  const app = await startApp('app.js', { SECRET: secret })
  onTestFinished(() => app.stop())
  const probe = (signed: string) =>
    fetch(`${served.url}/?${new URLSearchParams({ url: app.url, secret: signed }).toString()}`).then(
      (answer) => answer.json(),
    )
  expect(await probe(secret)).toMatchObject({ kind: 'good', account: app.url })
  expect(await probe(newSecret())).toMatchObject({ kind: 'bad' })
})
