import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { expect, test } from 'vitest'

const lockFile = v.object({
  packages: v.record(
    v.string(),
    v.object({
      version: v.optional(v.string()),
      resolved: v.optional(v.string()),
      optionalDependencies: v.optional(v.record(v.string(), v.string()), {}),
    }),
  ),
})

async function readLock(): Promise<v.InferOutput<typeof lockFile>['packages']> {
  const text = await readFile(join(import.meta.dirname, '../package-lock.json'), 'utf8')
  return v.parse(lockFile, JSON.parse(text)).packages
}

test('the lock file names the package of every system, or npm ci stops on all of them', async () => {
  const packages = await readLock()
  // npm leaves those out that it cannot fetch while it writes the file, and then finds them missing.
  const missing = Object.entries(packages).flatMap(([holder, { optionalDependencies }]) =>
    Object.keys(optionalDependencies).filter((name) => !finds(packages, holder, name)),
  )
  expect(missing).toEqual([])
})

test('the lock file names no registry', async () => {
  const named = Object.entries(await readLock()).filter(([, { resolved }]) => resolved !== undefined)
  expect(named).toEqual([])
})

/** Node's way of looking up: beside the package, then in each folder above it. */
function finds(packages: object, holder: string, name: string): boolean {
  const above = holder.split(/(?:^|\/)node_modules\//).slice(1)
  const places = above.map((_, depth) =>
    above
      .slice(0, above.length - depth)
      .map((part) => `node_modules/${part}`)
      .join('/'),
  )
  return [...places.map((place) => `${place}/node_modules/${name}`), `node_modules/${name}`].some(
    (place) => place in packages,
  )
}
