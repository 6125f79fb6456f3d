"""The notation of limits: what is parsed, as what, and what is refused.

It is that of the package `limits` 5.8, which takes "5/0 minutes" for "5/minute" and knows no largest numbers.
"""

from __future__ import annotations

import pytest

from colonnade.kernel.core.quotas import parse_quota


@pytest.mark.parametrize(
    ("text", "quota"),
    [
        ("5/15 minutes", (5, 900)),
        ("1000/hour", (1000, 3600)),
        ("100/minute", (100, 60)),
        ("1/second", (1, 1)),
        ("10 per 2 days", (10, 172_800)),
        ("10perday", (10, 86_400)),
        ("3 PER Months", (3, 2_592_000)),
        ("1/year", (1, 31_104_000)),
        ("  007 /  1  seconds\n", (7, 1)),
        ("1000000000/10 years", (1_000_000_000, 311_040_000)),
        ("5/minute; 100 per hour", (5, 60)),
        ("5/minute,100/hour|1/day", (5, 60)),
    ],
)
def test_what_is_read(text: str, quota: tuple[int, int]) -> None:
    assert parse_quota(text) == quota


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "5",
            "/minute",
            "5/",
            "5/minutess",
            "5/week",
            "5/15",
            "-5/minute",
            "1.5/minute",
            "5//minute",
        ),
        *("0/minute", "5/minute; 0/hour", "5/minute;", ";5/minute", "5/minute;;1/hour", "5/minute 1/hour"),
        *(
            "5/0 minutes",
            "5/minute; 5/0 hours",
            "5/999999999999999 hours",
            "5/11 years",
            "5/311040001 seconds",
        ),
        *("1000000001/hour", f"{'7' * 5000}/hour", f"5/{'7' * 5000} hours"),
        *("²/minute", "٣/minute", "5/ſecond", "many/minute", "5 by minute"),
    ],
)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"limit|is not per second"):
        parse_quota(text)
