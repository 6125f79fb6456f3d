-- What people left is found by every address and number in its contact, and by every spelling of an address: contacts,
-- and addresses that are not in ASCII, are read outside of SQL.

DROP INDEX song_requests_contact_idx;
DROP INDEX song_requests_digits_idx;
CREATE INDEX song_requests_contacts_idx ON song_requests (created_at DESC, id DESC) WHERE contact IS NOT NULL;
CREATE INDEX prayer_requests_contacts_idx ON prayer_requests (created_at DESC, id DESC) WHERE contact IS NOT NULL;
CREATE INDEX membership_registrations_other_email_idx ON membership_registrations (id)
    WHERE octet_length(email) <> char_length(email);
CREATE INDEX testimonials_other_email_idx ON testimonials (id) WHERE octet_length(email) <> char_length(email);
