import type { Heard, Settled } from '../store/outcome.ts'
import type { Outbound } from '../targets/outbound.ts'

/** Takes the way out of one try; gives it with what says whether the target has answered in it: anything at all, nothing though it was asked, or never asked. */
export function hearing(send: Outbound): { readonly send: Outbound; readonly heard: () => Heard } {
  let heard: Heard = 'nothing'
  return {
    send: async (request) => {
      const incoming = await send(request)
      if (incoming.kind === 'answered' || incoming.kind === 'unreadable') heard = 'answer'
      if (incoming.kind === 'lost' && heard === 'nothing') heard = 'lost'
      return incoming
    },
    heard: () => heard,
  }
}

/** Takes what a try came to and what was heard in it; gives both as one is written down. */
export function withHeard(settled: Settled, heard: Heard): Settled {
  return settled.kind === 'done' || settled.kind === 'later' ? { ...settled, heard } : settled
}
