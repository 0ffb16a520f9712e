import type { Context } from 'hono'
import { macOf } from '../auth/mac.ts'
import { ACT_MAC } from '../auth/proof.ts'
import type { Env, Parts } from '../context.ts'
import { deliveryOf } from './delivery.ts'
import type { Tools } from './operation.ts'
import type { Admin } from './permissions.ts'

/** Takes a request, the app's parts and who is asking; gives what an operation works with. */
export function toolsOf(c: Context<Env>, parts: Parts, admin: Admin): Tools {
  return {
    admin,
    config: parts.config,
    signAct: parts.config.macKeys && macOf(parts.config.macKeys, ACT_MAC).sign,
    request: c.get('requestId'),
    now: c.get('at'),
    origin: c.get('origin'),
    database: c.get('database'),
    delivery: deliveryOf(c, parts),
  }
}
