import type { Section } from './sections.ts'

export const commonAttributes: Section = { title: 'B. Representation: common attributes', rows: [] }
