import type { Section } from './sections.ts'

export const filterValues: Section = { title: 'G. Filters: values and limits', rows: [] }
