"""Field types and small rules that several slices share."""

from __future__ import annotations

import ipaddress
from typing import Annotated
from urllib.parse import urlsplit

import phonenumbers
from msgspec import Meta, Struct

from colonnade.kernel.core import UNSEEN, Invalid
from colonnade.kernel.outbound import AddressRefused, check_url, is_public

__all__ = [
    "PREFIX",
    "Id",
    "LongText",
    "Name",
    "PhoneNumber",
    "PhoneText",
    "WebUrl",
    "check_web_url",
    "media_path",
    "parse_phone",
    "session_room",
]

PREFIX = "/api/v1"

Id = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Name = Annotated[str, Meta(min_length=1, max_length=100, examples=["Toko Sepatu Melati"])]
LongText = Annotated[str, Meta(min_length=1, max_length=2000)]
PhoneText = Annotated[
    str,
    Meta(
        min_length=5,
        max_length=40,
        description="A telephone number with its country code, written in any usual way.",
        examples=["+62 811 6000 123"],
    ),
]
WebUrl = Annotated[
    str,
    Meta(
        pattern=rf"^https://[^{UNSEEN}]+$(?!\n)",
        max_length=500,
        description="An https address on the public internet.",
        examples=["https://cdn.example.org/sepatu.jpg"],
    ),
]


class PhoneNumber(Struct, frozen=True):
    """A telephone number in E.164 form (ITU-T), and as it was typed."""

    number: str
    typed: str


def parse_phone(text: str, *, field: str = "phoneNumber") -> PhoneNumber:
    """The number that `text` stands for; raises Invalid unless it has a country code and a possible length."""
    typed = text.strip()
    international = typed if typed.startswith("+") else f"+{typed.removeprefix('00')}"
    try:
        parsed = phonenumbers.parse(international)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or parsed.extension or not phonenumbers.is_possible_number(parsed):
        message = "Phone number must be a number with its country code, such as +62 811 6000 123"
        raise Invalid(fields={field: message})
    number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return PhoneNumber(number, typed)


def check_web_url(url: str, *, field: str) -> str:
    """`url`, when others may be sent there: https, no credentials, no address inside a network. Raises Invalid.

    Names are judged when somebody connects (`kernel.outbound`), for they may stand for another address by then.
    """
    try:
        host = urlsplit(check_url(url)).hostname or ""
    except AddressRefused as refused:
        raise Invalid(fields={field: f"This address cannot be used: {refused}"}) from None
    try:
        inside = not is_public(host)
    except ValueError:
        inside = "." not in host or host.rpartition(".")[2] in (
            "local",
            "localhost",
            "internal",
            "home",
            "lan",
        )
    if inside or _is_odd_number(host):
        raise Invalid(fields={field: "This address cannot be used: it is not on the public internet"})
    return url


def _is_odd_number(host: str) -> bool:
    """Whether `host` is an IPv4 address in one of the forms that only inet_aton knows (`127.1`, `0x7f.1`)."""
    last = host.rstrip(".").rpartition(".")[2]
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return last.isdigit() or last.startswith("0x")
    return False


def media_path(message_id: int) -> str:
    """Where the stored file of a message is served to its owner."""
    return f"{PREFIX}/messages/{message_id}/media"


def session_room(session_id: object) -> str:
    """The room of a chat session: where its owner's clients hear what happens in it."""
    return f"chat:{session_id}"
