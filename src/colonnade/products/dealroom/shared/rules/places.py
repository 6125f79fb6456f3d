"""The paths of this API, and the rooms of its sockets."""

from __future__ import annotations

__all__ = ["LONG_BODY_BYTES", "PREFIX", "inbox_room", "media_path", "session_room"]

PREFIX = "/api/v1"
LONG_BODY_BYTES = 64 * 1024
"""The limit of bodies whose fields allow more than the 10 kB of BODY_LIMIT_BYTES, in whatever way they are escaped."""


def media_path(message_id: int | str) -> str:
    """Return the path under which a message's stored file is served to its owner."""
    return f"{PREFIX}/messages/{message_id}/media"


def session_room(session_id: object) -> str:
    """Return the room of a chat session, in which its owner's clients receive the session's events."""
    return f"chat:{session_id}"


def inbox_room(owner_id: int) -> str:
    """Return the room in which an owner's clients are told which of their sessions have changed."""
    return f"inbox:{owner_id}"
