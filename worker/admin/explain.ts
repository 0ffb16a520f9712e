import type { RefusalName } from '../scim/refusal.ts'

/** Which field of the provider is to be changed: that of the address, that of the token, or none of these. */
type Field = 'url' | 'token'

/** A refusal in a sentence: what was wrong, and what is to be done about it, with the field of the provider where it is one. */
export type Explanation = { readonly what: string; readonly mend: string; readonly field?: Field }

const paste = (what: string, mend: string): Explanation => ({ what, mend, field: 'token' })
const address = (what: string, mend: string): Explanation => ({ what, mend, field: 'url' })
const say = (what: string, mend: string): Explanation => ({ what, mend })

const NEW_TOKEN = 'Make another one under Set up and paste it there; the old one cannot be shown again.'
const MAPPING = 'Look at the attribute mapping of the app in the provider, and push again.'
const AGAIN = 'Push again.'
const OFF = 'Switch it on under Settings, or off in the provider (Okta: Provisioning › To App).'

/** What each refusal means for an admin. A new one has to be told here: the type asks for it. */
export const EXPLANATIONS: Readonly<Record<RefusalName, Explanation>> = {
  no_token: paste('There was no token with it.', 'Paste the token into that field and save.'),
  bearer_twice: paste(
    'The token begins with the word Bearer, which the provider adds by itself.',
    'Paste only the token.',
  ),
  quotes: paste(
    'The token has quotes or brackets around it.',
    'Paste only the token, from drawbridge_ to its last letter.',
  ),
  broken_paste: paste('The token has a space or a line break in it.', 'Paste it again, in one piece.'),
  not_a_token: paste(
    'What was sent is no token of the bridge: those begin with drawbridge_ and a region.',
    'Paste the token that was made here.',
  ),
  other_region: paste(
    'The token is one of another region.',
    'Use the Base URL of that region, or a token that was made here.',
  ),
  cut_off: paste('The end of the token is missing.', 'Paste it whole.'),
  token: paste('The token is not good here: mistyped, ended, or of another deployment.', NEW_TOKEN),
  revoked: paste('The token was revoked.', NEW_TOKEN),
  expired: paste('The token has expired.', NEW_TOKEN),
  renew: paste(
    'The token should have been renewed: until it expires it only reads and deactivates.',
    NEW_TOKEN,
  ),
  network: paste(
    'The token came from a network that it is not bound to.',
    'Add the network to the token, or make one without networks.',
  ),
  scope: paste(
    'The scope of the token does not cover this.',
    'Make a token whose scope does, and paste it there.',
  ),
  domain: paste(
    'The token is bound to other e-mail domains than that of the person.',
    'Add the domain to the token, or take the person out of the app.',
  ),
  guesses: paste(
    'Too many tokens from one address were not good.',
    'Paste a token that is good; the address is heard again within a minute.',
  ),
  rate: say(
    'The connection has sent more than it may in ten seconds.',
    'Nothing is to be done: the provider sends it again.',
  ),
  closed: say(
    'The connection is closed for changes, and the provider keeps them.',
    'Open it under Settings.',
  ),
  switch_create: say('“Create Users” is switched off at the bridge.', OFF),
  switch_update: say('“Update User Attributes” is switched off at the bridge.', OFF),
  switch_deactivate: say('“Deactivate Users” is switched off at the bridge.', OFF),
  switch_groups: say('“Push Groups” is switched off at the bridge.', OFF),
  unmanaged: say(
    'The target has a group of this name that is not under management.',
    'Choose it under managed groups and push again (Okta: Push Groups › Push now), or give one of them another name.',
  ),
  powerful: say(
    'The target has a group of this name that gives power over the account: such groups are never managed from here.',
    'Change it at the target itself, or give the pushed group another name.',
  ),
  protected: say(
    'The person is protected: no provider changes this of them.',
    'Take the protection away, or leave the person out of the app.',
  ),
  path: address(
    'Nothing answers at this path.',
    'The address in that field ends in /scim/v2, with nothing behind it.',
  ),
  base_url: address(
    'The address ends in /Users or /Groups, which the provider adds by itself.',
    'Take that away: it ends in /scim/v2.',
  ),
  method: address(
    'The path takes no request of this kind.',
    'The address in that field ends in /scim/v2, with nothing behind it.',
  ),
  media_type: say('The body was not JSON.', 'Choose SCIM 2.0, not 1.1, in the provider.'),
  too_large: say(
    'The body was larger than the bridge takes.',
    'Let the provider send fewer members at a time.',
  ),
  missing: say(
    'There is no such person or group here: it was deleted, or made by another connection.',
    'Take it out of the app in the provider and assign it again.',
  ),
  precondition: say('Somebody else had changed it in between.', AGAIN),
  contended: say('Others kept changing the same person or group.', AGAIN),
  discovery_filter: say('A filter was sent where there can be none.', 'Take the filter out of the client.'),
  me: say('/Me was asked with a token that names no person.', 'Use /Users/{id}.'),
  feed: say('The feed was asked for more than it ever had.', 'Let the app begin again with after=0.'),
  unknown_members: say(
    'None of the people who were to be members is here.',
    'Assign them to the app first (Okta: Assignments), then push the group again.',
  ),
  user_name_taken: say(
    'Another person here has this userName.',
    'Give one of them another userName in the provider, or look under People who has it.',
  ),
  external_id_taken: say(
    'Another person here has this externalId.',
    'The provider knows one person twice: take one of the two assignments away.',
  ),
  invalidFilter: say(
    'The filter could not be understood.',
    'Choose userName as the unique identifier in the provider.',
  ),
  tooMany: say('The answer would have been too large.', 'Let the client ask for fewer at a time.'),
  uniqueness: say('Somebody else has this value already.', 'Give one of them another value in the provider.'),
  mutability: say('An attribute was to be changed that cannot be.', MAPPING),
  invalidSyntax: say('The body could not be read.', 'Choose SCIM 2.0, not 1.1, in the provider.'),
  invalidPath: say('The change names an attribute that no schema has.', MAPPING),
  noTarget: say('The change names something that is not there.', MAPPING),
  invalidValue: say('A value does not fit its attribute.', MAPPING),
  invalidCursor: say(
    'The page of a list was asked for with a cursor of another query.',
    'Nothing is to be done: the provider begins anew.',
  ),
  expiredCursor: say(
    'The page of a list was asked for too late.',
    'Nothing is to be done: the provider begins anew.',
  ),
  invalidCount: say(
    'The pages of a list were asked for with another count.',
    'Nothing is to be done: the provider begins anew.',
  ),
  target_taken: say(
    'The target has somebody with this value already.',
    'Look there who it is, and whether it may be taken over.',
  ),
  target_refused: say(
    'The target did not take it.',
    'Its words stand at the person, under State; mend it there or in the provider, and push again.',
  ),
  target_members: say(
    'The target did not take some of the members; the rest is done.',
    'Look at the group which ones, and push it again.',
  ),
  database: say('The bridge could not reach its database. Nothing of it was applied.', AGAIN),
  database_unsure: say(
    'The bridge lost its database. It may have been applied or not.',
    'Look at the person, then push again.',
  ),
  settings: say('The bridge is not set up.', 'The line of its log names the setting.'),
  bug: say('The bridge failed.', 'The line of its log with this request says more.'),
}

/** What a provider does with the answer: Okta’s documented behaviour, as the others say nothing of theirs. */
export type Afterwards = 'stops' | 'asks' | 'repeats' | 'broken' | 'gone' | 'taken'

/** What each of them means, in a sentence. */
export const AFTERWARDS: Readonly<Record<Afterwards, string>> = {
  taken: 'The provider goes on.',
  stops: 'The provider stops this one and shows the words of the bridge; it does not link the two by itself.',
  asks: 'The provider keeps it as a failed task until somebody retries it (Okta: Dashboard › Tasks).',
  repeats:
    'The provider waits as long as it was asked to, and sends it again by itself, ten times at the most.',
  broken: 'The provider shows that it cannot authenticate, and nothing more comes until that is mended.',
  gone: 'The provider shows an error; it does not make the person or the group anew by itself.',
}

/** Takes the status of an answer; gives what the provider does with it. */
export function afterwardsOf(status: number): Afterwards {
  if (status < 400) return 'taken'
  if (status === 401) return 'broken'
  if (status === 404) return 'gone'
  if (status === 409) return 'stops'
  return status === 429 ? 'repeats' : 'asks'
}
