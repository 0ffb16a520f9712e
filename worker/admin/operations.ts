import type { Operation } from './operation.ts'
import { auditList, keepingSet, keepingShow, personErase } from './operations/audit.ts'
import { connectionCreate, connectionList } from './operations/connections.ts'
import { keyList } from './operations/keys.ts'
import { tokenCreate, tokenList, tokenRename, tokenRevoke, tokenRotate } from './operations/tokens.ts'

/** Everything that can be done, as the API offers it. */
export const operations: readonly Operation[] = [
  connectionList,
  connectionCreate,
  keyList,
  tokenList,
  tokenCreate,
  tokenRotate,
  tokenRevoke,
  tokenRename,
  auditList,
  keepingShow,
  keepingSet,
  personErase,
]
