import type { Client } from './calls.ts'

/** One thing that an identity provider does to an app, timed and counted by itself. */
export type Step = { readonly name: string; readonly run: (client: Client) => Promise<void> }
