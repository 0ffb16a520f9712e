import type { Section } from './sections.ts'

export const bulk: Section = { title: 'P. Bulk', rows: [] }
