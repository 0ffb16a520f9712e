import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { formatTable, progress } from '../../dev/table.ts'

const screen = (isTTY: boolean, columns = 80) => {
  const written: string[] = []
  return { isTTY, columns, written, write: (text: string) => written.push(text) }
}

describe('formatTable', () => {
  it('sets text to the left and numbers, with their title, to the right', () => {
    expect(
      formatTable(
        ['step', 'requests', 'p50 ms'],
        [
          ['create', 9, 1.25],
          ['members out', 1024, 30],
        ],
      ),
    ).toBe(
      [
        'step         requests  p50 ms',
        '-----------  --------  ------',
        'create              9     1.3',
        'members out      1024    30.0',
      ].join('\n'),
    )
  })

  it('leaves the title of a mixed column to the left, and a missing cell empty', () => {
    expect(formatTable(['name', 'value'], [['one', 1], ['two', 'none'], ['three']])).toBe(
      ['name   value', '-----  -----', 'one        1', 'two    none', 'three'].join('\n'),
    )
  })

  it('shows control characters and what turns text by their number', () => {
    expect(
      formatTable(['name'], [['a\u001B[2J\n\u202Eb']])
        .split('\n')
        .slice(2),
    ).toEqual(['a\\u001b[2J\\u000a\\u202eb'])
  })

  it('shows only titles when there are no rows', () => {
    expect(formatTable(['a', 'bc'], [])).toBe('a  bc\n-  --')
  })

  it('counts a letter outside of the basic plane as one', () => {
    expect(formatTable(['x', 'n'], [['𝒳', 1]])).toBe('x  n\n-  -\n𝒳  1')
  })
})

describe('progress', () => {
  it('writes a line now and then where the screen is no terminal', () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const pipe = screen(false)
    const bar = progress('create', 100, pipe)
    for (let done = 0; done < 30; done += 1) {
      vi.advanceTimersByTime(1_000)
      bar.tick()
    }
    bar.end()
    expect(pipe.written).toEqual(['create 10/100\n', 'create 20/100\n', 'create 30/100\n'])
  })

  it('draws again only when the percentage changes, and takes itself off in the end', () => {
    const terminal = screen(true)
    const bar = progress('create', 1000, terminal)
    for (let done = 0; done < 25; done += 1) bar.tick()
    expect(terminal.written).toHaveLength(3)
    bar.tick(975)
    expect(terminal.written.at(-1)).toContain('100 %  create 1000/1000')
    bar.end()
    expect(terminal.written.at(-1)).toBe('\r\u001B[K')
  })

  it('stays within the width of the screen', () => {
    const narrow = screen(true, 20)
    progress('a label that is far too long for it', 3, narrow)
    expect(narrow.written.join('').length).toBeLessThanOrEqual(20 + '\r\u001B[K'.length)
  })

  it('is done from the start when there is nothing to do', () => {
    const terminal = screen(true)
    progress('nothing', 0, terminal)
    expect(terminal.written.join('')).toContain('100 %')
  })
})
