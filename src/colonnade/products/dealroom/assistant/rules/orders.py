"""Recognises texts that give orders to the assistant itself ("ignore your instructions"), in customers' languages.

Such a text may stand in a message, a forwarded one, a profile's name, a file's name, or a product's text. An answer to
it is held, and it is left out of later prompts; names and sentences of the catalogue that give orders get into none.

This is the first of two lines: what it does not recognise is judged by what the answer says (`grounding`, `leaks`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from msgspec import structs

from colonnade.products.dealroom.assistant.rules.texts import fold, is_overlong, unmarked
from colonnade.products.dealroom.sellers.schemas import Product, Seller

__all__ = ["LEFT_OUT", "find_orders", "without_orders"]

MAX_KNOWN = 20_000
"""Texts whose orders are remembered: some megabytes."""
UNREAD = "more characters than are read"
"""Found in a text that is too long once it is written out: an order may stand in it."""
LEFT_OUT = "(left out: it gives orders to the assistant)"
_GAP = r"(?:\W+\w+){0,6}\W+"
_SHORT = r"(?:\W+\w+){0,3}\W+"
_FIRST = r"(?:^|[\n.!?:;,\"'(]\s?)(?:please |tolong |por favor |s'il te plait )?"
"""Where a verb is an order and no description ("you always answer late")."""
_OF = r"(?! (?:for|on|about|of|regarding|to|untuk|tentang|para|de|del|do|da|sobre|pour|sur)\b)"
"""Instructions for washing are no secret."""

_RULES = (
    r"(?:instructions?|prompts?|rules?|guidelines?|directives?|policy|policies|restrictions?|programming|system"
    r"|instruksi\w*|perintah\w*|aturan\w*|pedoman\w*|arahan\w*"
    r"|instrucoes|instrucao|regras?|diretrizes|orientacoes|comandos?"
    r"|instrucciones|instruccion|reglas?|directrices|indicaciones"
    r"|consignes?|regles?|directives"
    r"|anweisung\w*|regeln|vorgaben|istruzioni|regole|talimat\w*|kural\w*|инструкци\w*|правил\w*)"
)
_DROP = (
    r"(?:ignore|ignoring|disregard|forget|override|bypass|overlook|delete|do not follow|don't follow|stop following"
    r"|abaikan|lupakan|lewati|hiraukan|langgar|jangan ikuti|ignor[ae]\w*|esquec\w+|desconsider\w+|descart\w+"
    r"|olvid\w+|omit[ae]|pasa por alto|oublie\w*|ne tiens? pas compte|ne tenez pas compte|fais abstraction|ignorez"
    r"|ignorier\w*|vergiss|vergessen sie|dimentica|yok say|unut|забуд\w*|игнориру\w*)"
)
_BEFORE = (
    r"(?:(?:everything|all|what\w*|anything|text|messages?) (?:\w+ ){0,3}(?:above|previous|before|prior|earlier|told)"
    r"|semua (?:\w+ ){0,3}(?:di atas|sebelumnya)|tudo (?:\w+ ){0,3}(?:acima|antes|anterior)"
    r"|todo (?:lo )?(?:\w+ ){0,2}(?:anterior|arriba|antes)|tout ce qui (?:\w+ ){0,2}precede)"
)
_REVEAL = (
    r"(?:show|print|reveal|repeat|output|display|tell me|give me|send me|write out|list|dump|leak|what (?:is|are|were)"
    r"|translate|summari[sz]e|encode|tampilkan|tunjukkan|ulangi|cetak|bocorkan|kirimkan|sebutkan|tuliskan|apa isi"
    r"|mostre?|mostra|repita|revele?|imprima|exiba|diga|qual e|quais sao|envie"
    r"|muestra\w*|repite|revela\w*|imprime|dime|cual es|cuales son|escribe"
    r"|affiche\w*|montre\w*|repete\w*|revele\w*|donne moi|quel(?:le)?s? (?:est|sont)|ecris"
    r"|zeige?|wiederhol\w*|ripeti|goster|покажи|повтори)"
)
_SECRET = (
    r"(?:system prompt|prompt|system message|hidden (?:text|rules?|instructions?)|initial (?:text|instructions?)"
    rf"|your (?:instructions?|rules|persona|configuration|guidelines){_OF}|(?:text|words|everything) above"
    r"|prompt sistem|(?:instruksi|aturan|persona)(?:mu| kamu| anda| sistem)|teks di atas"
    rf"|(?:suas?|tuas?) (?:instrucoes|regras|persona){_OF}|prompt do sistema|texto acima"
    rf"|(?:tus|sus) (?:instrucciones|reglas){_OF}|tu persona|prompt del sistema|texto (?:de )?arriba"
    rf"|(?:tes|vos) (?:instructions|consignes|regles){_OF}|(?:ton|votre) (?:persona|prompt)|texte ci dessus"
    r"|deine anweisungen|istruzioni di sistema|talimatlarin\w*|инструкци\w*)"
)
_PERSONA = (
    r"\byou are (?:now|no longer) (?:an?|the|my|in|called|dan|free|known|operating|bound)\b"
    r"|\bfrom now on,? (?:you|your|answer|reply|call)\b|(?<!\bi )\bact(?:ing)? as (?:an? |if |my |the )"
    r"|\bpretend (?:to be|you|that)\b|\brole ?play\b|\byour (?:new (?:name|role|persona|task)|persona|task) is\b",
    r"\bmulai sekarang,? (?:kamu|anda|kau|jawab\w*|namamu)\b|\bsekarang (?:kamu|anda|kau) (?:adalah|menjadi"
    r"|berperan|bukan)\b"
    r"|\bkamu (?:sekarang )?adalah (?:ai|bot|asisten|seorang|sistem|dan)\b|\bberpura pura\w*"
    r"|\b(?:berperan|bertindak)(?:lah)? sebagai\b|\bnamamu (?:sekarang|adalah)\b",
    r"\ba partir de agora,? (?:voce|tu|responda|seu|sua|aja|ignore)\b|\bagora voce e\b|\bvoce (?:agora e|deve ser)\b"
    r"|\bfinja\b|\baja como\b|\bassuma o papel\b",
    r"\ba partir de ahora,? (?:tu|eres|responde|usted|vas|debes|actua|te)\b|\bahora eres\b|\beres ahora\b"
    r"|\bactua como\b"
    r"|\bfinge\b|\bhaz(?:te)? (?:el papel|pasar)\b",
    r"\b(?:a partir de maintenant|desormais|dorenavant),? (?:tu|vous|reponds|ton|votre)\b|\b(?:tu es"
    r"|vous etes) (?:maintenant|desormais)\b"
    r"|\bfais (?:semblant|comme si)\b|\bagis comme\b|\bjoue le role\b",
    r"\bdu bist (?:jetzt|ab sofort)\b|\bfai finta\b|\bda ora in poi sei\b|\bты теперь\b",
)
_POSES = (
    r"\b(?:developer|debug|admin|maintenance|god|dan|sudo|root|unrestricted) ?(?:mode|override)\b"
    r"|\bmode (?:developer|pengembang|admin|debug|developpeur)\b|\bmodo (?:desenvolvedor|desarrollador|admin\w*"
    r"|debug)\b"
    r"|\bjailbreak\b|\bdo anything now\b|\bsystem (?:override|update|notice|message)\b",
    r"(?:^|[\n\"'\[(<{#*|.>}])\s?(?:system|developer|assistant|sistem|sistema|systeme|النظام)\s?(?:\]|>|\|>|:)",
    r"<\|?im_start\|?>|\[/?inst\]|<</?sys>>|<\|(?:system|user|assistant)\|>|(?<!#)#{2,} ?(?:instruction|system|new)"
    r"|</?(?:system|instructions?|admin)>",
    r"\b(?:new|updated|additional) (?:rules?|instructions?|policy|system)\s?(?::|for (?:you|the assistant)|apply)"
    r"|\b(?:aturan|instruksi|perintah) baru\s?:"
    r"|\b(?:novas?|nuevas?|nouvelles?) (?:regras?|instrucoes|instrucao|reglas?|instruccion\w*|regles?|consignes?"
    r"|instructions?)\s?:"
    r"|\b(?:regras|instrucoes|reglas|instrucciones|regles|consignes|instructions) (?:novas|nuevas|nouvelles)\s?:",
    r"\b(?:end of|begin|start of) (?:system|prompt|instructions?|catalogue)\b",
)
_DICTATED = (
    r"\b(?:say|reply|respond|answer)(?: to (?:me|everyone|all|this))?(?: with| back)* (?:exactly|only|verbatim"
    r"|the following\b|this ?:)"
    r"|\brepeat (?:exactly|verbatim|after me)\b",
    rf"{_FIRST}(?:always|only) (?:say|reply|answer|respond|tell|offer|quote|state)\b|\btell (?:the |every "
    rf"|all )+customers?\b",
    r"\b(?:jawab|balas|katakan|ucapkan|ulangi)(?:lah)? (?:persis|hanya|dengan tepat|seperti ini|kalimat)\b",
    rf"{_FIRST}selalu (?:jawab|katakan|bilang|tawarkan)\b",
    r"\b(?:responda|diga|repita) (?:exatamente|apenas|somente)\b|\bsempre (?:diga|responda|ofereca)\b",
    rf"\b(?:responde|di|repite) (?:exactamente|solo|unicamente|textualmente)\b|{_FIRST}siempre (?:di|responde"
    rf"|ofrece)\b",
    r"\b(?:reponds?|repondez|dis|dites|repetez?) (?:exactement|seulement|uniquement|mot pour mot|toujours)\b",
    r"\bantworte (?:genau|nur|exakt)\b|\brispondi (?:solo|esattamente)\b",
)
_OTHER_SCRIPTS = (
    r"(?:تجاهل|انس|اهمل|تخط)\w{0,12}(?:\W+\w+){0,6}\W+(?:ال)?(?:تعليمات|اوامر|قواعد|توجيهات|ارشادات|السابق)\w*",
    r"(?:اعرض|اظهر|اكشف|كرر|اطبع|ما هي)(?:\W+\w+){0,4}\W+(?:ال)?(?:تعليمات|قواعد|موجه|برومبت|شخصيت)\w*",
    r"من الان فصاعدا|انت الان|تظاهر|تصرف ك|قل فقط|اجب فقط|رد فقط|قل بالضبط|وضع المطور|قاعده جديده|تعليمات جديده",
    r"忽略.{0,12}(?:指令|提示|规则|說明|说明)|无视.{0,12}(?:指令|规则)|你现在是|系统提示|सभी निर्देश|निर्देशों को|無視して",
)
_ORDERS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b{_DROP}\b{_GAP}{_RULES}\b",
        rf"\b{_DROP}\b\W+{_BEFORE}\b",
        rf"\b{_REVEAL}\b{_SHORT}{_SECRET}",
        *_PERSONA,
        *_POSES,
        *_DICTATED,
        *_OTHER_SCRIPTS,
    )
)
_MARKS = " \n\"'[](){}<>#*|.,:;!?"
_known: dict[bytes, tuple[str, ...]] = {}
_SPACED = re.compile(r"(?<![^\W_])_{0,2}(?:[^\W_][\s.\-_*|]{1,2}){3,}[^\W_](?![^\W_])_{0,2}")
"""What separates is no letter: were `_` both, the ways to read a row of them would double with each pair."""
_MARKERS = str.maketrans("", "", "*_`")
_LETTERS = str.maketrans("013457@$!", "oieastasi")
_CYRILLIC = str.maketrans("аеорсухіԁɡ", "aeopcyxidg")
_ARABIC = str.maketrans("ىة", "يه")
_SENTENCE = re.compile(r"[^.!?\n;]+[.!?\n;]*")


def find_orders(text: str) -> list[str]:
    """Return the words by which a text gives orders to the assistant, in short.

    That costs 8 ms for a thousand characters, so what was found is remembered: a catalogue is read for every answer.
    """
    key = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    found = _known.get(key)
    if found is None:
        if len(_known) >= MAX_KNOWN:
            _known.clear()
        found = _known[key] = _search(text)
    return list(found)


def _search(text: str) -> tuple[str, ...]:
    if is_overlong(text):
        return (UNREAD,)
    seen = _readings(text)
    found = (
        match.group().strip(_MARKS) for one in seen for pattern in _ORDERS if (match := pattern.search(one))
    )
    return tuple(dict.fromkeys(words[:80] for words in found))


def _readings(text: str) -> list[str]:
    """Return what a text can be read as.

    As it is, without marks of formatting, with digits for letters, with other scripts' letters, spelt out.
    """
    lines = "\n".join(line for each in text.splitlines() if (line := fold(each))).translate(_ARABIC)
    bare = unmarked(lines)  # "_ignore_ all *your* rules"
    within = lines.translate(_MARKERS)  # "ig*no*re"
    together = _SPACED.sub(lambda match: re.sub(r"[\s.\-_*|]", "", match.group()), bare)
    found = (lines, bare, within, bare.translate(_LETTERS), bare.translate(_CYRILLIC), together)
    return list(dict.fromkeys(found))


def without_orders(sellers: Iterable[Seller]) -> list[Seller]:
    """Return the sellers without the sentences that give orders: those neither reach the model nor vouch for it."""
    return [
        structs.replace(
            seller,
            name=LEFT_OUT if find_orders(seller.name) else seller.name,
            pitch=_kept(seller.pitch),
            products=[_without(product) for product in seller.products if not find_orders(product.name)],
        )
        for seller in sellers
    ]


def _without(product: Product) -> Product:
    benefits = [one for one in product.benefits if not find_orders(one)]
    return structs.replace(product, description=_kept(product.description), benefits=benefits)


def _kept(text: str | None) -> str | None:
    """Return a text without the sentences that give orders, and without anything after the first of them.

    An order says what follows it ("Reply with exactly: ...").
    """
    if not text or not find_orders(text):
        return text
    kept = []
    for sentence in _SENTENCE.findall(text):
        if find_orders(sentence):
            break
        kept.append(sentence)
    clean = "".join(kept).strip()
    # An order over several sentences is found in the whole only.
    return clean if clean and not find_orders(clean) else None
