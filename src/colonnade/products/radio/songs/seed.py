"""Demonstration song requests in every state."""

from __future__ import annotations

from collections.abc import Mapping

from colonnade.kernel.db import Transaction

__all__ = ["seed_songs"]

REQUESTS = [
    ("Seperti Rusa Rindu Sungai-Mu", "Nikita", "Keluarga Simbolon", "Untuk Opung di Balige.", "pending", 12),
    ("Bapa Engkau Sungguh Baik", None, "Bang Ucok", None, "pending", 25),
    ("Di Doa Ibuku", "Nikita", "Rina dari Medan", "Selamat ulang tahun, Mama!", "approved", 40),
    ("Kasih Allahku Sungguh Tlah Terbukti", None, "Oma Grace", None, "played", 95),
    ("Sebab Dia Hidup", "Edward Chen", "Pak Hendra", "Teman bekerja sore ini.", "played", 160),
    ("Despacito", None, "Doni", None, "rejected", 220),
    ("Hari Ini Kurasa Bahagia", None, "Sekolah Minggu Sion", "Dari anak-anak kelas kecil.", "expired", 500),
]


async def seed_songs(tx: Transaction, staff: Mapping[str, int]) -> None:
    """Insert requests of the last hours."""
    for title, artist, name, message, status, minutes_ago in REQUESTS:
        await tx.execute(
            """
            INSERT INTO song_requests (song_title, artist, requester_name, message, status, created_at, decided_by,
                                       decided_at, reject_reason, played_at)
            VALUES ($1, $2, $3, $4, $5, now() - $6 * interval '1 minute',
                    CASE WHEN $5 IN ('approved', 'played', 'rejected') THEN $7::integer END,
                    CASE WHEN $5 <> 'pending' THEN now() - ($6 - 5) * interval '1 minute' END,
                    CASE WHEN $5 = 'rejected' THEN 'Kami hanya memutar lagu rohani. Silakan pilih lagu lain.' END,
                    CASE WHEN $5 = 'played' THEN now() - ($6 - 20) * interval '1 minute' END)
            """,
            title,
            artist,
            name,
            message,
            status,
            float(minutes_ago),
            staff["penyiar"],
        )
