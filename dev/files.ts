/** The files that commands are given: what is wrong with one is said with the option that names it, and never with what is in it. */
import { constants } from 'node:fs'
import { access, readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { faultInJson } from './jsonFault.ts'

/** Takes the option that names a file, and the file; gives its bytes. Throws with words where it cannot be read. */
export async function readBytes(option: string, file: string): Promise<Buffer> {
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR')
      throw new Error(`--${option}: there is no file ${file}.`)
    if (error.code === 'EISDIR') throw new Error(`--${option}: ${file} is a folder.`)
    throw new Error(`--${option}: ${file} cannot be read (${error.code ?? 'no reason given'}).`)
  })
}

/** Takes the option that names a file of JSON, and the file; gives its value. Throws with the place where it is none, without a piece of it: secrets may stand there. */
export async function readJson(option: string, file: string): Promise<unknown> {
  const text = (await readBytes(option, file)).toString('utf8').replace(/^\uFEFF/, '')
  const fault = faultInJson(text)
  if (fault === undefined) return JSON.parse(text)
  const lines = text.slice(0, fault).split('\n')
  const place = `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`
  throw new Error(`${file} is not JSON: ${place}.`)
}

/** Takes the option that names a file, and the file; throws with words where it cannot be written. Nothing is written. */
export async function expectWritable(option: string, file: string): Promise<void> {
  const no = (why: string) => new Error(`--${option}: ${file} cannot be written: ${why}.`)
  const folder = await stat(dirname(file)).catch(() => undefined)
  if (folder?.isDirectory() !== true) throw no('there is no such folder')
  const there = await stat(file).catch(() => undefined)
  if (there?.isDirectory() === true) throw no('it is a folder')
  await access(there === undefined ? dirname(file) : file, constants.W_OK).catch(() => {
    throw no('it is not allowed')
  })
}
