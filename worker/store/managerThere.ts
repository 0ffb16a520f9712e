import * as v from 'valibot'
import { MANAGER } from '../scim/manager.ts'
import { sql, type SQL } from './database.ts'

/**
 * A person's manager, where it is somebody of the bridge: that person's account at the target, none where there is none yet. `gone`: it was
 * somebody of the bridge, who has been deleted.
 */
export type ManagerThere = {
  readonly id: string
  readonly remote: string | undefined
  readonly isGone: boolean
}

const PATH = `$.${MANAGER.map((name) => `"${name}"`).join('.')}.value`

/** Takes a document as an expression; gives the id of the manager in it. */
export const managerIdSql = (document: SQL): SQL => sql`(${document} ->> ${PATH})`

/** Takes a person's id as an expression; gives the condition over `deliveries` that it is of somebody whose manager that is. */
export const isManagedBy = (manager: SQL): SQL =>
  sql`(deliveries.type = 'User' AND EXISTS (SELECT 1 FROM resources r WHERE r.connection = deliveries.connection
    AND r.id = deliveries.resource AND ${managerIdSql(sql`r.document`)} = ${manager}))`

/** Takes the connection, the document and the condition over `links m` that a link counts; gives the manager as JSON, NULL for whom the bridge does not know. */
export function managerThereSql(connection: SQL, document: SQL, counts: SQL): SQL {
  return sql`(SELECT json_object('id', i.id, 'remote', m.remote, 'isGone', json(iif(x.id IS NULL, 'true', 'false')))
    FROM (SELECT ${managerIdSql(document)} AS id) i
      LEFT JOIN resources x ON x.connection = ${connection} AND x.id = i.id
      LEFT JOIN tombstones g ON g.connection = ${connection} AND g.id = i.id
      LEFT JOIN links m ON m.connection = ${connection} AND m.resource = i.id AND ${counts}
    WHERE x.id IS NOT NULL OR g.id IS NOT NULL)`
}

/** The column, read. */
export const managerThere = v.nullable(
  v.pipe(
    v.string(),
    v.parseJson(),
    v.object({ id: v.string(), remote: v.nullable(v.string()), isGone: v.boolean() }),
    v.transform(({ remote, ...rest }): ManagerThere => ({ ...rest, remote: remote ?? undefined })),
  ),
)
