import type { Section } from './sections.ts'

export const read: Section = { title: 'E. Read one', rows: [] }
