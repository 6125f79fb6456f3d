"""Skeletons: what looks alike is equal, in whatever script, and what does not is not."""

from __future__ import annotations

import pytest

from colonnade.kernel.text import skeleton


@pytest.mark.parametrize(
    "seen",
    [
        "аdmіn", "αdmιn", "ａｄｍｉｎ", "𝐚𝐝𝐦𝐢𝐧", "ⓐⓓⓜⓘⓝ", "ádmîn",
        "a\u200bdmin", "ad\u00admin", "a\u0336d\u0336min", "adrnin",
    ],
)  # fmt: skip
def test_what_looks_like_it_is_it(seen: str) -> None:
    assert skeleton(seen) == skeleton("admin") == "adrnin"


@pytest.mark.parametrize(
    ("one", "other"), [("1", "l"), ("I", "l"), ("0", "O"), ("о", "o"), ("Ѕ", "S"), ("ﬁ", "fi")]
)
def test_pairs_that_are_taken_for_each_other(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize("text", ["", "Ibu Lestari", "김하늘", "王小明", "O'Neil", "مريم"])
def test_a_skeleton_of_a_skeleton_is_itself(text: str) -> None:
    assert skeleton(skeleton(text)) == skeleton(text)
    assert (skeleton(text) == "") == (text == "")
