import type { Section } from './sections.ts'

export const selecting: Section = { title: 'K. Choosing attributes', rows: [] }
