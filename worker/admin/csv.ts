/** What a spreadsheet would work out, or take for the beginning of a formula (OWASP, "CSV Injection"). */
const FORMULA = /^[\s]*[=+\-@\t\r]/

/**
 * Takes rows of texts; gives them as CSV (RFC 4180) that no spreadsheet runs: a cell that begins like a formula gets an apostrophe
 * before it, and every cell has quotes. The byte order mark says that it is UTF-8.
 */
export function defusedCsv(rows: readonly (readonly string[])[]): string {
  const cell = (text: string) => `"${(FORMULA.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`
  return `\uFEFF${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`
}
