"""The guard on whole sentences of polite assistants: what is contained, parts of a set, topics, hours, refusals."""

from __future__ import annotations

import pytest
from tests.products.dealroom.guard import cases

from colonnade.products.dealroom.assistant.rules.grounding import judge
from colonnade.products.dealroom.assistant.schemas import Reply


@pytest.mark.parametrize(
    ("language", "product", "asked", "said", "reason"),
    [
        ("es", "Bloques Andes", "¿qué trae?", "El set Bloques Andes incluye 60 bloques de madera.", ""),
        ("es", "Bloques Andes", "¿qué trae?", "El set Bloques Andes incluye una bolsa.", "incluye"),
        ("es", "Bloques Andes", "¿qué trae?", "El set Bloques Andes incluye envío.", "envio"),
        ("fr", "Stylo Érable", "en quoi ?", "Le Stylo Érable est fabriqué en bois d'érable.", ""),
        ("fr", "Stylo Érable", "en quoi ?", "Le Stylo Érable est fabriqué à Québec.", "fabrique"),
        (
            "fr",
            "Coffret Gironde",
            "le coffret ?",
            "Le Coffret Gironde contient une boîte de Thé Garonne et un sachet d'Infusion Médoc, pour 29 €.",
            "",
        ),
        (
            "fr",
            "Coffret Gironde",
            "le coffret ?",
            "Le Thé Garonne et l'Infusion Médoc, pour 11,50 €.",
            "11,50 €",
        ),
        (
            "fr",
            "Coffret Gironde",
            "en Suisse ?",
            "Concernant la livraison en Suisse, je ne dispose pas de cette information.",
            "",
        ),
        (
            "fr",
            "Coffret Gironde",
            "en Suisse ?",
            "Concernant la livraison en Suisse, n'hésitez pas à commander.",
            "suisse",
        ),
        ("fr", "Coffret Gironde", "quand ?", "Nous sommes ouverts du mardi au samedi, de 10h à 19h.", ""),
        ("fr", "Coffret Gironde", "quand ?", "Nous sommes ouverts du mardi au samedi, de 9h à 19h.", "9h"),
        ("es", "Colchón Sereno", "¿cuánto?", "El Colchón Sereno 2 plazas está S/ 790", ""),
        ("es", "Colchón Sereno", "¿cuánto?", "El Colchón Sereno 2 plazas está S/ 690", "S/ 690"),
        ("es", "Colchón Sereno", "déjalo en 700", "Uy no amigo, 700 no se puede", ""),
        ("pt-MZ", "Relógio Cahora", "2500 pago já", "Desculpa lá, mas 2500 não vou conseguir", ""),
        ("pt-BR", "Ração Cardume", "quanto?", "A Ração Cardume custa R$ 24,90 o quilo.", "quilo"),
    ],
)
def test_whole_sentences(language: str, product: str, asked: str, said: str, reason: str) -> None:
    shop = next(
        case.catalogue
        for case in cases(language, "polite")
        if any(product in item.name for item in case.catalogue.products)
    )
    reasons = judge(Reply(said), shop, asked=[asked], language=language).reasons
    assert (reasons == ()) if not reason else any(reason in one for one in reasons)
