"""Tables as CSV that spreadsheets open: UTF-8 with a byte order mark, and texts that stay texts.

A spreadsheet runs a cell that begins like a formula, whoever has written it; such a text gets an apostrophe in front
(OWASP, CSV injection).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime

__all__ = ["CSV", "csv_head", "csv_lines"]

CSV = "text/csv"
"""The media type."""
_FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_head(columns: Sequence[str]) -> bytes:
    """Return the beginning of a file: the mark by which spreadsheets recognise UTF-8, and the names of the columns."""
    return b"\xef\xbb\xbf" + csv_lines([columns])


def csv_lines(rows: Iterable[Sequence[object]]) -> bytes:
    """Return the lines of these rows: None as nothing, times in ISO 8601, everything else as Python writes it."""
    out = io.StringIO()
    csv.writer(out).writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue().encode()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA_BEGINS) else text
