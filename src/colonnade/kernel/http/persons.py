"""Whom a request counts as, for limits: an account, else an API key, else a guest or device, else an address.

Many people share an address (a school, a church's Wi-Fi, a carrier); who says who they are is not refused for what the
others do. Tokens of guests and devices are given to everybody who asks: all of them behind one address have ten times
the quota of one together, so that nobody gains by having many; and so have all keys of one account.

A device is whoever keeps the token that its first request to a route which gives such tokens was answered with, as a
cookie or as the header X-Device-Token. It is a signed random number; nothing else is looked at to tell devices apart.

Out of scope: whether the account may do anything. A valid signature is enough to be counted by, not to be let in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from colonnade.kernel.cache import head_lines
from colonnade.kernel.http.exchange import Exchange
from colonnade.kernel.limits import Budget, Person, address_bucket

if TYPE_CHECKING:
    from colonnade.kernel.http.services import Authenticates, GuestTokens

__all__ = ["DEVICE_HEADER", "bearer_of", "counted_by", "device_of", "give_device", "person_of"]

DEVICE_HEADER = "X-Device-Token"


def bearer_of(exchange: Exchange) -> str | None:
    """Return the token of the Authorization header; None without one, or if it is not `Bearer <token>`."""
    header = exchange.request_headers.get(b"authorization", b"")
    scheme, _, token = header.decode("latin-1").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def person_of(exchange: Exchange) -> Person:
    """Return whom the request counts as."""
    if exchange.person is None:
        exchange.person = _recognise(exchange, address_bucket(exchange.address))
    return exchange.person


def give_device(exchange: Exchange) -> None:
    """Make a request that counts as its address that of a new device as well, whose token the answer brings.

    It does so whatever the answer is, an error too: from then on the client counts by itself, if it keeps the token.
    """
    address = person_of(exchange)
    if address.kind != "address" or exchange.device or b"authorization" in exchange.request_headers:
        return
    authenticator: Authenticates = exchange.services.authenticator
    key, token, seconds = authenticator.new_device()
    exchange.device = Person(key, address.key)
    exchange.device_lines = _device_lines(exchange, token, seconds)


def device_of(exchange: Exchange) -> str | None:
    """Return the random number of the device that sends the request, a new one's too; None without one."""
    person = exchange.device or person_of(exchange)
    return person.key.partition(":")[2] if person.kind == "device" else None


def counted_by(exchange: Exchange, budget: Budget) -> Sequence[tuple[Budget, str]]:
    """Return the budgets and keys that a request spends of `budget`: the person's, and that of the person's crowd.

    A device that is new spends what its address has, and from its own as if it had been known.
    """
    person, device = person_of(exchange), exchange.device
    spent = [(budget, person.key)]
    if device is not None:
        spent.append((budget, device.key))
    crowd = person.crowd if device is None else device.crowd
    if crowd is not None:
        spent.append((budget.crowd, crowd))
    return spent


def _recognise(exchange: Exchange, address: str) -> Person:
    headers, services = exchange.request_headers, exchange.services
    authenticator: Authenticates = services.authenticator
    if b"authorization" in headers:
        bearer = bearer_of(exchange)
        if bearer is None:
            return Person(address)
        found = authenticator.recognise(bearer, address)
        # A guest's token is refused there, and it is the guest who pays for it.
        return found if found.key != address else _holder(exchange, bearer, address) or found
    guests: GuestTokens | None = services.product.guests
    named = (headers.get(guests.header) if guests is not None else None, headers.get(b"x-device-token"))
    for token in named:
        if token is not None and (person := _holder(exchange, token.decode("latin-1"), address)) is not None:
            return person
    cookie = exchange.cookie(_cookie_name(exchange)) if b"cookie" in headers else None
    return (_holder(exchange, cookie, address) if cookie else None) or Person(address)


def _holder(exchange: Exchange, token: str, address: str) -> Person | None:
    """Return the guest or device whose token this is; None for no such token."""
    services = exchange.services
    guests: GuestTokens | None = services.product.guests
    authenticator: Authenticates = services.authenticator
    key = authenticator.recognise_guest(guests.kind, token) if guests is not None else None
    key = key or authenticator.recognise_device(token)
    return Person(key, address) if key is not None else None


def _cookie_name(exchange: Exchange) -> str:
    # A __Host- cookie is for https only; products may share a host.
    prefix = "__Host-" if exchange.services.settings.demands_https else ""
    return f"{prefix}{exchange.services.product.name}-device"


def _device_lines(exchange: Exchange, token: str, seconds: int) -> bytes:
    secure = " Secure;" if exchange.services.settings.demands_https else ""
    cookie = f"{_cookie_name(exchange)}={token}; Path=/; Max-Age={seconds};{secure} HttpOnly; SameSite=Lax"
    return head_lines([(b"x-device-token", token.encode()), (b"set-cookie", cookie.encode())])
