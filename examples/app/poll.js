// Reads events from the feed: BASE=https://… TOKEN=drawbridge_… STATE=state.json node poll.js
import { setTimeout as pause } from 'node:timers/promises'
import { apply, openState, saveState } from './state.js'

const { BASE = '', TOKEN = '', STATE = 'state.json', SECONDS = '5' } = process.env
if (BASE === '' || TOKEN === '') throw new Error('BASE and TOKEN are missing: the bridge shows both')
const state = openState(STATE)

for (;;) {
  const more = await readPage().catch((error) => {
    console.error(error.message)
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
  if (!response.ok) throw new Error(`the feed answers ${response.status}`)
  const { events, next } = await response.json()
  for (const event of events) {
    const { refused } = apply(state, event)
    console.log(`${event.type} ${event.resource ?? ''} ${event.seq}${refused ? `: ${refused.detail}` : ''}`)
  }
  state.next = next
  saveState(STATE, state)
  return events.length > 0
}
