import type { Section } from './sections.ts'

export const privacy: Section = { title: 'U. Names and text, privacy', rows: [] }
