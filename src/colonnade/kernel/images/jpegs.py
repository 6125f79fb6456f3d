"""JPEG files without their end marker, as broken transfers and some cameras leave them.

One that lacks nothing else shows the whole picture, and is completed. Where data is missing too, the decoder fills the
rest with grey. It warns of a scan that ends early, except in the last rows of an only one, after which libvips does not
look again: there the picture depends on what follows the data (`others`). Of scans that are not there it cannot know
at all: their absence is found here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["Completed", "IncompleteScans", "complete"]

_END, _START_OF_SCAN = 0xD9, 0xDA
_MARKER = re.compile(rb"\xff+([\x01-\xcf\xd8-\xfe])")
"""A marker; within a scan 0xFF is followed by 0x00, or by the number of a restart (0xD0 to 0xD7)."""
_WITHOUT_LENGTH = {0x01, 0xD8}
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_COEFFICIENTS = 64
_FILLS = [bytes(factor * index % 251 for index in range(1, 513)) for factor in (131, 57, 203)]
"""Bits that a decoder takes for data where it still needs some; no byte of them is 0xFF."""


class IncompleteScans(Exception):
    """The file ends before its last scan begins."""


class _Segment(NamedTuple):
    marker: int
    content: bytes


class Completed(NamedTuple):
    """A file with its end marker, and others with more data before it, which are the same picture if it is whole."""

    data: bytes
    others: list[bytes]


def complete(data: bytes) -> Completed | None:
    """Return a JPEG file with the end marker that it lacks; None if it has one.

    Raise IncompleteScans if it ends within a header, or lacks scans that its picture consists of.
    """
    scans = 0
    components: set[int] = set()
    precision: dict[tuple[int, int], int] = {}
    for segment in _segments(data):
        if segment.marker == _END:
            return None
        if segment.marker in _FRAMES:
            components = {*segment.content[6 : 6 + 3 * segment.content[5] : 3]}
        elif segment.marker == _START_OF_SCAN:
            precision |= _scanned(segment.content)
            scans += 1
    wanted = ((component, index) for component in components for index in range(_COEFFICIENTS))
    if not components or any(precision.get(one) != 0 for one in wanted):
        raise IncompleteScans
    data, end = data.rstrip(b"\xff"), bytes((0xFF, _END))
    # Of several scans all are read before the first row.
    return Completed(data + end, [data + fill + end for fill in (_FILLS if scans == 1 else ())])


def _segments(data: bytes) -> Iterator[_Segment]:
    """Yield the segments in order, without what is between them."""
    position = 2
    while found := _MARKER.search(data, position):
        marker, position = found[1][0], found.end()
        if marker == _END:
            yield _Segment(marker, b"")
        elif marker not in _WITHOUT_LENGTH:
            end = position + int.from_bytes(data[position : position + 2])
            if len(data) < position + 2 or len(data) < end or end < position + 8 * (marker in _FRAMES):
                raise IncompleteScans
            yield _Segment(marker, data[position + 2 : end])
            position = max(end, position + 2)


def _scanned(header: bytes) -> dict[tuple[int, int], int]:
    """Return the coefficients of a scan, by component, with how many of their low bits later scans bring."""
    count = header[0] if header else 0
    if len(header) != 4 + 2 * count:
        raise IncompleteScans
    first, last, bits = header[-3:]
    return {
        (component, index): bits & 0x0F
        for component in header[1 : 1 + 2 * count : 2]
        for index in range(first, min(last, _COEFFICIENTS - 1) + 1)
    }
