-- The customer's message up to which the provider was told that everything is read.
ALTER TABLE channel_contacts ADD COLUMN receipt_message_id bigint;
