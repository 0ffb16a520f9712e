import type { SecretKeys } from '../auth/keys.ts'
import { macOf, type Mac } from '../auth/mac.ts'
import { ACT_MAC, CHANGE_MAC } from '../auth/proof.ts'
import { actTexts } from '../store/acts.ts'
import { actOf, changeOf, readAsked, type ActCells, type ChangeCells, type LoggedRow } from '../store/logs.ts'
import { provenTexts } from '../store/proof.ts'

/** What the MAC of a row says of it. `none`: it has none. */
export type Proven =
  { readonly kind: 'good' } | { readonly kind: 'none' } | { readonly kind: 'bad'; readonly words: string }

/** Takes the keys of MACs, old ones too; gives what looks at the MAC of a row, and at whether the row says what was proven. */
export function rowProver(keys: SecretKeys): (row: LoggedRow) => Promise<Proven> {
  const macs = { changes: macOf(keys, CHANGE_MAC), acts: macOf(keys, ACT_MAC) }
  const kids = new Set(keys.map(({ kid }) => kid))
  const isOurs = async (mac: Mac, texts: readonly string[], given: string): Promise<Proven> => {
    if (await mac.verify(texts, given)) return good
    const kid = given.slice(0, Math.max(0, given.lastIndexOf('.')))
    return kids.has(kid) ? bad('its MAC is wrong') : bad(`its MAC is of a key that is not here: ${kid}`)
  }
  return async (row) => {
    const [change, act] = [changeOf(row), actOf(row)]
    if (change !== undefined) return provenChange(change, (...given) => isOurs(macs.changes, ...given))
    if (act !== undefined) return provenAct(act, (...given) => isOurs(macs.acts, ...given))
    return none
  }
}

type Check = (texts: readonly string[], mac: string) => Promise<Proven>

const good: Proven = { kind: 'good' }
const none: Proven = { kind: 'none' }
const bad = (words: string): Proven => ({ kind: 'bad', words })

async function provenChange(change: ChangeCells, check: Check): Promise<Proven> {
  const { mac, digest, asked } = change
  if (mac === null) return none
  if (digest === null || asked === null) return bad('what its MAC is over is gone')
  const proven = await check([...provenTexts({ ...change, asked }), digest], mac)
  return proven.kind !== 'good' || isAsAsked(change, asked) ? proven : bad('it is not what its MAC is of')
}

/** A row says what was asked: the request's own, one of a group that a deleted person was in, or that of its undoing. */
function isAsAsked(change: ChangeCells, text: string): boolean {
  const asked = readAsked(text)
  if (asked === undefined) return false
  const { operation, request, resource, kind, type, attributes, at } = change
  const isSame = type === asked.type && attributes === JSON.stringify(asked.attributes)
  switch (operation) {
    case request: {
      const isBack = kind === 'revive' && asked.kind === 'create'
      return isSame && at === asked.at && (isBack || (kind === asked.kind && resource === asked.id))
    }
    case `${request}/${resource}`:
      return asked.kind === 'delete' && kind === 'patch' && attributes === '["members"]' && at === asked.at
    case `${request}~undo`:
      return isSame && kind === 'undo' && (asked.kind === 'create' || resource === asked.id)
    default:
      return false
  }
}

async function provenAct(act: ActCells, check: Check): Promise<Proven> {
  return act.mac === null ? none : check(actTexts(act), act.mac)
}
