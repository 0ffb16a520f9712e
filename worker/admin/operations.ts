import type { Operation } from './operation.ts'
import { auditList, keepingSet, keepingShow, personErase } from './operations/audit.ts'
import {
  deliveryList,
  deliveryReplay,
  healthOfAccounts,
  receiptExport,
  receiptList,
  requestList,
  tallyList,
} from './operations/activity.ts'
import { arrivalRead } from './operations/arrival.ts'
import { connectionCreate, connectionList } from './operations/connections.ts'
import {
  connectionFreeze,
  connectionThaw,
  emergencyFind,
  emergencySuspend,
  personLock,
  personUnlock,
  tokenRevokeAll,
} from './operations/emergency.ts'
import { keyList } from './operations/keys.ts'
import { personRead, restoreCarry, restorePlan, resourceSearch } from './operations/people.ts'
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
  arrivalRead,
  requestList,
  tallyList,
  deliveryList,
  deliveryReplay,
  receiptList,
  receiptExport,
  healthOfAccounts,
  resourceSearch,
  personRead,
  restorePlan,
  restoreCarry,
  emergencyFind,
  emergencySuspend,
  personLock,
  personUnlock,
  tokenRevokeAll,
  connectionFreeze,
  connectionThaw,
]
