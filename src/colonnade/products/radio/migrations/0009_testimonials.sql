-- Testimonials of listeners, shown once a member of staff has approved them.

CREATE TABLE testimonials (
    id           integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name         text NOT NULL CHECK (length(name) BETWEEN 2 AND 100),
    email        text CHECK (length(email) <= 254),
    content      text NOT NULL CHECK (length(content) BETWEEN 10 AND 1000),
    rating       smallint CHECK (rating BETWEEN 1 AND 5),
    status       text NOT NULL DEFAULT 'pending'
                 CHECK (status IN ('pending', 'approved', 'rejected', 'changes_requested')),
    review_note  text CHECK (length(review_note) <= 1000),
    reviewed_by  integer REFERENCES accounts ON DELETE SET NULL,
    reviewed_at  timestamptz,
    version      integer NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    CHECK ((status = 'pending') = (reviewed_at IS NULL))
);
CREATE INDEX testimonials_approved_idx ON testimonials (reviewed_at DESC, id DESC) WHERE status = 'approved';
CREATE INDEX testimonials_status_idx ON testimonials (status, created_at DESC, id DESC);
