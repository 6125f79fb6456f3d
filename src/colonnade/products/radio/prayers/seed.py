"""Demonstration prayer requests, stored encrypted like real ones."""

from __future__ import annotations

from collections.abc import Mapping

from colonnade.kernel.core import FieldCipher
from colonnade.kernel.db import Transaction
from colonnade.products.radio.onair.actions import close_requests
from colonnade.products.radio.prayers.actions import submit_prayer
from colonnade.products.radio.prayers.schemas import Contact, GivenName, PrayerCreate, PrayerText
from colonnade.products.radio.shared.schemas import StationSettings

__all__ = ["seed_prayers"]

PRAYERS: list[tuple[PrayerCreate, str, int]] = [
    (PrayerCreate(PrayerText("Mohon doakan ibu saya yang sedang dirawat di rumah sakit di Medan, agar segera pulih."),
                  GivenName("Rina Sitorus"), Contact("+62 812 5550 1234"), "on_air"), "new", 2),
    (PrayerCreate(PrayerText("Doakan keluarga kami yang sedang dalam pergumulan ekonomi."), None, None,
                  "private", True), "new", 5),
    (PrayerCreate(PrayerText("Mohon dukungan doa untuk anak-anak yang menghadapi ujian akhir minggu ini."),
                  GivenName("Guru Sekolah Minggu Sion"), None, "on_air"), "new", 9),
    (PrayerCreate(PrayerText("Saya rindu berdamai dengan adik saya. Tolong doakan hati kami berdua."),
                  GivenName("Markus"), Contact("markus@contoh.id"), "private"), "prayed", 30),
    (PrayerCreate(PrayerText("Terima kasih Tuhan untuk kelahiran cucu kami yang pertama!"),
                  GivenName("Oma Grace"), None, "on_air"),
     "prayed", 52),
    (PrayerCreate(PrayerText("Doakan perjalanan tim pelayanan ke Nias."), GivenName("Panitia Misi"), None,
                  "on_air"), "archived", 200),
]  # fmt: skip


async def seed_prayers(
    tx: Transaction, staff: Mapping[str, int], cipher: FieldCipher, station: StationSettings
) -> None:
    """Insert requests of the last days."""
    for data, status, hours_ago in PRAYERS:
        receipt = await submit_prayer(tx, cipher, data, zone=station.zone)
        await tx.execute(
            """
            UPDATE prayer_requests SET created_at = now() - $2 * interval '1 hour', status = $3,
                prayed_by = CASE WHEN $3 <> 'new' THEN $4::integer END,
                prayed_at = CASE WHEN $3 <> 'new' THEN now() - ($2 - 1) * interval '1 hour' END,
                archived_by = CASE WHEN $3 = 'archived' THEN $4::integer END,
                archived_at = CASE WHEN $3 = 'archived' THEN now() - interval '1 day' END
            WHERE id = $1
            """,
            receipt.id,
            float(hours_ago),
            status,
            staff["admin"],
        )
        if status != "new":
            await close_requests(tx, "prayer", [receipt.id])
