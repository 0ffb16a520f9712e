import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { expectWritable } from './files.ts'
import { Unreachable } from './idp/http.ts'
import { newOrg } from './idp/org.ts'
import type { Org } from './idp/org.ts'
import { play } from './idp/play.ts'
import type { Server } from './idp/play.ts'
import type { Provider } from './idp/provider.ts'
import { PROVIDERS } from './idp/providers.ts'
import { countFailures, formatFailures, formatTallies } from './idp/report.ts'
import { goingOn, loadOrg, saveOrg, withoutEnd } from './idp/saved.ts'
import type { Tally } from './idp/session.ts'
import { words } from './words.ts'

const NAMES = [...PROVIDERS.keys()].join(', ')

const USAGE = `Plays identity providers against a SCIM 2.0 server and reads back everything they did.

npm run idp -- --base URL [--token T] [--provider NAME,NAME] [--people 50] [--groups 5]
npm run idp -- --base URL [--token T] --provider NAME --save FILE
npm run idp -- --base URL [--token T] --resume FILE

  --base      where the server is, such as http://127.0.0.1:8787/scim/v2
  --token     what to put into Authorization: as it is (okta-oin), after Bearer (the others). Without it the
              environment variable TOKEN is taken, which keeps it out of the list of processes
  --provider  ${NAMES};
              every one of them when none is named
  --people    how many people to assign, at least 4
  --groups    how many groups to push, at least 1
  --save      writes down what the provider keeps: people and groups with the ids the server gave. Nothing is taken back
  --resume    plays on with what was saved, against this server: as an app does whose address and token were changed
  --help      shows this

Groups it made are deleted at the end; people stay, deactivated, where the provider never deletes them.
Ends with 0 if all was as the providers need it, 1 if not, 2 for wrong arguments.`

const TIMEOUT_MS = 60_000
const LONG_WAIT_SECONDS = 5

const isBase = (text: string): boolean => {
  if (!URL.canParse(text)) return false
  const { protocol, username, password, search, hash } = new URL(text)
  return /^https?:$/.test(protocol) && username + password + search + hash === ''
}

/** The providers of these names, in their order; undefined if there is none of such a name. */
const readProviders = (names: string): readonly Provider[] | undefined => {
  const found = names.split(',').map((name) => PROVIDERS.get(name.trim()))
  const known = found.filter((provider) => provider !== undefined)
  return known.length === found.length ? known : undefined
}

/** What was asked for, nothing for --help, or a word on what is wrong with it; never a value, as one may be the token. */
const readArguments = (args: readonly string[]) => {
  const text = { type: 'string' } as const
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      base: text,
      token: text,
      provider: text,
      people: text,
      groups: text,
      save: text,
      resume: text,
      help: { type: 'boolean' },
    },
    allowPositionals: true,
  })
  const {
    base = '',
    token = process.env['TOKEN'] ?? '',
    provider = NAMES,
    people = '50',
    groups = '5',
    save,
    resume,
  } = values
  if (values.help === true) return undefined
  if (positionals.length > 0) return 'each value needs its option before it'
  if (!isBase(base)) return '--base must be an http or https URL without a query'
  if (!/^[\w.~+/=:-]+$/.test(token))
    return '--token (or TOKEN in the environment) must be there, in letters, digits and -._~+/=:'
  const providers = readProviders(provider)
  if (providers === undefined) return `--provider must be one or more of ${NAMES}`
  if (!/^\d{1,6}$/.test(people) || Number(people) < 4) return '--people must be a number from 4'
  if (!/^\d{1,6}$/.test(groups) || Number(groups) < 1) return '--groups must be a number from 1'
  if (save !== undefined && (resume !== undefined || providers.length !== 1))
    return '--save takes one --provider, and no --resume'
  const files = { save, resume }
  return {
    files,
    base: base.replace(/\/+$/, ''),
    token,
    providers,
    people: Number(people),
    groups: Number(groups),
  }
}

const argumentsOrWord = (args: readonly string[]) => {
  try {
    const read = readArguments(args)
    return typeof read === 'string' ? `${read}\n--help shows more.` : read
  } catch (error) {
    return `${words(error)}\n\n${USAGE}`
  }
}

const wait = async (seconds: number): Promise<void> => {
  if (seconds >= LONG_WAIT_SECONDS) process.stderr.write(`429: waiting ${seconds} s as a provider does\n`)
  await sleep(seconds * 1000)
}

/** Plays one provider and prints its table and what was amiss; whether all was as it needs it. */
const playOne = async (server: Server, provider: Provider, org: Org): Promise<boolean> => {
  const tallies: Tally[] = []
  try {
    await play(server, provider, org, tallies)
  } finally {
    if (tallies.some(({ ms }) => ms.length > 1)) {
      console.log(
        `${provider.name} at ${server.base}: ${org.people.length} people, ${org.groups.length} groups, run ${org.run}\n`,
      )
      console.log(formatTallies(tallies))
    }
    if (org.notKept.size > 0)
      console.log(`Sent but not kept, as a server may: ${[...org.notKept].join(', ')}`)
    for (const line of formatFailures(tallies, [server.token, org.secret])) console.log(line)
    console.log('')
  }
  return countFailures(tallies) === 0
}

/** What is gone on with, nothing where it begins anew; or what is wrong with a file, before anything is sent. */
const filesReady = async ({
  save,
  resume,
}: {
  readonly save: string | undefined
  readonly resume: string | undefined
}): Promise<Awaited<ReturnType<typeof loadOrg>> | string | undefined> => {
  try {
    if (save !== undefined) await expectWritable('save', save)
    return resume === undefined ? undefined : await loadOrg('resume', resume)
  } catch (error) {
    return `${words(error)} Nothing was sent.`
  }
}

const main = async (): Promise<number> => {
  const asked = argumentsOrWord(process.argv.slice(2))
  if (asked === undefined) {
    console.log(USAGE)
    return 0
  }
  if (typeof asked === 'string') {
    console.error(asked)
    return 2
  }
  const { base, token, providers, people, groups, files } = asked
  const server = { base, token, timeoutMs: TIMEOUT_MS, wait }
  let well = true
  const resumed = await filesReady(files)
  if (typeof resumed === 'string') {
    console.error(resumed)
    return 1
  }
  try {
    if (resumed !== undefined) {
      const { provider, org } = resumed
      return (await playOne(server, goingOn(provider), org)) ? 0 : 1
    }
    for (const provider of providers) {
      const org = newOrg(provider, people, groups)
      well = (await playOne(server, files.save === undefined ? provider : withoutEnd(provider), org)) && well
      if (files.save === undefined) continue
      if (well) await saveOrg(files.save, provider, org)
      else console.error('Not saved: the play did not go through.')
    }
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error
    console.error(error.message)
    return 1
  }
  return well ? 0 : 1
}

process.exitCode = await main()
