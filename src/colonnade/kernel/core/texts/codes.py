"""Codes of standards: countries (ISO 3166), currencies (ISO 4217), languages (BCP 47) and time zones (IANA).

They are judged by the standards' own lists, not by their form: `XYZ` is no currency, `Asia/Jogja` no zone.
"""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from colonnade.kernel.core.texts.kinds import Token

__all__ = [
    "COUNTRIES",
    "CURRENCY_DECIMALS",
    "CountryCode",
    "CurrencyCode",
    "LanguageTag",
    "ZoneName",
    "check_zone",
]

COUNTRIES = frozenset({
    "AC", "AD", "AE", "AF", "AG", "AI", "AL", "AM", "AO", "AR", "AS", "AT", "AU", "AW", "AX", "AZ", "BA", "BB",
    "BD", "BE", "BF", "BG", "BH", "BI", "BJ", "BL", "BM", "BN", "BO", "BQ", "BR", "BS", "BT", "BW", "BY", "BZ",
    "CA", "CC", "CD", "CF", "CG", "CH", "CI", "CK", "CL", "CM", "CN", "CO", "CR", "CU", "CV", "CW", "CX", "CY",
    "CZ", "DE", "DJ", "DK", "DM", "DO", "DZ", "EC", "EE", "EG", "EH", "ER", "ES", "ET", "FI", "FJ", "FK", "FM",
    "FO", "FR", "GA", "GB", "GD", "GE", "GF", "GG", "GH", "GI", "GL", "GM", "GN", "GP", "GQ", "GR", "GT", "GU",
    "GW", "GY", "HK", "HN", "HR", "HT", "HU", "ID", "IE", "IL", "IM", "IN", "IO", "IQ", "IR", "IS", "IT", "JE",
    "JM", "JO", "JP", "KE", "KG", "KH", "KI", "KM", "KN", "KP", "KR", "KW", "KY", "KZ", "LA", "LB", "LC", "LI",
    "LK", "LR", "LS", "LT", "LU", "LV", "LY", "MA", "MC", "MD", "ME", "MF", "MG", "MH", "MK", "ML", "MM", "MN",
    "MO", "MP", "MQ", "MR", "MS", "MT", "MU", "MV", "MW", "MX", "MY", "MZ", "NA", "NC", "NE", "NF", "NG", "NI",
    "NL", "NO", "NP", "NR", "NU", "NZ", "OM", "PA", "PE", "PF", "PG", "PH", "PK", "PL", "PM", "PR", "PS", "PT",
    "PW", "PY", "QA", "RE", "RO", "RS", "RU", "RW", "SA", "SB", "SC", "SD", "SE", "SG", "SH", "SI", "SJ", "SK",
    "SL", "SM", "SN", "SO", "SR", "SS", "ST", "SV", "SX", "SY", "SZ", "TA", "TC", "TD", "TG", "TH", "TJ", "TK",
    "TL", "TM", "TN", "TO", "TR", "TT", "TV", "TW", "TZ", "UA", "UG", "US", "UY", "UZ", "VA", "VC", "VE", "VG",
    "VI", "VN", "VU", "WF", "WS", "XK", "YE", "YT", "ZA", "ZM", "ZW",
})  # fmt: skip
"""Those whose telephone numbers are known: asking the library would load it at every start (a test compares them)."""

_TWO = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU
CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES
KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR
NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP
TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"
CURRENCY_DECIMALS = {
    **dict.fromkeys(_TWO.split(), 2),
    **dict.fromkeys(_NONE.split(), 0),
    **dict.fromkeys(_THREE.split(), 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}
"""ISO 4217, list one (2026), without metals, units of account of banks and codes for tests: the decimals of each."""


class CountryCode(
    Token,
    pattern=r"[A-Z]{2}",
    rule="must be the code of a country (ISO 3166), such as ID",
    max_length=2,
    examples=["ID"],
):
    """ISO 3166-1 alpha-2"""

    @classmethod
    def judge(cls, text: str) -> None:
        """Refuse what is no country's code."""
        if text not in COUNTRIES:
            raise ValueError(cls.rule)


class CurrencyCode(
    Token,
    pattern=r"[A-Z]{3}",
    rule="must be a currency (ISO 4217), such as IDR",
    max_length=3,
    examples=["IDR"],
):
    """ISO 4217"""

    @classmethod
    def judge(cls, text: str) -> None:
        """Refuse what is no currency's code."""
        if text not in CURRENCY_DECIMALS:
            raise ValueError(cls.rule)

    @classmethod
    def schema(cls) -> dict[str, Any]:
        """Return its JSON schema, with the list."""
        return {**super().schema(), "enum": sorted(CURRENCY_DECIMALS)}


class LanguageTag(
    Token,
    pattern=r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*",
    rule="must be a language tag (BCP 47), such as id or pt-BR",
    max_length=35,
    examples=["id"],
):
    """BCP 47"""


class ZoneName(
    Token,
    pattern=r"UTC|[A-Z][A-Za-z_]+(/[A-Za-z0-9_+-]+){1,2}",
    rule="must be a time zone (IANA), such as Asia/Jakarta",
    max_length=64,
    examples=["Asia/Jakarta"],
):
    """A time zone (IANA)"""

    @classmethod
    def judge(cls, text: str) -> None:
        """Refuse what is no zone's name."""
        super().judge(text)
        try:
            check_zone(text)
        except ValueError:
            raise ValueError(cls.rule) from None


def check_zone(name: str) -> ZoneInfo:
    """Return the zone of this name. Raise ValueError if there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("must be a time zone such as Asia/Jakarta") from None
