CREATE TABLE `acts` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` text NOT NULL,
	`request` text NOT NULL,
	`who` text NOT NULL,
	`connection` text,
	`action` text NOT NULL,
	`subject` text,
	`reason` text,
	`details` text
) STRICT;
--> statement-breakpoint
CREATE INDEX `acts_connection` ON `acts` (`connection`,`seq`);--> statement-breakpoint
CREATE TABLE `admins` (
	`email` text NOT NULL,
	`connection` text NOT NULL,
	`role` text NOT NULL,
	`since` text NOT NULL,
	`made_by` text NOT NULL,
	PRIMARY KEY(`email`, `connection`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `hooks` (
	`id` text PRIMARY KEY NOT NULL,
	`connection` text NOT NULL,
	`secret` text NOT NULL,
	`created` text NOT NULL,
	`verified` text,
	`revoked` text
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `issuers` (
	`connection` text NOT NULL,
	`issuer` text NOT NULL,
	`audience` text NOT NULL,
	`jwks_url` text NOT NULL,
	`claims` text NOT NULL,
	`created` text NOT NULL,
	PRIMARY KEY(`connection`, `issuer`, `audience`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `oauth_clients` (
	`id` text PRIMARY KEY NOT NULL,
	`connection` text NOT NULL,
	`name` text NOT NULL,
	`secret` text,
	`jwks` text,
	`redirects` text NOT NULL,
	`scope` text NOT NULL,
	`created` text NOT NULL,
	`revoked` text
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `oauth_clients_connection` ON `oauth_clients` (`connection`);--> statement-breakpoint
CREATE TABLE `oauth_codes` (
	`digest` text PRIMARY KEY NOT NULL,
	`client` text NOT NULL,
	`redirect` text NOT NULL,
	`challenge` text NOT NULL,
	`expires` text NOT NULL,
	`spent` text
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `requests` (
	`connection` text NOT NULL,
	`at` text NOT NULL,
	`request` text NOT NULL,
	`token` text NOT NULL,
	`method` text NOT NULL,
	`route` text NOT NULL,
	`status` integer NOT NULL,
	`ms` integer,
	`resource` text,
	`refusal` text,
	`quirks` text,
	PRIMARY KEY(`connection`, `at`, `request`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `requests_resource` ON `requests` (`connection`,`resource`,`at`) WHERE resource IS NOT NULL;--> statement-breakpoint
CREATE TABLE `sessions` (
	`digest` text PRIMARY KEY NOT NULL,
	`email` text NOT NULL,
	`created` text NOT NULL,
	`ends` text NOT NULL,
	`idle` text NOT NULL,
	`ended` text
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `sessions_email` ON `sessions` (`email`);--> statement-breakpoint
CREATE TABLE `sign_in_links` (
	`digest` text PRIMARY KEY NOT NULL,
	`email` text NOT NULL,
	`expires` text NOT NULL,
	`spent` text
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `spent_ids` (
	`issuer` text NOT NULL,
	`id` text NOT NULL,
	`expires` text NOT NULL,
	PRIMARY KEY(`issuer`, `id`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `spent_ids_expires` ON `spent_ids` (`expires`);--> statement-breakpoint
CREATE TABLE `tallies` (
	`connection` text NOT NULL,
	`day` text NOT NULL,
	`what` text NOT NULL,
	`count` integer NOT NULL,
	`last` text NOT NULL,
	PRIMARY KEY(`connection`, `day`, `what`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `token_networks` (
	`connection` text NOT NULL,
	`token` text NOT NULL,
	`network` text NOT NULL,
	`first` text NOT NULL,
	PRIMARY KEY(`connection`, `token`, `network`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `tokens` ADD `name` text;--> statement-breakpoint
ALTER TABLE `tokens` ADD `made_by` text;--> statement-breakpoint
ALTER TABLE `tokens` ADD `networks` text;--> statement-breakpoint
ALTER TABLE `tokens` ADD `domains` text;--> statement-breakpoint
ALTER TABLE `tokens` ADD `sliding` integer;--> statement-breakpoint
ALTER TABLE `tokens` ADD `renew_by` integer;--> statement-breakpoint
ALTER TABLE `tokens` ADD `used` integer;--> statement-breakpoint
ALTER TABLE `tokens` ADD `used_from` text;--> statement-breakpoint
ALTER TABLE `tokens` ADD `replaced_by` text;
--> statement-breakpoint
-- The guard of 0002 with the words of tokens.
DROP TRIGGER guard_refuses;
--> statement-breakpoint
CREATE TRIGGER guard_refuses INSTEAD OF INSERT ON guard WHEN NEW.refusal IS NOT NULL BEGIN
  SELECT CASE NEW.refusal
    WHEN 'repeated' THEN RAISE(ABORT, 'guard:repeated')
    WHEN 'token' THEN RAISE(ABORT, 'guard:token')
    WHEN 'revoked' THEN RAISE(ABORT, 'guard:revoked')
    WHEN 'expired' THEN RAISE(ABORT, 'guard:expired')
    WHEN 'renew' THEN RAISE(ABORT, 'guard:renew')
    WHEN 'network' THEN RAISE(ABORT, 'guard:network')
    WHEN 'scope' THEN RAISE(ABORT, 'guard:scope')
    WHEN 'settings' THEN RAISE(ABORT, 'guard:settings')
    WHEN 'switch_create' THEN RAISE(ABORT, 'guard:switch_create')
    WHEN 'switch_update' THEN RAISE(ABORT, 'guard:switch_update')
    WHEN 'switch_deactivate' THEN RAISE(ABORT, 'guard:switch_deactivate')
    WHEN 'switch_groups' THEN RAISE(ABORT, 'guard:switch_groups')
    WHEN 'closed' THEN RAISE(ABORT, 'guard:closed')
    WHEN 'missing' THEN RAISE(ABORT, 'guard:missing')
    WHEN 'precondition' THEN RAISE(ABORT, 'guard:precondition')
    WHEN 'strict' THEN RAISE(ABORT, 'guard:strict')
    WHEN 'stale' THEN RAISE(ABORT, 'guard:stale')
    WHEN 'unmanaged' THEN RAISE(ABORT, 'guard:unmanaged')
    WHEN 'protected' THEN RAISE(ABORT, 'guard:protected')
    WHEN 'powerful' THEN RAISE(ABORT, 'guard:powerful')
    WHEN 'domain' THEN RAISE(ABORT, 'guard:domain')
    WHEN 'unknown_members' THEN RAISE(ABORT, 'guard:unknown_members')
    ELSE RAISE(ABORT, 'guard:unknown')
  END;
END;
