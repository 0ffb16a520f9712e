import type { Reporter, TestModule } from 'vitest/node'
import { isConformanceCurrent } from './conformance/report.ts'

/** Ends a run with one plain line, `N passed, N failed`, so that a person and a machine read the same. */
export default class ClosingLine implements Reporter {
  async onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): Promise<void> {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const count = (state: string) => tests.filter((test) => test.result().state === state).length
    const broken = modules.filter(
      (module) => module.state() === 'failed' && module.children.size === 0,
    ).length
    const skipped = count('skipped')
    const isCurrent = await isConformanceCurrent(modules)
    if (!isCurrent) process.exitCode = 1
    const failed = count('failed') + broken + errors.length + (isCurrent ? 0 : 1)
    console.log(`${count('passed')} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`)
  }
}
