/** The URNs of what tests declare. */
export const TEST_USER = 'urn:example:params:scim:schemas:extension:test:2.0:User'
export const DEVICE = 'urn:example:params:scim:schemas:test:2.0:Device'
export const WARRANTY = 'urn:example:params:scim:schemas:extension:test:2.0:Warranty'

/** A deployment's schemas.json with a trait of every kind: an extension of User, and Devices, which need a warranty. */
export const custom = {
  schemas: [
    {
      id: TEST_USER,
      name: 'TestUser',
      description: 'What tests know about a person.',
      attributes: [
        { name: 'number', type: 'integer', description: 'A whole number.' },
        { name: 'ratio', type: 'decimal', description: 'A number.' },
        { name: 'since', type: 'dateTime', description: 'A moment.' },
        { name: 'plain' },
        { name: 'secret', description: 'Shown to who asks for it.', returned: 'request' },
        { name: 'code', description: 'A code whose case counts.', caseExact: true },
        {
          name: 'badge',
          type: 'complex',
          description: 'A badge.',
          subAttributes: [
            { name: 'value', description: 'What stands on it.' },
            { name: 'kind', description: 'What it is for.', canonicalValues: ['visitor', 'staff'] },
          ],
        },
        { name: 'serial', description: 'Given once.', mutability: 'immutable' },
      ],
    },
    {
      id: DEVICE,
      name: 'Device',
      description: 'A thing that people use.',
      attributes: [
        { name: 'displayName', description: 'Its name.', required: true },
        { name: 'serial', description: 'What its maker calls it.', caseExact: true },
        { name: 'size', type: 'integer', description: 'Its size.' },
      ],
    },
    {
      id: WARRANTY,
      name: 'Warranty',
      description: 'Who mends it.',
      attributes: [{ name: 'until', type: 'dateTime', description: 'When it ends.' }],
    },
  ],
  resourceTypes: [
    { name: 'User', schemaExtensions: [{ schema: TEST_USER, required: false }] },
    {
      name: 'Device',
      endpoint: '/Devices',
      description: 'A thing that people use.',
      schema: DEVICE,
      schemaExtensions: [{ schema: WARRANTY, required: true }],
    },
  ],
}
