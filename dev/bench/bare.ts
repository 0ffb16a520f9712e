import { createClient, type InStatement } from '@libsql/client/web'
import * as v from 'valibot'

const statementList = v.array(
  v.object({ sql: v.string(), args: v.array(v.union([v.string(), v.number(), v.null()])) }),
)

type Env = { readonly LIBSQL_URL: string; readonly LIBSQL_AUTH_TOKEN?: string }

/**
 * The bare limit that the bridge is measured against: a Worker that does no more than hand statements to libSQL. One
 * statement is an execute(), several are a write batch.
 */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const client = createClient({
      url: env.LIBSQL_URL,
      ...(env.LIBSQL_AUTH_TOKEN === undefined ? {} : { authToken: env.LIBSQL_AUTH_TOKEN }),
      fetch: (sent: Request) => {
        const plain = new Request(sent)
        plain.headers.set('accept-encoding', 'gzip')
        return fetch(plain)
      },
    })
    const statements: InStatement[] = v.parse(statementList, await request.json())
    const [only] = statements
    const result =
      statements.length === 1 && only !== undefined
        ? await client.execute(only)
        : (await client.batch(statements, 'write')).at(-1)
    return Response.json(result?.rows)
  },
}
