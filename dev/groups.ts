/** `npm run groups`: shows the groups of a connection's target, and puts them under management or gives them back. */
import { listForeign, listManaged } from '../worker/store/foreignGroups.ts'
import { isPowerful } from '../worker/scim/powerful.ts'
import { loadStanding } from '../worker/store/settings.ts'
import { previewGroup, releaseGroup, selectGroup, type Preview } from '../worker/sync/manage.ts'
import { findConnection, withDatabase, type Place } from './place.ts'
import { openTargets } from './reach.ts'
import { readSettings } from './settings.ts'
import { formatTable } from './table.ts'
import { readOptions, runCommand, UsageError } from './usage.ts'

const USAGE = `npm run groups -- --connection NAME
npm run groups -- --connection NAME --select NAME|ID [--yes]
npm run groups -- --connection NAME --release ID

  --connection  the connection whose groups are meant
  --select      shows who would be added to a group at the target and who removed; with --yes, puts it under management
  --release     takes a group out of management, by its id here; at the target it stays as it is
  --help        shows this`

await runCommand(USAGE, async () => {
  const { values } = parse()
  if (values.help === true) return console.log(USAGE)
  const { connection, select, release, yes } = values
  if (connection === undefined) throw new UsageError('Say which connection: --connection NAME')
  if (select !== undefined && release !== undefined)
    throw new UsageError('--select and --release: one at a time')
  await withDatabase(readSettings(process.env), async (place) => {
    const { id } = await findConnection(place, connection)
    if (select !== undefined) await choose(place, id, select, yes === true)
    else if (release !== undefined) await giveBack(place, id, release)
    else await show(place, id)
  })
})

async function show({ database }: Place, id: string): Promise<void> {
  const { settings } = await loadStanding(database, id)
  if (settings.target === undefined)
    throw new Error(
      'The connection has no target: the bridge itself is the account, and all its groups are here.',
    )
  const managed = await listManaged(database, id)
  const foreign = await listForeign(database, id, settings.target.account)
  const rows = [
    ...managed.map((one) => [one.displayName, 'managed', one.id, one.remote, one.members]),
    ...foreign.map(({ displayName, remote, document }) => [
      displayName,
      isPowerful(settings.powerful, displayName, document) ? 'gives power, never managed' : 'not managed',
      '',
      remote,
      '',
    ]),
  ]
  console.log(
    rows.length === 0
      ? 'No groups are known of this target: npm run import reads them.'
      : formatTable(['group', 'state', 'id', 'at the target', 'members'], rows),
  )
}

async function choose({ database }: Place, id: string, group: string, isMeant: boolean): Promise<void> {
  const standing = await loadStanding(database, id)
  const tools = {
    database,
    openTarget: await openTargets(process.env),
    budget: { left: 10_000 },
    until: Date.now() + 600_000,
    now: () => new Date(),
  }
  const preview = await previewGroup(tools, id, standing, group)
  if (preview.kind === 'refused') throw new Error(`The group cannot be managed: ${preview.words}`)
  console.log(wordsOf(preview))
  if (!isMeant) return console.log('Nothing was done. With --yes it is put under management.')
  const selected = await selectGroup(tools, id, standing, preview.remote)
  if (selected.kind === 'refused') throw new Error(`The group is not managed: ${selected.words}`)
  console.log(`The group is managed now, under the id ${selected.id}.`)
}

function wordsOf({ displayName, remote, members, unknown, pair, added, removed }: Preview): string {
  const names = (list: Preview['added']) => list.map(({ name }) => `  ${name}`).join('\n')
  const shown = members === undefined ? 'the target does not show its members' : `${members} members`
  return [
    `${displayName} (${remote}): ${shown}${unknown > 0 ? `, ${unknown} of whom nobody here knows: they are left alone` : ''}.`,
    pair === undefined
      ? 'It is read in; nothing changes at the target.'
      : `It is paired with the group ${pair}, which was pushed.`,
    ...(added.length > 0 ? [`Added there:\n${names(added)}`] : []),
    ...(removed.length > 0 ? [`Removed there:\n${names(removed)}`] : []),
  ].join('\n')
}

async function giveBack({ database }: Place, id: string, group: string): Promise<void> {
  if (!(await releaseGroup(database, id, group)))
    throw new Error(`There is no managed group with the id ${group}.`)
  console.log('The group is not managed any more. At the target it is as it was.')
}

function parse() {
  const text = { type: 'string' as const }
  const flag = { type: 'boolean' as const }
  return readOptions({
    options: { connection: text, select: text, release: text, yes: flag, help: flag },
  })
}
