import type { Section } from './sections.ts'

export const search: Section = { title: 'L. Search by POST', rows: [] }
