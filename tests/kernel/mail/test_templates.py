"""Templates: two languages, escaping, and no way to smuggle a header in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from colonnade.kernel.mail import TemplateBroken, render, render_mail

MAILS = Path(__file__).parent / "mails"
CONTEXT: dict[str, Any] = {"name": "Sari <b>&</b> O'Neil", "kind": "mitra"}


def test_each_language_has_its_words_and_html_is_escaped(templates: str) -> None:
    mail = render_mail(f"{templates}:welcome", "id", CONTEXT)
    assert mail.subject == "Selamat datang, Sari <b>&</b> O'Neil"
    assert mail.text == "Halo Sari <b>&</b> O'Neil,\n\nterima kasih sudah bergabung sebagai mitra.\n"
    assert mail.html is not None
    assert '<html lang="id">' in mail.html
    assert "<p>Halo Sari &lt;b&gt;&amp;&lt;/b&gt; O&#39;Neil,</p>" in mail.html
    assert "<b>" not in mail.html

    mail = render_mail(f"{templates}:welcome", "en", CONTEXT)
    assert mail.subject == "Welcome, Sari <b>&</b> O'Neil"
    assert mail.html is None


@pytest.mark.parametrize("between", ["\r\n", "\n", "\r", "\0", "\v", "\x85", "\u2028", "\u2029", "\u202e"])
def test_a_subject_is_one_line(between: str) -> None:
    mail = render(MAILS, "welcome", "en", {"name": f"Eve{between}Bcc: all@example.com", "kind": "x"})
    assert mail.subject == "Welcome, Eve Bcc: all@example.com"


def test_a_subject_has_an_end() -> None:
    assert len(render(MAILS, "welcome", "en", {"name": "x" * 5000, "kind": "x"}).subject) == 200


@pytest.mark.parametrize(
    ("name", "language", "context", "message"),
    [
        ("welcome", "en", {"name": "Sari"}, "welcome.en: 'kind' is undefined"),
        ("welcome", "fr", CONTEXT, "no template 'welcome' in this language"),
        ("missing", "en", CONTEXT, "there is no missing.en.subject.txt in mails of mail"),
        ("notice", "en", CONTEXT, "there is no notice.en.subject.txt in mails of mail"),
        ("../welcome", "en", CONTEXT, "no template '../welcome' in this language"),
        ("broken", "en", CONTEXT, "broken.en: TemplateSyntaxError"),
    ],
)
def test_what_is_wrong_is_named_without_the_context(
    name: str, language: Any, context: dict[str, Any], message: str
) -> None:
    with pytest.raises(TemplateBroken) as caught:
        render(MAILS, name, language, context)
    assert str(caught.value) == message


@pytest.mark.parametrize("template", ["welcome", "os:../x", "no.such_package:welcome", "a/b:c", ":x", "x:"])
def test_a_template_has_a_package(template: str) -> None:
    with pytest.raises(TemplateBroken):
        render_mail(template, "en", CONTEXT)
