"""Demonstration messages of the live chat: guests and an afternoon's messages, one pending, one hidden."""

from __future__ import annotations

from collections.abc import Mapping

from colonnade.kernel.db import Transaction
from colonnade.products.radio.livechat.rules.names import STATION_NAME

__all__ = ["seed_livechat"]

GUESTS = {
    "Ibu Lestari": ("Medan", "Indonesia"),
    "Bang Ucok": ("Pematangsiantar", "Indonesia"),
    "Keluarga Simbolon": ("Jakarta", "Indonesia"),
    "Oma Grace": ("Manado", "Indonesia"),
    "김하늘": ("서울", "대한민국"),
}
MESSAGES: list[tuple[str | None, str, int, str]] = [
    ("Ibu Lestari", "Shalom, selamat sore dari Medan 🙏", 58, "visible"),
    ("Bang Ucok", "Horas! Siaran hari ini jernih sekali.", 55, "visible"),
    (None, "Selamat sore sahabat El Shaddai, Sore Pujian kita mulai. Silakan kirim permintaan lagu.", 54, "visible"),
    ("Keluarga Simbolon", "Anak-anak ikut bernyanyi di ruang tamu 😄", 47, "visible"),
    ("Oma Grace", "Terima kasih untuk renungan tadi pagi, sangat menguatkan.", 41, "visible"),
    ("김하늘", "안녕하세요, 서울에서 듣고 있어요!", 33, "visible"),
    ("Bang Ucok", "Jual pulsa murah, hubungi nomor di profil saya", 29, "hidden"),
    ("Ibu Lestari", "Mohon doakan anak saya yang ujian besok.", 18, "flagged"),
    (None, "Kita doakan bersama setelah lagu ini, Ibu Lestari.", 16, "visible"),
    ("Oma Grace", "Boleh tahu alamat gereja untuk kebaktian Minggu?", 4, "pending"),
]  # fmt: skip
TERMS = ["judi online", "slot gacor", "pinjol"]


async def seed_livechat(tx: Transaction, staff: Mapping[str, int]) -> None:
    """Insert guests and messages of the last hour, and a short list of blocked terms."""
    await tx.execute("INSERT INTO chat_settings DEFAULT VALUES ON CONFLICT DO NOTHING")
    await tx.execute(
        "UPDATE chat_settings SET blocked_terms = $1, updated_by = $2, updated_at = now()",
        TERMS,
        staff["admin"],
    )
    sessions = {}
    for name, (city, country) in GUESTS.items():
        sessions[name] = await tx.fetch_value(
            """
            INSERT INTO chat_sessions (name, city, country, started_at, expires_at)
            VALUES ($1, $2, $3, now() - interval '1 hour', now() + interval '23 hours') RETURNING id
            """,
            name,
            city,
            country,
        )
    for guest, text, minutes_ago, status in MESSAGES:
        place = GUESTS[guest] if guest else None
        await tx.execute(
            """
            INSERT INTO chat_messages (session_id, account_id, is_staff, username, city, country, message, status,
                                       created_at, moderated_by, moderated_at, moderation_reason)
            VALUES ($1, $2, $2::integer IS NOT NULL, $3, $4, $5, $6, $7, now() - $8 * interval '1 minute', $9,
                    CASE WHEN $9::integer IS NOT NULL THEN now() - ($8 - 1) * interval '1 minute' END, $10)
            """,
            sessions.get(guest or ""),
            None if guest else staff["penyiar"],
            guest or STATION_NAME,
            place[0] if place else None,
            place[1] if place else None,
            text,
            status,
            float(minutes_ago),
            staff["penyiar"] if status in ("hidden", "flagged") else None,
            {"hidden": "Iklan", "flagged": "Pokok doa: mohon ditindaklanjuti"}.get(status),
        )
    await tx.execute(
        """
        UPDATE chat_sessions s SET message_count = m.count, last_message_at = m.last
        FROM (SELECT session_id, count(*) AS count, max(created_at) AS last FROM chat_messages GROUP BY 1) m
        WHERE m.session_id = s.id
        """
    )
