import type { Section } from './sections.ts'

export const filters: Section = { title: 'G. Filters: operators and grammar', rows: [] }
