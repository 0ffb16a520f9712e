import type { Section } from './sections.ts'

export const patchRemove: Section = { title: 'N. Modify: remove', rows: [] }
