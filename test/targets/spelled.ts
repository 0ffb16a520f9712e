import * as fc from 'fast-check'

/** A host that is an IP address, in one of the ways a URL may spell it. `here`: it is 127.0.0.1 or ::1. */
export type Spelled = { readonly host: string; readonly here: boolean }

const byte = fc.integer({ min: 0, max: 255 })

/** Four bytes: mostly those of private networks, of this machine and of the cloud's own services. */
const four: fc.Arbitrary<readonly number[]> = fc.oneof(
  fc.constantFrom([127, 0, 0, 1], [127, 0, 0, 1], [169, 254, 169, 254], [0, 0, 0, 0], [255, 255, 255, 255]),
  fc.tuple(fc.constantFrom(10, 127, 0, 100, 224), byte, byte, byte),
  fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), byte, byte),
  fc.tuple(fc.constant(192), fc.constant(168), byte, byte),
  fc.tuple(byte, byte, byte, byte),
)

const isHere = (bytes: readonly number[]) => bytes.join('.') === '127.0.0.1'

/** One number of an IPv4 address, as inet_aton takes it. */
const numeral = (value: number): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom('decimal', 'octal', 'hex', 'HEX'), fc.nat(3))
    .map(([base, zeros]) =>
      base === 'decimal'
        ? String(value)
        : base === 'octal'
          ? `0${'0'.repeat(zeros)}${value.toString(8)}`
          : base === 'hex'
            ? `0x${'0'.repeat(zeros)}${value.toString(16)}`
            : `0X${'0'.repeat(zeros)}${value.toString(16).toUpperCase()}`,
    )

/** What the URL parser takes for a plain character: percent-encoded, full-width, in a circle, another full stop. */
const disguises: readonly ((character: string) => string)[] = [
  (character) => character,
  (character) => `%${(character.codePointAt(0) ?? 0).toString(16)}`,
  (character) =>
    /[!-~]/.test(character) ? String.fromCodePoint((character.codePointAt(0) ?? 0) + 0xfee0) : character,
  (character) => (/[1-9]/.test(character) ? String.fromCodePoint(0x245f + Number(character)) : character),
  (character) => (character === '.' ? '。' : character),
  (character) => `${character}\u00ad`,
]

const disguised = (host: string): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 2, arbitrary: fc.constant(host) },
    {
      weight: 1,
      arbitrary: fc
        .array(fc.nat(disguises.length - 1), { minLength: host.length, maxLength: host.length })
        .map((picked) =>
          host
            .split('')
            .map((one, at) => disguises[picked[at] ?? 0]?.(one) ?? one)
            .join(''),
        ),
    },
  )

const fourth: fc.Arbitrary<Spelled> = fc
  .tuple(four, fc.integer({ min: 1, max: 4 }), fc.boolean())
  .chain(([bytes, parts, dot]) => {
    // The last number of fewer than four stands for all bytes that are left.
    const last = bytes.slice(parts - 1).reduce((sum, one) => sum * 256 + one, 0)
    return fc
      .tuple(...[...bytes.slice(0, parts - 1), last].map(numeral))
      .chain((numbers) => disguised(`${numbers.join('.')}${dot ? '.' : ''}`))
      .map((host) => ({ host, here: isHere(bytes) }))
  })

/** IPv4 within IPv6: mapped, compatible, translated (NAT64) and 6to4. */
const within: fc.Arbitrary<Spelled> = fc
  .tuple(four, fc.constantFrom('::ffff:', '0:0:0:0:0:FFFF:', '::', '64:ff9b::', '::ffff:0:'), fc.boolean())
  // ::127.0.0.1 is 127.0.0.1 only to some; ::0.0.0.1 is ::1 to all.
  .map(([bytes, before, dotted]) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes
    const hex = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
    const here = before === '::' && bytes.join('.') === '0.0.0.1'
    return { host: `[${before}${dotted ? bytes.join('.') : hex}]`, here }
  })

const sixth: fc.Arbitrary<Spelled> = fc.oneof(
  fc
    .constantFrom('[::1]', '[0:0:0:0:0:0:0:1]', '[0000::0001]', '[::0.0.0.1]')
    .map((host) => ({ host, here: true })),
  fc
    .constantFrom('[::]', '[fe80::1]', '[fd00:ec2::254]', '[fc00::]', '[2002:7f00:1::]', '[ff02::1]')
    .map((host) => ({
      host,
      here: false,
    })),
  fc
    .ipV6()
    .filter((text) => !text.includes('%'))
    .map((text) => ({
      host: `[${text}]`,
      here: URL.parse(`http://[${text}]`)?.hostname === '[::1]',
    })),
)

/** Every IP address, in every spelling the URL parser takes. */
export const spelled: fc.Arbitrary<Spelled> = fc.oneof({ weight: 3, arbitrary: fourth }, within, sixth)
