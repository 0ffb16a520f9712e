import type { JsonObject } from '../scim/json.ts'
import { managerAs } from '../scim/manager.ts'
import type { ManagerThere } from '../store/managerThere.ts'
import type { Work } from '../store/work.ts'

/**
 * Takes a document and its manager, where that is somebody of the bridge; gives it as the target gets it: with the manager's id there.
 * Whom the bridge does not know is told as the provider said.
 */
export function managerThere(document: JsonObject, manager: ManagerThere | undefined): JsonObject {
  return manager === undefined ? document : managerAs(document, manager.remote)
}

/** Takes a delivery; gives it with the manager as the target knows that person. */
export function withManager(work: Work): Work {
  const { document, manager } = work
  return document === undefined ? work : { ...work, document: managerThere(document, manager) }
}

/** Takes a delivery; gives the id of the manager it was sent without, who has no account at the target yet. */
export function awaitedOf({ document, manager }: Work): string | undefined {
  const isAway = manager !== undefined && manager.remote === undefined && !manager.isGone
  return document !== undefined && isAway ? manager.id : undefined
}
