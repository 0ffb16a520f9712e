import type { SecretKeys } from '../worker/auth/keys.ts'
import { macOf } from '../worker/auth/mac.ts'
import { sealOf } from '../worker/auth/seal.ts'
import type { Database } from '../worker/store/database.ts'
import { DELIVERY_MAC, TARGET_SEAL } from '../worker/sync/open.ts'
import type { SetUp } from '../worker/sync/setUp.ts'
import { openOutbound } from '../worker/targets/outbound.ts'

/** Takes the database and the keys of the bridge; gives what setting a target up takes on this machine, for once: 20 requests, 30 s. */
export function setUpTools(
  database: Database,
  { sealKeys, macKeys }: { readonly sealKeys: SecretKeys; readonly macKeys: SecretKeys },
): SetUp {
  return {
    database,
    seal: sealOf(sealKeys, TARGET_SEAL),
    sign: macOf(macKeys, DELIVERY_MAC).sign,
    send: openOutbound({ budget: { left: 20 }, until: Date.now() + 30_000, loopback: true }),
    newId: () => crypto.randomUUID(),
    now: () => new Date(),
  }
}
