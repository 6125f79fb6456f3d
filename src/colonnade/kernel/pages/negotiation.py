"""Distinguishes browsers from programs: content negotiation by Accept (RFC 9110, 12.5.1)."""

from __future__ import annotations

__all__ = ["prefers_html"]

_HTML = ("text/html", "application/xhtml+xml")
_JSON = ("application/json", "application/*")
_MAX_CHARACTERS = 4096
"""Of Accept; browsers send some hundred, and 64 KB of it took 50 ms."""


def prefers_html(accept: str) -> bool:
    """Return whether `accept` names HTML with at least the weight of JSON; `*/*` alone does not name it.

    Its first 4,096 characters count.
    """
    html = json = 0.0
    for item in accept[:_MAX_CHARACTERS].lower().split(","):
        media, *parameters = (part.strip() for part in item.split(";"))
        if media in _HTML:
            html = max(html, _weight(parameters))
        elif media in _JSON:
            json = max(json, _weight(parameters))
    return html > 0 and html >= json


def _weight(parameters: list[str]) -> float:
    given = next((value[2:] for value in parameters if value.startswith("q=")), "1")
    try:
        return float(given)
    except ValueError:
        return 0.0
