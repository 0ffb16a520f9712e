import { Hono } from 'hono'
import type { Env } from '../../context.ts'
import { connectionOf, tabsOf } from '../connection.ts'
import type { Form, Kit, View, Visit } from '../kit.tsx'
import type { Notice } from '../layout.tsx'
import { auditList, keepingSet, keepingShow, personErase } from '../operations/audit.ts'
import { Problem } from '../problem.ts'
import { EraseForm, KeepForm } from './auditForms.tsx'

/** What a form came to: what is said of it, and, where something was wrong, in which field and what was typed. */
type Outcome = { readonly notice: Notice; readonly problem?: Problem; readonly typed?: Form }

/** Takes the kit; gives the page of what happened in a connection: who, when, what and why, and for how long it is kept. */
export function auditPages({ get, post }: Kit): Hono<Env> {
  const routes = new Hono<Env>()
  const path = '/connections/:connection/audit'
  routes.get(
    path,
    get((visit) => view(visit)),
  )
  routes.post(
    `${path}/erase`,
    post(async (visit, form) => {
      const { id: connection } = await connectionOf(visit)
      const { person = '', reason = '' } = form
      return attempted(visit, form, async () => {
        const erased = await personErase.handle(visit.tools, { connection, person, reason })
        return `${erased.person} is erased. What is left is that somebody of this id was there, and when.`
      })
    }),
  )
  routes.post(
    `${path}/keep`,
    post(async (visit, form) => {
      const { id: connection } = await connectionOf(visit)
      const { eraseAfter = '', keepChanges = '' } = form
      const wanted = {
        eraseAfter: daysOf(eraseAfter),
        keepChanges: keepChanges.trim() === '' ? null : daysOf(keepChanges),
      }
      return attempted(visit, form, async () => {
        await keepingSet.handle(visit.tools, { connection, ...wanted })
        return 'That is how long it is kept from now on.'
      })
    }),
  )
  return routes
}

/** What is no number stays what it was, and is refused as that. */
const daysOf = (text: string): unknown => (/^\s*\d+\s*$/.test(text) ? Number(text) : text)

async function attempted(visit: Visit, typed: Form, act: () => Promise<string>): Promise<View> {
  try {
    return await view(visit, { notice: { tone: 'good', words: await act() } })
  } catch (problem) {
    if (!(problem instanceof Problem) || problem.field === undefined) throw problem
    return view(visit, { notice: { tone: 'bad', words: problem.message }, problem, typed })
  }
}

async function view(visit: Visit, outcome?: Outcome): Promise<View> {
  const { c, tools, viewer, may } = visit
  const connection = await connectionOf(visit)
  const [before, subject] = [c.req.query('before'), c.req.query('subject') ?? '']
  const { entries, next } = await auditList.handle(tools, {
    connection: connection.id,
    subject,
    ...(before === undefined ? {} : { before }),
  })
  const keeping = await keepingShow.handle(tools, { connection: connection.id })
  const at = `/admin/connections/${connection.id}/audit`
  const field = outcome?.problem?.field
  return {
    title: connection.name,
    tabs: tabsOf(connection.id, 'Audit'),
    notice: outcome?.notice,
    ...(outcome?.problem === undefined ? {} : { status: statusOf(outcome.problem) }),
    body: (
      <>
        <form method="get" action={at}>
          <label for="subject">Only of the person, group or token with this id</label>
          <input id="subject" name="subject" value={subject} autocomplete="off" />
          <button class="quiet">Show</button>
        </form>
        <h2>What happened</h2>
        {entries.length === 0 ? <p>Nothing.</p> : <Entries entries={entries} />}
        {next === null ? null : (
          <p>
            <a href={`${at}?${new URLSearchParams({ subject, before: next }).toString()}`}>Earlier</a>
          </p>
        )}
        <p class="soft">
          A row is sealed when cron has signed it; whether all of them are as they were written says{' '}
          <code>npm run audit -- verify</code>.
        </p>
        <h2>For how long it is kept</h2>
        {may('manage', connection.id) ? (
          <>
            <KeepForm at={at} viewer={viewer} keeping={keeping} field={field} typed={outcome?.typed ?? {}} />
            <h2>Erase a person</h2>
            <EraseForm at={at} viewer={viewer} field={field} typed={outcome?.typed ?? {}} />
          </>
        ) : (
          <p>
            A deleted person is erased after {keeping.eraseAfter} days; changes are kept{' '}
            {keeping.keepChanges === null ? 'for ever' : `for ${keeping.keepChanges} days`}.
          </p>
        )}
      </>
    ),
  }
}

const statusOf = ({ status }: Problem) => (status === 404 || status === 409 ? status : 400)

type Listed = Awaited<ReturnType<typeof auditList.handle>>['entries']

function Entries({ entries }: { entries: Listed }) {
  return (
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Who</th>
            <th scope="col">What</th>
            <th scope="col">Of</th>
            <th scope="col">Why</th>
            <th scope="col">Sealed</th>
          </tr>
        </thead>
        <tbody>
          {entries.map(
            ({ at, log, who, tokenName, action, attributes, details, subject, name, reason, sealed }) => (
              <tr>
                <td>
                  <time datetime={at}>{at.replace('T', ' ').slice(0, 19)}</time>
                </td>
                <td>{log === 'acts' ? who : `token ${tokenName ?? who}`}</td>
                <td>
                  {action}
                  {attributes.length === 0 ? null : <small> {attributes.join(', ')}</small>}
                  {details === null ? null : <small> {JSON.stringify(details)}</small>}
                </td>
                <td>
                  {name === null ? null : <>{name} </>}
                  {subject === null ? null : <code>{subject}</code>}
                </td>
                <td>{reason}</td>
                <td>{sealed ? 'yes' : 'not yet'}</td>
              </tr>
            ),
          )}
        </tbody>
      </table>
    </div>
  )
}
