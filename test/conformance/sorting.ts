import type { Section } from './sections.ts'

export const sorting: Section = { title: 'H. Sorting', rows: [] }
