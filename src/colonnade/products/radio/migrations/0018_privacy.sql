-- What people left is found by their e-mail address or telephone number, however they wrote them.

ALTER TABLE membership_registrations DROP CONSTRAINT membership_registrations_phone_check;
ALTER TABLE membership_registrations ADD CONSTRAINT membership_registrations_phone_check
    CHECK (length(phone) BETWEEN 6 AND 60);

-- The digits of a telephone number, without an extension; empty for a text that has none.
CREATE FUNCTION phone_digits(typed text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT regexp_replace(split_part(lower(typed), 'ext', 1), '[^0-9]', '', 'g')
$$;

CREATE INDEX membership_registrations_email_idx ON membership_registrations (lower(email));
CREATE INDEX membership_registrations_phone_idx ON membership_registrations (phone_digits(phone));
CREATE INDEX testimonials_email_idx ON testimonials (lower(email)) WHERE email IS NOT NULL;
CREATE INDEX song_requests_contact_idx ON song_requests (lower(contact)) WHERE contact IS NOT NULL;
CREATE INDEX song_requests_digits_idx ON song_requests (phone_digits(contact)) WHERE contact IS NOT NULL;
CREATE INDEX song_requests_session_idx ON song_requests (chat_session_id) WHERE chat_session_id IS NOT NULL;
