"""Demonstration registrations; the tiers come with the migration."""

from __future__ import annotations

from colonnade.kernel.db import Transaction

__all__ = ["seed_registrations"]

# Contact person, e-mail, phone, organisation, tier, message, status, days ago.
REGISTRATIONS: list[tuple[str, str, str, str | None, str, str | None, str, int]] = [
    (
        "Ruth Siregar",
        "ruth@example.com",
        "+62 812-5550-1101",
        "GKI Anugerah",
        "gereja",
        "Kami ingin menyiarkan ibadah Minggu kedua.",
        "new",
        0,
    ),
    ("Daniel Pasaribu", "daniel@example.com", "0813 5550 2202", None, "sahabat", None, "contacted", 4),
    (
        "Melati Hutabarat",
        "melati@example.com",
        "0811-555-3303",
        "Toko Roti Melati",
        "sponsor",
        "Tertarik menopang Dunia Anak.",
        "active",
        18,
    ),
    ("Kevin", "kevin@example.com", "081355504404", None, "relawan", "Saya bisa mengedit audio.", "new", 1),
]


async def seed_registrations(tx: Transaction) -> None:
    """Insert a few registrations in different states, for the tiers that exist."""
    for person, email, phone, organisation, tier, message, status, days_ago in REGISTRATIONS:
        await tx.execute(
            """
            INSERT INTO membership_registrations (contact_person, email, phone, organisation, partnership_type,
                                                  message, language, status, created_at)
            SELECT $1, $2, $3, $4, code, $6, 'id', $7, now() - $8 * interval '1 day'
            FROM membership_tiers WHERE code = $5
            """,
            person,
            email,
            phone,
            organisation,
            tier,
            message,
            status,
            float(days_ago),
        )
