import type { RefusalName } from './refusal.ts'

/** The detail error keywords of RFC 7644 §3.12, table 9, and RFC 9865 §2.1. */
export type ScimType =
  | 'invalidFilter'
  | 'tooMany'
  | 'uniqueness'
  | 'mutability'
  | 'invalidSyntax'
  | 'invalidPath'
  | 'noTarget'
  | 'invalidValue'
  | 'invalidCursor'
  | 'expiredCursor'
  | 'invalidCount'

/** The body of every answer that is not a success (RFC 7644 §3.12). `status` is a string there. */
export type ErrorBody = {
  readonly schemas: readonly [typeof ERROR_URN]
  readonly status: string
  readonly scimType?: ScimType
  readonly detail: string
}

const ERROR_URN = 'urn:ietf:params:scim:api:messages:2.0:Error'

/**
 * The client's fault, shown to the client as it is: HTTP status, the keyword of RFC 7644 §3.12 where one fits, and a
 * sentence that says what was wrong, where, and what was expected.
 */
export class ScimError extends Error {
  readonly status: number
  readonly scimType: ScimType | undefined
  readonly headers: Readonly<Record<string, string>>
  /** Its name, where status and keyword do not say which it is. */
  readonly refusal: RefusalName | undefined

  constructor(
    status: number,
    scimType: ScimType | undefined,
    detail: string,
    headers: Readonly<Record<string, string>> = {},
    refusal?: RefusalName,
  ) {
    super(detail)
    this.name = 'ScimError'
    this.status = status
    this.scimType = scimType
    this.headers = headers
    this.refusal = refusal
  }
}

/** Takes an error and a name; gives the same under that name. */
export function namedError(
  { status, scimType, message, headers }: ScimError,
  refusal: RefusalName,
): ScimError {
  return new ScimError(status, scimType, message, headers, refusal)
}

/** Takes an HTTP status, a keyword and a sentence; gives the error body of RFC 7644 §3.12. */
export function errorBody(status: number, scimType: ScimType | undefined, detail: string): ErrorBody {
  return {
    schemas: [ERROR_URN],
    status: String(status),
    ...(scimType === undefined ? {} : { scimType }),
    detail,
  }
}

/** A value does not fit its attribute: 400 invalidValue, with the attribute and what was expected. */
export function invalidValue(where: string, expected: string): ScimError {
  return new ScimError(400, 'invalidValue', `${where}: expected ${expected}`)
}
