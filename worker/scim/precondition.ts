import { ScimError } from './error.ts'

/** The versions that entity tags name: any there is, or some. */
export type Versions = 'any' | readonly number[]

/**
 * What a client says the resource must be (If-Match), or must not be (If-None-Match), before the request counts. A write is
 * about the version; `seen` are the whole tags of If-None-Match, which a read is compared with.
 */
export type Precondition = {
  readonly match?: Versions
  readonly noneMatch?: Versions
  readonly seen?: 'any' | readonly string[]
}

/**
 * Takes the headers If-Match and If-None-Match; gives the precondition, undefined where there is neither (RFC 7644 §3.14,
 * RFC 9110 §13). Tags are compared weakly, as SCIM's own are weak. What is no tag of ours names no version.
 */
export function readPrecondition(
  match: string | undefined,
  noneMatch: string | undefined,
): Precondition | undefined {
  if (match === undefined && noneMatch === undefined) return undefined
  return {
    ...(match === undefined ? {} : { match: readVersions(match) }),
    ...(noneMatch === undefined ? {} : { noneMatch: readVersions(noneMatch), seen: readTags(noneMatch) }),
  }
}

/** Takes a precondition and a resource's entity tag; says whether the client has it already (RFC 9110 §13.1.2). */
export function isSeen({ seen }: Precondition, tag: string): boolean {
  return seen === 'any' || (seen?.includes(bare(tag)) ?? false)
}

const readTags = (header: string): 'any' | readonly string[] =>
  header.trim() === '*' ? 'any' : header.split(',').map(bare)

/** A tag as it is compared: without W/ and quotes, which some clients drop. */
const bare = (tag: string) =>
  tag
    .trim()
    .replace(/^W\//i, '')
    .replace(/^"(.*)"$/, '$1')

function readVersions(header: string): Versions {
  if (header.trim() === '*') return 'any'
  const tags = header.split(',').map((tag) => /^(\d{1,15})(?:-[0-9a-f]{8})?$/.exec(bare(tag))?.[1])
  return [...new Set(tags.filter((tag) => tag !== undefined).map(Number))]
}

/** Takes versions that tags name and a resource's version; says whether it is among them. */
function names(versions: Versions, version: number): boolean {
  return versions === 'any' || versions.includes(version)
}

/** Takes a precondition and the version of a resource that is there; says whether the request counts. */
export function isMet({ match, noneMatch }: Precondition, version: number): boolean {
  return (
    (match === undefined || names(match, version)) && (noneMatch === undefined || !names(noneMatch, version))
  )
}

/** The resource is not in the version the client thinks: 412 (RFC 7644 §3.12). */
export function preconditionFailed(): ScimError {
  return new ScimError(
    412,
    undefined,
    'If-Match, If-None-Match: expected the version the resource has now. Read it again and repeat the change on that.',
  )
}
