"""What the record says where the assistant leaves a customer to people; nobody but the owner sees it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from colonnade.products.dealroom.shared.rules.languages import NoteLanguage

__all__ = ["ASKED_FOR_PERSON", "UNANSWERED"]

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
