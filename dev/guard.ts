/** `npm run guard`: shows what the guard holds and who is protected, and lets an admin release, reject, announce, protect and lock. */
import { announce, rejectHolds, releaseHolds } from '../worker/store/holds.ts'
import { findPerson, protect, unprotect } from '../worker/store/protection.ts'
import { HARMS, MOST_MINUTES } from '../worker/store/settings.ts'
import { harm, readLimit, setGuard, SOMEBODY_ELSE, wholeMinutes } from './guard/limits.ts'
import { end, lock, unlock } from './guard/locks.ts'
import { show } from './guard/show.ts'
import { findConnection, withDatabase, type Place } from './place.ts'
import { readSettings } from './settings.ts'
import { counted, plain } from './words.ts'
import { readOptions, runCommand, UsageError } from './usage.ts'

const USAGE = `npm run guard -- --connection NAME
npm run guard -- --connection NAME --release HARM|USERNAME|ID | --reject HARM|USERNAME|ID | --end USERNAME|ID
npm run guard -- --connection NAME --announce HARM --for MINUTES
npm run guard -- --connection NAME --limit HARM=NUMBER[,SHARE%[,MINUTES]] | --hold MINUTES
npm run guard -- --connection NAME --protect USERNAME|ID | --unprotect USERNAME|ID
npm run guard -- --connection NAME --lock USERNAME|ID | --unlock USERNAME|ID

  --connection  the connection that is guarded
  --release     lets what is held go through: all of a kind of harm, or one person or group
  --reject      keeps the target as it is instead, until the provider next changes it
  --end         ends what was rejected of one person or group: it comes to what the provider wants
  --announce    says beforehand that a kind of harm is meant: for MINUTES nothing of it is held
  --limit       how much is let through: a number, or a share of all there are if that is more, within MINUTES
  --hold        how many minutes a held suspension waits before it goes through, 1 to 30
  --protect     no provider suspends, renames, deletes or regroups this person: it waits for an admin
  --lock        suspends this person at once, whatever the provider wants, until --unlock: not even a push brings them back
  --help        shows this

HARM is one of ${HARMS.join(', ')}, or protect: what was asked of protected people.
Without anything else it shows what is held, what is rejected, who is locked, who is protected and who might be.`

await runCommand(USAGE, run)

async function run(): Promise<void> {
  const { connection, help, for: minutes, ...acts } = parse()
  if (help === true) return console.log(USAGE)
  if (connection === undefined) throw new UsageError('Say which connection: --connection NAME')
  const given = Object.entries(acts).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name, value }],
  )
  const [act, ...others] = given
  if (others.length > 0)
    throw new UsageError(`One at a time: ${given.map(({ name }) => `--${name}`).join(', ')}`)
  if ((minutes === undefined) !== (act?.name !== 'announce'))
    throw new UsageError('--announce and --for go together')
  await withDatabase(readSettings(process.env), async (place) => {
    const { id } = await findConnection(place, connection)
    if (act === undefined) await show(place, id)
    else console.log(await carryOut(place, id, act.name, act.value, minutes))
  })
}

async function carryOut(
  { database }: Place,
  connection: string,
  act: string,
  value: string,
  minutes: string | undefined,
): Promise<string> {
  const now = new Date()
  switch (act) {
    case 'release':
      return decided(
        await releaseHolds(database, connection, await heldBy(database, connection, value), now),
        value,
        (holds) => `${holds} released; cron brings ${holds.startsWith('1 ') ? 'it' : 'them'} to the target.`,
      )
    case 'reject':
      return decided(
        await rejectHolds(database, connection, await heldBy(database, connection, value), now, 'admin'),
        value,
        (holds) => `${holds} rejected; the target keeps what it has.`,
      )
    case 'end':
      return end(database, connection, (await findPerson(database, connection, value)) ?? value, value)
    case 'announce': {
      const until = new Date(now.getTime() + wholeMinutes('for', minutes ?? '', MOST_MINUTES) * 60_000)
      if (!(await announce(database, connection, [harm(value)], until))) throw new Error(SOMEBODY_ELSE)
      return `Until ${until.toISOString()} nothing of ${value} is held. What is held already stays so: release it.`
    }
    case 'limit':
    case 'hold':
      return setGuard(
        database,
        connection,
        act === 'hold' ? { hold: wholeMinutes('hold', value, 30) } : readLimit(value),
      )
    case 'protect':
    case 'unprotect':
    case 'lock':
    case 'unlock': {
      const person = await findPerson(database, connection, value)
      // A deleted one is found by id alone.
      const id = person ?? (act === 'protect' ? undefined : value)
      if (id === undefined) throw new Error(`The connection has nobody with the userName or id ${value}.`)
      if (act === 'lock') return lock(database, connection, id, value)
      if (act === 'unlock') return unlock(database, connection, id, value)
      if (act === 'protect') {
        await protect(database, connection, id, { now, who: 'admin', why: 'named by an admin' })
        return `${value} is protected.`
      }
      if (!(await unprotect(database, connection, id))) throw new Error(`${plain(value)} was not protected.`)
      return `${value} is protected no more. What is held of it is still held.`
    }
    default:
      throw new UsageError(`Not understood: --${act}`)
  }
}

/** Takes a kind of harm, a userName or an id; gives what holds are named by. */
async function heldBy(database: Place['database'], connection: string, value: string): Promise<string> {
  if (value === 'protect' || HARMS.some((one) => one === value)) return value
  return (await findPerson(database, connection, value)) ?? value
}

function decided(count: number, value: string, words: (holds: string) => string): string {
  if (count === 0) throw new Error(`Nothing is held of ${plain(value)}.`)
  return words(counted(count, 'hold is', 'holds are'))
}

function parse() {
  const text = { type: 'string' as const }
  return readOptions({
    options: {
      connection: text,
      release: text,
      reject: text,
      end: text,
      announce: text,
      for: text,
      limit: text,
      hold: text,
      protect: text,
      unprotect: text,
      lock: text,
      unlock: text,
      help: { type: 'boolean' },
    },
  }).values
}
