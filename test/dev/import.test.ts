import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { shortId } from '../../worker/store/ids.ts'
import { ensureConnection } from '../../worker/store/connections.ts'
import { openDatabase } from '../../worker/store/database.ts'
import { downstream } from '../sync/downstream.ts'
import { ownDatabase } from '../sync/ownDatabase.ts'

test('the commands read a target in, list its groups, and manage one', { timeout: 180_000 }, async () => {
  const [database, there] = [await ownDatabase(), await downstream()]
  const folder = await mkdtemp(join(tmpdir(), 'drawbridge-commands-'))
  onTestFinished(async () => {
    await Promise.all([database.stop(), there.stop()])
    await rm(folder, { recursive: true, force: true })
  })
  there.showsMembers = true
  for (let n = 0; n < 250; n += 1) {
    there.users.set(`t${n}`, { id: `t${n}`, body: { userName: `t${n}@example.com` }, members: new Set() })
  }
  there.groups.set('g1', { id: 'g1', body: { displayName: 'Team' }, members: new Set(['t1', 't2']) })
  there.groups.set('g2', { id: 'g2', body: { displayName: 'Owners' }, members: new Set(['t1']) })
  await ensureConnection(openDatabase({ url: database.url }), 'okta', shortId(), new Date())

  const run = (command: string, ...options: readonly string[]) =>
    new Promise<{ code: number; output: string }>((done) => {
      const file = resolve(import.meta.dirname, `../../dev/${command}.ts`)
      const env = { ...process.env, DATA_DIR: folder, LIBSQL_URL: database.url, SECRET: there.token }
      const args = [file, '--connection', 'okta', ...options]
      execFile(process.execPath, args, { env }, (error, stdout, stderr) =>
        done({ code: typeof error?.code === 'number' ? error.code : 0, output: `${stdout}${stderr}` }),
      )
    })
  for (const [command, ...options] of [['groups'], ['import', '--check', 'x.json'], ['import']] as const)
    expect(await run(command, ...options)).toMatchObject({
      code: 1,
      output: expect.stringContaining('has no target: the bridge itself is the account'),
    })
  const settings = join(folder, 'target.json')
  await writeFile(
    settings,
    JSON.stringify({ kind: 'scim', url: there.url, auth: { kind: 'bearer', token: '$SECRET' } }),
  )
  expect(await run('target', '--set', settings)).toMatchObject({
    code: 0,
    output: expect.stringContaining('is set'),
  })

  const read = await run('import')
  expect(read).toMatchObject({ code: 0, output: expect.stringMatching(/done[^]*250 +2 +0 +0 +0/) })
  expect(read.output).not.toContain(there.token)
  const before = await run('groups')
  expect(before.output).toMatch(/Owners +gives power[^]*Team +not managed/)
  const preview = await run('groups', '--select', 'team')
  expect(preview).toMatchObject({ code: 0, output: expect.stringContaining('2 members') })
  expect(preview.output).toContain('Nothing was done')
  expect(await run('groups', '--select', 'team', '--yes')).toMatchObject({ code: 0 })
  expect((await run('groups')).output).toMatch(/Team +managed +g1/)
  expect(await run('groups', '--select', 'Owners', '--yes')).toMatchObject({ code: 1 })
  expect(await run('groups', '--release', 'g1')).toMatchObject({ code: 0 })
  expect(await run('import', '--preview')).toMatchObject({
    code: 0,
    output: expect.stringContaining('linked'),
  })

  there.users.set('new', { id: 'new', body: { userName: 'new@example.com' }, members: new Set() })
  const listed = await run('import', '--preview')
  expect(listed.output).toMatch(/^new +new@example\.com +no: adoption is off$/m)
  expect(listed.output).toContain('npm run connection -- --name okta --adopt example.com')
  there.users.delete('new')

  const person = { profile: {}, userName: 't1@example.com', id: 't1', active: true }
  const lost = { ...person, userName: 'lost@example.com', id: 'lost' }
  const file = join(folder, 'okta.json')
  await writeFile(
    file,
    JSON.stringify({ provider: 'okta-oin', run: 'x', notKept: [], people: [person, lost], groups: [] }),
  )
  const checked = await run('import', '--check', file)
  expect(checked).toMatchObject({ code: 1, output: expect.stringContaining('1 of 2') })
  expect(checked.output).toContain('lost@example.com')

  const nobody = { ...person, id: undefined }
  await writeFile(
    file,
    JSON.stringify({ provider: 'okta-oin', run: 'x', notKept: [], people: [nobody], groups: [] }),
  )
  expect(await run('import', '--check', file)).toEqual({
    code: 1,
    output: `${file} holds nobody with an id: the run that saved it did not work. Save again.\n`,
  })
  await writeFile(file, '{"people":[]}')
  expect(await run('import', '--check', file)).toEqual({
    code: 1,
    output: `${file} was not written by npm run idp -- --save.\n`,
  })
  await writeFile(settings, `{"kind":"scim",\n "auth":{"token": x${there.token}}}`)
  expect(await run('target', '--set', settings)).toEqual({
    code: 1,
    output: `${settings} is not JSON: line 2, column 19.\n`,
  })

  for (let n = 0; n < 200; n += 1) there.users.delete(`t${n}`)
  expect(await run('import')).toEqual({
    code: 1,
    output:
      'The import was held: the target shows 50 people where there were 250: nothing was changed. If that is right: npm run import -- --connection okta --accept\n',
  })
  expect(await run('import', '--accept')).toMatchObject({ code: 0, output: expect.stringContaining('200') })
  expect(await run('import', '--once', 'x')).toMatchObject({ code: 2 })
})
