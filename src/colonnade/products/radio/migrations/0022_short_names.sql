-- Names of one character, in scripts that write names so.

ALTER TABLE chat_sessions DROP CONSTRAINT chat_sessions_name_check;
ALTER TABLE chat_sessions ADD CONSTRAINT chat_sessions_name_check CHECK (length(name) BETWEEN 1 AND 50);
ALTER TABLE song_requests DROP CONSTRAINT song_requests_requester_name_check;
ALTER TABLE song_requests ADD CONSTRAINT song_requests_requester_name_check
    CHECK (length(requester_name) BETWEEN 1 AND 100);
ALTER TABLE testimonials DROP CONSTRAINT testimonials_name_check;
ALTER TABLE testimonials ADD CONSTRAINT testimonials_name_check CHECK (length(name) BETWEEN 1 AND 100);
ALTER TABLE membership_registrations DROP CONSTRAINT membership_registrations_contact_person_check;
ALTER TABLE membership_registrations ADD CONSTRAINT membership_registrations_contact_person_check
    CHECK (length(contact_person) BETWEEN 1 AND 100);
