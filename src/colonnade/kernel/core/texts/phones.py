"""Telephone numbers as people write them, by Google's libphonenumber."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from colonnade.kernel.core.texts.cleaning import clean_line
from colonnade.kernel.core.texts.locale import Locale

if TYPE_CHECKING:
    from typing import Self


__all__ = ["Phone", "country_of", "national_digits"]

MAX_CHARACTERS = 60
"""Of a number as it is typed: with spaces, brackets and an extension."""
_EXTENSION = re.compile(
    r"\b(?:pesawat|psw|pes|eksten?si|ekst?|nebenstelle|durchwahl|poste|interno|ramal|rml)\b[.:]? ?(?=[0-9]{1,7}\Z)",
    re.I,
)
"""Words for an extension that libphonenumber does not know."""
EXAMPLE = "+62 811 6000 123"


class Phone:
    """A telephone number: `number` in E.164 (ITU-T), `extension` behind it if there is one, and as it was `typed`.

    `str()` is the international form of ITU-T E.123, which reads as the same number again. Without a country code it is
    one of the region that the product sets (PHONE_REGION).
    """

    __slots__ = ("_international", "extension", "number", "typed")

    def __init__(self, number: str, *, typed: str, international: str, extension: str | None = None) -> None:
        self.number = number
        self.typed = typed
        self.extension = extension
        self._international = international

    def __str__(self) -> str:
        return self._international

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Phone) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(self._international)

    def __repr__(self) -> str:
        return f"Phone({self._international!r})"

    @classmethod
    def read(cls, value: object, locale: Locale | None = None) -> Self:
        """Return the number that `value` writes. Raise ValueError unless it is in use somewhere (*valid*)."""
        import phonenumbers

        region = locale.phone_region if locale is not None else None
        if not isinstance(value, str):
            raise ValueError("must not be null" if value is None else "must be a text")
        typed = clean_line(value[: 4 * MAX_CHARACTERS])
        if not typed:
            raise ValueError("must not be blank")
        fits = len(value) <= 4 * MAX_CHARACTERS and len(typed) <= MAX_CHARACTERS
        parsed = _parse(typed, region) if fits else None
        if parsed is None:
            raise ValueError(
                f"must be a telephone number that exists, with its country code ({EXAMPLE})"
                if region is None
                else f"must be a telephone number that exists, in {region} or with its country code ({EXAMPLE})"
            )
        formats = phonenumbers.PhoneNumberFormat
        return cls(
            phonenumbers.format_number(parsed, formats.E164),
            typed=typed,
            international=phonenumbers.format_number(parsed, formats.INTERNATIONAL),
            extension=parsed.extension,
        )

    @classmethod
    def schema(cls) -> dict[str, Any]:
        """Return its JSON schema."""
        return {
            "type": "string",
            "minLength": 3,
            "maxLength": MAX_CHARACTERS,
            "description": "A telephone number, written in any usual way.",
            "examples": [EXAMPLE],
        }


def country_of(number: str) -> str | None:
    """Return the code of the country (ISO 3166) of a number in E.164; None if it is of no single one, or of none."""
    import phonenumbers

    try:
        found: str | None = phonenumbers.region_code_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return None
    return None if found == "001" else found


def national_digits(phone: Phone) -> tuple[str, ...]:
    """Return the digits of a number in each usual spelling: with country code, with 00 and it, in its country.

    The country's form is with the digit that trunk calls begin with, and without it, which is the shortest; some write
    that digit behind the country code as well: `+62 (0) 811`.
    """
    import phonenumbers

    parsed = phonenumbers.parse(phone.number)
    formats = phonenumbers.PhoneNumberFormat
    national = phonenumbers.format_number(parsed, formats.NATIONAL)
    spellings = (
        phone.number,
        f"00{phone.number}",
        national,
        phonenumbers.national_significant_number(parsed),
        f"{parsed.country_code}{national}",
        f"00{parsed.country_code}{national}",
    )
    return tuple(dict.fromkeys(re.sub(r"\D", "", spelling) for spelling in spellings))


def _parse(typed: str, region: str | None) -> Any:
    """Return the number in use that `typed` writes, in `region` or with a country code, or None.

    `00` stands for the + almost everywhere, and some programs write neither.
    """
    import phonenumbers

    typed = _EXTENSION.sub("ext. ", typed)
    written = f"+{typed[2:]}" if typed.startswith("00") else typed
    for text, where in ((written, region), (f"+{written}", None)):
        try:
            parsed = phonenumbers.parse(text, where)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(parsed):
            return parsed
    return None
