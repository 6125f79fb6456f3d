"""Types of text fields that several products share.

Patterns end in `$(?!\\n)`: in Python a bare `$` also matches before a final line break.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

__all__ = ["UNSEEN", "Email"]

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
