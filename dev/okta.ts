import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { DIALECTS } from './okta/dialect.ts'
import { Unreachable } from './okta/http.ts'
import { newOrg } from './okta/org.ts'
import { play } from './okta/play.ts'
import { countFailures, formatFailures, formatTallies } from './okta/report.ts'
import type { Tally } from './okta/session.ts'

const USAGE = `Plays Okta against a SCIM 2.0 server and reads back everything it did.

npm run okta -- --base URL [--token T] [--dialect oin|aiw] [--people 50] [--groups 5]

  --base     where the server is, such as http://127.0.0.1:8787/scim/v2
  --token    what to put into Authorization: as it is (oin), after Bearer (aiw). Without it the environment
             variable TOKEN is taken, which keeps it out of the list of processes
  --dialect  oin: an app of Okta's Integration Network, PATCH (the default); aiw: an app made by hand, PUT
  --people   how many people to assign, at least 4
  --groups   how many groups to push, at least 1
  --help     shows this

Groups it made are deleted at the end; people stay, deactivated, as Okta never deletes them.
Ends with 0 if all was as Okta needs it, 1 if not, 2 for wrong arguments.`

const TIMEOUT_MS = 60_000
const LONG_WAIT_SECONDS = 5

const isDialect = (name: string): name is keyof typeof DIALECTS => Object.hasOwn(DIALECTS, name)

const isBase = (text: string): boolean => {
  if (!URL.canParse(text)) return false
  const { protocol, username, password, search, hash } = new URL(text)
  return /^https?:$/.test(protocol) && username + password + search + hash === ''
}

/** What was asked for, nothing for --help, or a word on what is wrong with it; never a value, as one may be the token. */
const readArguments = (args: readonly string[]) => {
  const text = { type: 'string' } as const
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      base: text,
      token: text,
      dialect: text,
      people: text,
      groups: text,
      help: { type: 'boolean' },
    },
    allowPositionals: true,
  })
  const {
    base = '',
    token = process.env['TOKEN'] ?? '',
    dialect = 'oin',
    people = '50',
    groups = '5',
  } = values
  if (values.help === true) return undefined
  if (positionals.length > 0) return 'each value needs its option before it'
  if (!isBase(base)) return '--base must be an http or https URL without a query'
  if (!/^[\w.~+/=:-]+$/.test(token))
    return '--token (or TOKEN in the environment) must be there, in letters, digits and -._~+/=:'
  if (!isDialect(dialect)) return '--dialect must be oin or aiw'
  if (!/^\d{1,6}$/.test(people) || Number(people) < 4) return '--people must be a number from 4'
  if (!/^\d{1,6}$/.test(groups) || Number(groups) < 1) return '--groups must be a number from 1'
  return { base: base.replace(/\/+$/, ''), token, dialect, people: Number(people), groups: Number(groups) }
}

const argumentsOrWord = (args: readonly string[]) => {
  try {
    return readArguments(args)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const wait = async (seconds: number): Promise<void> => {
  if (seconds >= LONG_WAIT_SECONDS) process.stderr.write(`429: waiting ${seconds} s as Okta does\n`)
  await sleep(seconds * 1000)
}

const main = async (): Promise<number> => {
  const asked = argumentsOrWord(process.argv.slice(2))
  if (asked === undefined) {
    console.log(USAGE)
    return 0
  }
  if (typeof asked === 'string') {
    console.error(`${asked}\n\n${USAGE}`)
    return 2
  }
  const { base, token, dialect, people, groups } = asked
  const org = newOrg(people, groups)
  const tallies: Tally[] = []
  let unreachable = ''
  try {
    await play({ base, token, timeoutMs: TIMEOUT_MS, wait }, DIALECTS[dialect], org, tallies)
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error
    unreachable = error.message
  }
  if (tallies.some(({ ms }) => ms.length > 1)) {
    console.log(`Okta (${dialect}) at ${base}: ${people} people, ${groups} groups, run ${org.run}\n`)
    console.log(formatTallies(tallies))
  }
  if (org.notKept.size > 0) console.log(`Sent but not kept, as a server may: ${[...org.notKept].join(', ')}`)
  for (const line of formatFailures(tallies, [token, org.secret])) console.log(line)
  if (unreachable !== '') console.error(unreachable)
  return unreachable !== '' || countFailures(tallies) > 0 ? 1 : 0
}

process.exitCode = await main()
