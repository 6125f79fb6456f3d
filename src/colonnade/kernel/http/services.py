"""The part of a product that the HTTP layer knows (Api), and the services that it uses (HttpServices).

Rooms above extend both: exports, identity, and at the top `kernel.product`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from colonnade.kernel.access import Policy, Principal, TokenClaims
from colonnade.kernel.cache import ResponseCache
from colonnade.kernel.core import SentEvent
from colonnade.kernel.core.bus import Bus
from colonnade.kernel.core.providing import provided
from colonnade.kernel.core.settings import Settings
from colonnade.kernel.core.workers import Workers
from colonnade.kernel.db import Database
from colonnade.kernel.http.envelope import Envelope
from colonnade.kernel.images import Images
from colonnade.kernel.limits import Budget, Limiter, Person
from colonnade.kernel.mail import Mailer
from colonnade.kernel.realtime import SocketSetup
from colonnade.kernel.storage import Storage
from colonnade.kernel.text import HtmlCleaner

__all__ = ["Api", "Authenticates", "DemoLogin", "GuestTokens", "HttpServices", "Shutdown"]


class Authenticates(Protocol):
    """Identifies the caller of a bearer token."""

    async def authenticate(self, token: str) -> Principal:
        """Return the caller. Raise Unauthorized."""

    async def verified_within(self, caller: Principal, seconds: int) -> bool:
        """Return whether the caller's session had a login or step-up within the last `seconds`."""

    def recognise(self, bearer: str, address: str) -> Person:
        """Return whom the caller of a bearer counts as, an account or key; for a stranger's, the address.

        It reads nothing: a session that has ended since it was last seen is found out by `authenticate`.
        """

    def recognise_guest(self, kind: str, token: str) -> str | None:
        """Return the key under which the holder of a guest's token is counted (`guest:…`), None for no such token."""

    def recognise_device(self, token: str) -> str | None:
        """Return the key under which a device is counted (`device:…`), None for no such token."""

    def new_device(self) -> tuple[str, str, int]:
        """Return the key of a new device, its token, and for how many seconds that is valid."""

    async def settle(self) -> None:
        """Finish writes that run in the background of requests; the database is closed afterwards."""


@dataclass(frozen=True)
class DemoLogin:
    """An account of the demonstration data, shown to local visits in development only."""

    role: str
    email: str
    password: str
    name: str


@dataclass(frozen=True)
class GuestTokens:
    """The tokens of people without an account: signed ones of `kind`, in the request header `header` (lower case)."""

    header: bytes
    kind: str


@provided("product")
@dataclass(frozen=True, kw_only=True)
class Api:
    """The part of a product that HTTP serves and describes."""

    name: str
    title: str
    description: str
    envelope: Envelope
    policy: Policy
    routes: Sequence[Any]
    version: str = "1.0.0"
    prefix: str = ""
    claims: TokenClaims = field(default_factory=TokenClaims)
    budgets: Mapping[str, Budget] = field(default_factory=dict)
    guests: GuestTokens | None = None
    demo_logins: Sequence[DemoLogin] = ()
    sockets: SocketSetup | None = None
    sends: Sequence[SentEvent[Any]] = ()


@provided("shutdown")
@dataclass
class Shutdown:
    """Records whether this process has begun to stop the product; readiness is red from then on."""

    begun: bool = False


@dataclass(kw_only=True)
class HttpServices:
    """The services with which requests are answered; handlers name its parts by type."""

    product: Api
    settings: Settings
    db: Database
    bus: Bus
    limiter: Limiter
    budgets: Mapping[str, Budget]
    cache: ResponseCache
    storage: Storage
    html: HtmlCleaner
    images: Images
    workers: Workers
    mailer: Mailer
    authenticator: Authenticates
    shutdown: Shutdown = field(default_factory=Shutdown)
