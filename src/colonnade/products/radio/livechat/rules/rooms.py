"""The names of the chat's rooms, and the keys of its sockets."""

from __future__ import annotations

from uuid import UUID

__all__ = ["MODERATORS_ROOM", "ROOM", "device_key", "guest_key", "guest_room"]

ROOM = "livechat:main"
"""The one public room of the station. It has a log: join it with `Hub.join_with_catchup`."""
MODERATORS_ROOM = "livechat:moderators"
"""Staff who may see hidden messages; the room has no log."""


def guest_room(session_id: UUID) -> str:
    """Return the room of one guest's own sockets; it has no log."""
    return f"livechat:guest:{session_id}"


def guest_key(session_id: UUID) -> str:
    """Return the key by which a guest's sockets are closed."""
    return f"chat-session:{session_id}"


def device_key(device: str) -> str:
    """Return the key by which all sockets of a guest's device are closed."""
    return f"chat-device:{device}"
