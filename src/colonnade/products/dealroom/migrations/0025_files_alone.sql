-- Who answers a customer who sends a file and no words: the assistant has neither heard nor seen it.
ALTER TABLE channels ADD COLUMN files_alone text NOT NULL DEFAULT 'human' CHECK (files_alone IN ('human', 'answer'));
