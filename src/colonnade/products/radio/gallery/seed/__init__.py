"""Demonstration pictures."""

from __future__ import annotations

from collections.abc import Mapping

from colonnade.kernel.db import Database, Transaction
from colonnade.kernel.images import PreparedImage
from colonnade.kernel.storage import (
    MakeThumbnails,
    Storage,
    add_thumbnails,
    keep_file,
    uploaded,
)
from colonnade.products.radio.gallery import queries
from colonnade.products.radio.gallery.actions import TAGS, describe_image
from colonnade.products.radio.gallery.seed.landscapes import HEIGHT, WIDTH, Colour, draw_landscape

__all__ = ["seed_gallery"]

# Title, description, sky, glow, hills, sun.
PICTURES: list[tuple[str, str, Colour, Colour, Colour, tuple[int, int]]] = [
    (
        "Fajar di Atas Studio",
        "Langit pagi sebelum siaran pertama.",
        (52, 73, 130),
        (250, 190, 140),
        (40, 60, 70),
        (860, 380),
    ),
    (
        "Retret Penyiar di Pegunungan",
        "Dua hari berdoa dan menyusun acara baru.",
        (110, 170, 220),
        (225, 240, 245),
        (46, 100, 70),
        (300, 150),
    ),
    (
        "Senja Ibadah Padang",
        "Lebih dari dua ratus pendengar datang.",
        (120, 60, 110),
        (245, 150, 90),
        (60, 35, 60),
        (600, 430),
    ),
    (
        "Kunjungan ke Desa Binaan",
        "Menyerahkan radio surya untuk rumah baca.",
        (80, 150, 200),
        (240, 235, 190),
        (80, 120, 50),
        (1000, 200),
    ),
]


async def seed_gallery(tx: Transaction, staff: Mapping[str, int], db: Database, storage: Storage) -> None:
    """Insert a few pictures; the worker makes their thumbnails."""
    for number, (title, description, sky, glow, hills, sun) in enumerate(PICTURES, start=1):
        prepared = PreparedImage(draw_landscape(sky, glow, hills, sun=sun), "image/png", "png", WIDTH, HEIGHT)
        async with uploaded(db, storage, prepared, area="gallery", owner="gallery") as stored:
            await keep_file(tx, stored.key)
            image = describe_image(stored.key, f"foto-{number}.png", prepared)
            await queries.insert_picture(
                tx, image, title=title, description=description, uploaded_by=staff["editor"]
            )
            await tx.enqueue(add_thumbnails, MakeThumbnails(stored.key, invalidates=TAGS))
