"""Words of days and hours, in all languages: how people say when somebody is there.

A list is a text of folded words with spaces between them; phrases are separated by `|`.

Out of scope: reading with them (`clocks`, `openings`, `calendars`), the names of days (`common`).
"""

from __future__ import annotations

__all__ = [
    "AMBIGUOUS",
    "BEFORE_BARE_HOUR",
    "BEFORE_HOUR",
    "BEFORE_HOURS",
    "BEFORE_NIGHT",
    "BEFORE_OPENING_HOUR",
    "BEFORE_POINTED_HOUR",
    "DAY_PARTS",
    "HALF_PAST",
    "HALVES",
    "HOUR_WORDS",
    "IN_THE_MORNING",
    "IT_IS",
    "LATE",
    "NIGHT",
    "NOW",
    "ONE_LONG",
    "OPENING",
    "OPENING_AT",
    "ORDINALLY_NAMED",
    "THROUGH",
    "UNITS_OF_HOURS",
    "WITHIN",
]

THROUGH = "- to through thru until till s a as ate al hasta au sampai sampe hingga الي الى حتى حتي لحد لين"
"""Between the first and the last day of a range: "Monday to Friday"."""

HALVES = {
    0: "am pagi صباحا الصبح صبحا ص",
    12: "pm siang sore malam مساء م ظهرا عصرا ليلا المسا بالليل",
}
"""Behind a time, by the hours that are added to one up to twelve."""

DAY_PARTS = {
    0: "de la manana|da manha|du matin|in the morning",
    12: """
        de la tarde|de la noche|da tarde|da noite|du soir|in the afternoon|in the evening|at night
        de l apres midi
    """,
}
"""The same in several words."""

LATE = {
    0: "am manana manha matin",
    12: "pm tarde noche noite soir",
}
"""Behind an hour and a short word: "las 10 de la noche"."""

HALF_PAST = "e meia|y media|et demie|et demi|ونصف|و نصف"
"""Behind an hour, of which they make half past it."""

UNITS_OF_HOURS = "h|hs|hrs|horas|hora|heures|heure|o clock"
"""Behind an hour."""

BEFORE_HOUR = "as das las pelas jam pukul الساعه ساعه"
"""Before an hour that is nothing else."""

BEFORE_POINTED_HOUR = "jam pukul las الساعه ساعه"
"""Before an hour with a point, which is no price: "pukul 10.00"."""

BEFORE_BARE_HOUR = "at las الساعه"
"""Before an hour that ends a sentence, behind one of OPENING_AT: "we open at 9."."""

OPENING_AT = """
    open opens close closes abro abre abrimos abren cierra cerramos cierran نفتح يفتح تفتح نغلق يغلق تغلق مفتوح مغلق
"""

BEFORE_HOURS = "a desde vers"
"""Before an hour with a unit behind it."""

BEFORE_OPENING_HOUR = """
    at from to till until between and by de des ate hasta jusqu entre la e y et partir ao al sampai dari hingga dan s d
    - من الى الي حتى حتي لحد و
"""
"""Before an hour where somebody opens or closes."""

OPENING = """
    closing shut shuts cierr* cerr* fech* fecho ferm* يفتح تفتح نغلق يغلق تغلق يقفل مفتوحون مغلقون buka tutup membuka
    menutup dibuka ditutup funcion*
"""
"""Of who opens and closes, besides the lists of the languages."""

IN_THE_MORNING = "open abr ouvr buka membuka نفتح يفتح تفتح"
"""Beginnings of verbs before an hour that is one of the morning: "we open at 6"."""

AMBIGUOUS = "jam shop daily"
"""Words of opening hours that mean other things, too."""

HOUR_WORDS = "time jam pukul hora horas hrs heure heures ساعه الساعه متي"
"""In a question for a time of day."""

NOW = "now currently agora ahora maintenant actuellement sekarang الان حاليا"

IT_IS = "it is|it s|il est|ce son|hora son"
"""Before the time that it is now."""

ORDINALLY_NAMED = "opcao vez peca cor foto imagem mensagem pergunta linha unidade via parte compra"
"""Behind the name of a Portuguese day that is an ordinal: "a segunda opção"."""

NIGHT = "malam malem"
"""Words that are a part of the day behind an hour, and nights behind a number."""

BEFORE_NIGHT = "sampai sampe hingga ke s d - dari antara dan"
"""Words before an hour of the night."""

ONE_LONG = "ساعه يوم اسبوع شهر سنه عام دقيقه"
"""Arabic units of time that are one of it without a number …"""

WITHIN = "خلال بخلال بعد لمده مده ضمان الضمان ضمانه ضمانها كفاله بظرف غضون حوالي تقريبا"
"""… behind one of these words."""
