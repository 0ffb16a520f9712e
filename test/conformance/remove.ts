import type { Section } from './sections.ts'

export const remove: Section = { title: 'O. Delete', rows: [] }
