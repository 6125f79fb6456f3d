"""Field types that several slices share.

Patterns end in `$(?!\\n)`: in Python `$` alone lets a last line break pass.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from colonnade.kernel.core import UNSEEN, Email

__all__ = ["SHOWN_WITH_NAMES", "Email", "Id", "ImageUrl", "Moment", "ShortText", "Slug"]

Moment = Annotated[datetime, Meta(tz=True, examples=["2026-12-25T06:00:00+07:00"])]
Id = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Slug = Annotated[
    str, Meta(pattern=r"^[a-z0-9-]+$(?!\n)", min_length=1, max_length=500, examples=["kabar-baik"])
]
ShortText = Annotated[str, Meta(min_length=2, max_length=255)]
ImageUrl = Annotated[
    str,
    Meta(
        pattern=rf"^(https?://[^{UNSEEN}]+|/radio/uploads/[^{UNSEEN}]+)$(?!\n)",
        max_length=500,
        description="An address on the web, or of a file uploaded here.",
        examples=["https://cdn.elshaddaifm.id/studio.jpg"],
    ),
]

SHOWN_WITH_NAMES = ("articles", "homepage")
"""Tags of the answers that show the names of staff."""
