import { parseArgs, type ParseArgsConfig } from 'node:util'

/** Wrong arguments: the message is shown, and the exit code is 2. */
export class UsageError extends Error {}

/** Options that there are not: only then is the whole usage shown. */
class UnknownOption extends UsageError {}

/** Takes options as `parseArgs` does; gives what it gives. Throws UsageError for options that there are not. */
export function readOptions<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config)
  } catch (error) {
    throw new UnknownOption(error instanceof Error ? error.message : String(error))
  }
}

/** Takes a command and its usage; runs it, and tells what went wrong as a command does. A number it gives is the exit code. */
export async function runCommand(usage: string, run: () => Promise<number | void>): Promise<void> {
  try {
    process.exitCode = (await run()) ?? process.exitCode ?? 0
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const isUsage = error instanceof UsageError
    const more = error instanceof UnknownOption ? `\n\n${usage}` : isUsage ? '\n--help shows more.' : ''
    console.error(`${error.message}${more}`)
    process.exitCode = isUsage ? 2 : 1
  }
}
