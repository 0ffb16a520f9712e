import { attribute, complex, type Attribute, type Schema } from '../schema.ts'

const label = attribute('display', 'A name for people to read.')
const primary = attribute('primary', 'Whether this is the preferred value. True at most once.', {
  type: 'boolean',
})
/** An empty list says that no values are usual, as RFC 7643 §8.7.1 has it of roles: a client need not guess. */
const kind = (canonicalValues: readonly string[]) =>
  attribute('type', 'What the value is used for.', { canonicalValues })

/** A multi-valued attribute of the usual shape (RFC 7643 §2.4): value, display, type, primary. */
const plural = (name: string, description: string, value: Attribute, types: readonly string[] = []) =>
  complex(name, description, [value, label, kind(types), primary], { multiValued: true })

const reference = (name: string, description: string) =>
  attribute(name, description, { type: 'reference', referenceTypes: ['external'] })

/** The User schema of RFC 7643 §4.1 and §8.7.1, with its verified errata. */
export const userSchema: Schema = {
  id: 'urn:ietf:params:scim:schemas:core:2.0:User',
  name: 'User',
  description: 'A person with an account.',
  attributes: [
    attribute('userName', 'The name the person signs in with, unique in the connection.', {
      required: true,
      uniqueness: 'server',
    }),
    complex('name', "The parts of the person's name.", [
      attribute('formatted', 'The whole name, ready to show.'),
      attribute('familyName', 'The family name.'),
      attribute('givenName', 'The given name.'),
      attribute('middleName', 'The middle names.'),
      attribute('honorificPrefix', 'What stands before the name, such as Dr.'),
      attribute('honorificSuffix', 'What stands after the name, such as III.'),
    ]),
    attribute('displayName', 'The name to show to others.'),
    attribute('nickName', 'The casual name.'),
    reference('profileUrl', 'A page about the person.'),
    attribute('title', 'The job title.'),
    attribute('userType', 'The relation to the organisation, such as Employee or Contractor.'),
    attribute('preferredLanguage', 'The preferred languages, as in an Accept-Language header.'),
    attribute('locale', 'The locale for dates, numbers and currency, such as en-US.'),
    attribute('timezone', 'The time zone, such as Europe/Paris.'),
    attribute('active', 'Whether the account may be used. False means suspended.', { type: 'boolean' }),
    attribute('password', 'Accepted from identity providers that send one, and dropped.', {
      mutability: 'writeOnly',
      returned: 'never',
    }),
    plural('emails', 'E-mail addresses.', attribute('value', 'The address.'), ['work', 'home', 'other']),
    plural('phoneNumbers', 'Telephone numbers.', attribute('value', 'The number.'), [
      'work',
      'home',
      'mobile',
      'fax',
      'pager',
      'other',
    ]),
    plural('ims', 'Instant messaging addresses.', attribute('value', 'The address.'), [
      'aim',
      'gtalk',
      'icq',
      'xmpp',
      'msn',
      'skype',
      'qq',
      'yahoo',
    ]),
    plural('photos', 'Pictures of the person.', reference('value', 'The address of the picture.'), [
      'photo',
      'thumbnail',
    ]),
    complex(
      'addresses',
      'Postal addresses.',
      [
        attribute('formatted', 'The whole address, ready to print.'),
        attribute('streetAddress', 'Street and house number.'),
        attribute('locality', 'City or town.'),
        attribute('region', 'State or region.'),
        attribute('postalCode', 'Postal code.'),
        attribute('country', 'Country.'),
        kind(['work', 'home', 'other']),
        primary,
      ],
      { multiValued: true },
    ),
    complex(
      'groups',
      'The groups the person is in. Changed through the groups.',
      [
        attribute('value', 'The id of the group.', { mutability: 'readOnly' }),
        attribute('$ref', 'The address of the group.', {
          type: 'reference',
          referenceTypes: ['Group'],
          mutability: 'readOnly',
        }),
        attribute('display', 'The name of the group.', { mutability: 'readOnly' }),
        attribute('type', 'Whether the membership is direct or through another group.', {
          canonicalValues: ['direct', 'indirect'],
          mutability: 'readOnly',
        }),
      ],
      { multiValued: true, mutability: 'readOnly' },
    ),
    plural('entitlements', 'What the person may use.', attribute('value', 'The entitlement.')),
    plural('roles', 'The roles of the person.', attribute('value', 'The role.')),
    plural(
      'x509Certificates',
      'Certificates of the person.',
      attribute('value', 'The certificate, DER, as base64.', { type: 'binary' }),
    ),
  ],
}
