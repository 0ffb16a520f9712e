import { EXPLANATIONS } from '../explain.ts'
import type { Visit } from '../kit.tsx'
import type { arrivalRead } from '../operations/arrival.ts'
import { fieldOf, type Provider } from '../providers.ts'
import { Time } from './parts.tsx'

type Arrival = Awaited<ReturnType<typeof arrivalRead.handle>>
type Props = {
  readonly visit: Visit
  readonly connection: string
  readonly provider: Provider
  readonly arrival: Arrival
}

/** Where a provider’s own test is started. */
const TESTS: Readonly<Record<string, string>> = {
  okta: 'Press Test Connector Configuration in Okta, then save.',
  'okta-oin': 'Press Test API Credentials in Okta, then save.',
  entra: 'Press Test Connection in Entra, then save.',
  jumpcloud: 'Press Test Connection in JumpCloud.',
  ping: 'Press Test connection in PingOne.',
  rippling: 'Press Test connection in Rippling.',
  onelogin: 'Press Enable in OneLogin.',
}

/** Whether the provider has reached the bridge: green once it has; until then what is wrong, in the provider’s own words. */
export function First({ visit, connection, provider, arrival }: Props) {
  const { good, refused, isBare } = arrival
  const at = `/admin/connections/${connection}?provider=${provider.id}`
  const isWaiting = good === undefined || refused !== undefined
  return (
    <>
      <h2>The first request</h2>
      <div id="first" class="box" aria-live="polite" {...(isWaiting ? { 'data-waiting': at } : {})}>
        {good === undefined ? (
          <p class="is-warn">Waiting for the first request. {TESTS[provider.id] ?? ''}</p>
        ) : (
          <p class="is-good">
            <strong>{provider.name} reaches the bridge.</strong> Last <Time at={good} />.
            {isBare
              ? ' The token comes as a bare header, without the word Bearer, as Okta’s catalogue apps send it: that is taken.'
              : ''}
          </p>
        )}
        {refused === undefined ? null : (
          <Fault refusal={refused.refusal} last={refused.at} provider={provider} />
        )}
        {good === undefined ? <Strangers arrival={arrival} provider={provider} /> : null}
        {isWaiting ? (
          <p>
            <a href={at}>Look again</a>
          </p>
        ) : null}
      </div>
      {isWaiting ? <script src="/admin/waiting.js" defer></script> : null}
      {visit.may('look', connection) ? (
        <p>
          <a href={`/admin/connections/${connection}/activity`}>All that has come</a>
        </p>
      ) : null}
    </>
  )
}

type FaultProps = {
  readonly refusal: keyof typeof EXPLANATIONS | undefined
  readonly last: string
  readonly provider: Provider
}

function Fault({ refusal, last, provider }: FaultProps) {
  const { what, mend, field } = EXPLANATIONS[refusal ?? 'bug']
  return (
    <p class="is-bad">
      <Time at={last} />: {what} {field === undefined ? '' : `${fieldOf(provider, field)}: `}
      {mend}
    </p>
  )
}

/** What came to the bridge lately without a good token: it may be this connection’s provider, or another’s. */
function Strangers({ arrival, provider }: { arrival: Arrival; provider: Provider }) {
  if (arrival.strangers.length === 0) return null
  return (
    <>
      <p>In the last half hour the bridge has turned away, of this or another connection:</p>
      <ul>
        {arrival.strangers.map(({ refusal, last }) => (
          <li>
            <Fault refusal={refusal} last={last} provider={provider} />
          </li>
        ))}
      </ul>
    </>
  )
}
