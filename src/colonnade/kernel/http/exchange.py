"""The state of one request and its answer while it is in flight."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Forbidden, Problem
from colonnade.kernel.limits import Person
from colonnade.kernel.mail import Language, choose_language
from colonnade.kernel.observe import Statements

__all__ = ["Exchange"]

SLOW_BODY_SECONDS = 0.25
"""A caller whose body takes longer is checked again when it is complete; a client may send it for minutes."""


Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
"""Returns the next message of the request (ASGI)."""


def body_not_there() -> bytes | None:
    """Stand for servers that cannot give a body at once."""
    return None


async def _nothing() -> MutableMapping[str, Any]:
    return {"type": "http.disconnect"}


class Moved(Problem):
    """The resource has another address; `Location` names it."""

    status = 301
    code = "MOVED_PERMANENTLY"
    message = "This has moved to another address."


class SeeOther(Problem):
    """The browser continues at the address in `Location`. Raised, so that a handler can also return an answer."""

    status = 303
    code = "SEE_OTHER"
    message = "Go on at the address in Location."


@dataclass(slots=True, eq=False)
class Exchange:
    """One request: its id, the client's address, the caller once known, and headers for the answer."""

    services: Any
    request_id: str
    address: str
    request_headers: dict[bytes, bytes]
    method: str
    path: str
    query: bytes
    root_path: str
    peer: tuple[str, int] | None
    receive: Receive = _nothing
    take_body: Callable[[], bytes | None] = body_not_there
    path_values: Mapping[str, Any] = field(default_factory=dict)
    body: bytes | None = None
    """The raw body, once it has been read."""
    started: float = field(default_factory=time.perf_counter)
    caller: Principal | None = None
    person: Person | None = None
    """Whom it counts as, once `persons.person_of` has found out."""
    device: Person | None = None
    """The device that the client is from now on, if it is a new one (`persons.give_device`)."""
    device_lines: bytes = b""
    """The header lines that give the client its token."""
    guards: Sequence[Callable[[Exchange], Awaitable[object] | None]] = ()
    admitted: float = 0.0
    decisions: list[Any] = field(default_factory=list)
    owes: str | None = None
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    encoded: tuple[Any, bytes] = (None, b"")
    """An answer that was encoded while it was made, and its JSON text."""
    hashed: tuple[bytes, bytes] = (b"", b"")
    """A large body, and the ETag that was made of it in a thread."""
    warnings: Sequence[str] = ()
    """What was not taken as it was sent, for the answer."""
    version: int | None = None
    fresh_until: datetime | None = None
    personal: bool = False
    """The route takes a token from elsewhere than the Authorization header: no cache may store its answers."""
    status: int = 0
    template: str | None = None
    prepared: Any = None
    cache_key: str | None = None
    attempts_left: int = 0
    statements: Statements | None = None
    """The SQL statements of the handler, once it has been called."""
    waited: float = 0.0
    """Seconds for which the client's body was waited for."""
    answered: float = 0.0
    """When the answer was made (`time.perf_counter`); sending it may take a slow client long."""

    async def admit(self, guards: Sequence[Callable[[Exchange], Awaitable[object] | None]]) -> None:
        """Run the guards of the request's route, which raise if it refuses the caller; keep them for later."""
        self.caller = None
        for guard in guards:
            waiting = guard(self)
            if waiting is not None:
                await waiting
        self.guards, self.admitted = guards, time.perf_counter()

    async def admit_again(self) -> None:
        """Run the guards again if the body took long to arrive: rights may have been taken away meanwhile.

        Raise what the guards raise, and Forbidden if the caller has fewer permissions than before.
        """
        before = self.caller
        if before is None or time.perf_counter() - self.admitted < SLOW_BODY_SECONDS:
            return
        await self.admit(self.guards)
        if self.caller is None or not before.permissions <= self.caller.permissions:
            raise Forbidden

    def start_over(self) -> None:
        """Reset what the last attempt has set, for the next one; budgets that it spent stay spent, once."""
        self.attempts_left -= 1
        self.caller = self.version = self.fresh_until = None
        self.headers.clear()

    @property
    def user_agent(self) -> str | None:
        """The client's User-Agent, if it sent one."""
        value = self.request_headers.get(b"user-agent")
        return value.decode("latin-1") if value else None

    @property
    def language(self) -> Language:
        """The language of mails to the client: what its Accept-Language prefers of those there are."""
        return choose_language(self.header("accept-language"))

    def moved(self, path: str) -> Moved:
        """Return the answer, to be raised, that a resource of this product is now at `path`."""
        return Moved(headers={"Location": quote(self.root_path + path)})

    def sent_on(self, url: str) -> SeeOther:
        """Return the answer, to be raised, that sends the browser to `url`, which must not come from the request."""
        return SeeOther(headers={"Location": url})

    def header(self, name: str) -> str | None:
        """Return a request header by its lower-case name, or None."""
        value = self.request_headers.get(name.encode())
        return value.decode("latin-1") if value is not None else None

    def cookie(self, name: str) -> str | None:
        """Return a cookie of the request; None if it is missing, empty or sent twice."""
        found = [
            value.strip()
            for part in (self.header("cookie") or "").split(";")
            for key, _, value in [part.partition("=")]
            if key.strip() == name
        ]
        return found[0] if len(found) == 1 and found[0] else None
