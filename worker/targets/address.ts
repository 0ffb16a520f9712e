/** Endings that no public name has (RFC 6761, 6762, 8375 and 9476, and what networks use of their own). */
const PRIVATE =
  /\.(?:local|localhost|localdomain|internal|intranet|private|corp|home|lan|svc|onion|alt|invalid|arpa)$/

/** A name as DNS takes it, of two labels or more. The last is no number, as that of an IPv4 address is. */
const NAME = /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** This machine, as the URL parser writes it. */
const HERE = ['127.0.0.1', '[::1]', 'localhost']

/**
 * Takes an address and whether this machine may be called; gives what is wrong with it, undefined where nothing is. https
 * only, to the name of a public host, without a user, a password or a fragment; http as well where it is this machine.
 * Which number a name leads to is not known here; from Cloudflare's network a private one leads to nothing of ours.
 */
export function addressFault(text: string, loopback: boolean): string | undefined {
  const url = URL.parse(text)
  if (url === null) return 'the address is not one: expected https://…'
  if (url.username !== '' || url.password !== '')
    return 'the address holds a user or a password: leave them out'
  if (text.includes('#')) return 'the address holds a #: leave out what begins there'
  if (loopback && HERE.includes(url.hostname) && url.protocol === 'http:') return undefined
  if (url.protocol !== 'https:')
    return `the address does not begin with https://${loopback ? ' (http only on this machine)' : ''}`
  return loopback && HERE.includes(url.hostname) ? undefined : hostFault(url.hostname.replace(/\.$/, ''))
}

/** The URL parser has made one spelling of many: lower case, and an IPv4 address (octal, one number, …) as four numbers. */
function hostFault(host: string): string | undefined {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host) || host.startsWith('['))
    return 'the address is a number: enter the name of the host'
  if (!host.includes('.') || PRIVATE.test(host)) return 'the address is one of a private network'
  return NAME.test(host) ? undefined : 'the address holds a name that no host has'
}
