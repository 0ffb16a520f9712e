/**
 * Where a request came from: the bits of its address behind the digit of its family, and the network that address is in,
 * as far as it is told apart (/24, /48). An IPv4 address inside of IPv6 (RFC 4291 §2.5.5.2) is the IPv4 address.
 */
export type Source = { readonly bits: string; readonly network: string }

/** A network as it is written (RFC 4632 §3.1, RFC 4291 §2.3), and the bits that every address in it begins with. */
export type Network = { readonly cidr: string; readonly bits: string }

type Address = { readonly family: 4 | 6; readonly bits: string }

/** How much of an address tells one network from another, where nobody has said: what a site is usually given. */
const SITE = { 4: 24, 6: 48 } as const

const LENGTH = { 4: 32, 6: 128 } as const

/** What an IPv4 address inside of IPv6 begins with. */
const MAPPED = `${'0'.repeat(80)}${'1'.repeat(16)}`

/** Takes an address; gives where it is. Undefined for what is none. */
export function sourceOf(text: string | undefined): Source | undefined {
  const address = readAddress(text?.trim() ?? '')
  if (address === undefined) return undefined
  const { family, bits } = address
  return { bits: `${family}${bits}`, network: networkOf(family, bits.slice(0, SITE[family])).cidr }
}

/**
 * Takes a network as CIDR, or one address; gives it in the one form it is kept in, without the bits behind its length.
 * Undefined for what is neither.
 */
export function readNetwork(text: string): Network | undefined {
  const [, host = '', told] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text.trim()) ?? []
  const isLong = host.includes(':')
  const address = readAddress(host)
  if (address === undefined) return undefined
  const { family, bits } = address
  // The length of a mapped address counts the 96 bits before it.
  const before = isLong && family === 4 ? LENGTH[6] - LENGTH[4] : 0
  const length = told === undefined ? LENGTH[family] : Number(told) - before
  if (length < 0 || length > LENGTH[family]) return undefined
  return networkOf(family, bits.slice(0, length))
}

function networkOf(family: 4 | 6, prefix: string): Network {
  const whole = prefix.padEnd(LENGTH[family], '0')
  const size = family === 4 ? 8 : 16
  const parts = Array.from({ length: LENGTH[family] / size }, (_, at) =>
    Number.parseInt(whole.slice(at * size, (at + 1) * size), 2),
  )
  const host = family === 4 ? parts.join('.') : shortest(parts.map((part) => part.toString(16)).join(':'))
  return { cidr: `${host}/${prefix.length}`, bits: `${family}${prefix}` }
}

function readAddress(text: string): Address | undefined {
  if (!text.includes(':')) return readShort(text)
  // RFC 5952: the URL standard writes an address in its shortest form, in hexadecimal throughout.
  const short = /^[\da-f:.]+$/i.test(text) ? shortest(text) : ''
  if (short === '') return undefined
  const [left = '', right] = short.split('::')
  const [before, after] = [left, right ?? ''].map((side) => (side === '' ? [] : side.split(':')))
  if (before === undefined || after === undefined) return undefined
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  const bits = [...before, ...zeros, ...after].map((part) => bitsOf(Number.parseInt(part, 16), 16)).join('')
  return bits.startsWith(MAPPED) ? { family: 4, bits: bits.slice(MAPPED.length) } : { family: 6, bits }
}

function readShort(text: string): Address | undefined {
  const parts = text.split('.')
  const isOne =
    parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)
  return isOne ? { family: 4, bits: parts.map((part) => bitsOf(Number(part), 8)).join('') } : undefined
}

const bitsOf = (number: number, size: number) => number.toString(2).padStart(size, '0')

const shortest = (text: string) => URL.parse(`http://[${text}]/`)?.hostname.slice(1, -1) ?? ''
