"""Query parameters of lists: offset pages and keyset cursors.

A cursor is opaque to clients: base64url of the JSON list of the last item's sort values.
"""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any

import msgspec
from litestar.params import QueryParameter

from colonnade.kernel.core import Invalid

__all__ = ["Limit", "PageNumber", "decode_cursor", "encode_cursor"]

PageNumber = Annotated[int, QueryParameter(ge=1, le=1_000_000, description="Which page, from 1.")]
Limit = Annotated[int, QueryParameter(ge=1, le=50, description="Items per page, at most 50.")]


def encode_cursor(*values: Any) -> str:
    """The cursor after an item whose sort values are `values`."""
    return base64.urlsafe_b64encode(msgspec.json.encode(values)).rstrip(b"=").decode()


def decode_cursor(cursor: str, *types: Any) -> tuple[Any, ...]:
    """The sort values in `cursor`, as `types`; raises Invalid for anything we did not make."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return msgspec.json.decode(raw, type=tuple[types])  # type: ignore[valid-type]
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise Invalid(fields={"cursor": "Cursor is not one that this list gave out"}) from None
