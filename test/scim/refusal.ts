import { ScimError, type ScimType } from '../../worker/scim/error.ts'

/** What a client is told when it is refused. */
export type Refusal = {
  readonly status: number
  readonly scimType: ScimType | undefined
  readonly detail: string
}

/** Takes a call that is to be refused; gives what the client is told. Any other error is thrown on: it would be a 500. */
export function refusal(call: () => unknown): Refusal {
  try {
    call()
  } catch (error) {
    if (!(error instanceof ScimError)) throw error
    return { status: error.status, scimType: error.scimType, detail: error.message }
  }
  throw new Error('expected a refusal, and the call went through')
}
