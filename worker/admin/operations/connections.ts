import * as v from 'valibot'
import { ensureConnection, listConnections } from '../../store/connections.ts'
import { shortId } from '../../store/ids.ts'
import { operation } from '../operation.ts'
import { isVisible } from '../permissions.ts'
import { Problem } from '../problem.ts'

const connection = v.object({ id: v.string(), name: v.string(), mode: v.picklist(['tolerant', 'strict']) })

/** What a connection may be called: it stands in commands and in file names. */
export const connectionName = v.pipe(
  v.string(),
  v.trim(),
  v.regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,62}$/u, 'expected 1 to 63 letters, digits, blanks and . _ -'),
)

export const connectionList = operation({
  id: 'connection.list',
  summary: 'The connections you may see',
  method: 'GET',
  path: '/connections',
  needs: 'look',
  anywhere: true,
  input: v.object({}),
  output: v.array(connection),
  run: async ({ database, admin }) =>
    (await listConnections(database)).filter(({ id }) => isVisible(admin, id)),
})

export const connectionCreate = operation({
  id: 'connection.create',
  summary: 'Make a connection',
  method: 'POST',
  path: '/connections',
  needs: 'manage',
  input: v.object({ name: connectionName }),
  output: connection,
  shows: ['name'],
  run: async ({ database, now }, { name }) => {
    const id = shortId()
    const there = await ensureConnection(database, name, id, now)
    if (there.id !== id) throw new Problem(409, 'There is a connection of this name already.', 'name')
    return there
  },
})
