"""Names into addresses, in threads that nobody else waits for.

An event loop resolves in a few threads (uvloop: two at a time), and a look-up cannot be stopped. Eight jobs that
ask for names whose name servers are silent would keep the next look-up of the process waiting for 24 s (measured),
were it for the mail server or the database. So the names of strangers are looked up here: each by one thread however
many ask, in daemon threads, which do not delay the end of the process either.
"""

from __future__ import annotations

import asyncio
import socket
import threading

__all__ = ["Names"]

_MOST_AT_ONCE = 64


class Names:
    """Looks names up for the tasks of one event loop."""

    def __init__(self) -> None:
        self._asked: dict[str, asyncio.Future[list[str] | OSError]] = {}

    async def resolve(self, host: str) -> list[str]:
        """Return the addresses of `host`, each once. Raises OSError, also when 64 other names are being looked up."""
        asked = self._asked.get(host)
        if asked is None:
            if len(self._asked) >= _MOST_AT_ONCE:
                raise OSError(f"{host} is not looked up: {_MOST_AT_ONCE} names are waited for")
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
        found = error if isinstance(error, OSError) else OSError(f"{host!r} is no name")
    try:
        loop.call_soon_threadsafe(_tell, asked, found)
    except RuntimeError:
        pass  # the loop is closed: nobody waits any more


def _tell(asked: asyncio.Future[list[str] | OSError], found: list[str] | OSError) -> None:
    if not asked.done():
        asked.set_result(found)
