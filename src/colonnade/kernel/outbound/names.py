"""Resolves external names in threads of their own, so that slow look-ups delay no others.

An event loop resolves in a few threads (uvloop: two at a time), and a look-up cannot be cancelled. Eight jobs that ask
for names whose name servers do not answer would delay the next look-up of the process by 24 s (measured), even one
for the mail server or the database. External names are therefore resolved here, each by one thread however many tasks
ask for it; they are daemon threads, which do not delay the end of the process.
"""

from __future__ import annotations

import asyncio
import socket
import threading

__all__ = ["Names"]

_MAX_CONCURRENT_LOOKUPS = 64


class Names:
    """Resolves names for the tasks of one event loop."""

    def __init__(self) -> None:
        self._asked: dict[str, asyncio.Future[list[str] | OSError]] = {}

    async def resolve(self, host: str) -> list[str]:
        """Return the addresses of `host`, each once. Raise OSError, also when 64 other names are being looked up."""
        asked = self._asked.get(host)
        if asked is None:
            if len(self._asked) >= _MAX_CONCURRENT_LOOKUPS:
                raise OSError(
                    f"{host} is not looked up: {_MAX_CONCURRENT_LOOKUPS} look-ups are running already"
                )
            loop = asyncio.get_running_loop()
            asked = self._asked[host] = loop.create_future()
            asked.add_done_callback(lambda _: self._asked.pop(host, None))
            threading.Thread(
                target=_look_up, args=(loop, host, asked), name=f"resolve {host}", daemon=True
            ).start()
        found = await asyncio.shield(asked)
        if isinstance(found, OSError):
            raise found
        return found


def _look_up(loop: asyncio.AbstractEventLoop, host: str, asked: asyncio.Future[list[str] | OSError]) -> None:
    found: list[str] | OSError
    try:
        entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        found = list(dict.fromkeys(str(entry[4][0]) for entry in entries))
    except (OSError, UnicodeError) as error:
        found = error if isinstance(error, OSError) else OSError(f"{host!r} is not a valid name")
    try:
        loop.call_soon_threadsafe(_tell, asked, found)
    except RuntimeError:
        pass  # the loop is closed: no task waits any more


def _tell(asked: asyncio.Future[list[str] | OSError], found: list[str] | OSError) -> None:
    if not asked.done():
        asked.set_result(found)
