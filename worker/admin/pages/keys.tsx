import { Hono } from 'hono'
import type { Env } from '../../context.ts'
import type { Kit, View, Visit } from '../kit.tsx'
import { keyList } from '../operations/keys.ts'

/** What each state of a key is called, and what it means. */
const STATES = {
  next: 'published: verifies, and does not sign yet',
  signs: 'signs new tokens, and verifies',
  former: 'verifies what it has signed, and signs no more',
} as const

/** Takes the kit; gives the page of the signing keys: their states, and which tokens hold a former one. */
export function keysPages({ get }: Kit): Hono<Env> {
  const routes = new Hono<Env>()
  routes.get(
    '/keys',
    get((visit) => view(visit)),
  )
  return routes
}

async function view({ tools }: Visit): Promise<View> {
  const keys = await keyList.handle(tools, {})
  const held = keys.filter(({ toRotate }) => toRotate.length > 0)
  return {
    title: 'Signing keys',
    body: (
      <>
        <p>
          Tokens are signed with one key and verified with all of them. Rotating one takes three steps of{' '}
          <code>npm run key -- --rotate</code>: a new key is published, it signs, and the former one is
          retired once no live token is signed with it. Everybody may read the public ones at{' '}
          <a href="/.well-known/jwks.json">/.well-known/jwks.json</a>.
        </p>
        <div class="wide">
          <table>
            <thead>
              <tr>
                <th scope="col">Key</th>
                <th scope="col">State</th>
                <th scope="col">Live tokens</th>
              </tr>
            </thead>
            <tbody>
              {keys.map(({ kid, state, liveTokens }) => (
                <tr>
                  <th scope="row">
                    <code>{kid}</code>
                  </th>
                  <td>{STATES[state]}</td>
                  <td>{liveTokens}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        {held.map(({ kid, toRotate }) => (
          <>
            <h2>
              Before <code>{kid}</code> can be retired
            </h2>
            <ul>
              {toRotate.map(({ id, name, connection, connectionName, expires, replacedBy }) => (
                <li>
                  <a href={`/admin/connections/${connection}/tokens/${id}`}>{name ?? id}</a> of{' '}
                  {connectionName}:{' '}
                  {replacedBy !== null && expires !== null
                    ? `is being replaced, and ends on ${expires.slice(0, 10)}`
                    : 'rotate it, or revoke it'}
                </li>
              ))}
            </ul>
          </>
        ))}
      </>
    ),
  }
}
