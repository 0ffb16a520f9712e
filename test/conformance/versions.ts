import type { Section } from './sections.ts'

export const versions: Section = { title: 'S. Versions', rows: [] }
