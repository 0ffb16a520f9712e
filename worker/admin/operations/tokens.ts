import * as v from 'valibot'
import { makeToken } from '../makeToken.ts'
import { operation } from '../operation.ts'

export const tokenCreate = operation({
  id: 'token.create',
  summary: 'Make an API token. It is shown this once',
  method: 'POST',
  path: '/connections/:connection/tokens',
  needs: 'manage',
  input: v.object({ connection: v.string() }),
  output: v.object({ token: v.string(), jti: v.string() }),
  run: ({ database, config, now }, { connection }) => makeToken(database, config, connection, {}, now),
})
