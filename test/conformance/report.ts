import { readdir, readFile, writeFile } from 'node:fs/promises'
import type { TestCase, TestModule } from 'vitest/node'
import { ids, profileIds, type Level } from './ids.ts'
import type { Outcome } from './row.ts'

declare module 'vitest' {
  interface TaskMeta {
    /** The rows of the checklist that a test speaks for. */
    rows?: readonly Outcome[]
  }
}

const FOLDER = 'test/conformance'
const FILE = 'CONFORMANCE.md'

/**
 * Takes the modules of a test run. Where every conformance row was run and passed, compares CONFORMANCE.md with what it
 * came to, or writes it if CONFORMANCE=write. Gives whether the file is current; a run of less says nothing about it.
 */
export async function isConformanceCurrent(modules: readonly TestModule[]): Promise<boolean> {
  const module = modules.find(({ moduleId }) => moduleId.endsWith(`${FOLDER}/conformance.test.ts`))
  const tests = module === undefined ? [] : [...module.children.allTests()]
  if (tests.length === 0 || tests.some((test) => test.result().state !== 'passed')) return true
  const text = await written(tests)
  if (process.env['CONFORMANCE'] === 'write') {
    await writeFile(FILE, text)
    return true
  }
  const isCurrent = (await readFile(FILE, 'utf8').catch(() => '')) === text
  if (!isCurrent) console.error(`${FILE} is not what this run came to: npm run conformance writes it anew.`)
  return isCurrent
}

async function written(tests: readonly TestCase[]): Promise<string> {
  const outcomes = new Map(
    tests.flatMap((test) => test.meta().rows ?? []).map((row) => [row.id, row] as const),
  )
  const files = await Promise.all(
    (await readdir(FOLDER))
      .filter((name) => !['ids.ts', 'report.ts'].includes(name))
      .toSorted()
      .map(async (name) => ({ name, text: await readFile(`${FOLDER}/${name}`, 'utf8') })),
  )
  const line = (id: string, level: string) => {
    const row = outcomes.get(id)
    if (row === undefined) throw new Error(`${FILE}: no outcome of ${id}`)
    const file = files.find(({ text }) => text.includes(`'${id}'`))?.name ?? ''
    const test = row.state === 'done' ? `[${file}](${FOLDER}/${file})` : '–'
    const state = row.reason === undefined ? row.state : `${row.state}: ${row.reason}`
    return cells([id, level, row.requirement, state, row.mode ?? '–', test])
  }
  const states = [...new Set([...outcomes.values()].map(({ state }) => state))]
  const levels: readonly Level[] = ['MUST', 'SHOULD', 'COND', 'MAY']
  const count = (level: Level, state: string) =>
    String(ids.filter(([id, of]) => of === level && outcomes.get(id)?.state === state).length)
  const table = (titles: readonly string[], lines: readonly string[]) => [
    cells(titles),
    cells(titles.map(() => '---')),
    ...lines,
  ]
  const titles = ['row', 'level', 'requirement', 'state', 'mode', 'test']
  return [
    '# Conformance',
    '',
    'What RFC 7643, RFC 7644 and RFC 9865 ask of a SCIM service provider, requirement by requirement, and what Drawbridge does.',
    '`npm run conformance` writes this page from the results of the tests it names, and `npm test` fails where it is not',
    'current. Each test also runs against a server that answers 200 `{}` to everything, and has to fail there. Ids are',
    '`RFC-section-number`. COND binds where an optional feature is offered. The two modes of a connection, _strict_ and',
    '_tolerant_, are explained in the [README](README.md#two-modes).',
    '',
    ...table(
      ['level', ...states],
      levels.map((level) => cells([level, ...states.map((state) => count(level, state))])),
    ),
    '',
    '## RFC 7643, 7644 and 9865',
    '',
    ...table(
      titles,
      ids.map(([id, level]) => line(id, level)),
    ),
    '',
    '## Two drafts above them',
    '',
    'P: the SCIM 2.0 Interoperability Profile. I: the IPSIE account lifecycle profile, AL1 and AL2.',
    '',
    ...table(
      titles,
      profileIds.map((id) => line(id, '–')),
    ),
    '',
  ].join('\n')
}

const cells = (texts: readonly string[]) =>
  `| ${texts.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`
