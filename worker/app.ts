import { Hono } from 'hono'
import { routePath } from 'hono/route'
import { getPath } from 'hono/utils/url'
import { adminRoutes } from './admin/routes.tsx'
import { RESERVED } from './catalog.ts'
import { macOf } from './auth/mac.ts'
import { ACT_MAC, proverOf } from './auth/proof.ts'
import type { Delivery, Dispatch, Env, Parts } from './context.ts'
import { handleError, noteError } from './routes/answer.ts'
import { eventRoutes } from './routes/events.ts'
import { recorderOf } from './routes/record.ts'
import { noSuchPath } from './routes/refusals.ts'
import { ScimError } from './scim/error.ts'
import { scimRoutes } from './routes/scim.ts'
import { wellKnownRoutes } from './routes/wellKnown.ts'
import { feedOf } from './sync/feed.ts'
import { inlineOf } from './sync/inline.ts'
import { DELIVERY_MAC, openerOf, targetOpenerOf, type Reach } from './sync/open.ts'
import { sweeperOf, type Swept } from './sync/sweep.ts'

/** Where SCIM is answered. Admins paste any of them, and 1Password's bridge answered at /scim. */
const BASES = ['/scim/v2', '/scim', '']

/** Takes the parts; gives what cron runs: everything that is due is brought to its target. */
export function createSweep(parts: Parts): () => Promise<Swept> {
  const { config, openDatabase, now, newId, log } = parts
  const { subrequests } = config
  const reach = reachOf(parts)
  const [open, openTarget] = [openerOf(reach), targetOpenerOf(reach)]
  const { keys, macKeys } = config
  const sealing = { keys, signAct: macKeys && macOf(macKeys, ACT_MAC).sign }
  return sweeperOf({ openDatabase, open, openTarget, sealing, subrequests, now, newId, log })
}

const reachOf = ({ config, fetchTarget }: Parts): Reach => ({
  ...config,
  ...(fetchTarget === undefined ? {} : { through: fetchTarget }),
})

/** Takes the parts; gives the app: every request is logged, and every answer is JSON, whatever breaks. */
export function createApp(parts: Parts): Hono<Env> {
  const { config } = parts
  const delivery: Delivery = {
    standings: new Map(),
    sign: config.macKeys === undefined ? undefined : macOf(config.macKeys, DELIVERY_MAC).sign,
    prove: proverOf(config.macKeys),
    bring: inlineOf(openerOf(reachOf(parts))),
    subrequests: config.subrequests,
    feed: feedOf(config.catalog.types),
  }
  const record = recorderOf(parts)
  const app = new Hono<Env>({ getPath: plainPath })
  app.onError((error, c) => handleError(error, c))
  app.notFound(() => noSuchPath())
  app.use(async (c, next) => {
    const at = parts.now()
    c.set('at', at)
    c.set('requestId', parts.newId())
    c.set('notes', {})
    c.set('sent', 0)
    c.set('held', [])
    c.set('rows', [])
    c.set('isRecorded', false)
    c.set('isStranger', false)
    c.set('isBare', false)
    c.set('delivery', delivery)
    await next()
    const trips = c.get('database')?.trips()
    const sent = c.get('sent')
    const { job } = c.env ?? {}
    if (job !== undefined) job.trips += (trips ?? 0) + sent
    const connection = c.get('caller')?.connection
    const request = c.get('requestId')
    for (const held of c.get('held'))
      parts.log({ level: 'alarm', message: 'held', request, connection, ...held })
    parts.log({
      // 501 is an answer: what is asked for is not offered.
      level: c.res.status < 500 || c.res.status === 501 ? 'info' : 'error',
      message: 'request',
      request,
      method: c.req.method,
      route: routePath(c),
      status: c.res.status,
      ms: parts.now().getTime() - at.getTime(),
      trips,
      sent: sent === 0 ? undefined : sent,
      job: job?.id,
      connection,
      token: c.get('caller')?.token,
      ...c.get('notes'),
    })
    await record(c)
  })
  app.use(async (c, next) => {
    c.set('origin', originOf(c.req.url))
    c.set('database', parts.openDatabase())
    await next()
  })
  const dispatch: Dispatch = async (request, job) => app.fetch(request, { job })
  app.route('/events', eventRoutes(parts))
  app.route('/.well-known', wellKnownRoutes(parts))
  app.route('/admin', adminRoutes(parts, noteError))
  for (const name of RESERVED) app.all(`/${name}/*`, () => noSuchPath())
  for (const base of BASES) app.route(base === '' ? '/' : base, scimRoutes(parts, base, dispatch))
  return app
}

/** Before any work: an address that cannot be told back cannot be answered to. */
function originOf(url: string): string {
  const { origin } = URL.parse(url) ?? {}
  if (origin === undefined) throw new ScimError(400, 'invalidSyntax', 'Host: expected the name of the bridge')
  return origin
}

/** A Base URL pasted with a slash at its end makes //Users, and some clients end their paths with one: both are /Users. */
function plainPath(request: Request): string {
  return getPath(request)
    .replace(/\/{2,}/g, '/')
    .replace(/(?<=.)\/$/, '')
}
