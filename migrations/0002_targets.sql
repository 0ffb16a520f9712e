CREATE TABLE `alarms` (
	`connection` text NOT NULL,
	`kind` text NOT NULL,
	`subject` text NOT NULL,
	`words` text NOT NULL,
	`count` integer NOT NULL,
	`first` text NOT NULL,
	`last` text NOT NULL,
	`cleared` text,
	PRIMARY KEY(`connection`, `kind`, `subject`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `deliveries` (
	`connection` text NOT NULL,
	`resource` text NOT NULL,
	`type` text NOT NULL,
	`asked` text NOT NULL,
	`kind` text NOT NULL,
	`request` text NOT NULL,
	`target` text NOT NULL,
	`mac` text NOT NULL,
	`rank` integer NOT NULL,
	`seq` integer NOT NULL,
	`first` integer NOT NULL,
	`since` text NOT NULL,
	`state` text NOT NULL,
	`due` text NOT NULL,
	`tries` integer NOT NULL,
	`lease` integer NOT NULL,
	`leased` text,
	`uncertain` integer NOT NULL,
	`making` text,
	`words` text,
	PRIMARY KEY(`connection`, `resource`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `deliveries_due` ON `deliveries` (`state`,`rank`,`due`);--> statement-breakpoint
CREATE TABLE `dry_steps` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`connection` text NOT NULL,
	`resource` text NOT NULL,
	`type` text NOT NULL,
	`step` text NOT NULL,
	`at` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `dry_steps_connection` ON `dry_steps` (`connection`,`seq`);--> statement-breakpoint
CREATE TABLE `foreign_groups` (
	`connection` text NOT NULL,
	`remote` text NOT NULL,
	`display_name` text NOT NULL,
	`folded` text NOT NULL,
	`document` text NOT NULL,
	`run` text NOT NULL,
	PRIMARY KEY(`connection`, `remote`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `foreign_groups_name` ON `foreign_groups` (`connection`,`folded`);--> statement-breakpoint
CREATE TABLE `harms` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`connection` text NOT NULL,
	`kind` text NOT NULL,
	`resource` text NOT NULL,
	`request` text NOT NULL,
	`at` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `harms_window` ON `harms` (`connection`,`kind`,`at`);--> statement-breakpoint
CREATE TABLE `imports` (
	`connection` text PRIMARY KEY NOT NULL,
	`run` text NOT NULL,
	`state` text NOT NULL,
	`type` text NOT NULL,
	`page` text,
	`people` integer NOT NULL,
	`groups` integer NOT NULL,
	`taken` integer DEFAULT 0 NOT NULL,
	`waiting` integer DEFAULT 0 NOT NULL,
	`former` integer,
	`started` text NOT NULL,
	`at` text NOT NULL,
	`words` text
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `links` (
	`connection` text NOT NULL,
	`resource` text NOT NULL,
	`type` text NOT NULL,
	`account` text NOT NULL,
	`remote` text NOT NULL,
	`confirmed` text NOT NULL,
	`state` text NOT NULL,
	`origin` text DEFAULT 'made' NOT NULL,
	`run` text,
	`differs` text,
	`at` text NOT NULL,
	PRIMARY KEY(`connection`, `resource`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `links_remote` ON `links` (`account`,`type`,`remote`) WHERE state = 'linked';--> statement-breakpoint
CREATE INDEX `links_account` ON `links` (`account`,`type`,`remote`);--> statement-breakpoint
CREATE TABLE `member_links` (
	`connection` text NOT NULL,
	`group_id` text NOT NULL,
	`member_id` text NOT NULL,
	PRIMARY KEY(`connection`, `group_id`, `member_id`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `member_links_member` ON `member_links` (`connection`,`member_id`,`group_id`);--> statement-breakpoint
CREATE TABLE `member_steps` (
	`connection` text NOT NULL,
	`group_id` text NOT NULL,
	`member_id` text NOT NULL,
	`refused` text,
	PRIMARY KEY(`connection`, `group_id`, `member_id`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `member_steps_member` ON `member_steps` (`connection`,`member_id`,`group_id`);--> statement-breakpoint
CREATE TABLE `overrides` (
	`connection` text NOT NULL,
	`resource` text NOT NULL,
	`kind` text NOT NULL,
	`attribute` text NOT NULL,
	`harm` text,
	`value` text,
	`who` text NOT NULL,
	`why` text NOT NULL,
	`since` text NOT NULL,
	`until` text,
	PRIMARY KEY(`connection`, `resource`, `kind`, `attribute`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `overrides_until` ON `overrides` (`kind`,`until`);--> statement-breakpoint
CREATE TABLE `receipts` (
	`connection` text NOT NULL,
	`operation` text NOT NULL,
	`resource` text NOT NULL,
	`asked` text NOT NULL,
	`stored` text NOT NULL,
	`confirmed` text,
	`remote` text,
	`ended` text,
	`held` text,
	PRIMARY KEY(`connection`, `operation`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `receipts_open` ON `receipts` (`connection`,`resource`) WHERE confirmed IS NULL AND ended IS NULL;--> statement-breakpoint
CREATE TABLE `snapshots` (
	`connection` text PRIMARY KEY NOT NULL,
	`request` text NOT NULL,
	`seq` integer NOT NULL,
	`at` text NOT NULL
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `stops` (
	`connection` text PRIMARY KEY NOT NULL,
	`since` text NOT NULL,
	`until` text NOT NULL,
	`tries` integer NOT NULL,
	`words` text NOT NULL
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `tombstones` (
	`connection` text NOT NULL,
	`id` text NOT NULL,
	`type` text NOT NULL,
	`document` text NOT NULL,
	`at` text NOT NULL,
	PRIMARY KEY(`connection`, `id`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `connections` ADD `settings` text DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE `connections` ADD `revision` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `resources` ADD `imported` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `changes_resource` ON `changes` (`connection`,`resource`,`seq`);--> statement-breakpoint
CREATE INDEX `changes_connection` ON `changes` (`connection`,`seq`);
--> statement-breakpoint
-- The guard of 0000 with the words of settings, switches and groups.
DROP TRIGGER guard_refuses;
--> statement-breakpoint
CREATE TRIGGER guard_refuses INSTEAD OF INSERT ON guard WHEN NEW.refusal IS NOT NULL BEGIN
  SELECT CASE NEW.refusal
    WHEN 'repeated' THEN RAISE(ABORT, 'guard:repeated')
    WHEN 'token' THEN RAISE(ABORT, 'guard:token')
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
    WHEN 'unknown_members' THEN RAISE(ABORT, 'guard:unknown_members')
    ELSE RAISE(ABORT, 'guard:unknown')
  END;
END;
