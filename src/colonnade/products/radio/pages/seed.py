"""Demonstration pages."""

from __future__ import annotations

from collections.abc import Mapping

from colonnade.kernel.db import Transaction
from colonnade.products.radio.pages import queries

__all__ = ["seed_pages"]

PAGES = [
    (
        "Tentang Kami",
        "tentang-kami",
        "Siapa El Shaddai FM dan untuk siapa kami mengudara.",
        "<p>El Shaddai FM mengudara sejak 1998 untuk menyampaikan kabar baik kepada keluarga Indonesia.</p>"
        "<h2>Visi</h2><p>Setiap rumah mendengar kasih Tuhan.</p><h2>Misi</h2><ul><li>Menguatkan iman lewat firman "
        "dan pujian.</li><li>Mendampingi keluarga.</li><li>Menjadi suara yang jujur bagi kota.</li></ul>",
    ),
    (
        "Kontak",
        "kontak",
        "Alamat studio, telepon dan surel El Shaddai FM.",
        "<p>Studio: Jalan Cemara Raya 12, lantai 2.</p><p>Telepon siaran: 021-555-0198<br>Surel: "
        '<a href="mailto:halo@elshaddaifm.id" rel="noopener noreferrer">'
        "halo@elshaddaifm.id</a></p><p>Buka Senin sampai Sabtu, pukul 09.00 "
        "sampai 17.00 WIB.</p>",
    ),
    (
        "Kebijakan Privasi",
        "kebijakan-privasi",
        "Data apa yang kami simpan dan berapa lama.",
        "<p>Permohonan doa disimpan secara tersandi dan hanya dibaca oleh tim doa. Setelah masa simpan berakhir, "
        "isinya dihapus.</p><p>Alamat surel tidak pernah kami tampilkan atau kami berikan kepada pihak lain.</p>",
    ),
]


async def seed_pages(tx: Transaction, staff: Mapping[str, int]) -> None:
    """Insert the pages of a station's site: about, contact, privacy."""
    for title, slug, description, content in PAGES:
        await queries.insert_page(
            tx,
            {
                "title": title,
                "slug": slug,
                "description": description,
                "content": content,
                "updated_by": staff["editor"],
            },
        )
