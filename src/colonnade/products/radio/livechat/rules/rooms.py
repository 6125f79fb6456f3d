"""The chat's rooms and keys, for whoever sends to them."""

from __future__ import annotations

from uuid import UUID

__all__ = ["MODERATORS_ROOM", "ROOM", "guest_key", "guest_room"]

ROOM = "livechat:main"
"""The one public room of the station. It has a log: join it with `Hub.join_with_catchup`."""
MODERATORS_ROOM = "livechat:moderators"
"""Staff who may see hidden messages; nothing is kept."""


def guest_room(session_id: UUID) -> str:
    """The room of one guest's own sockets; nothing is kept."""
    return f"livechat:guest:{session_id}"


def guest_key(session_id: UUID) -> str:
    """What a guest's sockets are closed by."""
    return f"chat-session:{session_id}"
