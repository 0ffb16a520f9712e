import type { Provider } from './provider.ts'
import { entra, entra062020 } from './providers/entra.ts'
import { jumpcloud } from './providers/jumpcloud.ts'
import { oktaAiw, oktaOin } from './providers/okta.ts'
import { onelogin } from './providers/onelogin.ts'
import { ping, pingPut } from './providers/ping.ts'
import { rippling } from './providers/rippling.ts'

/** Every identity provider that can be played, by its name, in the order in which they are. */
export const PROVIDERS: ReadonlyMap<string, Provider> = new Map(
  [oktaOin, oktaAiw, entra, entra062020, onelogin, jumpcloud, ping, pingPut, rippling].map((provider) => [
    provider.name,
    provider,
  ]),
)
