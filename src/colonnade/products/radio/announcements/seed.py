"""Demonstration announcements."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from colonnade.kernel.core import now
from colonnade.kernel.db import Transaction
from colonnade.products.radio.announcements import queries

__all__ = ["seed_announcements"]

# Title, text, days from now to the start and the end, pinned.
ANNOUNCEMENTS: list[tuple[str, str, int, int | None, bool]] = [
    (
        "Malam Doa Akhir Bulan",
        "Mari berdoa bersama di studio dan lewat siaran, mulai pukul 19.00 WIB. Terbuka untuk umum.",
        -1,
        20,
        True,
    ),
    ("Relawan Dibutuhkan", "Tim konsumsi dan tim musik mencari relawan untuk acara pendengar.", -6, 24, False),
    ("Suara Lebih Jernih", "Pemancar baru sudah mengudara. Terima kasih atas doanya.", -12, None, False),
    ("Kemah Anak Muda", "Pendaftaran dibuka pekan depan lewat halaman kemitraan.", 7, 37, False),
]  # fmt: skip


async def seed_announcements(tx: Transaction, staff: Mapping[str, int]) -> None:
    """Insert a pinned announcement, two others, and one for next week."""
    moment = now()
    for title, body, start, end, pinned in ANNOUNCEMENTS:
        await queries.insert_announcement(
            tx,
            {
                "title": title,
                "body": body,
                "starts_at": moment + timedelta(days=start),
                "ends_at": None if end is None else moment + timedelta(days=end),
                "pinned": pinned,
                "created_by": staff["editor"],
            },
        )
