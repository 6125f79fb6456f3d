"""What handlers return: data and pages, which the product's envelope wraps, and finished answers without it."""

from __future__ import annotations

from collections.abc import AsyncIterable, Mapping, Sequence
from datetime import datetime
from typing import Generic, Literal, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

__all__ = ["JSON", "Created", "Headers", "Ok", "Page", "Pagination", "Response", "Stream", "with_warnings"]

T = TypeVar("T")
A = TypeVar("A")
Text = TypeVar("Text", str, bytes)


class Pagination(msgspec.Struct, frozen=True, rename="camel"):
    """The position of a page in an offset-paginated list; pages count from 1.

    `total_is_floor`: there are more than `total` results, of which the pages show the newest `total`. `is_similar`: the
    words of the search were not found; these are results of similar ones. Both are left out if they are not so.
    """

    page: int
    limit: int
    total: int
    total_pages: int
    has_next: bool
    has_prev: bool
    total_is_floor: Literal[True] | UnsetType = UNSET
    is_similar: Literal[True] | UnsetType = UNSET

    @classmethod
    def of(
        cls, *, page: int, limit: int, total: int, is_floor: bool = False, is_similar: bool = False
    ) -> Pagination:
        """Return the pagination of page number `page` of a list with `total` items."""
        return cls(
            page=page,
            limit=limit,
            total=total,
            total_pages=-(-total // limit),
            has_next=page * limit < total,
            has_prev=page > 1,
            total_is_floor=True if is_floor else UNSET,
            is_similar=True if is_similar else UNSET,
        )


class Ok(msgspec.Struct, Generic[T], frozen=True):
    """One answer.

    `version` makes the answer's ETag usable with `If-Match`; at `fresh_until` it leaves the cache early. `warnings`
    say what was not taken as it was sent; those about rich texts are added to what a handler returns.
    """

    data: T
    message: str | None = None
    version: int | None = None
    fresh_until: datetime | None = None
    warnings: Sequence[str] = ()


def with_warnings(answer: A, warnings: Sequence[str]) -> A:
    """Return `answer` with these after its own, if it is one that has any."""
    if not warnings or not isinstance(answer, Ok):
        return answer
    return msgspec.structs.replace(answer, warnings=[*answer.warnings, *warnings])


class Created(Ok[T], Generic[T], frozen=True):
    """A created resource; its route answers 201."""


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list: by offset (`pagination`) or by keyset (`next_cursor`, None at the end).

    `is_similar` is for one by keyset, as in Pagination.
    """

    data: list[T]
    pagination: Pagination | None = None
    next_cursor: str | None = None
    is_similar: bool = False
    fresh_until: datetime | None = None

    @classmethod
    def of(
        cls,
        data: list[T],
        *,
        page: int,
        limit: int,
        total: int,
        is_floor: bool = False,
        is_similar: bool = False,
        fresh_until: datetime | None = None,
    ) -> Page[T]:
        """Return `data` as page number `page` of a list with `total` items."""
        pagination = Pagination.of(
            page=page, limit=limit, total=total, is_floor=is_floor, is_similar=is_similar
        )
        return Page(data, pagination, fresh_until=fresh_until)


Headers = list[tuple[bytes, bytes]]

JSON: Headers = [(b"content-type", b"application/json")]


class Response(Generic[Text]):
    """An answer with a body; text is sent as UTF-8, which its media type then says.

    `headers` replace those that every answer has. Names are in any case.
    """

    __slots__ = ("body", "headers", "status")

    def __init__(
        self,
        content: Text,
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
