"""The notes of the record where the assistant leaves a customer to people; nobody but the owner sees them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from colonnade.products.dealroom.assistant.schemas import Excess
from colonnade.products.dealroom.shared.rules.languages import NoteLanguage

__all__ = ["ASKED_FOR_PERSON", "EXCESS", "UNANSWERED"]

UNANSWERED: Final[Mapping[NoteLanguage, str]] = MappingProxyType(
    {
        "id": "Asisten tidak menjawab pesan terakhir ({reason}). Mohon dijawab sendiri.",
        "en": "The assistant did not answer the last message ({reason}). Please answer it yourself.",
        "pt": "O assistente não respondeu à última mensagem ({reason}). Por favor, responda você mesmo.",
        "es": "El asistente no contestó el último mensaje ({reason}). Por favor, contéstelo usted.",
        "fr": "L'assistant n'a pas répondu au dernier message ({reason}). Merci d'y répondre vous-même.",
        "ar": "لم يُجب المساعد عن الرسالة الأخيرة ({reason}). يُرجى الرد عليها بنفسك.",
    }
)
"""An answer has failed, for a `reason` with a code."""

ASKED_FOR_PERSON: Final[Mapping[NoteLanguage, str]] = MappingProxyType(
    {
        "id": "Pelanggan ingin berbicara dengan petugas (“{word}”). Mohon dijawab sendiri.",
        "en": "The customer asks for a person (“{word}”). Please answer yourself.",
        "pt": "O cliente quer falar com uma pessoa (“{word}”). Por favor, responda você mesmo.",
        "es": "El cliente pide hablar con una persona (“{word}”). Por favor, contéstele usted.",
        "fr": "Le client demande à parler à une personne (« {word} »). Merci de lui répondre vous-même.",
        "ar": "يطلب العميل التحدث إلى شخص (“{word}”). يُرجى الرد عليه بنفسك.",
    }
)
"""A customer has written a `word` for it."""

EXCESS: Final[Mapping[Excess, Mapping[NoteLanguage, str]]] = MappingProxyType(
    {
        "SAME_MESSAGE": {
            "id": "Pelanggan mengirim teks yang sama berkali-kali, mungkin sebuah mesin. Mohon dilanjutkan sendiri.",
            "en": "The customer sends the same text again and again and may be a machine. Please carry on yourself.",
            "pt": "O cliente envia o mesmo texto repetidamente e pode ser uma máquina. Por favor, continue você mesmo.",
            "es": "El cliente envía el mismo texto una y otra vez; puede ser una máquina. Por favor, continúe usted.",
            "fr": "Le client envoie sans cesse le même texte, c'est peut-être une machine. Continuez vous-même, merci.",
            "ar": "يرسل العميل النص نفسه مرارًا، وقد يكون آلة. يُرجى المتابعة بنفسك.",
        },
        "TOO_MANY_ANSWERS": {
            "id": "Asisten sudah terlalu sering menjawab dalam waktu singkat, mungkin kepada mesin. "
            "Mohon dilanjutkan sendiri.",
            "en": "The assistant has answered too often in a short time, perhaps a machine. Please carry on yourself.",
            "pt": "O assistente respondeu demais em pouco tempo, talvez a uma máquina. Por favor, continue você mesmo.",
            "es": "El asistente contestó demasiado en poco tiempo, quizá a una máquina. Por favor, continúe usted.",
            "fr": "L'assistant a trop répondu en peu de temps, peut-être à une machine. Merci de continuer vous-même.",
            "ar": "أجاب المساعد مرات كثيرة في وقت قصير، وربما كان يجيب آلة. يُرجى المتابعة بنفسك.",
        },
    }
)
"""The customer has got more answers than one gets; two machines would answer each other without end."""
