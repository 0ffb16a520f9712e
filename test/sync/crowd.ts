import { foldDocument } from '../../worker/scim/fold.ts'
import { userType } from '../../worker/scim/resourceTypes.ts'
import { sql } from '../../worker/store/database.ts'
import { makeAllDue } from '../../worker/store/resync.ts'
import { loadStanding } from '../../worker/store/settings.ts'
import type { World } from './world.ts'

/** Puts so many people into a connection, straight into the database. Gives their ids, in the order of their numbers. */
export async function crowd({ connection, database }: World, size: number): Promise<readonly string[]> {
  const people = Array.from({ length: size }, (_, index) => {
    const document = { userName: `p${index}@example.com`, displayName: `P ${index}`, active: true }
    return { id: crypto.randomUUID(), document, folded: foldDocument(userType, document) }
  })
  const at = new Date().toISOString()
  await database.write([
    sql`INSERT INTO resources (connection, id, type, version, created, modified, document, folded)
      SELECT ${connection}, value ->> '$.id', 'User', 1, ${at}, ${at}, value ->> '$.document', value ->> '$.folded'
      FROM json_each(${JSON.stringify(people)})`,
  ])
  return people.map(({ id }) => id)
}

/** Makes everybody due at the target, as they are now. */
export async function allDue({ connection, database, sign }: World): Promise<void> {
  const { settings } = await loadStanding(database, connection)
  const target = settings.target?.id ?? ''
  await makeAllDue(database, { connection, target, request: crypto.randomUUID(), sign, at: new Date() })
}

/** Sets attributes of people, straight in the database. */
export async function setAll(
  { connection, database }: World,
  ids: readonly string[],
  attributes: Readonly<Record<string, unknown>>,
): Promise<void> {
  const patch = JSON.stringify(attributes)
  await database.write([
    sql`UPDATE resources SET document = json_patch(document, ${patch}), folded = json_patch(folded, ${patch}),
      version = version + 1 WHERE connection = ${connection} AND id IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`,
  ])
}

/** What was due long ago is due now, and no target is left alone. */
export async function hurry({ connection, database }: World): Promise<void> {
  await database.write([
    sql`UPDATE deliveries SET due = '2000' WHERE connection = ${connection} AND state = 'due'`,
    sql`UPDATE stops SET until = '2000' WHERE connection = ${connection}`,
  ])
}
