/** What goes into a field of a provider: the Base URL, the token, or something to choose there. */
type Value =
  { readonly kind: 'url' } | { readonly kind: 'token' } | { readonly kind: 'words'; readonly words: string }

/** An identity provider: where its provisioning is set up, and its fields in its own words and order. */
export type Provider = {
  readonly id: string
  readonly name: string
  readonly where: string
  readonly fields: readonly { readonly label: string; readonly value: Value }[]
}

const url: Value = { kind: 'url' }
const token: Value = { kind: 'token' }
const say = (words: string): Value => ({ kind: 'words', words })

const OKTA: Provider = {
  id: 'okta',
  name: 'Okta, app integration',
  where:
    'Applications › your app › Provisioning › Integration › Edit. The app needs SCIM provisioning switched on under General.',
  fields: [
    { label: 'SCIM connector base URL', value: url },
    { label: 'Unique identifier field for users', value: say('userName') },
    {
      label: 'Supported provisioning actions',
      value: say(
        'Import New Users and Profile Updates, Push New Users, Push Profile Updates, Push Groups, Import Groups',
      ),
    },
    { label: 'Authentication Mode', value: say('HTTP Header') },
    { label: 'Authorization (Bearer)', value: token },
  ],
}

/** The providers there are instructions for, Okta first. */
export const providers: readonly Provider[] = [
  OKTA,
  {
    id: 'okta-oin',
    name: 'Okta, app of its catalogue',
    where: 'Applications › the app › Provisioning › Configure API Integration › Enable API integration.',
    fields: [
      { label: 'Base URL', value: url },
      { label: 'API Token', value: token },
    ],
  },
  {
    id: 'entra',
    name: 'Microsoft Entra ID',
    where:
      'Enterprise applications › the app › Provisioning › Admin Credentials; Provisioning Mode: Automatic.',
    fields: [
      { label: 'Tenant URL', value: url },
      { label: 'Secret Token', value: token },
    ],
  },
  {
    id: 'onelogin',
    name: 'OneLogin',
    where: 'Applications › the app › Configuration › API Connection, then Enable.',
    fields: [
      { label: 'SCIM Base URL', value: url },
      { label: 'SCIM Bearer Token', value: token },
    ],
  },
  {
    id: 'jumpcloud',
    name: 'JumpCloud',
    where: 'SSO Applications › the app › Identity Management. Test Connection first, then Activate and Save.',
    fields: [
      { label: 'SCIM Version', value: say('SCIM 2.0') },
      { label: 'Base URL', value: url },
      { label: 'Token Key', value: token },
      {
        label: 'Test User Email',
        value: say(
          'Any address of a domain of yours: JumpCloud makes a test person and a group, and takes them away again.',
        ),
      },
    ],
  },
  {
    id: 'ping',
    name: 'PingOne',
    where: 'Integrations › Provisioning › + › New connection › Identity Store › SCIM Outbound.',
    fields: [
      { label: 'SCIM Base URL', value: url },
      { label: 'Users Resource', value: say('/Users') },
      { label: 'SCIM Version', value: say('2.0') },
      { label: 'Groups Resource', value: say('/Groups') },
      { label: 'Authentication Method', value: say('OAuth 2 Bearer Token') },
      { label: 'OAuth Access Token', value: token },
      { label: 'Auth Type Header', value: say('Bearer') },
    ],
  },
  {
    id: 'rippling',
    name: 'Rippling',
    where:
      'IT › Third-Party Access › Add Integration › Create New Custom Integration › User Management via SCIM.',
    fields: [
      { label: 'SCIM Version', value: say('2.0') },
      { label: 'SCIM Base URL', value: url },
      { label: 'SCIM Authorization Method', value: say('Bearer Token') },
      {
        label: 'Options',
        value: say('Supports Groups, Supports Pagination, Create & Delete Groups, Use PATCH to edit Groups'),
      },
      {
        label: 'Supported SCIM Attributes',
        value: say('externalId, emails.primary, name.givenName, name.familyName'),
      },
      { label: 'Bearer Token', value: token },
    ],
  },
]

/** Takes what a page was asked for; gives the provider, Okta where it names none. */
export function providerOf(id: string | undefined): Provider {
  return providers.find((provider) => provider.id === id) ?? OKTA
}

/** Takes a provider and which of its fields; gives what that field is called there. */
export function fieldOf({ fields, name }: Provider, kind: 'url' | 'token'): string {
  const found = fields.find(({ value }) => value.kind === kind)
  return found === undefined ? name : `${found.label} (${name})`
}
