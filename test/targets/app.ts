import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import * as v from 'valibot'
import { startProcess } from '../../dev/port.ts'
import { openOutbound, type Outbound } from '../../worker/targets/outbound.ts'
import type { TargetEvent } from '../../worker/targets/event.ts'

const folder = resolve(import.meta.dirname, '../../examples/app')

/** What an app holds: its people and groups, those with their members. */
export type View = { readonly people: unknown; readonly groups: unknown }

const rules = v.object({
  apply: v.custom<(state: unknown, event: TargetEvent) => unknown>((value) => typeof value === 'function'),
  view: v.custom<(state: unknown, connection: string) => View>((value) => typeof value === 'function'),
})
const loaded: unknown = await import(join(folder, 'state.js'))

/** The example app's own rules, without the rest of it. */
export const { apply, view } = v.parse(rules, loaded)

/** A secret as the bridge makes one. */
export function newSecret(): string {
  return `whsec_${Buffer.from(crypto.getRandomValues(new Uint8Array(24))).toString('base64')}`
}

/** The way out, to this machine too. */
export function wayOut(timeout = 5000): Outbound {
  return openOutbound({ budget: { left: 100_000 }, until: Date.now() + 120_000, loopback: true, timeout })
}

/** Starts a program of the example app, `app.js` or `poll.js`, with a state of its own; gives what it says and holds. */
export async function startApp(file: 'app.js' | 'poll.js', settings: Readonly<Record<string, string>>) {
  const dataDir = await mkdtemp(join(tmpdir(), 'drawbridge-app-'))
  const state = join(dataDir, 'state.json')
  let url = ''
  const app = await startProcess({
    name: file,
    command: process.execPath,
    args: [join(folder, file)],
    env: { ...process.env, PORT: '0', STATE: state, ...settings },
    ready: async ({ stdout }) => {
      if (file === 'poll.js' || stdout === null) return
      for await (const line of createInterface({ input: stdout })) {
        url = /^listening on (\S+)$/.exec(line)?.[1] ?? ''
        if (url !== '') break
      }
      stdout.resume()
    },
  })
  return {
    url,
    holds: async (connection: string) => {
      const text: unknown = JSON.parse(await readFile(state, 'utf8'))
      return view(text, connection)
    },
    stop: async () => {
      await app.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
