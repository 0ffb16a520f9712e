import { ScimError } from '../scim/error.ts'

/** Takes the methods that are allowed; throws 405 (RFC 9110 §15.5.6). */
export function methodNotAllowed(allow: string): never {
  throw new ScimError(405, undefined, `Method: expected one of ${allow}`, { allow })
}

/** Throws 404 for a path that nothing answers. */
export function noSuchPath(): never {
  throw new ScimError(
    404,
    undefined,
    'Path: nothing is here. The Base URL ends in /scim/v2, without /Users; below it are /Users, /Groups, ' +
      '/ServiceProviderConfig, /ResourceTypes and /Schemas.',
    {},
    'path',
  )
}
