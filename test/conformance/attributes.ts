import type { Section } from './sections.ts'

export const attributes: Section = { title: 'B. Representation: names, types, schemas', rows: [] }
