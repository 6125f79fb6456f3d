"""Types of text fields that every product uses: they normalise, clean, and then judge."""

import base64

from colonnade.kernel.core.texts.cleaning import (
    clean_figures,
    clean_line,
    clean_words,
    is_blank,
    without_unseen,
)
from colonnade.kernel.core.texts.codes import (
    CURRENCY_DECIMALS,
    CountryCode,
    CurrencyCode,
    LanguageTag,
    ZoneName,
)
from colonnade.kernel.core.texts.contacts import address_key, ascii_domain, mentions_address, mentions_number
from colonnade.kernel.core.texts.filenames import FileName
from colonnade.kernel.core.texts.kinds import (
    CalledName,
    Email,
    GivenPassword,
    Line,
    PersonName,
    Text,
    Token,
    Words,
    normal_address,
)
from colonnade.kernel.core.texts.locale import Locale
from colonnade.kernel.core.texts.moments import Day, Moment
from colonnade.kernel.core.texts.normalising import MOST_MARKS, normalized
from colonnade.kernel.core.texts.numbers import RowId
from colonnade.kernel.core.texts.phones import Phone, country_of, national_digits
from colonnade.kernel.core.texts.reading import Reading, fields_of, is_struct, schema_of
from colonnade.kernel.core.texts.sentences import label_of, sentence

__all__ = [
    "CURRENCY_DECIMALS",
    "MOST_MARKS",
    "UNSEEN",
    "CalledName",
    "CountryCode",
    "CurrencyCode",
    "Day",
    "Email",
    "FileName",
    "GivenPassword",
    "LanguageTag",
    "Line",
    "Locale",
    "Moment",
    "PersonName",
    "Phone",
    "Reading",
    "RowId",
    "Text",
    "Token",
    "Words",
    "ZoneName",
    "address_key",
    "ascii_domain",
    "base64url",
    "clean_figures",
    "clean_line",
    "clean_words",
    "country_of",
    "fields_of",
    "is_blank",
    "is_struct",
    "label_of",
    "mentions_address",
    "mentions_number",
    "national_digits",
    "normal_address",
    "normalized",
    "schema_of",
    "sentence",
    "without_unseen",
]

# Spaces, control and bidirectional characters, spelt out one by one: what `\s` matches differs
# between Python and the clients that read the pattern from the API description.
UNSEEN = r"\x00-\x20\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff"


def base64url(raw: bytes) -> str:
    """Write bytes for addresses and headers: base64url without padding (RFC 4648, 5)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
