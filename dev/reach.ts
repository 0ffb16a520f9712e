import { targetOpenerOf, type TargetOpener } from '../worker/sync/open.ts'
import { readKeys, readSettings } from './settings.ts'

/** Takes the environment; gives what opens the targets of connections, with the keys in DATA_DIR. Throws as readKeys. */
export async function openTargets(env: NodeJS.ProcessEnv): Promise<TargetOpener> {
  const { sealKeys } = await readKeys(readSettings(env).dataDir)
  return targetOpenerOf({ sealKeys, macKeys: undefined, loopback: true })
}

/** Wrong arguments: the message and the usage are shown, and the exit code is 2. */
export class UsageError extends Error {}

/** Takes a command and its usage; runs it, and tells what went wrong as a command does. */
export async function runCommand(usage: string, run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    console.error(error instanceof UsageError ? `${error.message}\n\n${usage}` : error.message)
    process.exitCode = error instanceof UsageError ? 2 : 1
  }
}
