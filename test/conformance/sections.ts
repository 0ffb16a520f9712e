import { attributes } from './attributes.ts'
import { bulk } from './bulk.ts'
import { commonAttributes } from './commonAttributes.ts'
import { create } from './create.ts'
import { cursorPaging } from './cursorPaging.ts'
import { cursorSafety } from './cursorSafety.ts'
import { discovery } from './discovery.ts'
import { errors } from './errors.ts'
import { filterValues } from './filterValues.ts'
import { filters } from './filters.ts'
import { groupAttributes } from './groupAttributes.ts'
import { indexPaging } from './indexPaging.ts'
import { ipsie } from './ipsie.ts'
import { me } from './me.ts'
import { patchAdd } from './patchAdd.ts'
import { patchRemove } from './patchRemove.ts'
import { patchReplace } from './patchReplace.ts'
import { patchRequest } from './patchRequest.ts'
import { privacy } from './privacy.ts'
import { profile } from './profile.ts'
import { profileChanges } from './profileChanges.ts'
import { query } from './query.ts'
import { read } from './read.ts'
import { remove } from './remove.ts'
import { replace } from './replace.ts'
import { returned } from './returned.ts'
import { search } from './search.ts'
import { selecting } from './selecting.ts'
import { sorting } from './sorting.ts'
import { transport } from './transport.ts'
import { userAttributes } from './userAttributes.ts'
import { values } from './values.ts'
import { userLists } from './userLists.ts'
import { versions } from './versions.ts'
import type { Row } from './row.ts'

/** A section of the checklist, or of a profile above it. */
export type Section = { readonly title: string; readonly rows: readonly Row[] }

/** All sections, in the order of the checklist; then the profiles. */
export const sections: readonly Section[] = [
  transport,
  attributes,
  values,
  commonAttributes,
  returned,
  discovery,
  create,
  read,
  query,
  filters,
  filterValues,
  sorting,
  indexPaging,
  cursorPaging,
  cursorSafety,
  selecting,
  search,
  replace,
  patchRequest,
  patchAdd,
  patchRemove,
  patchReplace,
  remove,
  bulk,
  me,
  errors,
  versions,
  userAttributes,
  userLists,
  groupAttributes,
  privacy,
  profile,
  profileChanges,
  ipsie,
]
