"""Demonstration programmes: a full week, a cancelled broadcast and a replaced one."""

from __future__ import annotations

from datetime import time, timedelta

from colonnade.kernel.core import now
from colonnade.kernel.db import Transaction
from colonnade.products.radio.programs import queries
from colonnade.products.radio.programs.queries import slots as slot_queries
from colonnade.products.radio.shared.rules.text import slugify

__all__ = ["seed_programs"]

PRESENTERS = {
    "Yohanes Situmorang": "Penyiar pagi sejak 2012; suka kopi Sidikalang dan lagu rohani lawas.",
    "Debora Tampubolon": "Mendampingi keluarga dan anak muda lewat bincang sore.",
    "Pdt. Samuel Wijaya": "Gembala dan pengajar Alkitab; memandu renungan dan tanya jawab iman.",
    "Kak Lidia Pardede": "Guru sekolah minggu yang pandai mendongeng.",
    "Andreas Nababan": "Pemimpin pujian; setiap malam menemani jam doa.",
}

# Name, type, description, presenters.
PROGRAMS: list[tuple[str, str, str, tuple[str, ...]]] = [
    ("Fajar Bersama Tuhan", "prayer", "Doa dan pujian pembuka hari.", ("Andreas Nababan",)),
    (
        "Selamat Pagi El Shaddai",
        "music",
        "Lagu rohani, kabar kota dan sapaan untuk pendengar yang berangkat kerja.",
        ("Yohanes Situmorang", "Debora Tampubolon"),
    ),
    ("Renungan Siang", "devotion", "Lima belas menit firman di tengah kesibukan.", ("Pdt. Samuel Wijaya",)),
    ("Warta El Shaddai", "news", "Berita gereja dan kota dalam tiga puluh menit.", ("Debora Tampubolon",)),
    ("Lagu Pilihan Pendengar", "music", "Permintaan lagu lewat situs dan telepon.", ("Yohanes Situmorang",)),
    ("Bincang Keluarga", "talkshow", "Pernikahan, anak dan keuangan keluarga.", ("Debora Tampubolon",)),
    ("Jam Doa Malam", "prayer", "Berdoa bersama untuk pokok doa pendengar.", ("Andreas Nababan",)),
    ("Pujian Tengah Malam", "worship", "Penyembahan teduh sampai dini hari.", ()),
    ("Ibadah Minggu", "worship", "Siaran langsung ibadah dari gereja mitra.", ("Pdt. Samuel Wijaya",)),
    ("Dunia Anak", "children", "Cerita Alkitab dan lagu untuk adik-adik.", ("Kak Lidia Pardede",)),
    ("Suara Muda", "youth", "Iman, sekolah dan musik bersama anak muda.", ("Debora Tampubolon",)),
    ("Siaran Khusus", "other", "Acara istimewa di luar jadwal.", ()),
]

_WORKDAYS = (1, 2, 3, 4, 5)
_EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
PLAN: list[tuple[str, tuple[int, ...], str, str]] = [
    ("Fajar Bersama Tuhan", _EVERY_DAY, "05:00", "06:00"),
    ("Selamat Pagi El Shaddai", (1, 2, 3, 4, 5, 6), "06:00", "09:00"),
    ("Renungan Siang", _WORKDAYS, "12:00", "12:15"),
    ("Warta El Shaddai", _WORKDAYS, "12:15", "12:45"),
    ("Lagu Pilihan Pendengar", (1, 2, 3, 4, 5, 6), "16:00", "18:00"),
    ("Bincang Keluarga", (2, 4), "19:00", "20:30"),
    ("Suara Muda", (6,), "19:00", "21:00"),
    ("Jam Doa Malam", _EVERY_DAY, "21:00", "22:30"),
    ("Pujian Tengah Malam", _EVERY_DAY, "22:30", "02:00"),
    ("Ibadah Minggu", (7,), "08:00", "10:30"),
    ("Dunia Anak", (6,), "09:30", "10:30"),
    ("Dunia Anak", (7,), "15:00", "16:00"),
]


async def seed_programs(tx: Transaction) -> None:
    """Insert programmes, presenters and the plan; from tomorrow on, cancel one broadcast and replace one."""
    presenters: dict[str, int] = {}
    for name, bio in PRESENTERS.items():
        presenters[name] = (await queries.insert_presenter(tx, name=name, bio=bio, photo=None)).id
    programs: dict[str, int] = {}
    for name, kind, description, names in PROGRAMS:
        program_id = await queries.insert_program(
            tx, {"name": name, "slug": slugify(name), "type": kind, "description": description}
        )
        assert program_id is not None
        programs[name] = program_id
        await queries.set_presenters(tx, program_id, [presenters[presenter] for presenter in names])
    slots: dict[tuple[str, int], int] = {}
    for name, weekdays, start, end in PLAN:
        for weekday in weekdays:
            slot_id = await slot_queries.insert_slot(
                tx,
                program_id=programs[name],
                weekday=weekday,
                starts_at=time.fromisoformat(start),
                ends_at=time.fromisoformat(end),
                valid_from=None,
                valid_until=None,
            )
            await slot_queries.insert_pieces(tx, slot_id)
            slots[name, weekday] = slot_id
    day = now().date() + timedelta(days=2)
    await slot_queries.insert_override(
        tx,
        slot_id=slots["Jam Doa Malam", day.isoweekday()],
        date=day,
        kind="replace",
        program_id=programs["Siaran Khusus"],
        note="Malam pujian bersama paduan suara gereja mitra.",
    )
    day += timedelta(days=2)
    await slot_queries.insert_override(
        tx,
        slot_id=slots["Fajar Bersama Tuhan", day.isoweekday()],
        date=day,
        kind="cancel",
        program_id=None,
        note="Pemeliharaan pemancar.",
    )
