import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { watchFolder } from '../../dev/watch.ts'

test('files saved by renaming another over them are seen each time, in folders made later too', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'drawbridge-watch-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'a.ts'), 'a')
  const ending = new AbortController()
  const onChange = vi.fn<() => void>()
  const watched = watchFolder(folder, onChange, { signal: ending.signal, everyMs: 20 })
  const seen = (times: number) => vi.waitFor(() => expect(onChange).toHaveBeenCalledTimes(times))
  await new Promise((done) => setTimeout(done, 100))
  for (const times of [1, 2, 3]) {
    await writeFile(join(folder, 'a.ts~'), 'b')
    await rename(join(folder, 'a.ts~'), join(folder, 'a.ts'))
    await seen(times)
  }
  await mkdir(join(folder, 'later'))
  await writeFile(join(folder, 'later', 'b.ts'), 'b')
  await seen(4)
  // What a deployment declares is built in.
  await writeFile(join(folder, 'later', 'schemas.json'), '{}')
  await seen(5)
  ending.abort()
  await watched
})
