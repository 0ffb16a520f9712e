import { at, elements, isObject } from '../answer.ts'
import type { Json, Request } from '../answer.ts'
import { patch, userPath } from '../requests.ts'
import type { Resource } from '../resource.ts'

type Change = { readonly path: string; readonly value: unknown; readonly isThere: boolean }

/** Elements are named by their type, the attributes of an extension by its URN, a manager is a bare id. */
const changesOf = (there: Json, name: string, value: unknown): readonly Change[] => {
  if (Array.isArray(value)) {
    return elements(value).flatMap((element) =>
      Object.entries(isObject(element) ? element : {})
        .filter(([sub]) => sub !== 'type' && sub !== 'primary')
        .map(([sub, inside]) => ({
          path: `${name}[type eq "${String(at(element, 'type'))}"].${sub}`,
          value: inside,
          isThere: elements(there[name]).length > 0,
        })),
    )
  }
  if (!isObject(value)) return [{ path: name, value, isThere: there[name] !== undefined }]
  const mark = name.includes(':') ? ':' : '.'
  return Object.entries(value).map(([sub, inside]) => ({
    path: `${name}${mark}${sub}`,
    value: sub === 'manager' ? at(inside, 'value') : inside,
    isThere: at(there, name, sub) !== undefined,
  }))
}

const allChanges = ({ body }: Resource, changes: Json): readonly Change[] =>
  Object.entries(changes).flatMap(([name, value]) => changesOf(body, name, value))

/** Without the flag: an operation for each attribute, Add where there is none yet. */
export const patchEach = (user: Resource, changes: Json): readonly Request[] => [
  patch(
    userPath(user),
    ...allChanges(user, changes).map(({ path, value, isThere }) => ({
      op: isThere ? 'Replace' : 'Add',
      path,
      value,
    })),
  ),
]

/** With the flag: what has a filter in its path goes by that path, all the rest in one operation without a path. */
export const patchTogether = (user: Resource, changes: Json): readonly Request[] => {
  const all = allChanges(user, changes)
  const value = Object.fromEntries(
    all.filter(({ path }) => !path.includes('[')).map((c) => [c.path, c.value]),
  )
  return [
    patch(
      userPath(user),
      ...all
        .filter(({ path }) => path.includes('['))
        .map((c) => ({ op: 'replace', path: c.path, value: c.value })),
      ...(Object.keys(value).length === 0 ? [] : [{ op: 'replace', value }]),
    ),
  ]
}
