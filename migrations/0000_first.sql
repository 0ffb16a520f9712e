CREATE TABLE `change_values` (
	`operation` text PRIMARY KEY NOT NULL,
	`connection` text NOT NULL,
	`resource` text NOT NULL,
	`before` text,
	`after` text,
	`added` text,
	`removed` text
) STRICT;
--> statement-breakpoint
CREATE TABLE `changes` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`connection` text NOT NULL,
	`operation` text NOT NULL,
	`resource` text NOT NULL,
	`type` text NOT NULL,
	`kind` text NOT NULL,
	`version` integer NOT NULL,
	`attributes` text NOT NULL,
	`token` text NOT NULL,
	`request` text NOT NULL,
	`at` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `changes_operation_unique` ON `changes` (`operation`);
--> statement-breakpoint
CREATE TABLE `connections` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`created` text NOT NULL
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `connections_name_unique` ON `connections` (`name`);
--> statement-breakpoint
CREATE TABLE `members` (
	`connection` text NOT NULL,
	`group_id` text NOT NULL,
	`member_id` text NOT NULL,
	PRIMARY KEY(`connection`, `group_id`, `member_id`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `members_member` ON `members` (`connection`,`member_id`,`group_id`);
--> statement-breakpoint
CREATE TABLE `resources` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`connection` text NOT NULL,
	`id` text NOT NULL,
	`type` text NOT NULL,
	`version` integer NOT NULL,
	`created` text NOT NULL,
	`modified` text NOT NULL,
	`document` text NOT NULL,
	`folded` text NOT NULL,
	`user_name` text GENERATED ALWAYS AS (folded ->> '$.userName') VIRTUAL,
	`external_id` text GENERATED ALWAYS AS (folded ->> '$.externalId') VIRTUAL,
	`display_name` text GENERATED ALWAYS AS (folded ->> '$.displayName') VIRTUAL,
	FOREIGN KEY (`connection`) REFERENCES `connections`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT `document_size` CHECK(length(document) <= 262144)
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `resources_id` ON `resources` (`connection`,`id`);
--> statement-breakpoint
CREATE UNIQUE INDEX `resources_user_name` ON `resources` (`connection`,`user_name`) WHERE user_name IS NOT NULL;
--> statement-breakpoint
CREATE UNIQUE INDEX `resources_external_id_of_users` ON `resources` (`connection`,`external_id`) WHERE type = 'User' AND external_id IS NOT NULL;
--> statement-breakpoint
CREATE INDEX `resources_external_id` ON `resources` (`connection`,`type`,`external_id`);
--> statement-breakpoint
CREATE INDEX `resources_display_name` ON `resources` (`connection`,`type`,`display_name`);
--> statement-breakpoint
CREATE INDEX `resources_list` ON `resources` (`connection`,`type`,`seq`);
--> statement-breakpoint
CREATE TABLE `tokens` (
	`jti` text PRIMARY KEY NOT NULL,
	`connection` text NOT NULL,
	`kid` text NOT NULL,
	`scope` text NOT NULL,
	`user` text,
	`issued` integer NOT NULL,
	`expires` integer,
	`revoked` integer,
	FOREIGN KEY (`connection`) REFERENCES `connections`(`id`) ON UPDATE no action ON DELETE no action
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `tokens_connection` ON `tokens` (`connection`);
--> statement-breakpoint
-- Guards stand first in every write: `INSERT INTO guard SELECT <refusal or NULL>`. NULL lets the batch go on; a word
-- aborts it, nothing written, and the word arrives in the error. RAISE takes only literals, so each word is listed.
CREATE VIEW guard AS SELECT NULL AS refusal;
--> statement-breakpoint
CREATE TRIGGER guard_refuses INSTEAD OF INSERT ON guard WHEN NEW.refusal IS NOT NULL BEGIN
  SELECT CASE NEW.refusal
    WHEN 'repeated' THEN RAISE(ABORT, 'guard:repeated')
    WHEN 'token' THEN RAISE(ABORT, 'guard:token')
    WHEN 'scope' THEN RAISE(ABORT, 'guard:scope')
    WHEN 'missing' THEN RAISE(ABORT, 'guard:missing')
    WHEN 'stale' THEN RAISE(ABORT, 'guard:stale')
    WHEN 'unknown_members' THEN RAISE(ABORT, 'guard:unknown_members')
    ELSE RAISE(ABORT, 'guard:unknown')
  END;
END;
