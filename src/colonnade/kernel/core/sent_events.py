"""Declares the events that sockets are sent: name, type of the data, who gets it, and when.

Whoever sends one names its declaration, and the type checker compares the data:

>>> NEW_MESSAGE = LoggedEvent("new-message", Message, to="everybody in the room", when="A message appears.")
>>> await append_event(tx, room=ROOM, event=NEW_MESSAGE, data=message)                    # doctest: +SKIP

Schemas declare them; a slice lists those that it sends (`Slice.sends`), and the description of a product's sockets
(AsyncAPI) is made of them.

Out of scope: sending (`kernel.realtime`), and what clients send (`SocketRoutes.on`).
"""

from __future__ import annotations

from typing import Generic, TypeVar

__all__ = ["LoggedEvent", "SentEvent", "UnloggedEvent"]

P = TypeVar("P")


class SentEvent(Generic[P]):
    """An event of the server. `to` says who gets it, as in "the session's owner", `when` is a sentence.

    Several may have one name, if they go to different people. Raise ValueError for an empty name or text.
    """

    __slots__ = ("data_type", "name", "to", "when")

    def __init__(self, name: str, data_type: type[P], *, to: str, when: str) -> None:
        if not name or not to or not when.endswith("."):
            raise ValueError(f"the event {name!r} must say to whom it is sent, and when, in a sentence")
        self.name = name
        self.data_type = data_type
        self.to = to
        self.when = when

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name} to {self.to}>"


class LoggedEvent(SentEvent[P]):
    """An event in a room's log (`append_event`): its data is an object, which clients receive with `seq` added."""

    __slots__ = ()


class UnloggedEvent(SentEvent[P]):
    """An event that is sent once and not kept (`Emit`)."""

    __slots__ = ()
