import { Hono } from 'hono'
import type { Env } from '../../context.ts'
import type { Kit, View, Visit } from '../kit.tsx'
import { Csrf } from '../layout.tsx'
import { connectionList, connectionCreate } from '../operations/connections.ts'
import { Problem } from '../problem.ts'

/** Takes the kit; gives the page of all connections, and the form that makes one. */
export function connectionsPages({ get, post }: Kit): Hono<Env> {
  const routes = new Hono<Env>()
  routes.get(
    '/',
    get((visit) => view(visit)),
  )
  routes.post(
    '/connections',
    post(async (visit, { name = '' }) => {
      try {
        const { id } = await connectionCreate.handle(visit.tools, { name })
        return visit.c.redirect(`/admin/connections/${id}`, 303)
      } catch (error) {
        if (error instanceof Problem && error.field === 'name') return view(visit, error, name)
        throw error
      }
    }),
  )
  return routes
}

async function view({ tools, viewer, may }: Visit, problem?: Problem, typed = ''): Promise<View> {
  const list = await connectionList.handle(tools, {})
  return {
    title: 'Connections',
    ...(problem === undefined
      ? {}
      : { notice: { tone: 'bad', words: problem.message }, status: problem.status === 409 ? 409 : 400 }),
    body: (
      <>
        {list.length === 0 ? (
          <p>There is none yet. A connection is one app of your identity provider, pointed at one account.</p>
        ) : (
          <div class="wide">
            <table>
              <thead>
                <tr>
                  <th scope="col">Name</th>
                  <th scope="col">Mode</th>
                  <th scope="col">Id</th>
                </tr>
              </thead>
              <tbody>
                {list.map(({ id, name, mode }) => (
                  <tr>
                    <td>
                      <a href={`/admin/connections/${id}`}>{name}</a>
                    </td>
                    <td>{mode}</td>
                    <td>
                      <code>{id}</code>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        <p>
          <a href="/admin/emergency">Emergency: suspend somebody everywhere</a>
        </p>
        {may('manage') ? (
          <form method="post" action="/admin/connections">
            <Csrf viewer={viewer} />
            <label for="name">Name of a new connection</label>
            <input
              id="name"
              name="name"
              value={typed}
              required
              maxlength={63}
              autocomplete="off"
              {...(problem === undefined ? {} : { 'aria-invalid': 'true' as const })}
            />
            <button>Make the connection</button>
          </form>
        ) : null}
      </>
    ),
  }
}
