"""Tables as CSV that spreadsheets open: UTF-8 with a byte order mark, and texts that stay texts.

A spreadsheet runs a cell that begins like a formula, whoever has written it; such a text gets an apostrophe in front
(OWASP, CSV injection). Where people write decimal commas, a spreadsheet divides the same file at semicolons, and sees
quotes only where one of its own cells begins: so what follows a semicolon, a tab or the end of a line inside a text is
treated as the beginning of a cell too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

__all__ = ["CSV", "csv_head", "csv_lines"]

CSV = "text/csv"
"""The media type."""
# At the very beginning even what is no formula; further in, `;-)` is a face and no formula can begin so. A quote there,
# doubled in the file, is an empty text to that spreadsheet, with a formula behind it.
_BEGINS = r"=+\-@\uff1d\uff0b\uff0d\uff20"
_FORMULA_BEGIN = re.compile(
    rf"""\A(?=[{_BEGINS}\t\r\n])|(?<=[;\t\r\n])(?=(?:[^\S\t\r\n]|")*[{_BEGINS}](?!\)))"""
)


def csv_head(columns: Sequence[str]) -> bytes:
    """Return the beginning of a file: the mark by which spreadsheets recognise UTF-8, and the names of the columns."""
    return b"\xef\xbb\xbf" + ",".join(columns).encode() + b"\r\n"


def csv_lines(rows: Iterable[Sequence[object]]) -> bytes:
    """Return the lines of these rows: None as nothing, texts in quotes, times in ISO 8601, others by Python."""
    return "".join(",".join(_cell(value) for value in row) + "\r\n" for row in rows).encode()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if not isinstance(value, str):
        return str(value)
    text = _FORMULA_BEGIN.sub("'", value).replace('"', '""')
    return f'"{text}"'
