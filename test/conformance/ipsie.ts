import type { Section } from './sections.ts'

export const ipsie: Section = { title: 'IPSIE account lifecycle (draft)', rows: [] }
