"""Types of text fields: each normalises and cleans what people typed, and then judges it.

A field is declared by a class of its own, whose limits count characters of the cleaned text:

>>> class Title(Line, min_length=5, max_length=500, examples=["Morning service"]):
...     "What a report is about."

Values are plain `str`: `Title` stands in signatures, and `Reading` (see `reading`) makes them where a body, a parameter
or a socket message is read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from colonnade.kernel.core.plurals import counted
from colonnade.kernel.core.texts.cleaning import clean_line, clean_words
from colonnade.kernel.core.texts.hosts import has_host, plain_dots
from colonnade.kernel.core.texts.locale import Locale
from colonnade.kernel.core.texts.normalising import normalized

if TYPE_CHECKING:
    from typing import Self


__all__ = [
    "CalledName",
    "Email",
    "FieldType",
    "GivenPassword",
    "Line",
    "PersonName",
    "Text",
    "Token",
    "Words",
    "normal_address",
]

MAX_REMOVED = 1_000
"""Characters above four times its limit that a text may lose by cleaning; a longer one is not even cleaned."""


class FieldType(type):
    """The class of field types whose values are of another type, the `base`: a `Line` is a plain `str`."""

    base: type

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, cls.base)


class Text(str, metaclass=FieldType):
    """A text that is made from what was typed by `clean`, and judged by `judge`."""

    base = str
    min_length: ClassVar[int] = 1
    max_length: ClassVar[int] = 200
    examples: ClassVar[Sequence[str]] = ()

    def __init_subclass__(
        cls,
        *,
        min_length: int | None = None,
        max_length: int | None = None,
        examples: Sequence[str] = (),
        **more: Any,
    ) -> None:
        super().__init_subclass__(**more)
        if min_length is not None:
            cls.min_length = min_length
        if max_length is not None:
            cls.max_length = max_length
        cls.examples = examples

    def __new__(cls, text: str) -> Self:
        """Return `text` cleaned. Raise ValueError with what it must be."""
        return cls.read(text)

    @classmethod
    def read(cls, value: object, locale: Locale | None = None) -> Self:
        """Return what was typed, cleaned. Raise ValueError with what it must be, after the name of its field."""
        if not isinstance(value, str):
            raise ValueError("must not be null" if value is None else "must be a text")
        too_long = len(value) > 4 * cls.max_length + MAX_REMOVED
        text = cls.clean(value[: cls.max_length + 1] if too_long else value)
        if not text and cls.min_length and not too_long:
            raise ValueError("must not be blank")
        if too_long or not cls.min_length <= len(text) <= cls.max_length:
            raise ValueError(cls.misfit(text, too_long=too_long or len(text) > cls.max_length))
        cls.judge(text)
        return text  # type: ignore[return-value]  # a Text is a str in all that it can do

    @classmethod
    def fitted(cls, text: str | None) -> Self | None:
        """Return what another program wrote, cleaned and cut at the limit; None if it cannot be made to fit."""
        if text is None:
            return None
        try:
            return cls.read(cls.clean(text[: 4 * cls.max_length])[: cls.max_length])
        except ValueError:
            return None

    @classmethod
    def clean(cls, text: str) -> str:
        """Return `text` as it is kept."""
        return clean_line(text)

    @classmethod
    def misfit(cls, text: str, *, too_long: bool) -> str:
        """Return what a text must be that is too long or too short."""
        if too_long:
            return f"must be at most {counted(cls.max_length, 'character')}"
        return f"must be at least {counted(cls.min_length, 'character')}"

    @classmethod
    def judge(cls, text: str) -> None:
        """Raise ValueError with what the cleaned text must be."""

    @classmethod
    def schema(cls) -> dict[str, Any]:
        """Return its JSON schema; lengths are those of the cleaned text."""
        made: dict[str, Any] = {"type": "string", "maxLength": cls.max_length}
        if cls.min_length:
            made["minLength"] = cls.min_length
        if cls.examples:
            made["examples"] = list(cls.examples)
        if description := _own_description(cls):
            made["description"] = description
        return made


def _own_description(kind: type[Text]) -> str:
    """Return the first paragraph of the class's docstring, on one line; none for one without."""
    text = kind.__dict__.get("__doc__") or ""
    return " ".join(text.partition("\n\n")[0].split())


class Line(Text):
    """A text in one line: composed (NFC), single spaces, nothing that cannot be seen."""


class Words(Text, max_length=2000):
    """A text of several lines, divided by `\\n`: composed (NFC), without what cannot be seen."""

    @classmethod
    def clean(cls, text: str) -> str:
        """Return `text` without outer space and what cannot be seen."""
        return clean_words(text)


class CalledName(Line, max_length=100):
    """What somebody is called, in any script; of one character in those that write names so."""

    @classmethod
    def judge(cls, text: str) -> None:
        """Refuse a single letter of an alphabet, and a single sign."""
        if len(text) == 1 and unicodedata.category(text) != "Lo":
            raise ValueError("must be at least 2 characters")


class PersonName(CalledName, max_length=100):
    """A person's name, in any script; of one character in those that write names so."""

    # What people are called (O'Neil, s/o, Ali @ Aminah, Ani "Nini" Sari, 王) never needs these; links and markup do.
    _REFUSED = re.compile(
        r"""[<>:\\|{}=*_#%^~;!?$\[\]]|(?<! )@|@(?! )|(?<![^\W\d_])/|/(?![^\W\d_])|\.[^\W\d_]{2,}/"""
        r"""|\bwww\.|\.(?:com|net|org|info|biz|xyz|online|site|shop|club|link|click|io)\b""",
        re.IGNORECASE,
    )
    _RULE = "must be a name: no link, none of < > : ; \\ | { } [ ] = * _ # % ^ ~ ! ? $, and @ and / between names only"

    _DOTS = "must be a name: after a dot there is a space, or a capital after initials and titles (J.R., Pdt.Budi)"

    @classmethod
    def judge(cls, text: str) -> None:
        """Refuse links, markup and what has no letter: names stand in mails to addresses that nobody confirmed."""
        if not any(character.isalpha() for character in text):
            raise ValueError("must have a letter")
        super().judge(text)
        if cls._REFUSED.search(plain_dots(text)):
            raise ValueError(cls._RULE)
        if has_host(text):
            raise ValueError(cls._DOTS)


class Token(Text):
    """A text in a form that `pattern` gives and `rule` says: `must be …`, after the name of its field.

    The pattern is one that Python and the clients' ECMAScript read alike.
    """

    pattern: ClassVar[re.Pattern[str]] = re.compile("")
    rule: ClassVar[str] = ""

    def __init_subclass__(cls, *, pattern: str | None = None, rule: str | None = None, **more: Any) -> None:
        super().__init_subclass__(**more)
        if pattern is not None:
            cls.pattern = re.compile(pattern, re.ASCII)
        if rule is not None:
            cls.rule = rule
        if not cls.pattern.pattern or not cls.rule:
            raise TypeError(f"{cls.__name__} needs a pattern and a rule")

    @classmethod
    def clean(cls, text: str) -> str:
        """Return `text` without outer space."""
        return text.strip()

    @classmethod
    def misfit(cls, text: str, *, too_long: bool) -> str:
        """Return the rule for what is not of the form either: of `09:00:30` as a time, the length says nothing."""
        if cls.pattern.fullmatch(text):
            return super().misfit(text, too_long=too_long)
        return cls.rule

    @classmethod
    def judge(cls, text: str) -> None:
        """Refuse what is not of the form."""
        if not cls.pattern.fullmatch(text):
            raise ValueError(cls.rule)

    @classmethod
    def schema(cls) -> dict[str, Any]:
        """Return its JSON schema, with the pattern."""
        return {**super().schema(), "pattern": f"^(?:{cls.pattern.pattern})$"}


class Email(Text, min_length=3, max_length=254, examples=["rina@example.org"]):
    """An e-mail address."""

    @classmethod
    def clean(cls, text: str) -> str:
        """Return `text` without outer space and what cannot be seen, in one width: `ａni` is `ani` (NFKC)."""
        return normalized("NFKC", clean_line(text))

    @classmethod
    def read(cls, value: object, locale: Locale | None = None) -> Self:
        """Return the address, composed and its domain in lower case (RFC 5321, 6531). Raise ValueError."""
        return normal_address(super().read(value, locale))  # type: ignore[return-value]

    @classmethod
    def schema(cls) -> dict[str, Any]:
        """Return its JSON schema."""
        return {**super().schema(), "format": "email"}


def normal_address(text: str) -> str:
    """Return an address, composed and its domain in lower case. Raise ValueError with what it must be."""
    import email_validator

    try:
        # Without test_environment, the reserved domain `.test` (RFC 2606) would be refused.
        found = email_validator.validate_email(
            normalized("NFKC", text),
            check_deliverability=False,
            test_environment=True,
            strict=True,
        )
    except email_validator.EmailNotValidError as error:
        said = str(error).rstrip(".")
        raise ValueError(f"must be an e-mail address: {said[:1].lower()}{said[1:]}") from None
    if len(found.ascii_domain.rpartition(".")[2]) < 2:
        raise ValueError("must be an e-mail address: no domain ends in a single letter")
    return found.normalized


class GivenPassword(Text, max_length=1024):
    """A password that is compared with a stored one: of any form, and bounded because hashing it is work."""

    @classmethod
    def clean(cls, text: str) -> str:
        """Return `text` as it is: every character of a password counts."""
        return text
