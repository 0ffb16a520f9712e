import { join } from 'node:path'
import { newSecretKey } from '../../worker/auth/keys.ts'
import type { Location } from '../sqld.ts'
import { buildWorker, serveWorkers, type Built, type Served } from '../workerd.ts'
import { bind, change, pending, startService, type Bound, type Service } from './targetGround.ts'

/** How many changes are drained, and how many connections are open at once (Workers limits). */
const CHANGES = 1_000
const CONNECTIONS = 6

/** What the target takes for an answer, in milliseconds: nothing at all, and what is quick over the internet. */
const DELAYS = [0, 20] as const

/** The subrequests of the paid plan and of the free one. */
const PAID = 10_000
const FREE = 45

const ROUNDS = 3
const MINUTES = 5

type Parts = {
  readonly folder: string
  readonly sqld: Location
  readonly worker: Built
  readonly bindings: Readonly<Record<string, string>>
  readonly connect: (
    name: string,
  ) => Promise<{ readonly caller: { readonly connection: string }; readonly token: string }>
}

/**
 * Takes the built Worker, libSQL and what makes connections; measures how what is due gets to a SCIM service, each time beside the
 * service's bare speed: the same requests, sent by a bare Worker. Gives the rows of a table.
 */
export async function measureTargets(parts: Parts): Promise<readonly (readonly (string | number)[])[]> {
  const { folder, sqld, worker, bindings, connect } = parts
  const [sealKeys, macKeys] = [[await newSecretKey()] as const, [await newSecretKey()] as const]
  const keys = { SEAL_KEYS: JSON.stringify({ keys: sealKeys }), MAC_KEYS: JSON.stringify({ keys: macKeys }) }
  const bridge = (name: string, subrequests: number): Promise<Served> => {
    const more = { TARGETS_ON_LOOPBACK: 'yes', SUBREQUESTS: String(subrequests), ...keys }
    const service = { name, ...worker, bindings: { ...bindings, ...more }, cron: true }
    return serveWorkers({ folder: join(folder, name), services: [service] })
  }
  const built = await buildWorker(join(folder, 'bareTarget'), undefined, 'dev/bench/bareTarget.ts')
  const [paid, free, bare] = [
    await bridge('paid', PAID),
    await bridge('free', FREE),
    await serveWorkers({
      folder: join(folder, 'bareServed'),
      services: [{ name: 'bare', ...built, bindings: {} }],
    }),
  ]
  const service = await startService()
  try {
    const { caller, token } = await connect('targets')
    const bound: Bound = { sqld, connection: caller.connection, sealKeys, macKeys }
    await bind(bound, service, CHANGES)
    await service.reset(CHANGES, 0)
    // makes everything known to the workers before it is measured
    await drain(paid, bound)
    return [
      ...(await measureDrain(paid, bare.url, bound, service)),
      ...(await measurePush({ url: paid.url, token }, bare.url, service)),
      await countDeactivations(free, bound, service),
    ]
  } finally {
    await service.stop()
    await Promise.all([paid, free, bare].map(({ stop }) => stop()))
  }
}

/** Ticks cron until nothing is due. Gives the milliseconds it took. */
async function drain({ tick }: Served, bound: Bound): Promise<number> {
  const started = performance.now()
  for (;;) {
    await tick()
    const took = performance.now() - started
    if ((await pending(bound)) === 0) return took
  }
}

/** Sends PATCHes as a bare Worker does. Gives the milliseconds it took. */
async function sendBare(
  bareUrl: string,
  { url }: Service,
  requests: readonly { readonly path: string; readonly body: string }[],
): Promise<number> {
  const started = performance.now()
  const body = JSON.stringify({ url, token: 'bench', connections: CONNECTIONS, requests })
  const answer = await fetch(bareUrl, { method: 'POST', body })
  if (!answer.ok) throw new Error(`the bare Worker answers ${answer.status}`)
  return performance.now() - started
}

const patchBody = (...Operations: readonly object[]): string =>
  JSON.stringify({ schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations })

async function measureDrain(paid: Served, bareUrl: string, bound: Bound, service: Service) {
  const rows: (readonly (string | number)[])[] = []
  for (const delay of DELAYS) {
    await service.reset(CHANGES, delay)
    const times: { bridge: number[]; bare: number[] } = { bridge: [], bare: [] }
    let sent = 0
    for (let round = 0; round < ROUNDS; round += 1) {
      const title = `${delay}.${round}`
      const requests = Array.from({ length: CHANGES }, (_, index) => ({
        path: `/Users/u${index}`,
        body: patchBody({ op: 'replace', path: 'title', value: title }),
      }))
      times.bare.push(await sendBare(bareUrl, service, requests))
      await change(bound, { title })
      await service.count()
      times.bridge.push(await drain(paid, bound))
      sent = total((await service.count()).methods)
    }
    const what = `${CHANGES} changes, ${PAID} subrequests, target answers in ${delay} ms`
    rows.push(row(what, sent, times))
  }
  return rows
}

/** A group is pushed with everybody in it, and emptied again. */
async function measurePush(
  { url, token }: { readonly url: string; readonly token: string },
  bareUrl: string,
  service: Service,
) {
  await service.reset(CHANGES, 0)
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' }
  const send = async (method: string, path: string, body: string) => {
    const answer = await fetch(`${url}/scim/v2${path}`, { method, headers, body })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    return text
  }
  const members = (prefix: string) =>
    Array.from({ length: CHANGES }, (_, index) => ({ value: `${prefix}${index}` }))
  const made: unknown = JSON.parse(
    await send('POST', '/Groups', JSON.stringify({ displayName: 'Everybody' })),
  )
  const id = typeof made === 'object' && made !== null && 'id' in made ? String(made.id) : ''
  const push = patchBody({ op: 'replace', path: 'members', value: members('p') })
  const bare = [{ path: '/Groups/g1', body: patchBody({ op: 'add', path: 'members', value: members('u') }) }]
  const times: { bridge: number[]; bare: number[] } = { bridge: [], bare: [] }
  let sent = 0
  for (let round = 0; round < ROUNDS * 3; round += 1) {
    times.bare.push(await sendBare(bareUrl, service, bare))
    await service.count()
    const started = performance.now()
    await send('PATCH', `/Groups/${id}`, push)
    times.bridge.push(performance.now() - started)
    sent = total((await service.count()).methods)
    await send('PATCH', `/Groups/${id}`, patchBody({ op: 'replace', path: 'members', value: [] }))
  }
  return [row(`a push of ${CHANGES} members`, sent, times)]
}

/** Everybody is to lose access, and cron may send what the free plan allows. */
async function countDeactivations(free: Served, bound: Bound, service: Service) {
  await service.reset(CHANGES, 0)
  await change(bound, { active: false })
  await service.count()
  for (let minute = 0; minute < MINUTES; minute += 1) await free.tick()
  const { methods, inactive } = await service.count()
  const what = `deactivations in ${MINUTES} runs of cron (${MINUTES} minutes), ${FREE} subrequests each`
  return [what, inactive, total(methods), '', '', '']
}

const total = (methods: Readonly<Record<string, number>>) =>
  Object.values(methods).reduce((sum, each) => sum + each, 0)

function row(what: string, sent: number, { bridge, bare }: { bridge: number[]; bare: number[] }) {
  const [ours, limit] = [median(bridge), median(bare)]
  return [what, '', sent, Math.round(ours), Math.round(limit), (limit / ours).toFixed(2)]
}

const median = (times: readonly number[]) =>
  [...times].toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN

/** The titles of the table. */
export const TITLES = ['', 'people', 'requests to the target', 'bridge ms', 'bare ms', 'ratio']
