import type { Provider } from './provider.ts'
import { oktaAiw, oktaOin } from './providers/okta.ts'

/** Every identity provider that can be played, by its name, in the order in which they are. */
export const PROVIDERS: ReadonlyMap<string, Provider> = new Map(
  [oktaOin, oktaAiw].map((provider) => [provider.name, provider]),
)
