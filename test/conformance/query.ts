import type { Section } from './sections.ts'

export const query: Section = { title: 'F. Query', rows: [] }
