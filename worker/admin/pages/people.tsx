import { Hono } from 'hono'
import type { Env } from '../../context.ts'
import { connectionOf, tabsOf } from '../connection.ts'
import type { Kit, View, Visit } from '../kit.tsx'
import type { Notice } from '../layout.tsx'
import { personRead, resourceSearch, restoreCarry, restorePlan } from '../operations/people.ts'
import { Problem } from '../problem.ts'
import { Table, Time, Who } from './parts.tsx'
import { PersonBody } from './person.tsx'
import { PlanBody } from './restorePlan.tsx'

/** Takes the kit; gives the search of people and groups, a page for each, and the way back to an earlier version. */
export function peoplePages({ get, post }: Kit): Hono<Env> {
  const routes = new Hono<Env>()
  routes.get('/connections/:connection/people', get(searchView))
  routes.get(
    '/connections/:connection/people/:person',
    get((visit) => personView(visit)),
  )
  routes.get(
    '/connections/:connection/people/:person/restore',
    get((visit) => planView(visit, visit.c.req.query())),
  )
  routes.post(
    '/connections/:connection/people/:person/restore',
    post(async (visit, form) => {
      const { id } = await connectionOf(visit)
      const person = personOf(visit)
      try {
        await restoreCarry.handle(visit.tools, { ...form, connection: id, person })
      } catch (error) {
        if (!(error instanceof Problem) || error.status === 404 || error.status === 403) throw error
        return planView(visit, form, error)
      }
      const words =
        'It is done here. The target gets it within a minute, and the provider’s next push may overwrite it.'
      return personView(visit, { tone: 'good', words })
    }),
  )
  return routes
}

const personOf = ({ c }: Visit) => c.req.param('person') ?? ''

async function searchView(visit: Visit): Promise<View> {
  const connection = await connectionOf(visit)
  const { person = '' } = visit.c.req.query()
  const found = await resourceSearch.handle(visit.tools, { connection: connection.id, person })
  const byName = visit.may('names', connection.id)
  return {
    title: connection.name,
    tabs: tabsOf(connection.id, 'People and groups'),
    body: (
      <>
        <form method="get" action={`/admin/connections/${connection.id}/people`} role="search">
          <label for="person">
            {byName
              ? 'The beginning of a name or address, or an id here, at the provider or at the target'
              : 'An id here or at the target'}
          </label>
          <input id="person" name="person" type="search" value={person} maxlength={256} autocomplete="off" />
          <button class="quiet">Search</button>
        </form>
        <Table
          caption={person === '' ? 'The newest' : 'Found'}
          none={person === '' ? 'There is nobody yet.' : 'Nobody and no group is found by that.'}
          titles={['Who', 'What', 'Since']}
          rows={found.map(({ id, name, state, at }) => [
            <Who connection={connection.id} id={id} name={name} />,
            state,
            <Time at={at} />,
          ])}
        />
      </>
    ),
  }
}

async function personView(visit: Visit, notice?: Notice): Promise<View> {
  const connection = await connectionOf(visit)
  const person = await personRead.handle(visit.tools, { connection: connection.id, person: personOf(visit) })
  return {
    title: person.name ?? `${person.type === 'User' ? 'Person' : 'Group'} ${person.id}`,
    tabs: tabsOf(connection.id, 'People and groups'),
    notice,
    body: <PersonBody visit={visit} connection={connection.id} person={person} />,
  }
}

/** What would be done, and the form that does it; what was typed is kept where it was refused. */
async function planView(
  visit: Visit,
  { what, seq, reason }: Readonly<Record<string, string | undefined>>,
  problem?: Problem,
): Promise<View> {
  const connection = await connectionOf(visit)
  const person = personOf(visit)
  const asked = { connection: connection.id, person, what, ...(seq === undefined ? {} : { seq }) }
  const plan = await restorePlan.handle(visit.tools, asked)
  return {
    title: what === 'undo' ? 'Undo a push' : 'Restore',
    tabs: tabsOf(connection.id, 'People and groups'),
    ...(problem === undefined
      ? {}
      : {
          notice: { tone: 'bad' as const, words: problem.message },
          status: problem.status === 409 ? (409 as const) : (400 as const),
        }),
    body: (
      <PlanBody
        visit={visit}
        connection={connection.id}
        person={person}
        plan={plan}
        asked={{ what: what ?? '', seq }}
        typed={reason ?? ''}
        isFaulty={problem?.field === 'reason'}
      />
    ),
  }
}
