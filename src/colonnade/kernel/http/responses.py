"""Finished answers: what a handler returns that answers without the envelope, and what every other answer becomes."""

from __future__ import annotations

from collections.abc import AsyncIterable, Mapping
from typing import Generic, TypeVar

__all__ = ["JSON", "Headers", "Response", "Stream"]

T = TypeVar("T", str, bytes)

Headers = list[tuple[bytes, bytes]]

JSON: Headers = [(b"content-type", b"application/json")]


class Response(Generic[T]):
    """An answer with a body; text is sent as UTF-8, which its media type then says.

    `headers` replace those that every answer has. Names are in any case.
    """

    __slots__ = ("body", "headers", "status")

    def __init__(
        self,
        content: T,
        *,
        status_code: int = 200,
        media_type: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status_code
        self.body: bytes = content.encode() if isinstance(content, str) else content
        self.headers: Headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in (headers or {}).items()
        ]
        if media_type is not None and not any(name == b"content-type" for name, _ in self.headers):
            charset = (
                "; charset=utf-8" if media_type.startswith("text/") and "charset=" not in media_type else ""
            )
            self.headers.append((b"content-type", f"{media_type}{charset}".encode("latin-1")))

    @classmethod
    def of(cls, status: int, body: bytes, headers: Headers) -> Response[bytes]:
        """Return an answer of parts that are ready; `headers` must not be changed afterwards."""
        made: Response[bytes] = object.__new__(Response)
        made.status, made.body, made.headers = status, body, headers
        return made


class Stream(Response[bytes]):
    """An answer whose body comes in parts; it stops when the client is gone."""

    __slots__ = ("parts",)

    def __init__(
        self,
        parts: AsyncIterable[bytes],
        *,
        status_code: int = 200,
        media_type: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(b"", status_code=status_code, media_type=media_type, headers=headers)
        self.parts = parts
