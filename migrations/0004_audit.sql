CREATE TABLE `segments` (
	`log` text NOT NULL,
	`connection` text NOT NULL,
	`number` integer NOT NULL,
	`first` integer NOT NULL,
	`last` integer NOT NULL,
	`count` integer NOT NULL,
	`hash` text NOT NULL,
	`previous` text NOT NULL,
	`kid` text NOT NULL,
	`at` text NOT NULL,
	`jws` text NOT NULL,
	`rows` text,
	PRIMARY KEY(`log`, `connection`, `number`)
) STRICT;
--> statement-breakpoint
CREATE INDEX `segments_last` ON `segments` (`log`,`last`);--> statement-breakpoint
CREATE INDEX `segments_kept` ON `segments` (`connection`,`at`) WHERE log = 'changes' AND rows IS NOT NULL;--> statement-breakpoint
ALTER TABLE `change_values` ADD `salt` text;--> statement-breakpoint
ALTER TABLE `changes` ADD `asked` text;--> statement-breakpoint
ALTER TABLE `changes` ADD `digest` text;--> statement-breakpoint
ALTER TABLE `changes` ADD `mac` text;--> statement-breakpoint
ALTER TABLE `tombstones` ADD `erased` text;--> statement-breakpoint
CREATE INDEX `tombstones_whole` ON `tombstones` (`connection`,`at`) WHERE type = 'User' AND erased IS NULL;--> statement-breakpoint
ALTER TABLE `acts` ADD `mac` text;