-- The development mailbox: mails that are stored instead of sent.
CREATE TABLE dev_mailbox (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id  text NOT NULL UNIQUE,     -- a mail that is sent again is not shown twice
    sender      text NOT NULL,
    recipient   text NOT NULL,
    reply_to    text,
    subject     text NOT NULL,
    language    text NOT NULL,
    text_body   text NOT NULL,
    html_body   text,
    created_at  timestamptz NOT NULL DEFAULT now()
);
