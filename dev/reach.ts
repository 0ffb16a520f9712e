import { targetOpenerOf, type TargetOpener } from '../worker/sync/open.ts'
import { readKeys, readSettings } from './settings.ts'

/** Takes the environment; gives what opens the targets of connections, with the keys in DATA_DIR. Throws as readKeys. */
export async function openTargets(env: NodeJS.ProcessEnv): Promise<TargetOpener> {
  const { sealKeys } = await readKeys(readSettings(env).dataDir)
  return targetOpenerOf({ sealKeys, macKeys: undefined, loopback: true })
}
