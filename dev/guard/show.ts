import { listBursts, listKept } from '../../worker/store/holds.ts'
import { listLocked } from '../../worker/store/lock.ts'
import { namesOf } from '../../worker/store/names.ts'
import { listProtected, proposeProtected } from '../../worker/store/protection.ts'
import { HARMS, loadStanding } from '../../worker/store/settings.ts'
import type { Place } from '../place.ts'
import { formatTable } from '../table.ts'

/** How many are shown of each. */
const MOST = 50

/** Takes the database and a connection's id; shows its guard, what is held and rejected, who is locked, and who is protected. */
export async function show({ database }: Place, connection: string): Promise<void> {
  const { settings } = await loadStanding(database, connection)
  const { guard } = settings
  if (settings.target === undefined) console.log('The bridge itself is the account: nothing is held.\n')
  const rows = HARMS.map((kind) => {
    const { number, share, window } = guard[kind]
    const held = kind === 'suspend' ? `${guard.holdSuspensions} minutes` : 'until it is released'
    return [kind, number, `${Math.round(share * 100)} %`, window, held]
  })
  console.log(formatTable(['harm', 'number', 'or share', 'in minutes', 'then held'], rows))
  const { announced } = guard
  if (announced !== undefined && announced.until > new Date().toISOString())
    console.log(`\nAnnounced until ${announced.until}: ${announced.kinds.join(', ')}`)
  const [bursts, kept, locked, people, proposed] = await Promise.all([
    listBursts(database, connection),
    listKept(database, connection, MOST),
    listLocked(database, connection),
    listProtected(database, connection),
    proposeProtected(database, connection, MOST),
  ])
  const single = bursts.filter((one) => one.resources === 1).map(({ one }) => one)
  const names = await namesOf(database, connection, [...single, ...kept.map(({ resource }) => resource)])
  const named = (id: string) => [names.get(id), id].filter((part) => part !== undefined).join(' ')
  table(
    'Held',
    ['harm', 'first', 'last', 'people or groups', 'memberships', 'goes through', 'why'],
    bursts.map((one) => [
      one.harm,
      one.first,
      one.last,
      one.resources === 1 ? named(one.one) : one.resources,
      one.memberships,
      one.until ?? 'when released',
      one.why,
    ]),
  )
  table(
    'Rejected: the target keeps what it has',
    ['name', 'id', 'attribute', 'since', 'why'],
    kept.map((one) => [names.get(one.resource) ?? '', one.resource, one.attribute, one.since, one.why]),
  )
  table(
    'Locked: suspended until they are unlocked',
    ['id', 'userName', 'since', 'why'],
    locked.map(({ id, name, since, why }) => [id, name ?? '', since, why]),
  )
  table('Protected', ['id', 'userName', 'why'], people.map(row))
  if (people.length === 0)
    console.log(
      '\nNobody is protected. Protect at least one break-glass account, so that no mistake at the provider locks you out.',
    )
  table('Might be protected', ['id', 'userName', 'why'], proposed.map(row))
}

const row = ({ id, name, why }: { id: string; name: string | null; why: string }) => [id, name ?? '', why]

function table(
  title: string,
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): void {
  if (rows.length === 0) return
  const text = formatTable(
    [...head],
    rows.map((one) => [...one]),
  )
  console.log(`\n${title}\n${text}`)
}
