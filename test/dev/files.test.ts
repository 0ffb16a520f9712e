import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { readJson } from '../../dev/files.ts'
import { faultInJson } from '../../dev/jsonFault.ts'

test.each([
  ['{"kind":"scim","auth":{"token": s3cret}}', 32],
  ['{"a":1,}', 7],
  ['[1 2]', 3],
  ['{"a" 1}', 5],
  ['"open', 0],
  ['{"a":"x\\y"}', 5],
  ['', 0],
  ['{}x', 2],
  ['[01]', 2],
])('%s stops to be JSON at %i', (text, at) => {
  expect(faultInJson(text)).toBe(at)
})

test('a fault is found where JSON.parse finds one, and nowhere else', () => {
  const isJson = (text: string) => {
    try {
      JSON.parse(text)
      return true
    } catch {
      return false
    }
  }
  const damaged = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom('', '"', '}', ',', '\\', '0', ' ', '\n', 'true'))
    .map(([text, at, other]) => {
      const place = at % (text.length + 1)
      return text.slice(0, place) + other + text.slice(place + 1)
    })
  fc.assert(
    fc.property(fc.oneof(fc.json(), damaged), (text) => {
      expect(faultInJson(text) === undefined).toBe(isJson(text))
    }),
    { numRuns: 2_000 },
  )
})

test('a file that is no JSON is said with its place, and with nothing of what is in it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'drawbridge-files-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'target.json')
  await writeFile(file, '{"kind":"scim",\n"auth":{"token":s3cret}}')
  await expect(readJson('set', file)).rejects.toThrow(new Error(`${file} is not JSON: line 2, column 17.`))
  await writeFile(file, '\uFEFF{"kind":"scim"}')
  expect(await readJson('set', file)).toEqual({ kind: 'scim' })
  await expect(readJson('set', folder)).rejects.toThrow(new Error(`--set: ${folder} is a folder.`))
  await expect(readJson('mapping', join(file, 'x'))).rejects.toThrow(/^--mapping: there is no file /)
})
