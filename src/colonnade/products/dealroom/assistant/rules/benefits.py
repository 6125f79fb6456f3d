"""Finds promises in a text, in Indonesian and English: guarantees, gifts, discounts, delivery, qualities.

Each kind of promise is a pattern over folded text (`texts.fold`). A word of a kind is backed by any word of the same
kind in the catalogue, so that `warranty` may be said of a `garansi`. A plain denial ("tidak ada diskon") is not a
promise.
"""

from __future__ import annotations

import re

from colonnade.products.dealroom.assistant.rules.texts import fold

__all__ = ["find_claims", "find_figures", "kinds_in"]

# A line break separates alternatives, as | does.
_KINDS = {
    "shipping": r"""
        (?:gratis|bebas|free) (?:biaya )?(?:ongkir|ongkos kirim|pengiriman|kirim|shipping|delivery|postage)
        ongk(?:ir|os kirim)\w* (?:gratis|bebas|kami tanggung|ditanggung)
        (?:shipping|delivery) (?:is )?(?:free|on us)
        (?:tanpa|tidak ada|tidak perlu(?: bayar)?) (?:biaya )?(?:ongkir|ongkos kirim)
        no (?:shipping|delivery)(?: (?:fee|cost|charge)s?)?
    """,
    "refund": r"""
        (?:uang|dana)\w* (?:akan |bisa |dapat )?(?:di)?kembali\w*|kembali\w* (?:uang|dana)|pengembalian
        refund\w*|money back|retur\w*|returns?|returnable|tukar (?:barang|ukuran|size|guling|tambah)
        (?:di|pe)?(?:tukar|nukaran)kan|exchange\w*
    """,
    "guarantee": r"""
        (?:ber|di)?garansi\w*|(?:di)?jamin\w*|guarant\w+|warrant\w+
    """,
    "lifetime": r"""
        seumur hidup|selamanya|life ?time|forever
    """,
    "free": r"""
        gratis\w*|cuma cuma|tanpa (?:biaya|bayar|tambahan biaya)|free|complimentary
        no (?:extra )?(?:charge|cost)
    """,
    "gift": r"""
        bonus\w*|hadiah\w*|gifts?|giveaways?|souvenir\w*|suvenir\w*|beli \w+ (?:gratis|dapat) \w+
        buy \w+ get \w+|bogo
    """,
    "discount": r"""
        (?:di)?diskon\w*|discount\w*|potongan|promo|promosi\w*|promotion\w*|obral\w*|cuci gudang|vou?cher\w*
        kupon\w*|coupons?|harga (?:spesial|khusus|teman|grosir)|special (?:price|offer)s?|flash sale
        (?:on )?sale|(?:\d+|percent) off|(?:setengah|separuh) harga|half (?:the )?price
        penawaran (?:spesial|khusus)|(?:lebih|di)murahkan
    """,
    "cashback": r"""
        cash ?back\w*|poin (?:reward|hadiah)|reward points?
    """,
    "instalment": r"""
        (?:di)?cicil\w*|(?:di)?angsur\w*|kredit|pay ?later|bayar nanti|tempo|instal?l?ments?|dp 0|tanpa dp
        no (?:down payment|interest)|bunga 0|tanpa bunga
    """,
    "cash on delivery": r"""
        cod|bayar (?:di tempat|di rumah|saat (?:sampai|terima))|cash on delivery|pay on delivery
    """,
    "delivery": r"""
        (?:sampai|tiba|dikirim|kirim|terkirim|datang) (?:besok|lusa|hari ini|malam ini|sekarang)
        (?:besok|hari ini)(?: juga)? (?:sudah |langsung |akan |pasti )?(?:sampai|tiba|dikirim|kirim|diantar)
        (?:same|next|one) day(?: delivery| shipping)?
        (?:arrives?|delivered|ships?) (?:today|tomorrow|tonight|overnight)|instant delivery|kirim instan
        pengiriman (?:instan|kilat|express|ekspres)|express (?:delivery|shipping)
    """,
    "genuine": r"""
        asli\w*|original\w*|ori|otentik|autentik|authentic\w*|genuine\w*|resmi|official\w*
        bukan (?:kw|tiruan|imitasi)
    """,
    "organic": r"""
        organik|organic\w*
    """,
    "natural": r"""
        (?:bahan )?alami\w*|natural\w*|tanpa (?:bahan kimia|pengawet|pewarna|alkohol)|(?:chemical|alcohol) free
    """,
    "halal": r"""
        halal\w*|kosher
    """,
    "vegan": r"""
        vegan|vegetarian|cruelty free
    """,
    "certified": r"""
        (?:ber)?sertifikat\w*|sertifikasi|certifi\w+|bpom|sni|iso(?: \d+)?|fda|terdaftar|(?:ber)?lisensi\w*
        licensed
    """,
    "award": r"""
        penghargaan|awards?|award winning|pemenang
    """,
    "health": r"""
        (?:me)?(?:nyembuhkan|obati|ngobati)|obat|berkhasiat|khasiat\w*|menyehatkan|cures?|heals?|healing
        (?:teruji )?klinis|clinically|dermatolog\w+|hipoalergenik|hypoallergenic|anti bakteri\w*|antibacterial
        steril|aman untuk|safe for
    """,
    "waterproof": r"""
        (?:tahan|anti|kedap) air|water ?proof|water (?:resistant|repellent)
    """,
    "durable": r"""
        tahan lama|(?:lebih )?awet|anti (?:slip|selip|karat|gores|pecah|bau|noda)
        tidak (?:mudah )?(?:luntur|rusak|pecah)|durable|long lasting|non slip|slip resistant
        (?:scratch|shock|stain|rust)(?: ?proof| resistant)|unbreakable
    """,
    "handmade": r"""
        (?:buatan|dibuat|dianyam|dijahit) (?:dengan )?tangan|hand ?made|hand ?(?:woven|crafted|stitched)
    """,
    "ecological": r"""
        ramah lingkungan|eco(?: friendly|logical\w*)|sustainabl\w+|biodegradable|daur ulang|recycled
    """,
    "imported": r"""
        (?:di)?impor\w*|import\w*|buatan (?:italia|jepang|korea|jerman|eropa|amerika)|made in \w+
    """,
    "premium": r"""
        premium|mewah|luxur\w+|eksklusif|exclusive\w*|limited edition|edisi terbatas
    """,
    "best": r"""
        ter(?:baik|murah|laris|percaya|bagus)|paling (?:murah|bagus|baik|laris)|nomor (?:satu|1)|no\.? ?1
        best ?sellers?|(?:the )?best (?!regards|wishes)\w+|cheapest|lowest|number one|world class
    """,
    "scarcity": r"""
        stok (?:terbatas|tinggal|sisa)|tinggal \w+ (?:pasang|buah|pcs|lagi|unit)|limited stock
        last (?:one|piece|pair)s?|only \w+ (?:left|remaining)
    """,
    "trial": r"""
        coba (?:dulu|gratis)|free trial|trial|sampel|samples?
    """,
}


def _any_of(lines: str) -> str:
    return "|".join(line.strip() for line in lines.strip().splitlines())


_CLAIM = re.compile(
    "|".join(f"(?P<k{n}>(?<!\\w)(?:{_any_of(lines)})(?!\\w))" for n, lines in enumerate(_KINDS.values()))
)
_NAMES = dict(zip((f"k{n}" for n in range(len(_KINDS))), _KINDS, strict=True))

_POLITE = re.compile(
    r"\bfeel free\b|\bfree size\b|\bfree to (?:ask|contact|message|reach|tell|let|write|call|visit)\b"
)
_DENIAL = "tidak|tak|belum|nggak|ngga|gak|no|not|cannot|can't|don't|doesn't|isn't|aren't|without"
_FILLER = _any_of(r"""
    ada|memiliki|punya|mempunyai|menawarkan|menyediakan|memberikan|memberi|dapat|bisa|termasuk|menerima|melayani
    sedang|informasi|info|keterangan|data|tentang|mengenai|soal|untuk|program|layanan|opsi|pilihan|kebijakan|tersedia
    have|has|offer|offering|provide|give|include|accept|any|a|an|the|currently|information|details|about|on|of|for
    there is|are|be|able to
""")
_DENIED = re.compile(rf"(?<!\w)(?:{_DENIAL})(?: (?:{_FILLER}))* $")
# Not a comma: "tidak ada diskon, gratis ongkir" is a promise.
_JOINED = re.compile(r",? (?:atau|maupun|or|nor) ")

_FIGURE = re.compile(
    r"(?<!\d)(?<!\d[.,])(?P<percent>\d{1,9}(?:[.,]\d{1,9})?) ?(?:%|persen|percent|pct)|"
    r"(?<!\w)(?<!\d[.,])(?P<number>\d{1,9}(?:[.,]\d{1,9})?|satu|dua|tiga|empat|lima|enam|tujuh|sepuluh|one|two|three|four|five|six|seven|ten)"
    r" ?(?P<unit>jam|hari|minggu|pekan|bulan|tahun|hours?|days?|weeks?|months?|years?)(?: kerja)?(?!\w)"
)
_ONES = ("nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh")
_TWOS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_DIGITS = {word: str(n) for words in (_ONES, _TWOS) for n, word in enumerate(words)}
_TIMES = {
    "jam": "hour", "hari": "day", "minggu": "week", "pekan": "week", "bulan": "month", "tahun": "year",
}  # fmt: skip


def find_claims(text: str) -> list[tuple[str, str]]:
    """Return the kind and the words of every promise in `text`; plain denials are left out."""
    folded = _POLITE.sub(lambda match: "·" * len(match.group()), fold(text))
    found: list[tuple[str, str]] = []
    denied_until = 0
    for match in _CLAIM.finditer(folded):
        between = folded[denied_until : match.start()] if denied_until else None
        if _DENIED.search(folded[: match.start()]) or (between is not None and _JOINED.fullmatch(between)):
            denied_until = match.end()
            continue
        denied_until = 0
        found.append((_NAMES[match.lastgroup or ""], match.group()))
    return found


def kinds_in(text: str) -> set[str]:
    """Return the kinds of promises that the catalogue's `text` makes."""
    folded, kinds, position = fold(text), set(), 0
    while match := _CLAIM.search(folded, position):
        kinds.add(_NAMES[match.lastgroup or ""])
        position = match.start() + 1
    return kinds


def find_figures(text: str) -> list[tuple[str, str]]:
    """Return the percentages and durations in `text`: the meaning of each (`20 %`, `6 month`) and its words."""
    found = []
    for match in _FIGURE.finditer(fold(text)):
        if match["percent"] is not None:
            meaning = f"{match['percent'].replace(',', '.')} %"
        else:
            unit = match["unit"].rstrip("s")
            meaning = f"{_DIGITS.get(match['number'], match['number'])} {_TIMES.get(unit, unit)}"
        found.append((meaning, match.group()))
    return found
