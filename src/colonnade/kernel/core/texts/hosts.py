"""Tells the dots of initials and titles in a name from those of a host: programs that show mails make links of hosts.

A dot in a name is followed by a blank or ends it; without one it stands behind an initial or a title, in front of a
capital: `J.R.`, `Pdt.Budi`, `M.Sc`. What ends in a top domain is a host however it is written (`Bit.Ly`), unless it is
a degree.

Out of scope: links with a scheme, a path or an @, which have characters of their own.
"""

from __future__ import annotations

import itertools
import re
import unicodedata

__all__ = ["has_host", "plain_dots"]

_DOTS = str.maketrans("。｡．․﹒", ".....")
"""Characters that are read as the dots of a host (UTS 46), or shown like one."""
_PART = re.compile(r"[^\s.,;()\"&+]+")
_MAX_TITLE_LETTERS = 5
_DEGREE_FACULTIES = frozenset("abdms")
_DEGREE = re.compile(
    "ag|ak|an|ap|ar|ed|fil|fk|gz|hi|hk|hut|ip|kp|ked|kom|md|mn|pd|pi|pt|sc|sd|si|sn|st|sy|th|tp|tr"
)
"""Second parts of degrees (`S.Pd`, `M.Th`, `B.Sc`) that may be top domains as well."""
_TOP_DOMAIN = re.compile(
    r"""
    ac|ad|ae|af|ag|ai|al|am|ao|aq|ar|as|at|au|aw|ax|az|ba|bb|bd|be|bf|bg|bh|bi|bj|bm|bn|
    bo|br|bs|bt|bv|bw|by|bz|ca|cc|cd|cf|cg|ch|ci|ck|cl|cm|cn|co|cr|cu|cv|cw|cx|cy|cz|de|
    dj|dk|dm|do|dz|ec|ee|eg|er|es|et|eu|fi|fj|fk|fm|fo|fr|ga|gb|gd|ge|gf|gg|gh|gi|gl|gm|
    gn|gp|gq|gr|gs|gt|gu|gw|gy|hk|hm|hn|hr|ht|hu|id|ie|il|im|in|io|iq|ir|is|it|je|jm|jo|
    jp|ke|kg|kh|ki|km|kn|kp|kr|kw|ky|kz|la|lb|lc|li|lk|lr|ls|lt|lu|lv|ly|ma|mc|md|me|mg|
    mh|mk|ml|mm|mn|mo|mp|mq|mr|ms|mt|mu|mv|mw|mx|my|mz|na|nc|ne|nf|ng|ni|nl|no|np|nr|nu|
    nz|om|pa|pe|pf|pg|ph|pk|pl|pm|pn|pr|ps|pt|pw|py|qa|re|ro|rs|ru|rw|sa|sb|sc|sd|se|sg|
    sh|si|sj|sk|sl|sm|sn|so|sr|ss|st|su|sv|sx|sy|sz|tc|td|tf|tg|th|tj|tk|tl|tm|tn|to|tr|
    tt|tv|tw|tz|ua|ug|uk|us|uy|uz|va|vc|ve|vg|vi|vn|vu|wf|ws|ye|yt|za|zm|zw|
    academy|agency|app|art|asia|bank|bar|best|bet|bid|bio|biz|black|blog|blue|buzz|cafe|capital|
    cards|care|cash|casino|cat|center|chat|church|city|click|cloud|club|coach|codes|com|community|
    company|cool|coop|date|day|dev|digital|direct|directory|dog|domains|download|earth|edu|
    education|email|energy|events|exchange|expert|express|family|fan|fans|farm|fashion|finance|fish|
    fit|fun|fund|fyi|game|games|gift|gifts|global|gmbh|gold|golf|gov|gratis|green|group|
    guide|guru|health|help|here|host|house|icu|inc|info|ink|int|invest|jobs|kim|land|law|legal|
    life|link|live|loan|loans|lol|love|luxury|mail|market|marketing|media|men|menu|mil|mobi|moe|
    mom|money|movie|museum|name|net|network|news|ninja|one|onion|online|org|page|parts|party|pay|
    photo|photos|pics|pink|pizza|place|plus|poker|porn|post|press|pro|promo|properties|pub|quest|
    racing|red|rent|rest|review|reviews|rip|rocks|run|sale|school|science|sex|shoes|shop|
    shopping|show|singles|site|social|software|solar|solutions|space|sport|sports|store|stream|studio|
    style|sucks|support|surf|systems|tax|taxi|team|tech|tel|tennis|tips|tires|today|tools|top|tours|
    town|toys|trade|trading|training|travel|tube|university|uno|vet|video|villas|vip|vision|vote|
    voyage|watch|webcam|website|wedding|wiki|win|wine|work|works|world|wtf|xxx|xyz|yoga|zip|zone|
    中国|中國|公司|网络|網絡|网址|商城|在线|网站|香港|台湾|台灣|新加坡|澳門|한국|닷컴|닷넷|コム|рф|рус|срб|укр|бел|қаз|мкд|мон|
    бг|онлайн|сайт|ไทย|ଭାରତ|भारत|ভারত|বাংলা|भारतम्|இந்தியா|இலங்கை|சிங்கப்பூர்|ලංකා|ελ|ευ|ישראל|مصر|
    السعودية|امارات|ایران|عمان|المغرب|قطر|تونس|سورية|الاردن|فلسطين|پاکستان|بھارت|مليسيا|موقع|شبكة|
    عرب|كوم
    """,
    re.VERBOSE,
)
"""Top domains of countries, in Latin letters and others, and those that strangers may have a name in."""


def plain_dots(text: str) -> str:
    """Return `text` with one kind of dots."""
    return text.translate(_DOTS)


def has_host(text: str) -> bool:
    """Return whether a name has a dot that is none of an initial or a title, as a link would."""
    plain = plain_dots(text)
    parts = list(_PART.finditer(plain))
    return any(
        plain[before.end() : after.start()] == "." and not _is_abbreviation(before[0], after[0])
        for before, after in itertools.pairwise(parts)
    )


def _is_abbreviation(before: str, after: str) -> bool:
    """Return whether a dot between these parts of a name stands behind an abbreviation."""
    letters = sum(map(str.isalpha, before))
    if letters > _MAX_TITLE_LETTERS or not all(map(_is_letter, before)) or not after[0].isalpha():
        return False
    if len(after) == 1:
        return True
    if before[0].islower() or after[0].islower():
        return False
    ending = "".join(itertools.takewhile(_is_letter, after)).casefold()
    if before.casefold() in _DEGREE_FACULTIES and _DEGREE.fullmatch(ending):
        return True
    return not _TOP_DOMAIN.fullmatch(ending)


def _is_letter(character: str) -> bool:
    """Return whether a character is a letter, or a mark of one, as Thai and Devanagari have them."""
    return unicodedata.category(character)[0] in "LM"
