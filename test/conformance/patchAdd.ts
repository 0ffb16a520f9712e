import type { Section } from './sections.ts'

export const patchAdd: Section = { title: 'N. Modify: the request, add', rows: [] }
