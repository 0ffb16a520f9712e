import type { Section } from './sections.ts'

export const userAttributes: Section = { title: 'T. User, EnterpriseUser and Group attributes', rows: [] }
