import * as v from 'valibot'
import { statesOf } from '../../auth/keyRotation.ts'
import { tokensByKey } from '../../store/tokens.ts'
import { operation } from '../operation.ts'

const token = v.object({
  id: v.string(),
  name: v.nullable(v.string()),
  connection: v.string(),
  connectionName: v.string(),
  expires: v.nullable(v.string()),
  replacedBy: v.nullable(v.string()),
})

export const keyList = operation({
  id: 'key.list',
  summary:
    'The keys that sign and verify tokens, and how many live tokens each has signed. Of former keys also which: they come first',
  method: 'GET',
  path: '/keys',
  needs: 'look',
  input: v.object({}),
  output: v.array(
    v.object({
      kid: v.string(),
      state: v.picklist(['next', 'signs', 'former']),
      liveTokens: v.number(),
      toRotate: v.array(token),
    }),
  ),
  run: async ({ database, config, now }) => {
    const live = await tokensByKey(database, now)
    return statesOf(config.keys).map(({ kid, state }) => {
      const own = live.filter((one) => one.kid === kid)
      const toRotate = own.map(({ jti, name, connection, connectionName, expires, replacedBy }) => ({
        id: jti,
        name,
        connection,
        connectionName,
        expires: expires === null ? null : new Date(expires * 1000).toISOString(),
        replacedBy,
      }))
      return { kid, state, liveTokens: own.length, toRotate: state === 'former' ? toRotate : [] }
    })
  },
})
