import { foldCase } from './fold.ts'
import type { JsonObject } from './json.ts'

/**
 * Groups that give power over the account itself, by name. Between stars it is looked for anywhere in the name, and in
 * whatever else the target says of the group: what it may do, above all.
 */
export const POWERFUL: readonly string[] = [
  'owners',
  'administrators',
  'admins',
  'security',
  'provision managers',
  'recovery',
  'account recovery',
  '*recover accounts*',
  '*manage all groups*',
]

/** Takes words such as POWERFUL, a group's name and what the target shows of it; says whether the group is one of them. */
export function isPowerful(words: readonly string[], displayName: string, shown: JsonObject = {}): boolean {
  const name = foldCase(displayName.trim())
  const { members: _, ...rest } = shown
  const text = foldCase(JSON.stringify(rest)).replaceAll(/[_-]/g, ' ')
  return words.some((word) => {
    const folded = foldCase(word.trim())
    const part = /^\*(.+)\*$/.exec(folded)?.[1]
    return part === undefined ? folded === name : name.includes(part) || text.includes(part)
  })
}
