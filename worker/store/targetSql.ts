import { sql, type SQL } from './database.ts'

/** Takes `links` as an alias; gives the condition that the link is to the account that is the target of its connection now. */
export const isOfTarget = (link: SQL): SQL =>
  sql`${link}.account = (SELECT t.settings ->> '$.target.account' FROM connections t WHERE t.id = ${link}.connection)`
