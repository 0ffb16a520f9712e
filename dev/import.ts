/** `npm run import`: reads the people and groups of a connection's target, and says beforehand what would come of it. */
import { acceptImport } from '../worker/store/imports.ts'
import { loadStanding } from '../worker/store/settings.ts'
import { unknownIds } from '../worker/store/takeOver.ts'
import { previewAdoption, type AdoptionLine } from '../worker/sync/adoptionPreview.ts'
import { importTarget, type Imports } from '../worker/sync/import.ts'
import type { Connection } from '../worker/store/connections.ts'
import { loadOrg } from './idp/saved.ts'
import { findConnection, withDatabase, type Place } from './place.ts'
import { openTargets } from './reach.ts'
import { readSettings } from './settings.ts'
import { formatTable, progress, type Progress } from './table.ts'
import { readOptions, runCommand, UsageError } from './usage.ts'

const USAGE = `npm run import -- --connection NAME [--once] [--accept]
npm run import -- --connection NAME --check FILE
npm run import -- --connection NAME --preview

  --connection  the connection whose target is read
  --once        reads only as much as one run of cron does
  --accept      lets an import through that was held: the target has become so much larger or smaller
  --check       a file of \`npm run idp -- --save\`: lists whom and which groups a provider with these ids would not find
  --preview     lists the accounts at the target that nobody is linked to, and whether a create would take each over
  --help        shows this`

/** What one run of cron may send, and what a run by hand may. */
const ONCE = 45
const UNTIL_DONE = 1_000_000

await runCommand(USAGE, async () => {
  const { values } = parse()
  if (values.help === true) return console.log(USAGE)
  const { connection, check, preview, once, accept } = values
  if (connection === undefined) throw new UsageError('Say which connection: --connection NAME')
  await withDatabase(readSettings(process.env), async (place) => {
    const found = await findConnection(place, connection)
    const { id } = found
    const { settings } = await loadStanding(place.database, id)
    if (settings.target === undefined)
      throw new Error(
        `${found.name} has no target: the bridge itself is the account, and there is nothing to read.`,
      )
    if (check !== undefined) return checkFile(place, id, check)
    if (preview === true) return showPreview(place, found)
    if (accept === true) await acceptImport(place.database, id)
    report(await read(place, id, once === true ? ONCE : UNTIL_DONE), found.name)
  })
})

async function read({ database }: Place, id: string, most: number): Promise<Imports> {
  const openTarget = await openTargets(process.env)
  const standing = await loadStanding(database, id)
  let bar: Progress | undefined
  let done = 0
  try {
    return await importTarget(
      {
        database,
        openTarget,
        budget: { left: most },
        until: Date.now() + (most === ONCE ? 50_000 : 3_600_000),
        now: () => new Date(),
        newId: () => crypto.randomUUID(),
        progress: ({ people }, total) => {
          if (total === undefined) return
          bar ??= progress('people', total)
          bar.tick(people - done)
          done = people
        },
      },
      id,
      standing,
    )
  } finally {
    bar?.end()
  }
}

function report(imports: Imports, name: string): void {
  if (imports.kind === 'held' || imports.kind === 'failed') {
    throw new Error(
      `The import was ${imports.kind === 'held' ? 'held' : 'broken off'}: ${imports.words.replace('NAME', name)}`,
    )
  }
  const { people, groups, taken, waiting } = imports.run
  console.log(imports.kind === 'running' ? 'The import goes on with the next run.' : 'The import is done.')
  console.log(
    formatTable(
      ['people', 'groups', 'of other connections', 'waiting', 'gone'],
      [[people, groups, taken, waiting, imports.kind === 'done' ? imports.gone : '']],
    ),
  )
}

async function checkFile({ database }: Place, id: string, file: string): Promise<void> {
  const { org } = await loadOrg('check', file)
  const kept = [
    ...org.people.map(({ id: one, userName }) => ({ kind: 'User', id: one, name: userName })),
    ...org.groups.map(({ id: one, displayName }) => ({ kind: 'Group', id: one, name: displayName })),
  ].flatMap((one) => (one.id === undefined ? [] : [{ ...one, id: one.id }]))
  // Nobody is found of nobody: that would read as all is well.
  if (kept.length === 0)
    throw new Error(`${file} holds nobody with an id: the run that saved it did not work. Save again.`)
  const missing = new Set(
    await unknownIds(
      database,
      id,
      kept.map((one) => one.id),
    ),
  )
  const lost = kept.filter((one) => missing.has(one.id))
  console.log(`${kept.length - lost.length} of ${kept.length} people and groups are found under their ids.`)
  if (lost.length === 0) return
  console.log(
    `\nNot found\n${formatTable(
      ['kind', 'id', 'name'],
      lost.map((one) => [one.kind, one.id, one.name]),
    )}`,
  )
  console.log('\nPeople come with an import; groups are found once they are selected: npm run groups.')
  process.exitCode = 1
}

function takenWords({ fault }: AdoptionLine): string {
  switch (fault) {
    case undefined:
      return 'yes'
    case 'closed':
      return 'no: adoption is off'
    case 'elsewhere':
      return 'no: another domain'
    case 'power':
    case 'group':
      return 'no: it is a group'
  }
}

async function showPreview({ database }: Place, { id, name }: Connection): Promise<void> {
  const openTarget = await openTargets(process.env)
  const standing = await loadStanding(database, id)
  const limits = { budget: { left: UNTIL_DONE }, until: Date.now() + 3_600_000 }
  const seen = await previewAdoption({ database, openTarget, ...limits }, id, standing)
  if (seen.kind === 'refused') throw new Error(seen.words)
  console.log(
    seen.lines.length === 0
      ? 'Every account at the target is linked.'
      : formatTable(
          ['account', 'userName', 'person here', 'a create would take it over'],
          seen.lines.map((one) => [one.remote, one.userName, one.resource ?? '', takenWords(one)]),
        ),
  )
  if (seen.lines.some(({ fault }) => fault !== undefined))
    console.log(
      `\nThose with the same externalId are taken over, and those in a domain that is open for it:\nnpm run connection -- --name ${name} --adopt example.com`,
    )
}

function parse() {
  const text = { type: 'string' as const }
  const flag = { type: 'boolean' as const }
  return readOptions({
    options: { connection: text, once: flag, accept: flag, check: text, preview: flag, help: flag },
  })
}
