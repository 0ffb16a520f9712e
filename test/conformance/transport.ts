import type { Section } from './sections.ts'

export const transport: Section = {
  title: 'A. Transport, authentication, media types, message envelope',
  rows: [],
}
