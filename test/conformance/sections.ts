import type { Row } from './row.ts'

/** A section of the checklist. */
export type Section = { readonly title: string; readonly rows: readonly Row[] }

/** All sections, in the order of the checklist. */
export const sections: readonly Section[] = []
