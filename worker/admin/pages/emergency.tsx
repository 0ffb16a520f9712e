import { Hono } from 'hono'
import type { Env } from '../../context.ts'
import { connectionOf, tabsOf } from '../connection.ts'
import type { Form, Kit, View, Visit } from '../kit.tsx'
import { Csrf, type Notice } from '../layout.tsx'
import {
  connectionFreeze,
  connectionThaw,
  emergencyFind,
  emergencySuspend,
  personUnlock,
  tokenRevokeAll,
} from '../operations/emergency.ts'
import { Problem } from '../problem.ts'
import { Table, Who } from './parts.tsx'

/** What a form of these pages does: where it is sent below the connection’s page, its words, and what is done. */
type Deed = {
  readonly path: string
  readonly title: string
  readonly words: string
  readonly button: string
  readonly needs: 'operate' | 'manage'
  readonly run: (visit: Visit, input: { connection: string; reason: string }) => Promise<string>
}

const DEEDS: readonly Deed[] = [
  {
    path: 'freeze',
    title: 'Freeze every delivery but deactivations',
    words:
      'Requests of the provider are taken and kept; the target gets nothing of them but that people lose access.',
    button: 'Freeze',
    needs: 'operate',
    run: async ({ tools }, input) => {
      await connectionFreeze.handle(tools, input)
      return 'It is frozen: nothing is delivered but deactivations.'
    },
  },
  {
    path: 'thaw',
    title: 'Let deliveries go on',
    words: 'What was kept while it was frozen or paused is delivered.',
    button: 'Let them go on',
    needs: 'manage',
    run: async ({ tools }, input) => {
      await connectionThaw.handle(tools, input)
      return 'Deliveries go on.'
    },
  },
  {
    path: 'revoke',
    title: 'Revoke all tokens',
    words:
      'No request of the provider is taken any more, from the next one on, until a new token is pasted there. Leavers are not suspended meanwhile.',
    button: 'Revoke all tokens',
    needs: 'manage',
    run: async ({ tools }, input) => {
      const { revoked } = await tokenRevokeAll.handle(tools, input)
      return `${revoked} tokens are revoked, in every isolate. Make another under Set up.`
    },
  },
]

/** Takes the kit; gives what is done in an emergency: a person suspended everywhere; of a connection the freeze and the end of its tokens. */
export function emergencyPages({ get, post }: Kit): Hono<Env> {
  const routes = new Hono<Env>()
  routes.get(
    '/emergency',
    get((visit) => everywhereView(visit, visit.c.req.query('person') ?? '')),
  )
  routes.post('/emergency/suspend', post(suspend))
  routes.post(
    '/connections/:connection/people/:person/unlock',
    post(async (visit, { reason = '' }) => {
      const { id } = await connectionOf(visit)
      const person = visit.c.req.param('person') ?? ''
      return tried(
        async () => {
          const { ended } = await personUnlock.handle(visit.tools, { connection: id, person, reason })
          const words = ended
            ? 'The lock is ended: what the provider wants counts again.'
            : 'There was no lock.'
          return everywhereView(visit, person, { notice: { tone: ended ? 'good' : 'warn', words } })
        },
        (problem) => everywhereView(visit, person, { problem, reason }),
      )
    }),
  )
  routes.get(
    '/connections/:connection/emergency',
    get((visit) => connectionView(visit)),
  )
  for (const deed of DEEDS)
    routes.post(
      `/connections/:connection/emergency/${deed.path}`,
      post(async (visit, { reason = '' }) => {
        const { id } = await connectionOf(visit)
        return tried(
          async () => {
            const words = await deed.run(visit, { connection: id, reason })
            return connectionView(visit, { notice: { tone: 'good', words } })
          },
          (problem) => connectionView(visit, { problem, reason, path: deed.path }),
        )
      }),
    )
  return routes
}

/** A field that is wrong is shown at the form; what is not allowed, or not there, is a page of its own. */
async function tried(run: () => Promise<View>, again: (problem: Problem) => Promise<View>): Promise<View> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof Problem && (error.status === 400 || error.status === 409)) return again(error)
    throw error
  }
}

const suspend = (visit: Visit, { person = '', reason = '' }: Form): Promise<View> =>
  tried(
    async () => {
      const done = await emergencySuspend.handle(visit.tools, { person, reason })
      if (done.length === 0) {
        const words = 'Nobody is found by that, in any connection that is yours to operate.'
        return everywhereView(visit, person, { notice: { tone: 'warn', words }, reason })
      }
      const isWhole = done.every(({ outcome }) => outcome === 'locked' || outcome === 'deactivated')
      const words = isWhole
        ? 'Suspended everywhere. The targets get it within a minute, before everything else.'
        : 'Not everywhere: look below, and send it again.'
      return everywhereView(visit, person, { notice: { tone: isWhole ? 'good' : 'bad', words }, done })
    },
    (problem) => everywhereView(visit, person, { problem, reason }),
  )

type Shown = {
  readonly notice?: Notice
  readonly problem?: Problem
  readonly reason?: string
  readonly path?: string
  readonly done?: Awaited<ReturnType<typeof emergencySuspend.handle>>
}

const told = ({ notice, problem }: Shown): Pick<View, 'notice' | 'status'> => ({
  notice: problem === undefined ? notice : { tone: 'bad', words: problem.message },
  ...(problem === undefined ? {} : { status: problem.status === 409 ? 409 : 400 }),
})

/** Why something is done: with what was typed, and the mark where it was not enough. */
function Reason({ id, shown, isMine }: { id: string; shown: Shown; isMine: boolean }) {
  return (
    <>
      <label for={id}>Why: it stands in the record</label>
      <input
        id={id}
        name="reason"
        required
        minlength={3}
        maxlength={500}
        value={isMine ? (shown.reason ?? '') : ''}
        {...(isMine && shown.problem?.field === 'reason' ? { 'aria-invalid': 'true' as const } : {})}
      />
    </>
  )
}

const OUTCOMES = {
  locked: 'suspended: later pushes do not lift it, only an admin does',
  deactivated: 'made inactive here, as there is no target: a later push of the provider may lift it',
  failed: 'failed: is the target set up?',
  later: 'not yet: send it again',
}

async function everywhereView(visit: Visit, person: string, shown: Shown = {}): Promise<View> {
  const found = person === '' ? [] : await emergencyFind.handle(visit.tools, { person })
  const outcomes = new Map((shown.done ?? []).map((one) => [`${one.connection} ${one.id}`, one.outcome]))
  return {
    title: 'Emergency',
    ...told(shown),
    body: (
      <>
        <h2>Suspend somebody everywhere</h2>
        <p>
          At the target of every connection that is yours to operate, whether their providers answer or not.
          Later pushes do not lift it.
        </p>
        <form method="get" action="/admin/emergency">
          <label for="look">userName, e-mail address or id</label>
          <input id="look" name="person" value={person} maxlength={256} autocomplete="off" />
          <button class="quiet">Look who that is</button>
        </form>
        {person === '' ? null : (
          <Table
            caption="Who that is"
            none="Nobody is found by that, in any connection that is yours to operate."
            titles={['Connection', 'Who', 'How it stands', 'End it']}
            rows={found.map((one) => [
              one.connectionName,
              <Who connection={one.connection} id={one.id} name={one.name} />,
              outcomes.get(`${one.connection} ${one.id}`) === undefined
                ? one.isLocked
                  ? 'suspended by an admin'
                  : one.hasTarget
                    ? 'not suspended by an admin'
                    : 'there is no target: the bridge itself is the account'
                : OUTCOMES[outcomes.get(`${one.connection} ${one.id}`) ?? 'later'],
              one.isLocked && visit.may('manage', one.connection) ? (
                <form
                  method="post"
                  action={`/admin/connections/${one.connection}/people/${encodeURIComponent(one.id)}/unlock`}
                >
                  <Csrf viewer={visit.viewer} />
                  <Reason id={`why-${one.id}`} shown={shown} isMine={false} />
                  <button class="quiet">End the lock</button>
                </form>
              ) : (
                ''
              ),
            ])}
          />
        )}
        {found.length === 0 ? null : (
          <form method="post" action="/admin/emergency/suspend">
            <Csrf viewer={visit.viewer} />
            <input type="hidden" name="person" value={person} />
            <Reason id="reason" shown={shown} isMine />
            <button class="danger">Suspend at all {String(found.length)}</button>
          </form>
        )}
        <p>
          To freeze deliveries or revoke tokens, choose the connection: <a href="/admin">all connections</a>.
        </p>
      </>
    ),
  }
}

async function connectionView(visit: Visit, shown: Shown = {}): Promise<View> {
  const { id, name } = await connectionOf(visit)
  const mine = DEEDS.filter(({ needs }) => visit.may(needs, id))
  return {
    title: name,
    tabs: tabsOf(id, 'Emergency'),
    ...told(shown),
    body: (
      <>
        {mine.length === 0 ? (
          <p>
            Your role does nothing here. Whoever operates this connection can freeze it and suspend people.
          </p>
        ) : (
          <p>
            <a href="/admin/emergency">Suspend somebody everywhere</a>
          </p>
        )}
        {mine.map(({ path, title, words, button }) => (
          <>
            <h2>{title}</h2>
            <p>{words}</p>
            <form method="post" action={`/admin/connections/${id}/emergency/${path}`}>
              <Csrf viewer={visit.viewer} />
              <Reason id={`reason-${path}`} shown={shown} isMine={shown.path === path} />
              <button class="danger">{button}</button>
            </form>
          </>
        ))}
      </>
    ),
  }
}
