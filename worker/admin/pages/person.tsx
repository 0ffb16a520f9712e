import type { Visit } from '../kit.tsx'
import type { personRead } from '../operations/people.ts'
import { Table, Time, Who } from './parts.tsx'

type Person = Awaited<ReturnType<typeof personRead.handle>>
type Props = { readonly visit: Visit; readonly connection: string; readonly person: Person }

/** A person or a group: who it is at each end, how it stands there, and every version with the way back to it. */
export function PersonBody({ visit, connection, person }: Props) {
  const at = `/admin/connections/${connection}/people/${encodeURIComponent(person.id)}`
  const may = visit.may('operate', connection)
  return (
    <>
      <h2>Mapping</h2>
      <dl>
        <dt>At the provider (externalId)</dt>
        <dd>{person.externalId === undefined ? 'none that is shown' : <code>{person.externalId}</code>}</dd>
        <dt>Here</dt>
        <dd>
          <code>{person.id}</code>
        </dd>
        <dt>At the target</dt>
        <dd>{person.remote === undefined ? 'no account there is known' : <code>{person.remote}</code>}</dd>
      </dl>
      <h2>State</h2>
      <State person={person} />
      <p>
        <a href={`/admin/connections/${connection}/activity?person=${encodeURIComponent(person.id)}`}>
          Requests about it
        </a>
        {may && person.type === 'User' ? (
          <>
            {' · '}
            <a href={`/admin/emergency?person=${encodeURIComponent(person.name ?? person.id)}`}>
              Suspend at every target
            </a>
          </>
        ) : null}
      </p>
      {person.wish === 'deleted' && may ? (
        <form method="get" action={`${at}/restore`}>
          <input type="hidden" name="what" value="deleted" />
          <button>Restore what was deleted</button>
        </form>
      ) : null}
      {person.attributes.length === 0 ? null : (
        <details>
          <summary>All attributes</summary>
          <Table
            caption="All attributes"
            none=""
            titles={['Attribute', 'Value']}
            rows={person.attributes.map(({ path, value }) => [<code>{path}</code>, value])}
          />
        </details>
      )}
      <Table
        caption={person.type === 'User' ? 'Groups' : 'Members'}
        none={person.type === 'User' ? 'In no group.' : 'It has no members.'}
        titles={[person.type === 'User' ? 'In these groups' : 'Members (100 at the most are shown)']}
        rows={person.others.map(({ id, name }) => [<Who connection={connection} id={id} name={name} />])}
      />
      <h2>Versions</h2>
      <Versions visit={visit} connection={connection} person={person} />
    </>
  )
}

function State({ person: { wish, imported, over, target, at } }: { person: Person }) {
  return (
    <dl>
      <dt>As the provider last said</dt>
      <dd>
        {imported ? 'nothing yet: it was read from the target' : wish}, since <Time at={at} />
      </dd>
      {over.map(({ kind, attribute, who, why }) => (
        <>
          <dt>Over that: {kind}</dt>
          <dd>
            {attribute} · {who} · {why}
          </dd>
        </>
      ))}
      <dt>At the target</dt>
      <dd>
        {target.state === undefined
          ? 'nothing is known'
          : `${target.state}${target.isActive === undefined ? '' : target.isActive ? ', active' : ', inactive'}`}
        {target.at === undefined ? null : (
          <>
            {', since '}
            <Time at={target.at} />
          </>
        )}
        {target.differs === undefined ? '' : `. It differs: ${target.differs}`}
      </dd>
      {target.delivery === undefined ? null : (
        <>
          <dt>On its way</dt>
          <dd>
            {target.delivery}
            {target.words === undefined ? '' : `: ${target.words}`}
          </dd>
        </>
      )}
    </dl>
  )
}

function Versions({ visit, connection, person }: Props) {
  const at = `/admin/connections/${connection}/people/${encodeURIComponent(person.id)}/restore`
  const may = visit.may('operate', connection) && person.wish !== 'deleted'
  const who = (list: Person['others'], sign: string) =>
    list.slice(0, 20).map(({ id, name }) => (
      <li>
        {sign} <Who connection={connection} id={id} name={name} />
      </li>
    ))
  return (
    <Table
      caption="Versions"
      none="Nothing has happened to it yet."
      titles={['Version', 'When', 'Who', 'What', ...(may ? ['Back'] : [])]}
      rows={person.versions.map((one, index) => [
        `${one.version} ${one.kind}`,
        <Time at={one.at} />,
        one.who,
        <ul>
          {one.isKept ? null : <li>its values were erased</li>}
          {one.changed.map(({ path, before, after }) => (
            <li>
              <code>{path}</code>
              {before === undefined && after === undefined
                ? ''
                : `: ${before ?? 'nothing'} → ${after ?? 'nothing'}`}
            </li>
          ))}
          {who(one.added, '+')}
          {who(one.removed, '−')}
        </ul>,
        ...(may
          ? [
              one.isKept ? (
                <>
                  {index === 0 || one.kind === 'delete' ? null : (
                    <a href={`${at}?what=version&seq=${one.seq}`}>Restore this version</a>
                  )}
                  {one.made ? null : (
                    <>
                      {' '}
                      <a href={`${at}?what=undo&seq=${one.seq}`}>Undo this push</a>
                    </>
                  )}
                </>
              ) : (
                ''
              ),
            ]
          : []),
      ])}
    />
  )
}
