import { createLocalJWKSet, errors, importJWK, jwtVerify, SignJWT, type JWTVerifyGetKey } from 'jose'
import * as v from 'valibot'
import { publicKeys, type SigningKeys } from './keys.ts'

/** What a token says, as a JWT does: times are seconds since 1970. Ids have at most 16 characters. */
export type TokenClaims = {
  readonly connection: string
  readonly jti: string
  readonly issued: number
  readonly expires?: number
}

/** Where tokens are good: the region in their prefix, the deployment in their audience, and the keys. */
export type Issuer = { readonly region: string; readonly deployment: string; readonly keys: SigningKeys }

/**
 * What became of a token that was shown: who it speaks for; when it expired, where it is one of ours by its signature; or why
 * it is not good, in words for an admin.
 */
export type Verified =
  | { readonly kind: 'good'; readonly connection: string; readonly jti: string }
  | { readonly kind: 'expired'; readonly at: number; readonly connection: string; readonly jti: string }
  | { readonly kind: 'bad'; readonly fault: TokenFault; readonly detail: string | undefined }

/** What is wrong with a token that was shown: it is no token of a bridge, of another region, cut off, or not good in a way that is not told. */
export type TokenFault = 'not_a_token' | 'other_region' | 'cut_off' | 'token'

/** The longest a token may be, so that it fits the field of every provider. */
export const MAX_TOKEN_LENGTH = 350

/** An Ed25519 signature is 64 bytes: so many letters of base64url. */
const SIGNATURE_LENGTH = 86

const claims = v.object({
  sub: v.pipe(v.string(), v.minLength(1)),
  jti: v.pipe(v.string(), v.minLength(1)),
})

/**
 * Takes an issuer and claims; gives the token: drawbridge_<region>_<JWT>. Ed25519 signs without chance, so that the same
 * claims give the same token: with the key of `kid` where one is named, else with the first. Throws RangeError for one that
 * would be too long, and where there is no such key.
 */
export async function signToken(
  { region, deployment, keys }: Issuer,
  { connection, jti, issued, expires }: TokenClaims,
  kid = keys[0].kid,
): Promise<string> {
  const key = keys.find((one) => one.kid === kid)
  if (key === undefined) throw new RangeError(`there is no signing key ${kid}`)
  const jwt = new SignJWT()
    .setProtectedHeader({ alg: 'EdDSA', kid: key.kid })
    .setSubject(connection)
    .setAudience(deployment)
    .setJti(jti)
    .setIssuedAt(issued)
  if (expires !== undefined) jwt.setExpirationTime(expires)
  const token = `drawbridge_${region}_${await jwt.sign(await importJWK(key, 'EdDSA'))}`
  if (token.length > MAX_TOKEN_LENGTH) {
    throw new RangeError(`a token of ${token.length} characters; expected at most ${MAX_TOKEN_LENGTH}`)
  }
  return token
}

/**
 * Takes an issuer; gives the function that verifies tokens: signature by a key of ours, audience, expiry (RFC 8725 §3.1:
 * the algorithm is ours to choose). It says nothing of revocation, which only the database knows.
 */
export function tokenVerifier({
  region,
  deployment,
  keys,
}: Issuer): (token: string, now: Date) => Promise<Verified> {
  const keySet = createLocalJWKSet(publicKeys(keys))
  return async (token, now) => {
    const found = /^drawbridge_([a-z0-9-]+)_(.+)$/i.exec(token)
    const [, prefix, jwt] = found ?? []
    if (prefix === undefined || jwt === undefined) {
      return {
        kind: 'bad',
        fault: 'not_a_token',
        detail: 'This is not an API token of the bridge: those begin with drawbridge_ and a region.',
      }
    }
    if (prefix !== region) {
      return {
        kind: 'bad',
        fault: 'other_region',
        detail: `This API token is for region ${prefix}, and this is region ${region}. Use the Base URL of region ${prefix}, or a token made here.`,
      }
    }
    const parts = jwt.split('.')
    if (parts.length !== 3 || (parts[2] ?? '').length < SIGNATURE_LENGTH) {
      return { kind: 'bad', fault: 'cut_off', detail: 'The end of the API token is missing. Paste it whole.' }
    }
    return verifyJwt(jwt, keySet, deployment, now)
  }
}

async function verifyJwt(
  jwt: string,
  keySet: JWTVerifyGetKey,
  audience: string,
  now: Date,
): Promise<Verified> {
  try {
    const { payload } = await jwtVerify(jwt, keySet, { algorithms: ['EdDSA'], audience, currentDate: now })
    const { sub, jti } = v.parse(claims, payload)
    return { kind: 'good', connection: sub, jti }
  } catch (error) {
    // jose looks at the signature and the audience first, so this one is ours, and may be told when it ended.
    if (error instanceof errors.JWTExpired && error.payload.exp !== undefined) {
      const ours = v.safeParse(claims, error.payload)
      if (ours.success) {
        return { kind: 'expired', at: error.payload.exp, connection: ours.output.sub, jti: ours.output.jti }
      }
    }
    if (error instanceof errors.JOSEError || error instanceof v.ValiError)
      return { kind: 'bad', fault: 'token', detail: undefined }
    throw error
  }
}
