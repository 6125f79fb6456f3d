"""Messages: numbered, repeated, edited, taken back, listed, polled, searched."""

from __future__ import annotations

from typing import Any

API = "/api/v1"


async def test_a_message_is_stored_under_the_next_number(room: Any) -> None:
    session = await room.session()
    first = await room.say(
        session, "Halo, ada ukuran 41?", senderName="Ibu Sari", phoneNumber="+62 812-3456-7890"
    )
    assert first == {
        "id": 1,
        "sessionId": session,
        "seq": 1,
        "sender": "customer",
        "senderName": "Ibu Sari",
        "phoneNumber": "+6281234567890",
        "phoneNumberTyped": "+62 812-3456-7890",
        "type": "text",
        "content": "Halo, ada ukuran 41?",
        "mediaUrl": None,
        "mediaMimeType": None,
        "fileName": None,
        "fileSizeBytes": None,
        "replyToId": None,
        "clientMessageId": None,
        "providerMessageId": None,
        "status": "sent",
        "version": 1,
        "createdAt": first["createdAt"],
        "editedAt": None,
        "deletedAt": None,
    }
    second = await room.say(session, "Ada, Bu.", "human", replyToId=first["id"])
    assert (second["seq"], second["replyToId"]) == (2, 1)
    shown = (await room.melati.get(f"{API}/sessions/{session}")).json()["data"]
    assert (shown["title"], shown["lastSeq"], shown["handledBy"]) == ("Halo, ada ukuran 41?", 2, "human")
