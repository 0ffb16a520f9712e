import { resourceTypes, schemas } from './resourceTypes.ts'
import type { ResourceType, Schema } from './schema.ts'

/** What a deployment serves: its kinds of resources, and the schemas these use, each once. */
export type Catalog = { readonly types: readonly ResourceType[]; readonly schemas: readonly Schema[] }

/** What every deployment serves: people and groups. */
export const builtIn: Catalog = { types: resourceTypes, schemas }
