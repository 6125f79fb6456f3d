"""Checks addresses that other people are sent to."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from colonnade.kernel.core import Invalid
from colonnade.kernel.outbound import AddressRefused, check_url, is_public

__all__ = ["check_web_url"]


def check_web_url(url: str, *, field: str) -> str:
    """Return `url` if others may be sent there: https, no credentials, no address inside a network. Raise Invalid.

    Names are checked when a connection is made (`kernel.outbound`), because they may resolve differently by then.
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
    """Return whether `host` is an IPv4 address in one of the forms that only inet_aton knows (`127.1`, `0x7f.1`)."""
    last = host.rstrip(".").rpartition(".")[2]
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return last.isdigit() or last.startswith("0x")
    return False
