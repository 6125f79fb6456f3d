"""Names devices for people by their User-Agent: `Chrome on Android`, `Safari on iPhone`, `curl`.

The name only helps people to recognise their own devices in a list: a client can send any User-Agent.
"""

from __future__ import annotations

import re

__all__ = ["device_label"]

UNKNOWN = "Unknown device"

# The first match counts: nearly every browser also names those it descends from.
_CLIENTS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("YaBrowser/", "Yandex Browser"),
    ("Vivaldi/", "Vivaldi"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)
_PRODUCT = re.compile(r"[A-Za-z][A-Za-z0-9 ._-]{0,38}")


def device_label(user_agent: str | None) -> str:
    """Return the name of a device: at most 80 printable ASCII characters."""
    if not user_agent:
        return UNKNOWN
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), None)
    if user_agent.startswith("Mozilla/"):
        client = next((name for mark, name in _CLIENTS if mark in user_agent), "Browser")
    else:
        # Apps and tools name themselves first: `okhttp/4.12`, `ColonnadeApp/2.1 (iPhone; iOS 18)`.
        match = _PRODUCT.match(user_agent)
        if match is None:
            return UNKNOWN
        client = match[0].strip()
    return f"{client} on {system}" if system else client
