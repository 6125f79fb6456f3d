"""Hooks of schemathesis beyond the description; see schemathesis.toml."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import schemathesis

from colonnade.kernel.core import clean_line

EMPTY: tuple[Any, ...] = ("", [""], [], {}, [{}], [[]])
SHORT = 19
"""Characters; no text field's limit is lower."""


@schemathesis.hook
def filter_case(context: Any, case: Any) -> bool:
    """Leave out empty texts (and what a query cannot distinguish from them), and requests that end the caller.

    An empty text for an optional field counts as absent, whatever its schema says; accounts can delete themselves.
    Made-up versions in `If-Match` are refused (412) before anything else is looked at.
    """
    if any(name.lower() == "if-match" for name in case.headers or ()):
        return False
    if (case.method, case.path) == ("DELETE", "/api/v1/users/{user_id}"):
        return str((case.path_parameters or {}).get("user_id")) != os.environ["FUZZ_CALLER"]
    for part in (case.query, case.body):
        if isinstance(part, Mapping) and any(
            value in EMPTY or _is_long_until_cleaned(value) for value in part.values()
        ):
            return False
    return True


def _is_long_until_cleaned(value: Any) -> bool:
    """Return whether `value` is a text of which something is removed, after which alone its length is judged."""
    return isinstance(value, str) and len(value) > SHORT and len(clean_line(value)) < len(value)
