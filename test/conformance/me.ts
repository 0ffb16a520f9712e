import type { Section } from './sections.ts'

export const me: Section = { title: 'Q. /Me', rows: [] }
