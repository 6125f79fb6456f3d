"""Renders pages in the frame that they share, and defines their headers.

A package keeps its pages as Jinja templates in its folder `templates`; each begins with
`{% extends "page.html" %}` and fills the blocks `title`, `above` (the way back) and `main`. Values are escaped and
an unknown variable is an error. The style is part of the page, so that a page is one request and works below any
prefix; the content policy allows its hash and no other inline code.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["PAGE_HEADERS", "Pages"]

_TEMPLATES = Path(__file__).with_name("templates")
_STYLE = _TEMPLATES.joinpath("page.css").read_text(encoding="utf-8")
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

PAGE_HEADERS = {
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; frame-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
}
"""The headers of every page: no foreign resources, no script, no inline style but ours, never cached."""


class Pages:
    """The pages of one package, whose templates are in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def render(self, name: str, **values: Any) -> str:
        """Return the page `name` (a file of the folder) as HTML. Raise jinja2.TemplateError."""
        return self._environment.get_template(name).render(values)

    @cached_property
    def _environment(self) -> Environment:
        from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
        from markupsafe import Markup

        environment = Environment(
            loader=ChoiceLoader([FileSystemLoader(self._folder), FileSystemLoader(_TEMPLATES)]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        # Not escaped, because the policy names the hash of our file as it is.
        environment.globals["style"] = Markup(_STYLE)  # noqa: S704
        return environment
