"""Names of files that people send: cleaned and shortened, never refused, and ending like what the file is."""

from __future__ import annotations

import mimetypes
import re
from typing import TYPE_CHECKING

from colonnade.kernel.core.texts.cleaning import clean_line
from colonnade.kernel.core.texts.kinds import MAX_REMOVED, Line
from colonnade.kernel.core.texts.locale import Locale

if TYPE_CHECKING:
    from typing import Self

__all__ = ["FileName"]

_SEPARATORS = re.compile(r"[/\\]")
_FILE_TYPES = {ending for types in mimetypes.MimeTypes().types_map for ending in types}
_PROGRAMS = frozenset(
    re.findall(
        r"\w+",
        """
        asp aspx bat cgi cmd com exe hta htaccess jar jfif jpe jsp lnk m4v msi oga opus phar php php3 php4 php5 php7
        php8 phps pht phtml ps1 rb scr sh shtml vbs xht xhtml heic heif hif
        """,
    )
)
"""Endings that are no part of a name, although not every Python knows a type for them."""
_SAME = {
    "jpg": {"jpeg", "jpe", "jfif"},
    "heic": {"heif", "hif"},
    "mp4": {"m4v", "mov"},
    "m4a": {"mp4", "aac"},
    "ogg": {"oga", "opus"},
    "3gp": {"3gpp"},
    "txt": {"csv"},
}
"""Other endings that say the same of a file, or more."""


class FileName(Line, min_length=0, max_length=255):
    """The name of a file: cleaned and shortened, never refused."""

    @classmethod
    def read(cls, value: object, locale: Locale | None = None) -> Self:
        """Return the name without folders and invisible characters, `file` if nothing is left of it."""
        text = value if isinstance(value, str) else ""
        name = clean_line(_SEPARATORS.split(text[: 4 * cls.max_length + MAX_REMOVED])[-1]).strip(". ")
        return _shortened(name or "file", cls.max_length)  # type: ignore[return-value]

    @classmethod
    def of_type(cls, name: str, extension: str) -> Self:
        """Return `name` with the `extension` of what the file is, in place of those of other types.

        A name without an extension is as it is: `Pdt. Budi` has none.
        """
        stem, dot, given = name.rpartition(".")
        if not dot or not stem or not _is_ending(given) or _is_of(given, extension):
            return cls.read(name)
        while dot and stem and _is_ending(given) and not _is_of(given, extension):
            name = stem
            stem, dot, given = name.rpartition(".")
        fitting = dot and stem and _is_of(given, extension)
        return cls.read(name if fitting else f"{name}.{extension}")


def _is_ending(given: str) -> bool:
    return f".{given.lower()}" in _FILE_TYPES or given.lower() in _PROGRAMS


def _is_of(given: str, extension: str) -> bool:
    return given.lower() == extension or given.lower() in _SAME.get(extension, ())


def _shortened(name: str, most: int) -> str:
    """Return `name` with at most `most` characters, its ending kept."""
    if len(name) <= most:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 10:
        return name[:most]
    return f"{stem[: most - len(ending) - 1]}.{ending}"
