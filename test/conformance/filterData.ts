import { expect } from 'vitest'
import { at, type Answer } from '../bridge.ts'
import { created, ENTERPRISE, filtered, isError, listed, USER, type Shown } from './asserts.ts'
import type { Probe } from './probe.ts'
import type { Check } from './row.ts'

/** Who is asked about, by one letter each. */
export type Cast = Readonly<Record<string, Shown>>

/** A filter, and the letters of all whom it finds. */
export type Case = readonly [filter: string, who: string]

/** What is sent of the two people: A has what B lacks. */
const bodies = {
  A: {
    schemas: [USER, ENTERPRISE],
    userName: 'Bjensen',
    externalId: 'Abc',
    title: 'Tour Guide',
    userType: 'Employee',
    active: true,
    emails: [
      { value: 'bjensen@example.com', type: 'work', primary: true },
      { value: 'babs@jensen.org', type: 'home' },
    ],
    name: { familyName: "O'Malley" },
    [ENTERPRISE]: { department: 'Tour Operations' },
  },
  B: {
    schemas: [USER],
    userName: 'jsmith',
    userType: 'Intern',
    active: false,
    emails: [{ value: 'j@other.org', type: 'work' }],
  },
}

/** Makes A and B; B as it is said here. */
export async function makeCast(probe: Probe, partOfB: object = {}) {
  const A = await created(probe, '/Users', bodies.A)
  const B = await created(probe, '/Users', { ...bodies.B, ...partOfB })
  return { A, B }
}

/** Demands that each filter finds whom it should and counts them. */
export async function finding(
  probe: Probe,
  cast: Cast,
  cases: readonly Case[],
  endpoint = '/Users',
): Promise<void> {
  for (const [filter, who] of cases) {
    const answer = await probe.send('GET', filtered(endpoint, filter))
    expect([filter, found(answer, cast)]).toEqual([filter, who])
    expect(at(answer.body, 'totalResults')).toBe(who.length)
  }
}

/** The letters of those in a list, in order of the alphabet. */
export function found(answer: Answer, cast: Cast): string {
  const letters = listed(answer).map(({ id }) => Object.entries(cast).find(([, one]) => one.id === id)?.[0])
  return letters
    .map((letter) => letter ?? '?')
    .toSorted()
    .join('')
}

/** Takes filters; gives the test that each finds whom of A and B it should. */
export const finds =
  (...cases: readonly Case[]): Check =>
  async (probe) =>
    finding(probe, await makeCast(probe), cases)

/** Takes filters; gives the test that each is 400 invalidFilter, where another finds A. */
export const declines =
  (...filters: readonly string[]): Check =>
  async (probe) => {
    await finds(['userName eq "Bjensen"', 'A'])(probe)
    for (const filter of filters)
      isError(await probe.send('GET', filtered('/Users', filter)), 400, 'invalidFilter')
  }
