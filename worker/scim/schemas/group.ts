import { attribute, complex, type Schema } from '../schema.ts'

/** The Group schema of RFC 7643 §4.2 and §8.7.1, with its verified errata. */
export const groupSchema: Schema = {
  id: 'urn:ietf:params:scim:schemas:core:2.0:Group',
  name: 'Group',
  description: 'A set of people and other groups.',
  attributes: [
    attribute('displayName', 'The name of the group.', { required: true }),
    complex(
      'members',
      'Who is in the group.',
      [
        attribute('value', 'The id of the member.', { mutability: 'immutable' }),
        attribute('$ref', 'The address of the member.', {
          type: 'reference',
          referenceTypes: ['User', 'Group'],
          mutability: 'immutable',
        }),
        attribute('display', 'The name of the member. Shown where it is asked for: members.display.', {
          mutability: 'readOnly',
          returned: 'request',
        }),
        attribute('type', 'Whether the member is a User or a Group.', {
          canonicalValues: ['User', 'Group'],
          mutability: 'immutable',
        }),
      ],
      { multiValued: true },
    ),
  ],
}
