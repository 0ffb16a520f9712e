/** Wrong arguments: the message and the usage are shown, and the exit code is 2. */
export class UsageError extends Error {}

/**
 * Takes a command's usage and the command, which may give its exit code; runs it, and tells what went wrong as a command does. What is
 * no Error is a bug, and thrown on.
 */
export async function runCommand(usage: string, run: () => Promise<number | void>): Promise<void> {
  try {
    const code = await run()
    if (code !== undefined) process.exitCode = code
  } catch (error) {
    if (!(error instanceof Error)) throw error
    console.error(error instanceof UsageError ? `${error.message}\n\n${usage}` : error.message)
    process.exitCode = error instanceof UsageError ? 2 : 1
  }
}
