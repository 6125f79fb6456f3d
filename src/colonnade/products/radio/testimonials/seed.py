"""Demonstration testimonials."""

from __future__ import annotations

from collections.abc import Mapping

from colonnade.kernel.db import Transaction

__all__ = ["seed_testimonials"]

# Name, e-mail, text, rating, status, days ago.
TESTIMONIALS: list[tuple[str, str | None, str, int | None, str, int]] = [
    (
        "Ibu Lestari",
        "lestari@example.com",
        "Siaran doa malam menemani pemulihan saya. Setiap malam saya tahu ada yang menyebut nama saya dalam doa.",
        5,
        "approved",
        3,
    ),
    (
        "Bapak Hotman",
        None,
        "Saya sopir truk lintas kota. Lagu-lagu lawas di El Shaddai FM membuat perjalanan panjang tidak terasa sepi.",
        5,
        "approved",
        9,
    ),
    (
        "Grace",
        "grace@example.com",
        "Bincang Keluarga menolong kami berdua bicara lagi setelah setahun saling diam. Terima kasih, Kak Debora!",
        4,
        "approved",
        15,
    ),
    ("Komunitas Pemuda Anugerah", None, "Suara Muda jadi bahan diskusi kami setiap Sabtu malam.", 5, "approved", 21),
    ("Yosua", "yosua@example.com", "Anak saya hafal ayat dari acara Dunia Anak. Lanjutkan!", 5, "pending", 0),
    ("Pengunjung", None, "Kunjungi toko kami untuk potongan harga terbaik.", None, "rejected", 2),
]  # fmt: skip


async def seed_testimonials(tx: Transaction, staff: Mapping[str, int]) -> None:
    """Insert four approved testimonials, a pending one and a rejected one."""
    for name, email, content, rating, status, days_ago in TESTIMONIALS:
        await tx.execute(
            """
            INSERT INTO testimonials (name, email, content, rating, status, reviewed_by, reviewed_at, created_at)
            VALUES ($1, $2, $3, $4, $5, CASE WHEN $5 <> 'pending' THEN $6::int END,
                    CASE WHEN $5 <> 'pending' THEN now() - $7 * interval '1 day' END,
                    now() - ($7 + 1) * interval '1 day')
            """,
            name,
            email,
            content,
            rating,
            status,
            staff["editor"],
            float(days_ago),
        )
