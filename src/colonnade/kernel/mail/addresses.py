"""Mail addresses: validates them, and makes headers of name and address that are safe against injection.

Out of scope: whether an address exists; only a mail that arrives shows that.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from email.utils import parseaddr, quote

from colonnade.kernel.core import Invalid
from colonnade.kernel.core.texts import ascii_domain, normal_address

__all__ = ["Mailbox", "check_address", "delivered_form", "one_line", "parse_sender", "same_address"]

MAX_ADDRESS_BYTES = 254
"""As mails carry it (RFC 5321, 4.5.3.1.3)."""
_LOCAL = re.compile(
    r"[^\s\x00-\x20\x7f-\x9f\"(),:;<>@\[\\\].]+(?:\.[^\s\x00-\x20\x7f-\x9f\"(),:;<>@\[\\\].]+)*"
)
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
"""Control characters, line separators and bidirectional controls."""

_LOWER_ASCII = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_PLAIN_NAME = re.compile(r"[\w!#$%&'*+/=?^`{|}~ -]+")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A valid address and a name for it, which may be empty."""

    address: str
    name: str = ""

    def __str__(self) -> str:
        """Return `Name <address>` in Unicode, the name quoted if necessary."""
        if not self.name:
            return self.address
        name = self.name if _PLAIN_NAME.fullmatch(self.name) else f'"{quote(self.name)}"'
        return f"{name} <{self.address}>"


def check_address(address: str, *, field: str = "email") -> str:
    """Return the address with its domain in ASCII (IDNA) and lower case; the part before the @ is unchanged.

    Letters of any script are accepted before the @; quoted local parts, comments and IP literals are not.
    Raise Invalid naming `field`; the message does not repeat the address.
    """
    try:
        delivered = delivered_form(normal_address(address.strip()))
    except ValueError:
        delivered = ""
    if not delivered or len(delivered.encode()) > MAX_ADDRESS_BYTES:
        raise Invalid("This is not a valid e-mail address.", field=field)
    return delivered


def same_address(one: str, other: str) -> bool:
    """Return whether two addresses differ in the case of A to Z at most, so that they are one mailbox.

    `lower()` and `casefold()` make a k of the Kelvin sign, which is another mailbox: somebody else's, perhaps.
    """
    return one.translate(_LOWER_ASCII) == other.translate(_LOWER_ASCII)


def parse_sender(text: str) -> Mailbox:
    """Parse `Name <address>` or a bare address from settings; a one-word domain (`localhost`) is allowed.

    Raise ValueError.
    """
    name, address = parseaddr(one_line(text))
    local, _, domain = address.rpartition("@")
    domain = ascii_domain(domain)
    if not _LOCAL.fullmatch(local) or not all(_LABEL.fullmatch(label) for label in domain.split(".")):
        raise ValueError("the sender must be an address or `Name <address>`")
    return Mailbox(f"{local}@{domain}", name)


def delivered_form(text: str) -> str:
    """Return an address, or a part of its domain, as mails have it, with the domain in ASCII; "" if that cannot be."""
    local, at, domain = text.rpartition("@")
    encoded = ascii_domain(domain)
    return f"{local}{at}{encoded}" if encoded else ""


def one_line(text: str) -> str:
    """Return `text` without line breaks, control and bidirectional characters, its white space collapsed."""
    return " ".join(_BREAKS.sub(" ", text).split())
