import type { Section } from './sections.ts'

export const replace: Section = { title: 'M. Replace', rows: [] }
