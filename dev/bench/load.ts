import autocannon from 'autocannon'

/** A request of the load. */
export type Shot = {
  readonly method: 'GET' | 'POST' | 'PATCH'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** What a round of load came to. `wrong` counts answers that were no 2xx, and requests without one. */
export type Round = {
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  readonly wrong: number
}

/**
 * Takes a URL, the requests in turn, how many at once and for how many seconds; sends them, each as soon as the one
 * before it on its connection is answered.
 */
export async function load(
  url: string,
  next: () => Shot,
  connections: number,
  seconds: number,
): Promise<Round> {
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    requests: [
      {
        setupRequest: (request) => {
          const { method, path, headers = {}, body } = next()
          return { ...request, method, path, headers, ...(body === undefined ? {} : { body }) }
        },
      },
    ],
  })
  return {
    perSecond: result['2xx'] / result.duration,
    p50: result.latency.p50,
    p99: result.latency.p99,
    wrong: result.non2xx + result.errors,
  }
}
