const STRING = /"(?:[^"\\\u0000-\u001F]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y // oxlint-disable-line no-control-regex
const SCALAR = new RegExp(
  `${STRING.source}|-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?|true|false|null`,
  'y',
)
const SPACE = /[ \t\n\r]*/y

/**
 * Takes a text; gives where it stops to be JSON (RFC 8259), by its first letter there, undefined where it is JSON. What JSON.parse says
 * has a piece of the text in it.
 */
export function faultInJson(text: string): number | undefined {
  // A place where it goes on; or, below zero, one where it does not.
  const scan = (pattern: RegExp, at: number): number => {
    pattern.lastIndex = at
    return pattern.test(text) ? pattern.lastIndex : ~at
  }
  const value = (from: number): number => {
    const at = scan(SPACE, from)
    if (text[at] === '{') return list(at, '}', pair)
    if (text[at] === '[') return list(at, ']', value)
    return scan(SCALAR, at)
  }
  const pair = (at: number): number => {
    const name = scan(STRING, at)
    if (name < 0) return name
    const colon = scan(SPACE, name)
    return text[colon] === ':' ? value(colon + 1) : ~colon
  }
  const list = (start: number, close: string, item: (at: number) => number): number => {
    let at = scan(SPACE, start + 1)
    if (text[at] === close) return at + 1
    for (;;) {
      const end = item(at)
      if (end < 0) return end
      at = scan(SPACE, end)
      if (text[at] === close) return at + 1
      if (text[at] !== ',') return ~at
      at = scan(SPACE, at + 1)
    }
  }
  const end = value(0)
  if (end < 0) return ~end
  const rest = scan(SPACE, end)
  return rest === text.length ? undefined : rest
}
