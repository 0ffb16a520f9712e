import type { Section } from './sections.ts'

export const profile: Section = { title: 'Interoperability profile (draft)', rows: [] }
