import type { Section } from './sections.ts'

export const indexPaging: Section = { title: 'I. Paging by index', rows: [] }
