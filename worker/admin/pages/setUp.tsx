import { Hono } from 'hono'
import type { Env } from '../../context.ts'
import { connectionOf, tabsOf } from '../connection.ts'
import type { Kit, View, Visit } from '../kit.tsx'
import { Csrf } from '../layout.tsx'
import { arrivalRead } from '../operations/arrival.ts'
import { tokenCreate } from '../operations/tokens.ts'
import { providerOf, providers } from '../providers.ts'
import { First } from './firstRequest.tsx'

/** Takes the kit; gives the page with what is pasted into the identity provider, in its own words and order. */
export function setUpPages({ get, post }: Kit): Hono<Env> {
  const routes = new Hono<Env>()
  routes.get(
    '/connections/:connection',
    get((visit) => view(visit)),
  )
  routes.post(
    '/connections/:connection/tokens',
    post(async (visit) => {
      const { id } = await connectionOf(visit)
      const { token } = await tokenCreate.handle(visit.tools, { connection: id })
      return view(visit, token)
    }),
  )
  return routes
}

async function view(visit: Visit, token?: string): Promise<View> {
  const { c, viewer, may } = visit
  const connection = await connectionOf(visit)
  const provider = providerOf(c.req.query('provider'))
  const at = `/admin/connections/${connection.id}`
  const arrival = await arrivalRead.handle(visit.tools, { connection: connection.id })
  return {
    title: connection.name,
    tabs: tabsOf(connection.id, 'Set up'),
    body: (
      <>
        <form method="get" action={at}>
          <label for="provider">Identity provider</label>
          <select id="provider" name="provider">
            {providers.map(({ id, name }) => (
              <option value={id} selected={id === provider.id}>
                {name}
              </option>
            ))}
          </select>
          <button class="quiet">Show its fields</button>
        </form>
        <h2>In {provider.name}</h2>
        <p>{provider.where}</p>
        <dl>
          {provider.fields.map(({ label, value }) => (
            <>
              <dt>{label}</dt>
              <dd>
                {value.kind === 'url' ? (
                  <code class="copy">{`${c.get('origin')}/scim/v2`}</code>
                ) : value.kind === 'token' ? (
                  <Token token={token} />
                ) : (
                  value.words
                )}
              </dd>
            </>
          ))}
        </dl>
        {may('manage', connection.id) && token === undefined ? (
          <form method="post" action={`${at}/tokens?provider=${provider.id}`}>
            <Csrf viewer={viewer} />
            <button>Make an API token</button>
          </form>
        ) : null}
        <First visit={visit} connection={connection.id} provider={provider} arrival={arrival} />
      </>
    ),
  }
}

function Token({ token }: { token: string | undefined }) {
  if (token === undefined) return <span class="soft">Make one below. It is shown once.</span>
  return (
    <>
      <code class="copy">{token}</code>
      <small>It is not shown again. A lost one is no drama: make another and revoke this one.</small>
    </>
  )
}
