import { admission, admit, type Need, type Request } from './admission.ts'
import { sql, type Database } from './database.ts'
import { ADMIN_SCOPE } from './tokenSql.ts'
import { lateSql, useSql } from './tokenUse.ts'

/**
 * Takes a request and whether it changes something; gives the words of its token's scope, of which `admin` is one. Throws 401 and 403 as
 * for SCIM. One trip, and at most hourly another that writes the token's use down.
 */
export async function admitAdmin(
  database: Database,
  request: Request,
  access: Need['access'],
): Promise<readonly string[]> {
  const need: Need = { resources: ADMIN_SCOPE, access }
  const [rows] = await database.read([admission(request, need, sql`t.scope`)])
  try {
    admit(rows, request, need)
  } finally {
    const left = request.use?.left
    const late = left === 'late' ? [lateSql(request)] : []
    const statements = left === 'use' || left === 'late' ? [...useSql(request), ...late] : []
    if (statements.length > 0) await database.write(statements)
  }
  const scope = rows?.[0]?.['also']
  return typeof scope === 'string' ? scope.split(' ') : []
}
