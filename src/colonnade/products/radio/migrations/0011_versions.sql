-- Two editors of one thing meet: `If-Match` compares the version that an edit is based on.

ALTER TABLE categories ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE announcements ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE programs ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE presenters ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE program_slots ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE program_overrides ADD COLUMN version integer NOT NULL DEFAULT 1;
