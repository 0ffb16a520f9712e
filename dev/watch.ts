import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * Takes a folder, what to call when a TypeScript file in it or below is changed, made, renamed or gone, and the signal
 * that ends the watch. It looks at the times of the files every `everyMs`, and calls once they have come to rest:
 * `fs.watch` loses a file for good when an editor saves it by renaming another over it. Throws nothing.
 */
export async function watchFolder(
  folder: string,
  onChange: () => void,
  options: { signal: AbortSignal; everyMs?: number },
): Promise<void> {
  const { signal, everyMs = 250 } = options
  let [known, last] = ['', '']
  known = last = await lookAt(folder)
  while (!signal.aborted) {
    await delay(everyMs, undefined, { signal, ref: false }).catch(() => {})
    const now = await lookAt(folder)
    if (!signal.aborted && now === last && now !== known) {
      known = now
      onChange()
    }
    last = now
  }
}

/** All files with their times and sizes, as one text. A file that goes while it is looked at counts as gone. */
async function lookAt(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((): Dirent[] => [])
  const files = entries.filter(({ name }) => /\.(?:tsx?|json)$/u.test(name))
  const lines = await Promise.all(
    files.map(async ({ parentPath, name }) => {
      const path = join(parentPath, name)
      const seen = await stat(path).catch(() => undefined)
      return seen === undefined ? '' : `${path} ${seen.ino} ${seen.mtimeMs} ${seen.size}`
    }),
  )
  return lines.toSorted().join('\n')
}
