export type Json = string | number | boolean | null | readonly Json[] | JsonObject
export type JsonObject = { readonly [name: string]: Json }

/** Takes anything; says whether it is a JSON object (and not an array). */
export function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Takes JSON; says whether it is an object. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return isObject(value)
}

/** Takes JSON; says whether it is an array. */
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

/** Null, the empty string and the empty array all mean unassigned (RFC 7643 §2.5; Okta clears with ""). */
export function isUnassigned(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
}
