// Reads events from the feed: BASE=https://… TOKEN=drawbridge_… STATE=state.json node poll.js
import { setTimeout as pause } from 'node:timers/promises'
import { apply, fail, openState, saveState } from './state.js'

const { BASE = '', TOKEN = '', STATE = 'state.json', SECONDS = '5' } = process.env
for (const [name, value] of Object.entries({ BASE, TOKEN })) {
  if (value === '')
    fail(`${name} is missing: npm run dev of the bridge shows its Base URL, up to /scim/v2, and an API token`)
}
if (!URL.canParse(BASE)) fail('BASE is no address: expected https://…')
const state = openState(STATE)

for (;;) {
  const more = await readPage().catch((error) => {
    console.error(error.cause?.code ? `${BASE} cannot be reached (${error.cause.code})` : error.message)
    return false
  })
  if (!more) await pause(Number(SECONDS) * 1000)
}

/** Reads one page of the feed and keeps it, with where to go on; says whether there may be more. */
async function readPage() {
  const response = await fetch(`${BASE}/events?after=${state.next}&count=100`, {
    headers: { authorization: `Bearer ${TOKEN}`, accept: 'application/json' },
  })
  // The feed does not go back so far any more: from the snapshot on.
  if (response.status === 410) state.next = 0
  const { events, next, detail } = await response.json().catch(() => ({}))
  if (!response.ok) throw new Error(`the feed answers ${response.status}${detail ? `: ${detail}` : ''}`)
  if (!Array.isArray(events))
    throw new Error('this is no feed: BASE is the address of the bridge, without /scim/v2')
  for (const event of events) {
    const { refused } = apply(state, event)
    console.log(`${event.type} ${event.resource ?? ''} ${event.seq}${refused ? `: ${refused.detail}` : ''}`)
  }
  state.next = next
  saveState(STATE, state)
  return events.length > 0
}
