import { sql } from '../../worker/store/database.ts'
import { database } from '../worker.ts'
import type { Probe } from './probe.ts'

const AT = '2026-01-01T00:00:00.000Z'

/**
 * Puts so many people or groups straight into the database, as one by one they would take too long. Each has a name, an
 * externalId, an e-mail address at work and a member that no other has.
 */
export async function crowd({ connection }: Probe, type: 'User' | 'Group', count: number): Promise<void> {
  const ids = JSON.stringify(Array.from({ length: count }, () => crypto.randomUUID()))
  const name = type === 'User' ? 'userName' : 'displayName'
  const document = sql`json_object(${name}, value, 'externalId', value, 'active', json('true'),
    'emails', json_array(json_object('type', 'work', 'value', value)))`
  await database().write([
    sql`INSERT INTO resources (connection, id, type, version, created, modified, document, folded)
      SELECT ${connection}, value, ${type}, 1, ${AT}, ${AT}, ${document}, ${document} FROM json_each(${ids})`,
    sql`INSERT INTO members (connection, group_id, member_id)
      SELECT ${connection}, value, 'member of ' || value FROM json_each(${ids}) WHERE ${type} = 'Group'`,
  ])
}
