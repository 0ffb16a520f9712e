import type { Section } from './sections.ts'

export const errors: Section = { title: 'R. Errors', rows: [] }
