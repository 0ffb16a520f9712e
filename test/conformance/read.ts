import { expect } from 'vitest'
import { at } from '../bridge.ts'
import { created, ENTERPRISE, GROUP, isError, people, read as readOne, USER } from './asserts.ts'
import { done } from './row.ts'
import type { Section } from './sections.ts'

/** A person with a value for everything a client may set. */
const full = {
  schemas: [USER, ENTERPRISE],
  userName: 'ada@example.com',
  externalId: '00uAda',
  name: {
    formatted: 'Dr. Ada King Lovelace III',
    familyName: 'Lovelace',
    givenName: 'Ada',
    middleName: 'King',
    honorificPrefix: 'Dr.',
    honorificSuffix: 'III',
  },
  displayName: 'Ada Lovelace',
  nickName: 'Ada',
  profileUrl: 'https://example.com/ada',
  title: 'Analyst',
  userType: 'Employee',
  preferredLanguage: 'en-GB',
  locale: 'en-GB',
  timezone: 'Europe/London',
  active: false,
  emails: [
    { value: 'ada@example.com', display: 'Ada', type: 'work', primary: true },
    { value: 'ada@example.org', type: 'home' },
  ],
  phoneNumbers: [{ value: 'tel:+44-20-7946-0000', type: 'work' }],
  ims: [{ value: 'ada', type: 'xmpp' }],
  photos: [{ value: 'https://example.com/ada.png', type: 'photo' }],
  addresses: [
    {
      formatted: '12 St James’s Square\nLondon',
      streetAddress: '12 St James’s Square',
      locality: 'London',
      region: 'Greater London',
      postalCode: 'SW1Y 4JH',
      country: 'GB',
      type: 'work',
      primary: true,
    },
  ],
  entitlements: [{ value: 'engine' }],
  roles: [{ value: 'admin', display: 'Admin', type: 'app', primary: true }],
  x509Certificates: [{ value: 'MIIDQzCCAqw=' }],
  [ENTERPRISE]: {
    employeeNumber: '1815',
    costCenter: '4130',
    organization: 'Analytical Engines',
    division: 'Research',
    department: 'Programs',
    manager: { value: 'babbage', $ref: '../Users/babbage' },
  },
}

export const read: Section = {
  title: 'E. Read one',
  rows: [
    done('7644-3.4.1-01', 'A resource that is there is answered with its representation.', async (probe) => {
      const [made] = await people(probe, 'ada')
      const got = await probe.send('GET', `/Users/${String(made?.id)}`)
      expect(got.status).toBe(200)
      expect(got.body).toMatchObject({ schemas: [USER], id: made?.id, userName: 'ada' })
    }),
    done('7644-3.4.1-02', 'An id nobody has is 404.', async (probe) => {
      await people(probe, 'ada')
      isError(await probe.send('GET', '/Users/none'), 404)
    }),
    done('7644-3.4.1-03', 'An id of another resource type is 404.', async (probe) => {
      const { id } = await created(probe, '/Groups', { schemas: [GROUP], displayName: 'G' })
      expect((await readOne(probe, `/Groups/${id}`)).id).toBe(id)
      isError(await probe.send('GET', `/Users/${id}`), 404)
    }),
    done('7644-3.4.1-04', 'Reading changes nothing.', async (probe) => {
      const [made] = await people(probe, 'ada')
      for (let times = 0; times < 2; times += 1) {
        const later = await probe.where({ now: () => new Date(Date.now() + 60_000) })
        expect(await readOne(later, `/Users/${String(made?.id)}`)).toEqual(made)
      }
    }),
    done('7644-3.4.1-05', 'What was written is read back, all of it.', async (probe) => {
      const { id, meta, ...rest } = await created(probe, '/Users', full)
      expect(rest).toEqual(full)
      expect(await readOne(probe, `/Users/${id}`)).toEqual({ id, meta, ...rest })
    }),
    done('7644-3.4.1-06', 'A resource is answered with its address and its ETag.', async (probe) => {
      const [made] = await people(probe, 'ada')
      const { headers, body } = await probe.send('GET', `/Users/${String(made?.id)}`)
      expect(at(body, 'meta', 'location')).toBe(`${probe.base}/Users/${String(made?.id)}`)
      expect(headers.get('content-location')).toBe(at(body, 'meta', 'location'))
      expect(headers.get('etag')).toBe(at(body, 'meta', 'version'))
    }),
  ],
}
