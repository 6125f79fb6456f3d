-- Partnership: the tiers that a partner can choose, and the registrations.

CREATE TABLE membership_tiers (
    code                   text PRIMARY KEY CHECK (code ~ '^[a-z0-9-]+$' AND length(code) <= 40),
    position               smallint NOT NULL,
    name                   text NOT NULL CHECK (length(name) BETWEEN 2 AND 255),
    description            text NOT NULL,
    benefits               text[] NOT NULL,
    monthly_minimum_rupiah integer CHECK (monthly_minimum_rupiah >= 0),
    is_open                boolean NOT NULL DEFAULT true
);

INSERT INTO membership_tiers (code, position, name, description, monthly_minimum_rupiah, benefits) VALUES
    ('sahabat', 1, 'Sahabat El Shaddai', 'Untuk pendengar yang ingin mendukung siaran setiap bulan.', 50000,
     ARRAY['Buletin doa bulanan', 'Nama didoakan dalam Jam Doa Malam', 'Undangan acara pendengar']),
    ('mitra', 2, 'Mitra Pelayanan', 'Untuk keluarga dan persekutuan yang berjalan bersama kami.', 250000,
     ARRAY['Semua manfaat Sahabat', 'Kunjungan studio dua kali setahun', 'Ucapan hari khusus di siaran']),
    ('gereja', 3, 'Gereja Mitra', 'Untuk gereja yang ingin ibadah dan kegiatannya terdengar.', 1000000,
     ARRAY['Siaran ibadah terjadwal', 'Pengumuman kegiatan gereja', 'Pelatihan tim multimedia']),
    ('sponsor', 4, 'Sponsor Program', 'Untuk usaha yang menopang satu acara.', 3000000,
     ARRAY['Penyebutan di awal dan akhir acara', 'Logo di halaman acara', 'Laporan siaran bulanan']),
    ('relawan', 5, 'Relawan', 'Untuk yang menyumbang waktu dan keahlian, bukan dana.', NULL,
     ARRAY['Pelatihan penyiaran', 'Komunitas relawan', 'Sertifikat pelayanan']);

CREATE TABLE membership_registrations (
    id               integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    contact_person   text NOT NULL CHECK (length(contact_person) BETWEEN 2 AND 100),
    email            text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    phone            text NOT NULL CHECK (length(phone) BETWEEN 6 AND 25),
    organisation     text CHECK (length(organisation) <= 255),
    partnership_type text NOT NULL REFERENCES membership_tiers ON UPDATE CASCADE,
    message          text CHECK (length(message) <= 2000),
    language         text NOT NULL CHECK (language IN ('id', 'en')),
    status           text NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'contacted', 'active', 'declined')),
    updated_by       integer REFERENCES accounts ON DELETE SET NULL,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now()
);
-- One open registration per address (ignoring case) and tier.
CREATE UNIQUE INDEX membership_registrations_open_key ON membership_registrations (lower(email), partnership_type)
    WHERE status IN ('new', 'contacted');
CREATE INDEX membership_registrations_created_idx ON membership_registrations (created_at DESC, id DESC);
CREATE INDEX membership_registrations_status_idx ON membership_registrations (status, created_at DESC, id DESC);
CREATE INDEX membership_registrations_type_idx ON membership_registrations (partnership_type);
