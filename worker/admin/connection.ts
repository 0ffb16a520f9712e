import { connectionList } from './operations/connections.ts'
import { notFound } from './problem.ts'
import type { Visit } from './kit.tsx'

/** The pages of a connection, in their order: the name, and the path below the connection's own. */
const TABS = [
  ['Set up', ''],
  ['Tokens', '/tokens'],
  ['People and groups', '/people'],
  ['Activity', '/activity'],
  ['Audit', '/audit'],
  ['Emergency', '/emergency'],
] as const

/** Takes a visit below /connections/:connection; gives the connection. Throws Problem where it is not there for the visitor. */
export async function connectionOf({ c, tools }: Visit) {
  const list = await connectionList.handle(tools, {})
  const found = list.find(({ id }) => id === c.req.param('connection'))
  if (found === undefined) throw notFound()
  return found
}

/** Takes a connection's id and the name of the page that is shown; gives the tabs. */
export function tabsOf(connection: string, current: (typeof TABS)[number][0]) {
  return TABS.map(([name, path]) => ({
    name,
    href: `/admin/connections/${connection}${path}`,
    isCurrent: name === current,
  }))
}
