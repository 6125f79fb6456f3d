"""Types of text fields that several products share.

Patterns end in `$(?!\\n)`: in Python a bare `$` also matches before a final line break.
"""

from __future__ import annotations

import base64
from typing import Annotated

from msgspec import Meta

__all__ = ["UNSEEN", "Email", "GivenPassword", "base64url"]

# Spaces, control and bidirectional characters, spelt out one by one: what `\s` matches differs
# between Python and the clients that read the pattern from the API description.
UNSEEN = r"\x00-\x20\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff"
_ODD = UNSEEN + r"<>\x22',;:()\[\]\\"

Email = Annotated[
    str,
    Meta(
        pattern=rf"^[^{_ODD}@]{{1,64}}@[^{_ODD}@.]+(\.[^{_ODD}@.]+)+$(?!\n)",
        min_length=3,
        max_length=254,
        description="An e-mail address.",
        examples=["rina@example.org"],
    ),
]

GivenPassword = Annotated[str, Meta(min_length=1, max_length=1024)]
"""A password that is compared with a stored one: of any form, and bounded because hashing it is work."""


def base64url(raw: bytes) -> str:
    """Write bytes for addresses and headers: base64url without padding (RFC 4648, 5)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
