import type { Section } from './sections.ts'

export const returned: Section = { title: 'B. Representation: what is returned', rows: [] }
