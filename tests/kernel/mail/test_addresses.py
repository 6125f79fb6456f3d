"""Which addresses are accepted; none of them can smuggle a second header in."""

from __future__ import annotations

import pytest

from colonnade.kernel.core import Invalid
from colonnade.kernel.mail import check_address, same_address
from colonnade.kernel.mail.addresses import Mailbox, parse_sender


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Sari@Example.com", "sari@example.COM", True),
        ("sárí@example.com", "SáRí@example.com", True),
        ("sárí@example.com", "SÁRÍ@example.com", False),
        ("mike@example.com", "mi\N{KELVIN SIGN}e@example.com", False),
        ("sari@example.com", "sar\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}@example.com", False),
        ("sari@example.com", "sari@example.org", False),
    ],
)
def test_which_addresses_are_one_mailbox(one: str, other: str, same: bool) -> None:
    assert same_address(one, other) is same


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("sari@example.com", "sari@example.com"),
        (" Sari.Dewi+radio@Example.COM ", "Sari.Dewi+radio@example.com"),
        ("o'neil@example.co.id", "o'neil@example.co.id"),
        ("sari@bücher.example", "sari@xn--bcher-kva.example"),
        ("用户@例子.广告", "用户@xn--fsqu00a.xn--4rr70v"),
        ("a@" + "b" * 63 + ".com", "a@" + "b" * 63 + ".com"),
        ("a" * 64 + "@example.com", "a" * 64 + "@example.com"),
    ],
)
def test_accepted(given: str, kept: str) -> None:
    assert check_address(given) == kept


@pytest.mark.parametrize(
    "address",
    [
        "",
        "sari",
        "@example.com",
        "sari@",
        "sari@localhost",
        "sari@@example.com",
        "sa ri@example.com",
        "sari@exa mple.com",
        ".sari@example.com",
        "sari.@example.com",
        "sa..ri@example.com",
        '"sari"@example.com',
        "sari@[127.0.0.1]",
        "sari@-example.com",
        "sari@example..com",
        "sari@example.com.",
        "a@b.com,c@d.com",
        "Sari <sari@example.com>",
        "sari@example.com\r\nBcc: all@example.com",
        "sari\n@example.com",
        "sari\0@example.com",
        "sari\x85@example.com",
        "a" * 65 + "@example.com",
        "a@" + "b" * 64 + ".com",
        "a@" + ".".join(["b" * 60] * 5) + ".com",
    ],
)
def test_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_address(address, field="contactEmail")
    assert caught.value.details == {"contactEmail": "This is not a valid e-mail address."}


def test_senders_come_from_settings() -> None:
    assert parse_sender("El Shaddai FM <noreply@localhost>") == Mailbox("noreply@localhost", "El Shaddai FM")
    assert parse_sender("radio@example.com") == Mailbox("radio@example.com", "")
    for wrong in ("", "El Shaddai FM", "a@b@c", "<>"):
        with pytest.raises(ValueError, match="sender"):
            parse_sender(wrong)
