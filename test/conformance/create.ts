import type { Section } from './sections.ts'

export const create: Section = { title: 'D. Create', rows: [] }
