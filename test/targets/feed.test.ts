import { createServer } from 'node:http'
import * as v from 'valibot'
import { expect, onTestFinished, test, vi } from 'vitest'
import { snapshotDone, type Feed, type TargetEvent } from '../../worker/targets/event.ts'
import { startApp } from './app.ts'
import { others } from './eventMirror.ts'
import { told } from './history.ts'

const person = (seq: number, resource: string, snapshot = false): readonly TargetEvent[] => {
  const document = { userName: resource, emails: [{ value: 'a@b.example' }], active: true }
  return told(
    'c',
    { seq, parts: { type: 'User', resource, wanted: { kind: 'present', document } } },
    snapshot,
  )
}

test('the example app reads the feed: its token, page by page, from the snapshot again after 410', async () => {
  const at = '2026-07-27T10:00:00.000Z'
  const first: readonly TargetEvent[] = [...person(1, 'anna'), ...person(2, 'ben')]
  // Meanwhile ben was deleted, and the feed no longer says so.
  const second: readonly TargetEvent[] = [
    ...person(1, 'anna', true),
    ...person(8, 'cleo', true),
    snapshotDone({ id: 'done', connection: 'c', seq: 8, at }),
    ...person(9, 'dan'),
  ]
  let phase: 'first' | 'trimmed' | 'second' = 'first'
  const asked: string[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://127.0.0.1')
    asked.push(`${url.pathname} ${request.headers.authorization}`)
    const after = Number(url.searchParams.get('after'))
    if (phase === 'trimmed') {
      phase = 'second'
      response.writeHead(410).end()
      return
    }
    const events = phase === 'first' ? first : second
    // One event an answer; where the app goes on is a place in the list here.
    const page = events.slice(after, after + 1)
    const feed: Feed = { events: page, next: after + page.length }
    response.end(JSON.stringify(v.parse(others.feed, feed)))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const settings = { BASE: `http://127.0.0.1:${port}/base`, TOKEN: 'drawbridge_local_x', SECONDS: '0.05' }
  const app = await startApp('poll.js', settings)
  onTestFinished(() => app.stop())
  const holds = (...names: readonly string[]) =>
    vi.waitFor(async () => {
      const { people } = await app.holds('c')
      expect(Object.keys(v.parse(v.looseObject({}), people)).toSorted()).toEqual(names)
    }, 5000)
  await holds('anna', 'ben')
  phase = 'trimmed'
  await holds('anna', 'cleo', 'dan')
  expect(new Set(asked)).toEqual(new Set(['/base/events Bearer drawbridge_local_x']))
})
