"""Has files looked at by a virus scanner before they are kept: the port, and ClamAV's daemon behind it.

Out of scope: what becomes of a file in which something was found (its callers say).
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import structlog

from colonnade.kernel.core import Settings, Unavailable
from colonnade.products.dealroom.messages.schemas import MessageSettings

__all__ = ["Clamd", "Scanner", "VirusScan"]

log = structlog.get_logger(__name__)

CONNECT_SECONDS = 3.0
SCAN_SECONDS = 120.0
CHUNK_BYTES = 64 * 1024
MAX_ANSWER_BYTES = 4096
_FOUND = re.compile(r"stream: (.{1,200}) FOUND\Z")


class Scanner(Protocol):
    """What looks at files."""

    async def scan(self, file: BinaryIO) -> str | None:
        """Return the name of what is in the file, None if it is clean. Raise Unavailable."""


class Clamd:
    """ClamAV's daemon, spoken to by its command INSTREAM."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def scan(self, file: BinaryIO) -> str | None:
        """Return the name of what is in the file, None if it is clean. Raise Unavailable."""
        try:
            async with asyncio.timeout(SCAN_SECONDS):
                answer = await self._ask(file)
        except (OSError, TimeoutError, EOFError, asyncio.LimitOverrunError) as error:
            log.warning("virus scanner failed", error=type(error).__name__)
            raise Unavailable("The virus scanner does not answer.") from None
        if answer == "stream: OK":
            return None
        found = _FOUND.match(answer)
        if found is None:
            log.warning("virus scanner refused", answer=answer[:200])
            raise Unavailable("The virus scanner cannot scan this file.")
        return "".join(c for c in found[1] if c.isprintable())

    async def _ask(self, file: BinaryIO) -> str:
        async with asyncio.timeout(CONNECT_SECONDS):
            reader, writer = await self._connect()
        try:
            writer.write(b"zINSTREAM\0")
            file.seek(0)
            while chunk := file.read(CHUNK_BYTES):
                writer.write(len(chunk).to_bytes(4) + chunk)
                await writer.drain()
            writer.write(bytes(4))
            await writer.drain()
            return (await reader.readuntil(b"\0")).rstrip(b"\0\n").decode(errors="replace")
        finally:
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._address.startswith("/"):
            return await asyncio.open_unix_connection(str(Path(self._address)), limit=MAX_ANSWER_BYTES)
        host, _, port = self._address.rpartition(":")
        return await asyncio.open_connection(host, int(port), limit=MAX_ANSWER_BYTES)


class VirusScan:
    """The scanner that is configured, if one is."""

    def __init__(self, scanner: Scanner | None) -> None:
        self._scanner = scanner

    @classmethod
    def __provided__(cls, services: Any) -> VirusScan:
        settings: Settings = services.settings
        address = settings.of(MessageSettings).clamd_address
        return cls(Clamd(address) if address is not None else None)

    async def find(self, file: BinaryIO) -> str | None:
        """Return the name of what is in the file; None if nothing was found, or nothing scans. Raise Unavailable."""
        return await self._scanner.scan(file) if self._scanner is not None else None
