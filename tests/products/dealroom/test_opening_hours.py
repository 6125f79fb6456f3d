"""What is said of opening hours is compared by the day that is named, and a day or a time beside them is a promise."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from colonnade.products.dealroom.assistant.rules.catalogue import Catalogue
from colonnade.products.dealroom.assistant.rules.closures import find_wrong_times, vouching_times
from colonnade.products.dealroom.assistant.rules.grounding import judge
from colonnade.products.dealroom.assistant.rules.times import Hours, describe_times
from colonnade.products.dealroom.assistant.schemas import Reply
from colonnade.products.dealroom.channels.schemas import ChannelRules, OpenPeriod

NOW = datetime(2026, 12, 1, 4, 21, tzinfo=UTC)
"""A Tuesday; 01:21 in São Paulo."""
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday")


def hours(zone: str, *periods: tuple[str, str, str]) -> Hours:
    return Hours(ChannelRules(time_zone=zone, opening_hours=[OpenPeriod(*one) for one in periods]), NOW)  # type: ignore[arg-type]


OPEN = {
    "three": hours(
        "Europe/London",
        ("monday", "09:00", "17:00"),
        ("tuesday", "00:00", "23:59"),
        ("wednesday", "09:00", "17:30"),
    ),
    "padaria": hours(
        "America/Sao_Paulo", *((day, "09:00", "18:00") for day in WEEK), ("saturday", "09:00", "13:00")
    ),
    "shop": hours("UTC", *((day, "09:00", "17:30") for day in WEEK), ("saturday", "10:00", "17:00")),
}

SAID = [
    ("shop", "en", "When do you open?", "We open at 5:30.", False),
    ("shop", "en", "When do you open?", "On Saturday we open at 5.", False),
    ("padaria", "pt", "Abrem quando?", "Abrimos às 6h.", False),
    ("shop", "es", "¿Cuándo abren?", "Abrimos a las 5:30.", False),
    ("shop", "id", "Buka kapan?", "Kami buka jam 5.30.", False),
    ("shop", "fr", "Quand ?", "Nous ouvrons à 5h30.", False),
    ("shop", "ar", "متى تفتحون؟", "نفتح الساعة 5:30.", False),
    ("three", "en", "late mon?", "We close at 17:30 on Monday.", False),
    ("three", "en", "late wed", "We close at 17:00 on Wednesday.", False),
    ("three", "en", "late wed?", "Wednesday: 09:00 to 17:00.", False),
    ("three", "en", "wed?", "Wednesday: 09:00 to 17:30.", True),
    ("three", "en", "wed", "We are open until 23:59 tomorrow.", False),
    ("three", "en", "wed", "From 00:00 on Wednesday we are open.", False),
    ("three", "en", "Can you keep two for me until Monday?", "Sure, until Monday.", False),
    ("three", "en", "Can you reserve it for Wednesday?", "Sure, for Wednesday.", False),
    ("three", "en", "Can you hold one till Wednesday?", "Yes, until Wednesday.", False),
    ("three", "en", "Can someone call me on Wednesday at 09:00?", "Yes, on Wednesday at 09:00.", False),
    ("three", "en", "can you call me?", "We will call you at 09:00.", False),
    ("three", "en", "Can I collect?", "You can pick it up on Wednesday from 09:00.", False),
    ("three", "en", "Can I collect?", "You can pick it up on Wednesday from 08:00.", False),
    ("three", "en", "what time is it", "It is 09:00 now.", False),
    ("three", "en", "what time is it", "It is 04:21 now.", True),
    ("three", "en", "what time is it", "It's 4:21 am.", True),
    ("three", "en", "tomorrow?", "Tomorrow is Monday.", False),
    ("three", "en", "tomorrow?", "Tomorrow is Wednesday.", True),
    ("three", "en", "today?", "Today is Wednesday.", False),
    ("three", "en", "today?", "Today is Tuesday.", True),
    ("three", "en", "wed", "On Wednesday we are open from 9 am to 5:30 pm.", True),
    ("three", "en", "tom", "We open tomorrow at 9 am.", True),
    ("three", "en", "tom", "We open tomorrow at 10 am.", False),
    ("three", "en", "mon", "On Monday we are open from 9 to 5.", True),
    ("three", "en", "mon", "On Monday we are open from 9 to 6.", False),
    ("three", "en", "mon", "On Monday we close at 5 pm.", True),
    ("three", "en", "mon", "On Monday we close at half past five.", False),
    ("three", "en", "wed", "On Wednesday we close at half past five.", True),
    ("three", "en", "wed", "On Wednesday we close at 5.30pm.", True),
    ("three", "en", "late?", "We close at 23:59 on Wednesday.", False),
    ("three", "en", "hours?", "Monday 9 to 5, Wednesday 9 to 5:30.", True),
    ("three", "en", "hours?", "Monday 9 to 5:30, Wednesday 9 to 5.", False),
    ("three", "en", "Are you open on Wednesday?", "Yes, from 9 am to 5:30 pm.", True),
    ("three", "en", "Are you open on Wednesday?", "Yes, from 9 am to 5 pm.", False),
    ("shop", "en", "When do you open?", "We open at 9", True),
    ("shop", "en", "Saturday?", "10 till 5", True),
    ("shop", "en", "What are your hours on Saturday?", "10 till 6", False),
    (
        "shop",
        "en",
        "hours?",
        "We are open Monday to Friday from 9am to 5:30pm and Saturday from 10am to 5pm.",
        True,
    ),
    ("shop", "en", "hours?", "9-5:30 Monday to Friday and 10-5 on Saturday", True),
    ("shop", "en", "open tomorrow?", "Yes, tomorrow we're open from 9 to half past 5.", True),
    ("shop", "en", "sat?", "On Saturdays we're open 10-17.", True),
    ("shop", "en", "sat?", "On Saturdays we're open 9-17.", False),
    ("shop", "en", "what time do you open", "We open at 9 o'clock in the morning.", True),
    ("padaria", "pt", "qua", "Na quarta fechamos às 13h.", False),
    ("padaria", "pt", "qua", "Fechamos às 13h na quarta-feira.", False),
    ("padaria", "pt", "qua", "Fechamos às 18h na quarta-feira.", True),
    ("padaria", "pt", "sab", "Fechamos às 13h no sábado.", True),
    ("padaria", "pt", "sab", "No sábado fechamos à 1 da tarde.", True),
    ("padaria", "pt", "Guarda um pra mim até quarta?", "Guardo sim, até quarta.", False),
    ("padaria", "pt", "Guarda um pra mim até quarta?", "Sim, até quarta-feira.", False),
    ("padaria", "pt", "Chega até quarta?", "Sim, até quarta-feira.", False),
    ("padaria", "pt", "amanhã é?", "Amanhã é sábado.", False),
    ("padaria", "pt", "amanhã é?", "Amanhã é quarta-feira.", True),
    ("padaria", "pt", "hoje?", "Hoje é quarta-feira.", False),
    ("padaria", "pt", "hoje?", "Hoje é terça-feira.", True),
    ("padaria", "pt", "me ligam às 9h?", "Ligamos às 9h.", False),
    ("padaria", "pt", "reserva pra segunda?", "Reservado para segunda-feira.", False),
    ("padaria", "pt", "que horas são", "Agora são 15h.", False),
    ("padaria", "pt", "que horas são", "Agora são 1h21.", True),
    ("padaria", "pt", "horário?", "De segunda a sexta das 9h às 18h e sábado das 9h às 13h.", True),
    ("padaria", "pt", "horário?", "Das 9h às 18h de segunda a sexta, e das 9h às 13h no sábado.", True),
    ("padaria", "pt", "horário?", "De segunda a sábado das 9h às 18h.", False),
    ("padaria", "pt", "amanha", "Amanhã abrimos às 9h.", True),
    ("padaria", "pt", "amanha", "Amanhã abrimos às 8h.", False),
    ("padaria", "pt", "que horas abre?", "às 9h", True),
    ("shop", "pt", "até que horas?", "Fechamos às 17h30 na quarta.", True),
    ("shop", "pt", "até que horas?", "Fechamos às 5 e meia da tarde na quarta.", True),
    ("shop", "pt", "até que horas?", "Na quarta fechamos às 5 e meia.", True),
    ("shop", "pt", "até que horas?", "Na quarta fechamos às 6 e meia.", False),
    ("shop", "pt", "abre?", "Abrimos às nove da manhã.", True),
    ("shop", "es", "¿A qué hora abren?", "Abrimos a las 9 de la mañana.", True),
    ("shop", "es", "¿A qué hora abren?", "a las 9 de la mañana", True),
    ("shop", "es", "¿A qué hora abren?", "Mañana abrimos a las 8 de la mañana.", False),
    ("shop", "es", "¿El sábado?", "El sábado cerramos a las 5 de la tarde.", True),
    ("shop", "es", "¿El miércoles?", "El miércoles cerramos a las 17:00.", False),
    ("shop", "es", "¿El miércoles?", "El miércoles cerramos a las cinco y media.", True),
    ("shop", "es", "¿Qué día es hoy?", "Hoy es miércoles.", False),
    ("shop", "es", "¿Qué día es hoy?", "Hoy es martes.", True),
    ("shop", "es", "¿Me lo aparta hasta el viernes?", "Claro, hasta el viernes.", False),
    ("shop", "es", "¿Qué hora es?", "Ahora son las 9.", False),
    ("shop", "es", "¿me llaman?", "Le llamamos a las 9:00.", False),
    ("shop", "id", "Buka jam berapa?", "Kami buka jam 9 pagi.", True),
    ("shop", "id", "Buka jam berapa?", "jam 9 pagi", True),
    ("shop", "id", "Buka jam berapa?", "Besok kami buka jam 9 pagi kak.", True),
    ("shop", "id", "Buka jam berapa?", "Besok kami buka jam 10 pagi kak.", False),
    ("shop", "id", "Sabtu?", "Sabtu kami tutup jam 5 sore.", True),
    ("shop", "id", "Sabtu?", "Sabtu kami tutup pukul 17.30.", False),
    ("shop", "id", "Rabu?", "Rabu kami tutup jam setengah 6 sore.", True),
    ("shop", "id", "hari apa?", "Hari ini Rabu.", False),
    ("shop", "id", "hari apa?", "Besok Rabu.", True),
    ("shop", "id", "Bisa disimpan sampai Rabu?", "Bisa kak, sampai Rabu.", False),
    ("shop", "id", "jam berapa sekarang", "Sekarang jam 9.", False),
    ("shop", "id", "bisa telepon?", "Kami akan telepon jam 9 pagi.", False),
    ("shop", "fr", "Vous ouvrez quand ?", "Nous ouvrons à 9h.", True),
    ("shop", "fr", "Vous ouvrez quand ?", "à 9h", True),
    ("shop", "fr", "Samedi ?", "Le samedi nous fermons à 17h30.", False),
    ("shop", "fr", "Samedi ?", "Le samedi nous ouvrons à 10 heures.", True),
    ("shop", "fr", "Mercredi ?", "Mercredi, nous fermons à 17h30.", True),
    ("shop", "fr", "Mercredi ?", "Nous sommes ouverts de 9h à 17h30 le mercredi.", True),
    ("shop", "fr", "Mercredi ?", "Nous sommes ouverts de 9h à 17h le mercredi.", False),
    ("shop", "fr", "demain ?", "Demain, c'est lundi.", False),
    ("shop", "fr", "demain ?", "Demain, c'est mercredi.", True),
    ("shop", "fr", "Quelle heure ?", "Il est 9h.", False),
    ("shop", "fr", "Vous le gardez jusqu'à mercredi ?", "Oui, jusqu'à mercredi.", False),
    ("shop", "fr", "Vous m'appelez ?", "Nous vous appelons à 9h.", False),
    ("shop", "ar", "متى تفتحون؟", "نفتح الساعة 9 صباحا.", True),
    ("shop", "ar", "متى تفتحون؟", "الساعة 9 صباحا", True),
    ("shop", "ar", "متى تفتحون؟", "غدا نفتح الساعة 9 صباحا.", True),
    ("shop", "ar", "متى تفتحون؟", "غدا نفتح الساعة 10 صباحا.", False),
    ("shop", "ar", "السبت؟", "السبت نغلق الساعة 5 مساء.", True),
    ("shop", "ar", "السبت؟", "السبت نغلق الساعة 17:30.", False),
    ("shop", "ar", "اليوم؟", "اليوم الأربعاء.", False),
    ("shop", "ar", "اليوم؟", "اليوم الثلاثاء.", True),
    ("shop", "ar", "كم الساعة؟", "الساعة الآن 9:00.", False),
    ("shop", "ar", "ممكن تحجزها حتى الأربعاء؟", "نعم، حتى الأربعاء.", False),
    ("shop", "ar", "تتصلون؟", "سنتصل بك الساعة 9:00.", False),
    ("three", "en", "monday?", "On Monday we are open until 18:00.", False),
    ("three", "en", "sat", "We are closed on Saturday and Sunday.", True),
    ("three", "en", "sun", "Sorry, we are closed on Sunday.", True),
    ("three", "en", "the discount?", "On Wednesday Moor Blend is £9.", False),
    ("three", "en", "When will it come?", "It arrives tomorrow.", False),
]


@pytest.mark.parametrize(("rule", "language", "asked", "text", "honest"), SAID)
def test_days_and_times_are_those_of_the_rules(
    rule: str, language: str, asked: str, text: str, honest: bool
) -> None:
    """Held by the lines of the prompt alone, whichever of them vouch; and honest ones are not held elsewhere."""
    for known in (describe_times(language, OPEN[rule]), vouching_times(text, language, OPEN[rule])):
        found = judge(Reply(text), Catalogue([]), asked=[asked], known=known, language=language)
        assert (found.reasons == ()) is honest, found.reasons
    assert not (honest and find_wrong_times(text, language, OPEN[rule]))


@pytest.mark.parametrize("piece", ["monday 9 ", "today is monday ", "9:00 ", "open at 9 "])
def test_many_days_and_times_are_read_in_time(piece: str) -> None:
    """An answer of nothing else took twenty seconds while each was looked for among all."""
    text = (piece * 1000)[:4090]
    began = time.process_time()
    judge(Reply(text), Catalogue([]), asked=["?"], known=describe_times("en", OPEN["shop"]), language="en")
    assert time.process_time() - began < 2
