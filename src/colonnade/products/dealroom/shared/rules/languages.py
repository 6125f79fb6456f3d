"""The languages in which the product itself speaks to its owners."""

from __future__ import annotations

from typing import Literal, get_args

__all__ = ["MailLanguage", "NoteLanguage", "language_of_mails", "language_of_notes"]

MailLanguage = Literal["id", "en"]
NoteLanguage = Literal["id", "en", "pt", "es", "fr", "ar"]


def language_of_notes(*tags: str | None) -> NoteLanguage:
    """Return in which language the record tells an owner something, by the first tag that is given.

    Tags are what customers are spoken to in (BCP 47; none: Indonesian).
    """
    tag = next((tag for tag in tags if tag), "id")
    primary = tag.partition("-")[0].lower()
    return next((language for language in get_args(NoteLanguage) if language == primary), "en")


def language_of_mails(tag: str | None) -> MailLanguage:
    """Return in which language a mail tells an owner something whose customers speak `tag`."""
    return "id" if language_of_notes(tag) == "id" else "en"
