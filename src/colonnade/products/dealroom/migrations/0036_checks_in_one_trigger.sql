-- What must hold of every row of the two tables that each message is written to, checked by one trigger each. PostgreSQL
-- reads and plans each CHECK anew with every statement, 7 µs each: 32 of them took a quarter of the time of a message
-- (docs/adr/0060-checks-in-one-trigger.md). Each line is a CHECK: NULL passes, the name is the constraint's.
-- (AFTER: a BEFORE trigger would make what is generated anew with every update.)

CREATE FUNCTION messages_sound() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    violated text := CASE
        WHEN NOT NEW.sender = ANY ('{customer,assistant,human,system}') THEN 'messages_sender_check'
        WHEN NOT NEW.type = ANY ('{text,image,video,audio,document}') THEN 'messages_type_check'
        WHEN NOT NEW.status = ANY ('{recorded,pending,sent,delivered,read,failed,unknown}') THEN 'messages_status_check'
        WHEN NOT NEW.seq > 0 THEN 'messages_seq_check'
        WHEN NOT length(NEW.content) BETWEEN 1 AND 4096 THEN 'messages_content_check'
        WHEN NOT length(NEW.content_hash) = 32 THEN 'messages_content_hash_check'
        WHEN NOT length(NEW.hash) = 32 THEN 'messages_hash_check'
        WHEN NOT length(NEW.sender_name) BETWEEN 1 AND 100 THEN 'messages_sender_name_check'
        WHEN NOT NEW.phone ~ '^\+[1-9][0-9]{5,14}$' THEN 'messages_phone_check'
        WHEN NOT length(NEW.phone_typed) <= 40 THEN 'messages_phone_typed_check'
        WHEN (NEW.phone IS NULL) <> (NEW.phone_typed IS NULL) THEN 'messages_phones_check'
        WHEN NOT length(NEW.language) <= 35 THEN 'messages_language_check'
        WHEN NOT length(NEW.client_message_id) BETWEEN 1 AND 64 THEN 'messages_client_message_id_check'
        WHEN NOT length(NEW.fingerprint) = 32 THEN 'messages_fingerprint_check'
        WHEN (NEW.client_message_id IS NULL) <> (NEW.fingerprint IS NULL) THEN 'messages_client_check'
        WHEN NOT length(NEW.provider_message_id) BETWEEN 1 AND 200 THEN 'messages_provider_message_id_check'
        WHEN NOT NEW.kind ~ '^[a-z][a-z_]{0,39}$' THEN 'messages_kind_check'
        WHEN NOT jsonb_typeof(NEW.data) = 'object' THEN 'messages_data_check'
        WHEN NOT NEW.late THEN 'messages_late_check'
        WHEN NOT length(NEW.media_url) <= 1000 THEN 'messages_media_url_check'
        WHEN NOT length(NEW.media_mimetype) <= 100 THEN 'messages_media_mimetype_check'
        WHEN NOT length(NEW.media_name) <= 255 THEN 'messages_media_name_check'
        WHEN NOT NEW.media_size_bytes >= 0 THEN 'messages_media_size_bytes_check'
        WHEN NOT NEW.media_state = ANY ('{fetching,failed,quarantined}') THEN 'messages_media_state_check'
        WHEN NOT length(NEW.media_error) <= 300 THEN 'messages_media_error_check'
        WHEN NOT length(NEW.error_code) BETWEEN 1 AND 40 THEN 'messages_error_code_check'
        WHEN NOT length(NEW.error_reason) <= 300 THEN 'messages_error_reason_check'
        WHEN NOT NEW.resends > 0 THEN 'messages_resends_check'
        WHEN NEW.deleted_at IS NULL AND NEW.content IS NULL AND NEW.media_url IS NULL AND NEW.media_key IS NULL
            THEN 'messages_says_something_check'
        WHEN NEW.deleted_at IS NOT NULL AND (NEW.content IS NOT NULL OR NEW.media_url IS NOT NULL
            OR NEW.media_key IS NOT NULL OR NEW.data IS NOT NULL OR NEW.media_state IS NOT NULL)
            THEN 'messages_tombstone_check'
    END;
BEGIN
    IF violated IS NOT NULL THEN
        RAISE check_violation USING TABLE = TG_TABLE_NAME, CONSTRAINT = violated,
            MESSAGE = format('a row of %s violates %s', TG_TABLE_NAME, violated);
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION chat_sessions_sound() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    violated text := CASE
        WHEN NOT NEW.status = ANY ('{active,paused,closed}') THEN 'chat_sessions_status_check'
        WHEN NOT NEW.type ~ '^[a-z][a-z0-9_-]{0,39}$' THEN 'chat_sessions_type_check'
        WHEN NOT length(NEW.title) BETWEEN 1 AND 200 THEN 'chat_sessions_title_check'
        WHEN NOT cardinality(NEW.labels) <= 20 THEN 'chat_sessions_labels_check'
        WHEN NOT NEW.last_seq >= 0 THEN 'chat_sessions_last_seq_check'
        WHEN NOT NEW.read_seq BETWEEN 0 AND NEW.last_seq THEN 'chat_sessions_read_seq_check'
        WHEN NOT NEW.links >= 0 THEN 'chat_sessions_links_check'
        WHEN NOT length(NEW.chain_head) = CASE WHEN NEW.last_seq = 0 THEN 0 ELSE 32 END
            THEN 'chat_sessions_chain_head_check'
        WHEN NOT NEW.held_answers >= 0 THEN 'chat_sessions_held_answers_check'
    END;
BEGIN
    IF violated IS NOT NULL THEN
        RAISE check_violation USING TABLE = TG_TABLE_NAME, CONSTRAINT = violated,
            MESSAGE = format('a row of %s violates %s', TG_TABLE_NAME, violated);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER messages_sound AFTER INSERT OR UPDATE ON messages FOR EACH ROW EXECUTE FUNCTION messages_sound();
CREATE TRIGGER chat_sessions_sound AFTER INSERT OR UPDATE ON chat_sessions
    FOR EACH ROW EXECUTE FUNCTION chat_sessions_sound();

ALTER TABLE messages
    DROP CONSTRAINT messages_check, DROP CONSTRAINT messages_check1, DROP CONSTRAINT messages_check2,
    DROP CONSTRAINT messages_check3, DROP CONSTRAINT messages_client_message_id_check,
    DROP CONSTRAINT messages_content_check, DROP CONSTRAINT messages_content_hash_check,
    DROP CONSTRAINT messages_data_check, DROP CONSTRAINT messages_error_code_check,
    DROP CONSTRAINT messages_error_reason_check, DROP CONSTRAINT messages_fingerprint_check,
    DROP CONSTRAINT messages_hash_check, DROP CONSTRAINT messages_kind_check, DROP CONSTRAINT messages_language_check,
    DROP CONSTRAINT messages_late_check, DROP CONSTRAINT messages_media_error_check,
    DROP CONSTRAINT messages_media_mimetype_check, DROP CONSTRAINT messages_media_name_check,
    DROP CONSTRAINT messages_media_size_bytes_check, DROP CONSTRAINT messages_media_state_check,
    DROP CONSTRAINT messages_media_url_check, DROP CONSTRAINT messages_phone_check,
    DROP CONSTRAINT messages_phone_typed_check, DROP CONSTRAINT messages_provider_message_id_check,
    DROP CONSTRAINT messages_resends_check, DROP CONSTRAINT messages_sender_check,
    DROP CONSTRAINT messages_sender_name_check, DROP CONSTRAINT messages_seq_check,
    DROP CONSTRAINT messages_status_check, DROP CONSTRAINT messages_tombstone_check,
    DROP CONSTRAINT messages_type_check;

ALTER TABLE chat_sessions
    DROP CONSTRAINT chat_sessions_check, DROP CONSTRAINT chat_sessions_check1,
    DROP CONSTRAINT chat_sessions_held_answers_check, DROP CONSTRAINT chat_sessions_labels_check,
    DROP CONSTRAINT chat_sessions_last_seq_check, DROP CONSTRAINT chat_sessions_links_check,
    DROP CONSTRAINT chat_sessions_status_check, DROP CONSTRAINT chat_sessions_title_check,
    DROP CONSTRAINT chat_sessions_type_check;
