/** Something an admin asked for cannot be done: the status, what was wrong, and what to do. Of an input, which field. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly status: 400 | 401 | 403 | 404 | 409 | 429 | 502
  readonly field: string | undefined

  constructor(status: Problem['status'], words: string, field?: string) {
    super(words)
    this.status = status
    this.field = field
  }
}

/** Gives what is said of everything that is not there, or that is somebody else's. */
export function notFound(): Problem {
  return new Problem(
    404,
    'There is no such thing, or it is not yours to see. Go back to the list of connections.',
  )
}
