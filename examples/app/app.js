// Takes events by webhook: PORT=3000 SECRET=whsec_… STATE=state.json node app.js
import { createServer } from 'node:http'
import { Webhook } from 'standardwebhooks'
import { apply, fail, openState, saveState } from './state.js'

const { SECRET = '', PORT = '3000', STATE = 'state.json' } = process.env
const MAKE = 'make one, and give it to the bridge too: echo whsec_$(openssl rand -base64 32)'
if (SECRET === '') fail(`SECRET is missing: ${MAKE}`)
if (!/^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/.test(SECRET)) {
  fail(`SECRET is none: it is whsec_ and 24 to 64 bytes as base64; ${MAKE}`)
}
const webhook = new Webhook(SECRET)
const state = openState(STATE)

/** A person's document is at most 256 KiB of text, and a part of a group 3,000 ids. */
const MOST_BYTES = 2 * 1024 * 1024

const server = createServer((request, response) => void respond(request, response))

async function respond(request, response) {
  const [status, body] = await answer(request).catch((error) => {
    // 5xx: the bridge comes again. Never 4xx with a SCIM Error, or it would not.
    console.error(error)
    return [500, { error: 'something went wrong' }]
  })
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function answer(request) {
  if (request.method !== 'POST' || request.url !== '/events') return [404, { error: 'POST /events' }]
  const text = await textOf(request)
  if (text === undefined) return [413, { error: `at most ${MOST_BYTES} bytes` }]
  let event
  try {
    // Of the bytes as they came: JSON that was parsed and written again has another signature.
    event = webhook.verify(text, request.headers)
  } catch (error) {
    return [401, { error: error.message }]
  }
  const { refused, ...taken } = apply(state, event)
  // One write after the other, as nothing here waits between reading the state and saving it.
  saveState(STATE, state)
  console.log(`${event.type} ${event.resource ?? ''} ${event.seq ?? ''}${refused ? ': refused' : ''}`)
  return refused === undefined ? [200, taken] : [400, refused]
}

async function textOf(request) {
  const chunks = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > MOST_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

server.on('error', ({ code }) => {
  fail(
    code === 'EADDRINUSE'
      ? `PORT ${PORT} is in use: name another one`
      : `PORT ${PORT} cannot be had (${code})`,
  )
})
if (!/^\d{1,5}$/.test(PORT) || Number(PORT) > 65_535) fail('PORT is a number up to 65535')
server.listen(Number(PORT), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}/events`)
})
