import type { Section } from './sections.ts'

export const discovery: Section = { title: 'C. Discovery', rows: [] }
