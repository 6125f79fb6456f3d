"""Demonstration articles."""

from __future__ import annotations

from collections.abc import Mapping

from colonnade.kernel.db import Transaction
from colonnade.products.radio.shared.rules.text import make_excerpt, slugify

__all__ = ["seed_articles"]

CATEGORIES = {
    "Renungan": "Renungan harian untuk menguatkan iman",
    "Berita": "Kabar terbaru dari El Shaddai FM dan gereja-gereja mitra",
    "Kesaksian": "Cerita pendengar tentang kebaikan Tuhan",
    "Keluarga": "Membangun keluarga yang takut akan Tuhan",
    "Musik": "Lagu rohani, album baru dan para pelayan musik",
}

ARTICLES: list[tuple[str, str, str, int]] = [
    (
        "Kasih yang Tidak Pernah Menyerah",
        "Renungan",
        "<p>Pagi ini kita belajar dari 1 Korintus 13. Kasih itu sabar, kasih itu murah hati. Di tengah kesibukan "
        "kota, kita sering lupa bahwa orang terdekat pun membutuhkan telinga yang mau mendengar.</p>"
        "<h2>Tiga langkah kecil</h2><ul><li>Dengarkan sebelum menjawab.</li><li>Doakan satu nama setiap pagi.</li>"
        "<li>Kirim satu pesan yang menguatkan.</li></ul><p>Selamat beraktivitas, sahabat El Shaddai.</p>",
        0,
    ),
    (
        "El Shaddai FM Hadir dengan Studio Baru",
        "Berita",
        "<p>Puji Tuhan, sejak Senin siaran kami berasal dari studio baru di lantai dua. Ruang siaran kini lebih "
        "kedap suara, dan tersedia ruang doa kecil bagi pendengar yang berkunjung.</p><p>Studio dibuka untuk umum "
        "setiap Sabtu pukul 10.00 sampai 14.00 WIB.</p>",
        2,
    ),
    (
        "Sembuh Setelah Tiga Tahun Menanti",
        "Kesaksian",
        "<p>Ibu Lestari dari Medan bercerita bagaimana siaran doa malam menemani masa pemulihannya. “Saya tidak "
        "sendirian,” katanya, “setiap malam ada yang menyebut nama saya dalam doa.”</p>",
        4,
    ),
    (
        "Mezbah Keluarga di Tengah Kesibukan",
        "Keluarga",
        "<p>Lima belas menit sudah cukup untuk memulai. Matikan gawai, baca satu perikop, lalu biarkan setiap "
        "anggota keluarga berbagi satu hal yang disyukuri hari ini.</p>",
        6,
    ),
    (
        "Lima Lagu Pujian Baru Pekan Ini",
        "Musik",
        "<p>Tim musik memilih lima lagu yang paling sering diminta pendengar: dari pujian yang riang sampai "
        "penyembahan yang teduh. Dengarkan setiap sore pukul 16.00 WIB.</p>",
        8,
    ),
    (
        "Persiapan Natal Bersama Pendengar",
        "Berita",
        "<p>Panitia Natal mengundang sahabat El Shaddai untuk ikut paduan suara, tim konsumsi, dan tim doa. "
        "Pendaftaran dibuka melalui halaman kemitraan sampai akhir bulan.</p>",
        10,
    ),
    (
        "Mengampuni Bukan Berarti Melupakan",
        "Renungan",
        "<p>Mengampuni adalah keputusan yang diperbarui setiap hari. Tuhan tidak meminta kita menghapus ingatan, "
        "melainkan melepaskan hak untuk membalas.</p>",
        13,
    ),
    (
        "Mendampingi Anak Remaja Bermedia Sosial",
        "Keluarga",
        "<p>Aturan tanpa percakapan hanya melahirkan akun rahasia. Mulailah dari rasa ingin tahu: apa yang membuat "
        "anak kita tertawa di layar itu?</p>",
        16,
    ),
]


async def seed_articles(tx: Transaction, staff: Mapping[str, int]) -> None:
    """Insert several published articles, a draft and one that appears tomorrow."""
    categories: dict[str, int] = {}
    for name, description in CATEGORIES.items():
        categories[name] = await tx.fetch_value(
            "INSERT INTO categories (name, slug, description) VALUES ($1, $2, $3) RETURNING id",
            name,
            slugify(name),
            description,
        )
    entries = [(*article, "published") for article in ARTICLES]
    entries.append(
        (
            "Wawancara dengan Pendeta Tamu",
            "Berita",
            "<p>Naskah belum selesai: tunggu rekaman.</p>",
            0,
            "draft",
        )
    )
    entries.append(
        (
            "Renungan Esok: Berjalan dalam Terang",
            "Renungan",
            "<p>Firman-Mu itu pelita bagi kakiku.</p>",
            -1,
            "published",
        )
    )
    for title, category, content, days_ago, status in entries:
        await tx.execute(
            """
            INSERT INTO articles (title, slug, content, excerpt, status, author_id, category_id, published_at,
                                  created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, CASE WHEN $5 = 'published' THEN now() - $8 * interval '1 day' END,
                    now() - greatest($8, 0) * interval '1 day', now() - greatest($8, 0) * interval '1 day')
            """,
            title,
            slugify(title),
            content,
            make_excerpt(content),
            status,
            staff["editor"],
            categories[category],
            float(days_ago),
        )
