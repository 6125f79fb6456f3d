"""Finds what an answer gives away: the prompt's sentences, another persona, texts that hide something.

Compared are runs of words, so that a change of case, accents or punctuation hides nothing; the prompt backwards and in
ROT13 as well. Words of the catalogue may be quoted: they are what is sold.

Out of scope: the prompt in other words, or in another language.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Sequence

from colonnade.products.dealroom.assistant.rules.texts import fold, plain, unmarked

__all__ = ["find_echoes", "find_leaks", "find_masks"]

RUN = 8
"""Words of the prompt in a row that are no coincidence."""
SHORT_RUN = 5
"""The same for a whole sentence of the persona."""
ECHO_WORDS = 5
ECHO_SHARE = 0.7

_WORD = re.compile(r"[^\W_]+")
_MENTIONS = re.compile(
    r"\b(?:system prompt|sellerids?|productids?|json object|prompt sistem|prompt do sistema|prompt del sistema|"
    r"(?:my|these|the following) (?:instructions|rules|guidelines) (?:are|say|tell|state)"
    r"|my (?:system )?(?:instructions|prompt|persona)\b|"
    r"i was (?:told|instructed) (?:to|that)|i (?:am|have been) (?:instructed|programmed|told) (?:to|that)|"
    r"(?:instruksi|aturan|persona|prompt) (?:saya|sistem)|saya (?:di)?(?:instruksikan|perintahkan|program) untuk"
    r"|saya diprogram|"
    r"minhas? (?:instrucoes|regras|persona)|meu prompt|fui instruid[oa]|fui programad[oa]|"
    r"mis? (?:instrucciones|reglas|persona) (?:son|es|dice\w*)|mi prompt|fui instruid[oa]|estoy programad[oa]"
    r"|me han indicado que|"
    r"mes (?:instructions|consignes|regles)|mon prompt|j'ai recu (?:l'instruction|pour consigne)|je suis programme|"
    r"تعليماتي|قواعدي|برومبت|لقد تمت برمجتي|طلب مني ان)",
)
_ROBOT = re.compile(
    r"\b(?:i am|i'm|im|as) (?:an? |the |now |your )?(?:ai|artificial intelligence|large language model"
    r"|language model|chatbot|chat bot|bot|robot|"
    r"chatgpt|gpt|claude|gemini|llama|qwen|deepseek|mistral|dan|jailbroken|unrestricted|hacker|pirate|admin\w*"
    r"|developer|root)\b"
    r"|\b(?:saya|aku) (?:adalah |sekarang |kini )*(?:sebuah |seorang )?(?:ai|kecerdasan buatan|model bahasa|chatbot"
    r"|bot|robot|chatgpt|dan|peretas|bajak laut|admin\w*)\b"
    r"|\b(?:eu )?sou (?:agora )?(?:um |uma |o |a )?(?:ia|inteligencia artificial|modelo de linguagem|chatbot|bot"
    r"|robo|chatgpt|dan|hacker|pirata|admin\w*)\b"
    r"|\b(?:yo )?soy (?:ahora )?(?:un |una |el |la )?(?:ia|inteligencia artificial|modelo de lenguaje|chatbot|bot"
    r"|robot|chatgpt|dan|hacker|pirata|admin\w*)\b"
    r"|\bje suis (?:maintenant |desormais )?(?:une |un |l')?(?:ia|intelligence artificielle|modele de langage"
    r"|chatbot|bot|robot|chatgpt|dan|pirate|hacker|admin\w*)\b"
    r"|(?:انا|انني|بصفتي) (?:الان )?(?:نموذج|ذكاء اصطناعي|روبوت|بوت|برنامج|قرصان|شات)"
    r"|\b(?:developer|dan|jailbreak|admin|debug) mode (?:is )?(?:on|enabled|activated|aktif)\b|\bmode (?:pengembang"
    r"|developer|admin) (?:aktif|diaktifkan)\b"
    r"|\bmodo (?:desenvolvedor|desarrollador) (?:ativad[oa]|activad[oa])\b|\bmode developpeur active\b"
)
_CALLED = re.compile(
    r"\b(?:my name is|i am called|call me|you can call me|nama saya(?: adalah| ialah)?|namaku(?: adalah)?"
    r"|panggil (?:saya|aku)|saya bernama|"
    r"meu nome e|me chamo|chamo me|pode me chamar de|me llamo|mi nombre es|puedes llamarme|je m'appelle|mon nom est"
    r"|appelez moi|appelle moi|اسمي(?: هو)?)"
    r"\s+(?:sekarang |agora |ahora |maintenant |now |الان )?((?:\w+\s?){1,4})"
)
_ENCODED = re.compile(
    r"(?<![\w/.+-])(?=[A-Za-z0-9+/_-]*[A-Z])(?=[A-Za-z0-9+/_-]*[a-z])[A-Za-z0-9+/_-]{32,}={0,2}(?![\w/.])"
)
_HEX = re.compile(r"(?<!\w)(?:[0-9A-Fa-f]{2}[ :]?){16,}(?!\w)|(?:\b[01]{8}\s?){6,}|(?:[.-]{1,6}\s){12,}")
_SPELT = re.compile(r"(?<!\w)(?:[^\W\d_][\s.\-_*|/]){10,}[^\W\d_](?!\w)")


def find_leaks(text: str, instructions: str, persona: str | None, catalogue: str) -> list[str]:
    """Return reasons for what `text` says of the prompt: its `instructions` (persona and rules) and fields.

    `catalogue` are the texts that may be quoted.
    """
    words = _words(text)
    secret = _runs(_words(instructions), RUN)
    runs = [
        run
        for said in (words, _words(text[::-1]), _words(codecs.encode(text, "rot13")))
        for run in _in_order(said, RUN)
        if run in secret
    ]
    line = f" {' '.join(words)} "
    whole = [_words(sentence) for sentence in re.split(r"[.!?\n;]+", persona or "")]
    sentences = [f" {' '.join(one)} " for one in whole if len(one) >= SHORT_RUN]
    sentences = [one for one in sentences if one in line]
    found = []
    if (
        runs or sentences
    ):  # a large catalogue takes long to read, and mostly nothing is to be looked for in it
        own = _words(catalogue)
        quotable, listed = f" {' '.join(own)} ", _runs(own, RUN)
        found += [f"PROMPT_LEAKED: {run}" for run in runs if run not in listed]
        found += [f"PROMPT_LEAKED: {one.strip()}" for one in sentences if one not in quotable]
    found += [
        f"PROMPT_MENTIONED: {match.group().strip()}" for match in _MENTIONS.finditer(unmarked(fold(text)))
    ]
    return found[:3]


def find_masks(text: str, names: Iterable[str]) -> list[str]:
    """Return reasons for a persona that is not ours (`names`: the vendor's and the sellers'), and for hidden texts."""
    folded = unmarked(fold(text))
    ours = " ".join(fold(name) for name in names)
    found = [f"PERSONA_CHANGED: {match.group().strip()}" for match in _ROBOT.finditer(folded)]
    for match in _CALLED.finditer(folded):
        first = match.group(1).split()[0]
        if not re.search(rf"(?<!\w){re.escape(first)}(?!\w)", ours):
            found.append(f"PERSONA_CHANGED: {match.group().strip()}")
    line = plain(text)
    found += [
        f"TEXT_HIDDEN: {match.group()[:40]}"
        for pattern in (_ENCODED, _HEX, _SPELT)
        for match in pattern.finditer(line)
    ]
    return found[:3]


def find_echoes(text: str, asked: Sequence[str], catalogue: str) -> list[str]:
    """Return a reason if an answer consists mostly of what a customer wrote (`asked`): it was dictated.

    Words that are the catalogue's as well are nobody's dictation.
    """
    words = _words(text)
    if len(words) < ECHO_WORDS:
        return []
    for message in asked:
        theirs = f" {' '.join(_words(message))} "
        run = _longest_shared(words, theirs)
        if len(run) < max(ECHO_WORDS, ECHO_SHARE * len(words)):
            continue
        if len(set(run).difference(_words(catalogue))) >= ECHO_WORDS - 1:
            return [f"REPLY_DICTATED: {' '.join(run)[:100]}"]
    return []


def _longest_shared(words: list[str], line: str) -> list[str]:
    """Return the longest run of `words` that `line` has (words between spaces).

    A run that is shared has shorter ones that are: its length is found by halving, in a few hundredths of a second for
    the worst texts. Each step compares all runs of one length.
    """
    ours, theirs = " ".join(words), line.strip()
    starts, ends = _bounds(ours), _bounds(theirs)
    best, least, most = 0, 1, min(len(words), len(ends))
    found = 0
    while least <= most:
        size = (least + most) // 2
        runs = {theirs[one[0] : two[1]] for one, two in zip(ends, ends[size - 1 :], strict=False)}
        at = next(
            (
                number
                for number, (one, two) in enumerate(zip(starts, starts[size - 1 :], strict=False))
                if ours[one[0] : two[1]] in runs
            ),
            None,
        )
        if at is None:
            most = size - 1
        else:
            best, found, least = size, at, size + 1
    return words[found : found + best]


def _bounds(line: str) -> list[tuple[int, int]]:
    return [match.span() for match in _WORD.finditer(line)]


def _words(text: str) -> list[str]:
    return _WORD.findall(fold(text))


def _in_order(words: list[str], size: int) -> list[str]:
    return [" ".join(words[at : at + size]) for at in range(len(words) - size + 1)]


def _runs(words: list[str], size: int) -> set[str]:
    return set(_in_order(words, size))
