export const USAGE = `npm run token -- --connection NAME [--new] [--name NAME] [--scope users,groups,read,admin] [--user ID]
              [--networks CIDR,…] [--domains DOMAIN,…] [--expires 90d | --sliding 90d]
npm run token -- --list [--connection NAME]
npm run token -- --rotate ID [--countdown 7d]
npm run token -- --revoke ID

  --connection  the connection the token is for; --new makes it, and there must be none of this name
  --name        what the token is called
  --scope       users, groups, roles and the like: only those resources; read: no changes; admin: runs the connection by
                the API, and by itself no SCIM. Without it all of SCIM
  --user        the id of the one person this token may read
  --networks    the only networks it may be shown from
  --domains     the only e-mail domains whose people it may create or change
  --expires     when it ends: a number of days (90d) or hours (12h). For the last 14 days it only reads and deactivates
  --sliding     after how many days without use that begins, at least 30. Without both it does not end
  --list        shows the live tokens, of this connection or of all
  --rotate      makes a token of the same rights in place of this one, which goes on for --countdown, 7 days
  --revoke      ends the token with this id at once; the token itself will do too
  --help        shows this`
