CREATE TABLE `counts` (
	`connection` text NOT NULL,
	`type` text NOT NULL,
	`level` integer NOT NULL,
	`bucket` integer NOT NULL,
	`n` integer NOT NULL,
	PRIMARY KEY(`connection`, `type`, `level`, `bucket`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `emails` (
	`connection` text NOT NULL,
	`value` text NOT NULL,
	`seq` integer NOT NULL,
	PRIMARY KEY(`connection`, `value`, `seq`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `quirks` (
	`connection` text NOT NULL,
	`name` text NOT NULL,
	`count` integer NOT NULL,
	`first` text NOT NULL,
	`last` text NOT NULL,
	PRIMARY KEY(`connection`, `name`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `connections` ADD `strict` integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
INSERT INTO counts (connection, type, level, bucket, n)
  SELECT connection, type, 0, seq >> 6, count(*) FROM resources GROUP BY 1, 2, 4
  UNION ALL SELECT connection, type, 1, seq >> 12, count(*) FROM resources GROUP BY 1, 2, 4
  UNION ALL SELECT connection, type, 2, 0, count(*) FROM resources GROUP BY 1, 2;
--> statement-breakpoint
CREATE TRIGGER counts_insert AFTER INSERT ON resources BEGIN
  INSERT INTO counts (connection, type, level, bucket, n) VALUES
    (NEW.connection, NEW.type, 0, NEW.seq >> 6, 1),
    (NEW.connection, NEW.type, 1, NEW.seq >> 12, 1),
    (NEW.connection, NEW.type, 2, 0, 1)
  ON CONFLICT DO UPDATE SET n = n + 1;
END;
--> statement-breakpoint
CREATE TRIGGER counts_delete AFTER DELETE ON resources BEGIN
  UPDATE counts SET n = n - 1 WHERE connection = OLD.connection AND type = OLD.type AND level = 0 AND bucket = OLD.seq >> 6;
  UPDATE counts SET n = n - 1 WHERE connection = OLD.connection AND type = OLD.type AND level = 1 AND bucket = OLD.seq >> 12;
  UPDATE counts SET n = n - 1 WHERE connection = OLD.connection AND type = OLD.type AND level = 2 AND bucket = 0;
  DELETE FROM counts WHERE connection = OLD.connection AND type = OLD.type AND level = 0 AND bucket = OLD.seq >> 6 AND n = 0;
  DELETE FROM counts WHERE connection = OLD.connection AND type = OLD.type AND level = 1 AND bucket = OLD.seq >> 12 AND n = 0;
END;
--> statement-breakpoint
INSERT OR IGNORE INTO emails (connection, value, seq)
  SELECT r.connection, e.value ->> '$.value', r.seq FROM resources r, json_each(r.folded, '$.emails') e
  WHERE e.value ->> '$.value' IS NOT NULL;
--> statement-breakpoint
CREATE TRIGGER emails_insert AFTER INSERT ON resources BEGIN
  INSERT OR IGNORE INTO emails (connection, value, seq)
    SELECT NEW.connection, e.value ->> '$.value', NEW.seq FROM json_each(NEW.folded, '$.emails') e
    WHERE e.value ->> '$.value' IS NOT NULL;
END;
--> statement-breakpoint
CREATE TRIGGER emails_update AFTER UPDATE OF folded ON resources
WHEN OLD.folded -> '$.emails' IS NOT NEW.folded -> '$.emails' BEGIN
  DELETE FROM emails WHERE connection = OLD.connection AND seq = OLD.seq AND value IN
    (SELECT e.value ->> '$.value' FROM json_each(OLD.folded, '$.emails') e);
  INSERT OR IGNORE INTO emails (connection, value, seq)
    SELECT NEW.connection, e.value ->> '$.value', NEW.seq FROM json_each(NEW.folded, '$.emails') e
    WHERE e.value ->> '$.value' IS NOT NULL;
END;
--> statement-breakpoint
CREATE TRIGGER emails_delete AFTER DELETE ON resources BEGIN
  DELETE FROM emails WHERE connection = OLD.connection AND seq = OLD.seq AND value IN
    (SELECT e.value ->> '$.value' FROM json_each(OLD.folded, '$.emails') e);
END;
--> statement-breakpoint
-- The guard of 0000 with two more words.
DROP TRIGGER guard_refuses;
--> statement-breakpoint
CREATE TRIGGER guard_refuses INSTEAD OF INSERT ON guard WHEN NEW.refusal IS NOT NULL BEGIN
  SELECT CASE NEW.refusal
    WHEN 'repeated' THEN RAISE(ABORT, 'guard:repeated')
    WHEN 'token' THEN RAISE(ABORT, 'guard:token')
    WHEN 'scope' THEN RAISE(ABORT, 'guard:scope')
    WHEN 'missing' THEN RAISE(ABORT, 'guard:missing')
    WHEN 'precondition' THEN RAISE(ABORT, 'guard:precondition')
    WHEN 'strict' THEN RAISE(ABORT, 'guard:strict')
    WHEN 'stale' THEN RAISE(ABORT, 'guard:stale')
    WHEN 'unknown_members' THEN RAISE(ABORT, 'guard:unknown_members')
    ELSE RAISE(ABORT, 'guard:unknown')
  END;
END;
