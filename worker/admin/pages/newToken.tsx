import type { Form } from '../kit.tsx'
import type { Problem } from '../problem.ts'
import { LEAST_SLIDING } from '../../store/tokens.ts'

type Props = {
  readonly words: readonly string[]
  readonly offersEnd: boolean
  /** What was typed before, and what was wrong with it. */
  readonly form: Form
  readonly problem: Problem | undefined
}

const SCOPE_HELP: Readonly<Record<string, string>> = {
  users: 'people',
  groups: 'groups',
  read: 'no changes',
  admin: 'run this connection by the API, and by itself no SCIM',
}

/** The fields of the form that makes a token. */
export function NewToken({ words, offersEnd, form, problem }: Props) {
  return (
    <>
      <h2>A new token</h2>
      <p>Several can be live at once, so that replacing one needs no outage.</p>
      <Field
        id="name"
        label="Name"
        value={form['name']}
        problem={problem}
        help="What it is for: Okta, production"
      />
      <fieldset>
        <legend>It may do everything of SCIM, or only what is chosen</legend>
        {words.map((word) => (
          <label class="check">
            <input type="checkbox" name={`scope-${word}`} checked={form[`scope-${word}`] !== undefined} />
            <span>
              {word}
              {SCOPE_HELP[word] === undefined ? '' : `: ${SCOPE_HELP[word]}`}
            </span>
          </label>
        ))}
        <Fault id="scope" problem={problem} />
      </fieldset>
      <Field
        id="networks"
        label="Only from these networks"
        value={form['networks']}
        problem={problem}
        help="For instance 203.0.113.0/24, 2001:db8::/32. Empty: from anywhere, and the first use from another network is reported"
      />
      <Field
        id="domains"
        label="Only people of these e-mail domains"
        value={form['domains']}
        problem={problem}
        help="By their userName, for instance example.com. Empty: anybody"
      />
      {offersEnd ? (
        <Ends form={form} problem={problem} />
      ) : (
        <p class="soft">
          It does not end: one that ends unnoticed leaves people in who have left. Here an end can be chosen
          once an alarm destination was tested, so that somebody hears of it. By command:{' '}
          <code>npm run token -- --connection NAME --sliding 90d</code>
          <Fault id="ends" problem={problem} />
        </p>
      )}
    </>
  )
}

function Ends({ form, problem }: Pick<Props, 'form' | 'problem'>) {
  const chosen = form['ends'] ?? 'never'
  return (
    <>
      <label for="ends">End</label>
      <select id="ends" name="ends">
        <option value="never" selected={chosen === 'never'}>
          It does not end
        </option>
        <option value="sliding" selected={chosen === 'sliding'}>
          {`After so many days without use, at least ${LEAST_SLIDING}`}
        </option>
        <option value="fixed" selected={chosen === 'fixed'}>
          After so many days
        </option>
      </select>
      <Fault id="ends" problem={problem} />
      <Field
        id="days"
        label="Days"
        value={form['days']}
        problem={problem}
        also={['expiresInDays', 'slidingDays']}
        help="For the last 14 it only reads and deactivates"
      />
    </>
  )
}

type FieldProps = {
  readonly id: string
  readonly label: string
  readonly help: string
  readonly value: string | undefined
  readonly problem: Problem | undefined
  /** Fields of the operation that this one stands for. */
  readonly also?: readonly string[]
}

/** A field with its label, its help, and what is wrong with it. */
export function Field({ id, label, help, value = '', problem, also = [] }: FieldProps) {
  const isWrong = isAt(id, problem, also)
  return (
    <>
      <label for={id}>{label}</label>
      <input
        id={id}
        name={id}
        value={value}
        autocomplete="off"
        aria-describedby={`${id}-help`}
        {...(isWrong ? { 'aria-invalid': 'true' as const } : {})}
      />
      <small id={`${id}-help`}>
        {isWrong ? <strong class="is-bad">{`${problem?.message ?? ''}. `}</strong> : null}
        {help}
      </small>
    </>
  )
}

function Fault({ id, problem }: { id: string; problem: Problem | undefined }) {
  return isAt(id, problem, []) ? <strong class="is-bad">{problem?.message}</strong> : null
}

/** A fault of one of a list is one of the list: networks.1. */
const isAt = (id: string, problem: Problem | undefined, also: readonly string[]) => {
  const field = problem?.field?.split('.')[0]
  return field !== undefined && [id, ...also].includes(field)
}
