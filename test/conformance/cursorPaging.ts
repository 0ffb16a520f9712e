import type { Section } from './sections.ts'

export const cursorPaging: Section = { title: 'J. Paging by cursor', rows: [] }
