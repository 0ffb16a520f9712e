/** Wrong arguments: the message and the usage are shown, and the exit code is 2. */
export class UsageError extends Error {}
