"""Draws small landscapes as PNG, so that demonstration pictures need no files."""

from __future__ import annotations

import math
import struct
import zlib

__all__ = ["draw_landscape"]

WIDTH, HEIGHT = 1200, 720
Colour = tuple[int, int, int]


def draw_landscape(sky: Colour, glow: Colour, hills: Colour, *, sun: tuple[int, int]) -> bytes:
    """Draw a sky that brightens downwards, a sun whose centre is at `sun`, and two rows of hills."""
    rows = bytearray()
    for y in range(HEIGHT):
        row = bytearray(bytes(_mix(sky, glow, y / HEIGHT)) * WIDTH)
        _fill(row, sun[0], _half_chord(70, y - sun[1]), (255, 244, 214))
        for index, (centre, width) in enumerate(((250, 700), (960, 620), (620, 900))):
            top = HEIGHT * (0.55 + 0.12 * index)
            if y > top:
                half = int(width * math.sqrt((y - top) / HEIGHT))
                _fill(row, centre, half, _mix(glow, hills, 0.5 + 0.25 * index))
        rows += b"\x00" + row
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(bytes(rows), 6))
        + _chunk(b"IEND", b"")
    )


def _mix(first: Colour, second: Colour, part: float) -> Colour:
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(first, second, strict=True))
    return red, green, blue


def _half_chord(radius: int, distance: int) -> int:
    return int(math.sqrt(radius * radius - distance * distance)) if abs(distance) < radius else 0


def _fill(row: bytearray, centre: int, half: int, colour: Colour) -> None:
    start, end = max(centre - half, 0), min(centre + half, WIDTH)
    if end > start:
        row[start * 3 : end * 3] = bytes(colour) * (end - start)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
