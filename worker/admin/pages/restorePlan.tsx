import type { Visit } from '../kit.tsx'
import { Csrf } from '../layout.tsx'
import type { restorePlan } from '../operations/people.ts'
import { Table, Who } from './parts.tsx'

type Props = {
  readonly visit: Visit
  readonly connection: string
  readonly person: string
  readonly plan: Awaited<ReturnType<typeof restorePlan.handle>>
  readonly asked: { readonly what: string; readonly seq: string | undefined }
  readonly typed: string
  readonly isFaulty: boolean
}

/** What a restore would come to: here, and in requests to the target; then the reason and the button. */
export function PlanBody({ visit, connection, person, plan, asked, typed, isFaulty }: Props) {
  const at = `/admin/connections/${connection}/people/${encodeURIComponent(person)}`
  const { add, remove, groups } = plan
  const who = ({ id, name }: (typeof add)[number]) => [<Who connection={connection} id={id} name={name} />]
  const isNothing = plan.changed.length + add.length + remove.length === 0 && asked.what !== 'deleted'
  return (
    <>
      <h2>Here</h2>
      <Table
        caption="What changes here"
        none="No attribute changes."
        titles={['Attribute', 'Now', 'Then']}
        rows={plan.changed.map(({ path, before, after }) => [<code>{path}</code>, before ?? '', after ?? ''])}
      />
      {add.length === 0 ? null : (
        <Table caption="Who comes in" none="" titles={['Comes in']} rows={add.map(who)} />
      )}
      {remove.length === 0 ? null : (
        <Table caption="Who leaves" none="" titles={['Leaves']} rows={remove.map(who)} />
      )}
      {groups.length === 0 ? null : (
        <Table caption="Into which groups" none="" titles={['Comes back into']} rows={groups.map(who)} />
      )}
      <h2>At the target</h2>
      {plan.words === undefined ? null : <p>{plan.words}</p>}
      {plan.steps.map(({ method, path, body }) => (
        <div class="box">
          <p>
            <code>
              {method} {path}
            </code>
          </p>
          {body === undefined ? null : <pre class="copy">{body}</pre>}
        </div>
      ))}
      <h2>Before you do it</h2>
      <ul>
        {plan.notes.map((words) => (
          <li>{words}</li>
        ))}
      </ul>
      {isNothing ? (
        <p>It is so already: there is nothing to do.</p>
      ) : (
        <form method="post" action={`${at}/restore`}>
          <Csrf viewer={visit.viewer} />
          <input type="hidden" name="what" value={asked.what} />
          {asked.seq === undefined ? null : <input type="hidden" name="seq" value={asked.seq} />}
          <input type="hidden" name="version" value={String(plan.version)} />
          <label for="reason">Why: it stands in the record</label>
          <input
            id="reason"
            name="reason"
            value={typed}
            required
            minlength={3}
            maxlength={500}
            {...(isFaulty ? { 'aria-invalid': 'true' as const } : {})}
          />
          <button>Do it</button>
        </form>
      )}
      <p>
        <a href={at}>Leave it as it is</a>
      </p>
    </>
  )
}
