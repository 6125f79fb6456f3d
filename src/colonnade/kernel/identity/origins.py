"""The origin of a request as identity needs it: for a session's device, and for mails in the client's language."""

from __future__ import annotations

from typing import Protocol

from colonnade.kernel.audit import Origin
from colonnade.kernel.mail import Language

__all__ = ["ClientOrigin"]


class ClientOrigin(Origin, Protocol):
    """The origin of a request, with its client's program and language; an Exchange is one."""

    @property
    def user_agent(self) -> str | None:
        """Return the client's User-Agent, or None if it sent none."""

    @property
    def language(self) -> Language:
        """Return the language of mails to the client."""
