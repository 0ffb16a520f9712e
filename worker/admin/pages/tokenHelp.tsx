import { Hono } from 'hono'
import type { Env } from '../../context.ts'
import type { Kit } from '../kit.tsx'
import { providers } from '../providers.ts'

/** Takes the kit; gives the page for whoever has no token any more. Everybody may read it: a 401 leads here. */
export function tokenHelpPages({ show }: Kit): Hono<Env> {
  const routes = new Hono<Env>()
  routes.get('/help/token', (c) =>
    show(c, { title: 'Get help if you don’t have your token', body: <TokenHelp origin={c.get('origin')} /> }),
  )
  return routes
}

function TokenHelp({ origin }: { origin: string }) {
  return (
    <>
      <p>
        The bridge keeps no token, so it can show none again. Nothing is lost: another one takes a minute, and
        people, groups and their mapping stay as they are.
      </p>
      <ol>
        <li>
          <a href="/admin">Sign in</a> and open the connection, then its page Tokens.
        </li>
        <li>
          Rotate the token that is lost: the new one has the same rights, and the old one goes on for a week.
          If it may be in the wrong hands, revoke it: it ends at once, everywhere.
        </li>
        <li>Copy the new token whole. It is shown this once.</li>
        <li>Paste it into the identity provider, alone: no quotes, and no word Bearer in front of it.</li>
      </ol>
      <p>Without a browser, where the bridge was deployed from:</p>
      <code class="copy">npm run token -- --list</code>
      <code class="copy">npm run token -- --rotate TOKEN_ID</code>
      <h2>Where it is pasted</h2>
      <div class="wide">
        <table>
          <thead>
            <tr>
              <th scope="col">Identity provider</th>
              <th scope="col">Field</th>
              <th scope="col">Where</th>
            </tr>
          </thead>
          <tbody>
            {providers.map(({ name, where, fields }) => (
              <tr>
                <th scope="row">{name}</th>
                <td>{fields.find(({ value }) => value.kind === 'token')?.label ?? ''}</td>
                <td>{where}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <h2>What the identity provider was told</h2>
      <p>
        Its log has the answer of the bridge: whether the token was revoked or has expired, and when; or that
        it is of another region, has quotes in it, or that its end is missing. The Base URL is{' '}
        <code>{`${origin}/scim/v2`}</code>.
      </p>
    </>
  )
}
