/** `npm run bench`: the built Worker in workerd, with sqld, against a bare Worker that only hands statements on. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { newKey } from '../worker/auth/keys.ts'
import { groupType } from '../worker/scim/resourceTypes.ts'
import { ensureConnection } from '../worker/store/connections.ts'
import { createResource } from '../worker/store/create.ts'
import { openDatabase, sql, type Database } from '../worker/store/database.ts'
import { cases, type Ground } from './bench/cases.ts'
import { load, type Round, type Shot } from './bench/load.ts'
import { crowd, measurePages, SIZES } from './bench/pages.ts'
import { measureTargets, TITLES } from './bench/targets.ts'
import { makeToken } from './connection.ts'
import { shortId } from '../worker/store/ids.ts'
import { migrateDatabase } from './migrate.ts'
import { stopAll } from './port.ts'
import { startSqld } from './sqld.ts'
import { formatTable, progress } from './table.ts'
import { buildWorker, serveWorkers } from './workerd.ts'

/** How many statements of the bare Worker are made before its clock runs, so that making them is not measured. */
const PREPARED = 4_000
const PEOPLE = 20_000
const ROUNDS = 3

const USAGE = 'npm run bench -- [--seconds 4] [--connections 16] [--only rates|pages|targets]: numbers from 1'

type Arguments = { readonly seconds: number; readonly connections: number; readonly only: string }

const asked = readArguments()
if (asked === undefined) {
  console.error(USAGE)
  process.exitCode = 2
} else {
  const folder = await mkdtemp(join(tmpdir(), 'drawbridge-bench-'))
  try {
    await bench(folder, asked)
  } finally {
    await stopAll()
    await rm(folder, { recursive: true, force: true })
  }
}

function readArguments(): Arguments | undefined {
  const text = (value: string) => ({ type: 'string' as const, default: value })
  try {
    const options = { seconds: text('4'), connections: text('16'), only: text('') }
    const { seconds, connections, only } = parseArgs({ options }).values
    const numbers = [seconds, connections].every((value) => /^[1-9]\d{0,3}$/.test(value))
    if (numbers && ['', 'rates', 'pages', 'targets'].includes(only)) {
      return { seconds: Number(seconds), connections: Number(connections), only }
    }
  } catch {
    // An option that does not exist.
  }
  return undefined
}

async function bench(folder: string, { seconds, connections, only }: Arguments): Promise<void> {
  const [sqld, worker, bare] = await Promise.all([
    startSqld({ dataDir: folder }),
    buildWorker(join(folder, 'bridge')),
    buildWorker(join(folder, 'bare'), undefined, 'dev/bench/bare.ts'),
  ])
  await migrateDatabase(sqld)
  const keys = [await newKey()] as const
  const { REGION: region, DEPLOYMENT: deployment } = worker.vars
  const connect = async (name: string) => {
    const { id } = await ensureConnection(openDatabase(sqld), name, shortId(), new Date())
    const { token, jti } = await makeToken(openDatabase(sqld), { region, deployment, keys }, id, {})
    return { caller: { connection: id, token: jti }, token }
  }

  const libsql = { LIBSQL_URL: sqld.url, LIBSQL_AUTH_TOKEN: sqld.authToken ?? '' }
  const bindings = {
    ...libsql,
    REGION: region,
    DEPLOYMENT: deployment,
    TOKEN_KEYS: JSON.stringify({ keys }),
  }
  if (only === '' || only === 'targets') {
    console.log(formatTable(TITLES, await measureTargets({ folder, sqld, worker, bindings, connect })))
  }
  if (only === 'targets') return
  const served = await serveWorkers({
    folder,
    services: [
      { name: 'bridge', ...worker, bindings },
      { name: 'bare', ...bare, bindings: libsql },
    ],
  })
  const [bridgeUrl = '', bareUrl = ''] = served.urls
  if (only === '' || only === 'pages') {
    const crowds = []
    for (const size of SIZES) {
      const made = await connect(`${size} people`)
      await crowd(sqld, made.caller.connection, size)
      crowds.push({ ...made, size })
    }
    const titles = ['people', 'startIndex', 'time, ratio', 'rows a person']
    console.log(formatTable(titles, await measurePages(bridgeUrl, sqld, crowds)))
  }
  if (only === 'pages') return
  const { caller, token } = await connect('bench')
  const measured = cases(await prepare(openDatabase(sqld), caller, token))
  const bar = progress('bench', measured.length * ROUNDS * 2)
  const rows: (readonly (string | number)[])[] = []
  for (const { name, bridge, bare: statements } of measured) {
    const sides: { bridge: Round[]; bare: Round[] } = { bridge: [], bare: [] }
    // In turns, so that whatever else the machine does falls on both.
    for (let round = 0; round < ROUNDS; round += 1) {
      const bodies = await Promise.all(
        Array.from({ length: PREPARED }, async () => JSON.stringify(await statements())),
      )
      let sent = 0
      const next = (): Shot => ({ method: 'POST', path: '/', body: bodies[(sent += 1) % PREPARED] ?? '' })
      sides.bare.push(await load(bareUrl, next, connections, seconds))
      bar.tick()
      sides.bridge.push(await load(bridgeUrl, bridge, connections, seconds))
      bar.tick()
    }
    const [ours, limit] = [summary(sides.bridge), summary(sides.bare)]
    rows.push([name, ...ours, ...limit, ((ours[0] ?? 0) / (limit[0] ?? 1)).toFixed(2)])
  }
  bar.end()
  const titles = ['', 'bridge/s', 'p50 ms', 'p99 ms', 'wrong', 'bare/s', 'p50 ms', 'p99 ms', 'wrong', 'ratio']
  console.log(formatTable(titles, rows))
  console.log(
    `${connections} connections, ${ROUNDS} rounds of ${seconds} s each side, ${PEOPLE} people; all on this machine.`,
  )
}

function summary(rounds: readonly Round[]): readonly number[] {
  const mean = (of: (round: Round) => number) =>
    Math.round((rounds.reduce((total, round) => total + of(round), 0) / rounds.length) * 10) / 10
  return [
    mean(({ perSecond }) => perSecond),
    mean(({ p50 }) => p50),
    mean(({ p99 }) => p99),
    rounds.reduce((total, { wrong }) => total + wrong, 0),
  ]
}

/** Fills the database with people, in a few statements, and makes two empty groups. */
async function prepare(database: Database, caller: Ground['caller'], token: string): Promise<Ground> {
  const people = Array.from({ length: PEOPLE }, (_, index) => ({
    id: crypto.randomUUID(),
    userName: `person${index}@example.com`,
  }))
  const now = new Date()
  await database.write([
    sql`INSERT INTO resources (connection, id, type, version, created, modified, document, folded)
      SELECT ${caller.connection}, value ->> '$.id', 'User', 1, ${now.toISOString()}, ${now.toISOString()},
        json_object('userName', value ->> '$.userName', 'active', json('true')),
        json_object('userName', value ->> '$.userName', 'active', json('true'))
      FROM json_each(${JSON.stringify(people)})`,
  ])
  const group = async (name: string) => {
    const request = { caller, id: crypto.randomUUID(), at: now }
    const sent = {
      document: { displayName: name },
      members: undefined,
      named: new Set<string>(),
      clearsActive: false,
    }
    const made = await createResource(database, request, groupType, sent, crypto.randomUUID(), {
      kind: 'default',
    })
    return made.resource.id
  }
  return { caller, token, people, groups: { bridge: await group('bridge'), bare: await group('bare') } }
}
