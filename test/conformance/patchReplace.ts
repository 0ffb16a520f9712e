import type { Section } from './sections.ts'

export const patchReplace: Section = { title: 'N. Modify: replace', rows: [] }
