import { plain } from './words.ts'

/** A cell: text is set to the left, numbers to the right. */
export type Cell = string | number

/** Where progress is drawn; `process.stderr` is one. */
export type Screen = {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly write: (text: string) => unknown
}

export type Progress = {
  /** Says that this many more (one, if not said) are done. */
  readonly tick: (count?: number) => void
  /** Takes the bar off the screen. */
  readonly end: () => void
}

const width = (text: string): number => Array.from(text).length

const isNumber = (cell: Cell | undefined): cell is number => typeof cell === 'number'

/** The cells of one column as text: if one number has a fraction, all of them show one digit of it. */
const columnText = (cells: readonly Cell[]): readonly string[] => {
  const fractions = cells.some((cell) => isNumber(cell) && !Number.isInteger(cell))
  return cells.map((cell) => (isNumber(cell) && fractions ? cell.toFixed(1) : plain(String(cell))))
}

/**
 * Sets rows under their column titles, two spaces apart. A number stands to the right of its column, as
 * does the title of a column that holds only numbers. Control characters are shown as \\u and their number.
 * @param columns the titles; a row's cells are in their order, and a cell that a row lacks is empty
 * @returns lines without a newline at the end
 */
export const formatTable = (columns: readonly string[], rows: readonly (readonly Cell[])[]): string => {
  const set = columns.map((title, at) => {
    const cells = rows.map((row) => row[at] ?? '')
    const texts = [title, ...columnText(cells)]
    const wide = Math.max(...texts.map(width))
    const right = [rows.length > 0 && cells.every(isNumber), ...cells.map(isNumber)]
    return texts.map((text, line) => {
      const space = ' '.repeat(wide - width(text))
      return right[line] === true ? space + text : text + space
    })
  })
  const rule = set.map(([title]) => '-'.repeat(width(title ?? '')))
  const line = (at: number): string => set.map((texts) => texts[at] ?? '').join('  ')
  const lines = [line(0), rule.join('  '), ...rows.map((_, at) => line(at + 1))]
  return lines.map((text) => text.trimEnd()).join('\n')
}

/**
 * Draws a bar of how much of a piece of work is done, redrawn when its percentage changes. Where the screen
 * is not a terminal it is a line every ten seconds, so that a log stays short and still says that something goes on.
 * @param label what is being done
 * @param total how many ticks make the whole
 */
export const progress = (label: string, total: number, screen: Screen = process.stderr): Progress => {
  if (screen.isTTY !== true) return spoken(label, total, screen)
  let done = 0
  let drawn = -1
  const draw = (): void => {
    const share = total === 0 ? 1 : Math.min(done / total, 1)
    const percent = Math.floor(share * 100)
    if (percent === drawn) return
    drawn = percent
    const filled = Math.floor(share * 24)
    const bar = '█'.repeat(filled) + '░'.repeat(24 - filled)
    const line = `${bar} ${String(percent).padStart(3)} %  ${label} ${done}/${total}`
    screen.write(`\r${line.slice(0, (screen.columns || 80) - 1)}\u001B[K`)
  }
  draw()
  return {
    tick: (count = 1) => {
      done += count
      draw()
    },
    end: () => screen.write('\r\u001B[K'),
  }
}

/** How long nothing is said where there is no bar, in milliseconds. */
const SILENCE = 10_000

function spoken(label: string, total: number, screen: Screen): Progress {
  let done = 0
  let last = Date.now()
  return {
    tick: (count = 1) => {
      done += count
      if (Date.now() - last < SILENCE) return
      last = Date.now()
      screen.write(`${label} ${done}/${total}\n`)
    },
    end: () => undefined,
  }
}
