"""Writes a transcript: JSON for programs, CSV for spreadsheets, HTML for people and printers."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple

import msgspec

from colonnade.kernel.core import counted
from colonnade.kernel.text import CSV, csv_head, csv_lines
from colonnade.products.dealroom.messages.schemas import Message, Revision
from colonnade.products.dealroom.transcripts.schemas import Transcript

__all__ = ["WRITERS", "Pages", "Revisions", "Writer"]

Pages = AsyncIterator[list[Message]]
"""A session's messages in order."""


Revisions = AsyncIterator[list[Revision]]
"""The changes of these messages, in order; only JSON has them."""


class Writer(NamedTuple):
    """One format: its media type and the function that writes it in chunks."""

    media_type: str
    write: Callable[[Transcript, Pages, Revisions], AsyncIterator[bytes]]


async def _json(transcript: Transcript, pages: Pages, revisions: Revisions) -> AsyncIterator[bytes]:
    encode = msgspec.json.encode
    yield b'{"session":' + encode(transcript.session) + b',"vendor":' + encode(transcript.vendor)
    yield b',"sellers":' + encode(transcript.sellers) + b',"messages":['
    async for piece in _listed(pages):
        yield piece
    yield b'],"revisions":['
    async for piece in _listed(revisions):
        yield piece
    yield b"]}\n"


async def _listed(pages: AsyncIterator[list[Any]]) -> AsyncIterator[bytes]:
    separator = b""
    async for page in pages:
        yield separator + b",".join(msgspec.json.encode(item) for item in page)
        separator = b","


_COLUMNS = ("seq", "id", "created_at", "sender", "sender_name", "phone_number", "type", "content", "media_url",
            "status", "reply_to_id", "edited_at", "deleted_at")  # fmt: skip


async def _csv(transcript: Transcript, pages: Pages, _: Revisions) -> AsyncIterator[bytes]:
    yield csv_head([_camel(name) for name in _COLUMNS])
    async for page in pages:
        yield csv_lines([getattr(message, name) for name in _COLUMNS] for message in page)


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


_STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#1c1c1c}
h1{font-size:1.4rem;margin:0}.about{color:#666;margin:0 0 2rem}
article{border-radius:.75rem;padding:.5rem .75rem;margin:.5rem 0;max-width:80%;background:#f1f1f1;width:fit-content}
article.assistant,article.human{margin-left:auto;background:#dcf3e3}article.system{margin:1rem auto;background:none}
article p{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}small{color:#666}.gone{font-style:italic;color:#888}
@media print{article{break-inside:avoid}}"""


async def _html(transcript: Transcript, pages: Pages, _: Revisions) -> AsyncIterator[bytes]:
    session = transcript.session
    title = html.escape(session.title or "Chat")
    about = f"{counted(session.last_seq, 'message')}, since {session.created_at:%Y-%m-%d %H:%M} UTC"
    if transcript.vendor is not None:
        about += f", answered by {transcript.vendor.name}"
    yield (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>\n<body>'
        f'<h1>{title}</h1><p class="about">{html.escape(about)}</p>\n'
    ).encode()
    async for page in pages:
        yield "".join(map(_article, page)).encode()
    yield b"</body></html>\n"


def _article(message: Message) -> str:
    who = html.escape(message.sender_name or message.sender)
    edited = " (edited)" if message.edited_at and not message.deleted_at else ""
    if message.deleted_at is not None:
        body = '<p class="gone">This message was deleted.</p>'
    else:
        text = html.escape(message.content or "")
        file = html.escape(message.file_name or message.media_url or "")
        body = (
            f"<p><small>{html.escape(message.type)}: {file}</small></p>" if file else ""
        ) + f"<p>{text}</p>"
    return (
        f'<article class="{message.sender}" id="m{message.seq}"><small>{message.seq}. {who}, '
        f"{message.created_at:%Y-%m-%d %H:%M:%S}{edited}</small>{body}</article>\n"
    )


WRITERS = {
    "json": Writer("application/json", _json),
    "csv": Writer(CSV, _csv),
    "html": Writer("text/html", _html),
}
