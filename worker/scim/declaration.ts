import { builtIn, type Catalog } from './catalog.ts'
import type { ResourceType, Schema } from './schema.ts'

/**
 * What a deployment declares beside Users and Groups, in the shape of RFC 7643 §6 and §7: schemas of its own, kinds of
 * resources that use them, and extensions of User and Group.
 */
export type Declaration = {
  readonly schemas: readonly Schema[]
  readonly resourceTypes: readonly DeclaredType[]
}

/** A kind of resource as declared. A built-in one is only named, with the extensions it gets. */
export type DeclaredType = {
  readonly name: string
  readonly endpoint?: string | undefined
  readonly description?: string | undefined
  readonly schema?: string | undefined
  readonly schemaExtensions: readonly DeclaredExtension[]
}

type DeclaredExtension = { readonly schema: string; readonly required: boolean }

/** Takes a URN and schemas; gives the schema of this URN, in any case. */
export function findSchema(schemas: readonly Schema[], urn: string): Schema | undefined {
  return schemas.find(({ id }) => id.toLowerCase() === urn.toLowerCase())
}

/** Takes a declaration that has no faults; gives the catalog with it. Throws where a schema it names is missing. */
export function catalogWith({ schemas, resourceTypes }: Declaration): Catalog {
  const known = [...builtIn.schemas, ...schemas]
  const schemaOf = (urn: string): Schema => {
    const found = findSchema(known, urn)
    if (found === undefined) throw new Error(`no schema ${urn}`)
    return found
  }
  const extensionsOf = ({ schemaExtensions }: DeclaredType) =>
    schemaExtensions.map(({ schema, required }) => ({ schema: schemaOf(schema), required }))
  const extended = builtIn.types.map((type): ResourceType => {
    const added = resourceTypes.find(({ name }) => name === type.name)
    return added === undefined ? type : { ...type, extensions: [...type.extensions, ...extensionsOf(added)] }
  })
  const own = resourceTypes.flatMap((declared): ResourceType[] => {
    const { name, endpoint, schema, description = '' } = declared
    if (endpoint === undefined || schema === undefined) return []
    return [
      {
        name,
        endpoint,
        description,
        schema: schemaOf(schema),
        extensions: extensionsOf(declared),
        shows: 'neither',
        defaults: {},
        isPerson: false,
        isPatchSilent: false,
        scope: scopeOf(endpoint),
      },
    ]
  })
  const types = [...extended, ...own]
  const used = types.flatMap((type) => [type.schema, ...type.extensions.map((each) => each.schema)])
  return { types, schemas: [...new Set(used)] }
}

/** Takes an endpoint; gives the word in a token's scope that allows it: roles for /Roles. */
export function scopeOf(endpoint: string): string {
  return endpoint.slice(1).toLowerCase()
}
