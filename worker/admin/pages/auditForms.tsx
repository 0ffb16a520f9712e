import type { Form } from '../kit.tsx'
import { Csrf, type Viewer } from '../layout.tsx'

type Props = {
  readonly at: string
  readonly viewer: Viewer
  /** The field in which something was wrong, and what was typed. */
  readonly field: string | undefined
  readonly typed: Form
}

const invalid = (isIt: boolean) => (isIt ? { 'aria-invalid': 'true' as const } : {})

/** The form that says how long a connection keeps people who are deleted, and changes. */
export function KeepForm({
  at,
  viewer,
  field,
  typed,
  keeping,
}: Props & { readonly keeping: { readonly eraseAfter: number; readonly keepChanges: number | null } }) {
  const { eraseAfter = String(keeping.eraseAfter), keepChanges = String(keeping.keepChanges ?? '') } = typed
  return (
    <form method="post" action={`${at}/keep`}>
      <Csrf viewer={viewer} />
      <label for="eraseAfter">Days after a DELETE until the person is erased</label>
      <input
        id="eraseAfter"
        name="eraseAfter"
        value={eraseAfter}
        inputmode="numeric"
        required
        autocomplete="off"
        {...invalid(field === 'eraseAfter')}
      />
      <label for="keepChanges">Days for which changes are kept; empty: for ever</label>
      <input
        id="keepChanges"
        name="keepChanges"
        value={keepChanges}
        inputmode="numeric"
        autocomplete="off"
        aria-describedby="keepChangesHint"
        {...invalid(field === 'keepChanges')}
      />
      <small id="keepChangesHint">
        The last change of each person and group stays, without values, and so does every seal.
      </small>
      <div>
        <button>Keep it so long</button>
      </div>
    </form>
  )
}

/** The form that erases a person who is deleted. */
export function EraseForm({ at, viewer, field, typed }: Props) {
  const { person = '', reason = '' } = typed
  return (
    <form method="post" action={`${at}/erase`}>
      <Csrf viewer={viewer} />
      <p>
        For somebody who is deleted and whose data has to go at once. It cannot be undone: documents and all
        earlier values are gone then, and only the id and the times stay.
      </p>
      <label for="person">Id of the person at the bridge</label>
      <input
        id="person"
        name="person"
        value={person}
        required
        autocomplete="off"
        {...invalid(field === 'person')}
      />
      <label for="reason">Why, for the record</label>
      <input
        id="reason"
        name="reason"
        value={reason}
        required
        maxlength={500}
        autocomplete="off"
        {...invalid(field === 'reason')}
      />
      <div>
        <button class="danger">Erase this person</button>
      </div>
    </form>
  )
}
