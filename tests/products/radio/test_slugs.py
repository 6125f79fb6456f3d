"""The slugs of titles, in whichever script they are written."""

from __future__ import annotations

import pytest

from colonnade.products.radio.shared.rules.text import slugify


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Kabar dari Studio", "kabar-dari-studio"),
        ("Jum'at di O’Neil", "jumat-di-oneil"),
        ("naïve café ñandú Đà Nẵng", "naive-cafe-nandu-da-nang"),
        ("Straße Ærø Łódź İstanbul", "strasse-aero-lodz-istanbul"),
        ("½ jam, 5€ & 10%", "1-2-jam-5eur-10"),
        ("x² + y³", "x2-y3"),
        ("Ibadah ke‑10", "ibadah-ke-10"),
        ("Москва Щука", "moskva-shchuka"),
        ("Объявление ёлки: чай и юг", "obiavlenie-iolki-chai-i-iug"),
        ("Ελλάδα", "ellada"),
        ("مرحبا", "mrhb"),
        ("서울 방송", "seoul-bangsong"),
        ("北京 2024年", "bei-jing-2024nian"),
        ("ꦲꦏ꧀ꦱꦫ ꦗꦮ", "hksr-jw"),
        ("Doa 🙏 Pagi ✔", "doa-pagi"),
        ("👨‍👩‍👧 keluarga", "keluarga"),
        ("🙏", "artikel"),
        ("!?", "artikel"),
        ("a" * 300, "a" * 200),
    ],
)
def test_slugs(title: str, slug: str) -> None:
    assert slugify(title) == slug
