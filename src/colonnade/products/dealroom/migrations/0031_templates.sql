-- Why a template of the provider's is not here as it is there.
ALTER TABLE channel_templates ADD COLUMN problem text CHECK (length(problem) BETWEEN 1 AND 300);
