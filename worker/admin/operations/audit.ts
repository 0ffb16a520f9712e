import * as v from 'valibot'
import { listAudit, NEWEST, placeAfter, type Place } from '../../store/auditLog.ts'
import { erasePerson, isErasable, WHY_NOT } from '../../store/erase.ts'
import { changeSettings, ERASE_AFTER, loadStanding } from '../../store/settings.ts'
import { operation } from '../operation.ts'
import { isAllowed } from '../permissions.ts'
import { Problem } from '../problem.ts'

/** How many lines a page of the log has. */
const MOST = 50

const entry = v.object({
  log: v.picklist(['changes', 'acts']),
  seq: v.number(),
  at: v.string(),
  request: v.string(),
  who: v.string(),
  tokenName: v.nullable(v.string()),
  action: v.string(),
  subject: v.nullable(v.string()),
  type: v.nullable(v.string()),
  name: v.nullable(v.string()),
  attributes: v.array(v.string()),
  reason: v.nullable(v.string()),
  details: v.unknown(),
  sealed: v.boolean(),
})

/** A place as an address holds it: two numbers. */
const place = v.pipe(
  v.string(),
  v.regex(/^\d{1,16}-\d{1,16}$/, 'expected the place that the page before named'),
  v.transform((text): Place => {
    const [change = 0, act = 0] = text.split('-').map(Number)
    return { change, act }
  }),
)

export const auditList = operation({
  id: 'audit.list',
  summary: 'What happened in a connection: changes and what admins did, the newest first, without values',
  method: 'GET',
  path: '/connections/:connection/audit',
  needs: 'audit',
  input: v.object({
    connection: v.string(),
    before: v.optional(place),
    subject: v.optional(v.pipe(v.string(), v.trim())),
  }),
  output: v.object({ entries: v.array(entry), next: v.nullable(v.string()) }),
  run: async ({ database, admin }, { connection, before = NEWEST, subject }) => {
    const of = subject === '' ? undefined : subject
    const found = await listAudit(database, connection, before, MOST + 1, of)
    const shown = found.slice(0, MOST)
    const { change, act } = placeAfter(before, shown)
    const seesNames = isAllowed(admin, connection, 'names')
    return {
      entries: shown.map(({ name, details, ...line }) => ({
        ...line,
        details: details ?? null,
        name: seesNames ? name : null,
      })),
      next: found.length > MOST ? `${change}-${act}` : null,
    }
  },
})

const days = (most: number) =>
  v.pipe(
    v.number('expected a number of days'),
    v.integer('expected a whole number of days'),
    v.minValue(1, 'expected at least 1 day'),
    v.maxValue(most, `expected at most ${most} days`),
  )

/** How long a connection keeps people who are deleted, and changes. */
const keeping = { eraseAfter: days(36_500), keepChanges: v.nullable(days(36_500)) }

export const keepingShow = operation({
  id: 'audit.keeping',
  summary: 'How long a connection keeps people who are deleted, and changes',
  method: 'GET',
  path: '/connections/:connection/keeping',
  needs: 'audit',
  input: v.object({ connection: v.string() }),
  output: v.object(keeping),
  run: async ({ database }, { connection }) => {
    const { eraseAfter, keepChanges } = (await loadStanding(database, connection)).settings
    return { eraseAfter, keepChanges }
  },
})

export const keepingSet = operation({
  id: 'audit.keep',
  summary: `Say how many days after a DELETE a person is erased (unset: ${ERASE_AFTER}), and how many days changes are kept (null: for ever)`,
  method: 'PUT',
  path: '/connections/:connection/keeping',
  needs: 'manage',
  input: v.object({ connection: v.string(), ...keeping }),
  output: v.object(keeping),
  shows: ['eraseAfter', 'keepChanges'],
  run: async ({ database }, { connection, eraseAfter, keepChanges }) => {
    await changeSettings(database, connection, (settings) => ({ ...settings, eraseAfter, keepChanges }))
    return { eraseAfter, keepChanges }
  },
})

export const personErase = operation({
  id: 'person.erase',
  summary: 'Erase a person who is deleted: all documents, values and salts. A bare tombstone stays',
  method: 'POST',
  path: '/connections/:connection/people/:person/erase',
  needs: 'manage',
  input: v.object({
    connection: v.string(),
    person: v.pipe(v.string(), v.trim(), v.minLength(1, 'expected the id of a person')),
    reason: v.pipe(
      v.string(),
      v.trim(),
      v.minLength(1, 'expected why, for the record'),
      v.maxLength(500, 'expected at most 500 characters'),
    ),
  }),
  output: v.object({ person: v.string() }),
  subject: ({ person }) => person,
  run: async ({ database, now }, { connection, person: id }) => {
    const person = { connection, id }
    const state = await isErasable(database, person)
    if (state !== 'ready') throw new Problem(state === 'unknown' ? 404 : 409, WHY_NOT[state], 'person')
    if (!(await erasePerson(database, person, now))) throw new Problem(409, WHY_NOT.pending, 'person')
    return { person: id }
  },
})
