"""Cuts a text into words, numbers, signs, links and stops, as the guard's rules read them.

Digits of every script become 0-9, words are folded, and an English "n't" becomes "not". A token keeps its place in
the normalised line, so that a reason can quote it.

Out of scope: what a word or a number means (`lexicon`, `numbers`).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from colonnade.products.dealroom.assistant.rules.texts import fold, plain

__all__ = ["Line", "Token", "cut", "is_long"]

Kind = Literal["word", "number", "sign", "stop", "comma", "link", "phone", "symbol"]

_LINKS = (
    r"(?:https?://|www\.)[^\s<>\"']+|"
    r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}|"
    r"(?<!\w)@[\w.]{2,60}|"
    r"(?<![\w@])[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}\.(?:com|net|org|id|me|ly|co|shop|store|xyz|info|io|link|site|online|"
    r"br|mz|pt|es|mx|ar|fr|sa|ae|eg|uk|us|de|app|gl|page|biz|tv|cc)(?![\w])(?:[/?#]\S*)?"
)
_NUMBER = r"\d{1,3}(?: \d{3}){1,4}(?:[.,]\d{1,2})?(?!\d)|\d{1,15}(?:[.,']\d{1,15}){0,6}"
_GROUPED = r"\d{1,3}(?:[ .,']\d{3}){1,5}(?:[.,]\d{1,2})?"
_PRICES = re.compile(
    rf"\d{{1,2}}[.:]\d{{2}} ?- ?\d{{1,2}}[.:]\d{{2}}|{_GROUPED}(?: ?[-/] ?{_GROUPED})?|\d{{4,6}}(?: ?- ?\d{{4,6}})"
)
_WORD = "[^\\W\\d_]+(?:[\u064b-\u0652\u0670]+[^\\W\\d_]*)*"  # with Arabic vowel signs: أهلاً
_TOKEN = re.compile(
    rf"(?P<link>{_LINKS})|"
    r"(?P<phone>\+?\(?(?<!\d)(?<!\d[.,])\d(?:[ .()/-]{0,2}\d){7,40})|"
    r"(?P<time>(?<!\d)\d{1,2}:\d{2}(?!\d))|"
    rf"(?P<number>{_NUMBER})|"
    r"(?P<coin>(?<![^\W\d_])(?:(?:r|us|s|a|c|nz|ca|au|hk|mx)\$|gh₵|s/(?=\.? ?\d)))|"
    rf"(?P<word>{_WORD}(?:'{_WORD})*)|"
    r"(?P<sign>%|\$|€|£|¥|₹|₫|฿|₱|₩|₦|₺|₪|₽|₵)|"
    r"(?P<stop>[.!?;:…؟؛|•]+)|"
    r"(?P<comma>[,،()\[\]–—-]+)|"
    r"(?P<symbol>\S)",
    re.IGNORECASE,
)
_DIGIT_MARKS = str.maketrans({"٫": ".", "٬": ",", "٪": "%", "×": "x", "✕": "x", "✖": "x", "−": "-"})
_NOT = re.compile(r"\b(?P<verb>[a-z]+)n't\b", re.IGNORECASE)
_HALF_DAY = re.compile(r"\b(?P<half>[ap])\. ?m\b\.?", re.IGNORECASE)
_TITLE = re.compile(r"\b(?P<title>dr|dra|mr|mrs|ms|prof|sr|sra|mme|mlle)\.(?= \w)", re.IGNORECASE)
"""Titles, whose point ends no sentence."""
_WHOLE_VERBS = {"ca": "can", "wo": "will", "sha": "shall", "ai": "is"}
_ARABIC = re.compile("[\u0600-\u06ff]")
_BEFORE = ("وال", "بال", "فال", "كال", "لل", "ولل", "ال", "و", "ب", "ل", "ف", "ك", "س", "وس", "وب", "ول")
_OF_VERBS = tuple("يتنا")
"""What a verb in the present begins with."""
_AFTER = ("ها", "هم", "كم", "نا", "ه", "ك", "ي", "ا", "ات", "ين", "ون", "ان", "تي", "هما", "كن")
_CLITICS = ("la", "lo", "las", "los", "le", "les", "lhe", "lhes", "se", "me", "te", "nos")
LEAST_STEM = 4
LEAST_LETTERS, LEAST_LETTERS_UNVOWELLED = 4, 3
MAX_REMEMBERED_LETTERS = 32
_MARKER = re.compile(r"(?P<number>\d{1,2})[.)]\s")


class Token(Struct, frozen=True):
    """A piece of a line: `key` is its folded form, `forms` what else it may be looked up as (without clitics)."""

    kind: Kind
    text: str
    key: str
    start: int
    end: int
    forms: tuple[str, ...]
    glued: bool
    """Whether nothing stands between it and the token before."""

    @property
    def is_reflexive(self) -> bool:
        """Return whether it is a "se" without an accent, as in "no se despinta"; "no sé" says that nobody knows."""
        return self.key == "se" and "é" not in self.text.lower()


class Line(Struct, frozen=True):
    """A normalised text and its tokens."""

    text: str
    tokens: list[Token]


def cut(text: str) -> Line:
    """Cut `text` into tokens; a line break is a stop, and the numbers of a numbered list are left out."""
    rows, count = [], 0
    for row in text.splitlines():
        marker = _MARKER.match(row.strip())
        if marker and int(marker["number"]) == count + 1:
            count += 1
            row = row.strip()[marker.end() :]
        rows.append(plain(row))
    line = _NOT.sub(_apart, _digits(" | ".join(row for row in rows if row)))
    line = _TITLE.sub(lambda match: match["title"], line)
    line = _HALF_DAY.sub(lambda match: f"{match['half'].lower()}m", line)
    tokens: list[Token] = []
    last = -1
    for match in _TOKEN.finditer(line):
        if match.group() == "-" and _is_hyphen(line, match.start()):
            last = match.end()
            continue
        found = _tokens(match)
        for token in found:
            tokens.append(Token(*token, token[3] == last))
            last = token[4]
    return Line(line, tokens)


def is_long(word: str) -> bool:
    """Return whether a folded word has enough letters to mean something; Arabic writes no short vowels."""
    return len(word) >= (LEAST_LETTERS_UNVOWELLED if word > "\u0600" else LEAST_LETTERS)


def _is_hyphen(line: str, at: int) -> bool:
    """Return whether the dash at a place joins two words."""
    return 0 < at < len(line) - 1 and line[at - 1].isalpha() and line[at + 1].isalpha()


def _digits(text: str) -> str:
    """Write the digits of every script as 0-9."""
    text = text.translate(_DIGIT_MARKS)
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def _apart(match: re.Match[str]) -> str:
    verb = match["verb"]
    return f"{_WHOLE_VERBS.get(verb.lower(), verb)} not"


_Piece = tuple[Kind, str, str, int, int, tuple[str, ...]]


def _tokens(match: re.Match[str]) -> list[_Piece]:
    kind, text, start = match.lastgroup or "symbol", match.group(), match.start()
    if kind == "phone":
        return _phone(text, start)
    if kind == "word":
        return _words(text, start)
    if kind == "coin":
        kind = "sign"
    if kind == "link":
        text = text.rstrip(".,;:!?)")
    if kind == "symbol" and unicodedata.numeric(text, None) is not None:
        kind = "number"
    if kind == "time":
        return [("number", text, text, start, match.end(), (text,))]
    key = text.casefold()
    return [(kind, text, key, start, start + len(text), (key,))]  # type: ignore[list-item]


def _phone(text: str, start: int) -> list[_Piece]:
    """Return a long run of digits as one token, unless it is a price or a range of prices."""
    body = text.rstrip(" .()/-")
    if not _PRICES.fullmatch(body):
        return [("phone", body, re.sub(r"\D", "", body), start, start + len(body), (body,))]
    return [
        ("number", one.group(), one.group(), start + one.start(), start + one.end(), (one.group(),))
        if one.group()[0].isdigit()
        else ("comma", one.group(), "-", start + one.start(), start + one.end(), ("-",))
        for one in re.finditer(rf"\d{{1,2}}[.:]\d{{2}}(?!\d)|{_GROUPED}|\d+|[-/]", body)
    ]


def _words(text: str, start: int) -> list[_Piece]:
    """Return a word, or its parts around apostrophes (l'huile, it's)."""
    pieces: list[_Piece] = []
    for part in text.split("'"):
        key, forms = _folded(part) if len(part) <= MAX_REMEMBERED_LETTERS else _fold(part)
        pieces.append(("word", part, key, start, start + len(part), forms))
        start += len(part) + 1
    return pieces


def _fold(word: str) -> tuple[str, tuple[str, ...]]:
    key = word.lower() if word.isascii() else fold(word)
    return key, _forms(key)


_folded = lru_cache(maxsize=20_000)(_fold)


def _bare(key: str) -> list[str]:
    """Return a word without an Indonesian -nya or di-, or what Spanish and Portuguese write onto an infinitive."""
    is_short = key.endswith("nya") and key != "duanya"  # "akinya", but not "adalah", and "both" is no number
    least = LEAST_STEM + (1 if is_short else 2)
    found = [key[:-3]] if key.endswith(("nya", "lah", "kah")) and len(key) > least else []
    if key.startswith("di") and len(key) > LEAST_STEM + 3:
        found.append(key[2:])
    for one in _CLITICS:
        rest = key.removesuffix(one)
        if rest != key and len(rest) >= LEAST_STEM and rest.endswith("r"):
            found.append(rest)
    return found


def _forms(key: str) -> tuple[str, ...]:
    """Return the forms under which a word is looked up: also without what is written onto it."""
    if not _ARABIC.search(key):
        return (key, *_bare(key))
    stems = [key, *(key[len(one) :] for one in _BEFORE if key.startswith(one) and len(key) - len(one) >= 2)]
    if key[0] == "س" and key[1:2] not in _OF_VERBS:  # "will" stands before verbs only
        stems = stems[:1]
    bare = [
        stem[: -len(one)]
        for stem in stems
        for one in _AFTER
        if stem.endswith(one) and len(stem) - len(one) >= 2
    ]
    open_ = [f"{stem[:-1]}ه" for stem in stems if stem.endswith("ت") and len(stem) > 3]
    return tuple(dict.fromkeys((*stems, *bare, *open_)))
