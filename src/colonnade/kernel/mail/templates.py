"""Mail templates: a subject, a text and optionally an HTML part per language.

A slice keeps them in its folder `mails/`: `<name>.<language>.subject.txt`, `<name>.<language>.txt` and
`<name>.<language>.html`. A template is named by package and name, as in
`colonnade.products.shop.orders:placed`, so that a job's payload finds it without any registration. HTML
is escaped, an unknown variable is an error, and `{% extends "layout.html" %}` gives the shared frame (blocks
`title`, `body`, `footer`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from colonnade.kernel.jobs import PermanentFailure
from colonnade.kernel.mail.addresses import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Environment

__all__ = ["Language", "RenderedMail", "TemplateBroken", "render", "render_mail"]

Language = Literal["id", "en"]
_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_QUALIFIED = re.compile(r"[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)*:[a-z][a-z0-9_]*", re.ASCII)
_LAYOUTS = Path(__file__).with_name("layouts")
_MAX_SUBJECT_CHARACTERS = 200


class TemplateBroken(PermanentFailure):
    """The template does not exist, or uses a variable that the context lacks."""


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """The parts of a mail in one language; `subject` is a single line."""

    subject: str
    text: str
    html: str | None


def render_mail(template: str, language: Language, context: Mapping[str, Any]) -> RenderedMail:
    """Render `package:name` in `language`; the template's variables are those of `context` and `language`.

    Raise TemplateBroken, whose message never quotes the context.
    """
    if not _QUALIFIED.fullmatch(template):
        raise TemplateBroken("a template is named `package:name`")
    package, _, name = template.partition(":")
    try:
        folder = Path(str(files(package))) / "mails"
    except (ModuleNotFoundError, TypeError):
        raise TemplateBroken(f"there is no package {package}") from None
    return render(folder, name, language, context)


def render(folder: Path, name: str, language: Language, context: Mapping[str, Any]) -> RenderedMail:
    """Render the template `name` of `folder`. Raise TemplateBroken."""
    from jinja2 import TemplateError, TemplateNotFound, UndefinedError

    if language not in ("id", "en") or not _NAME.fullmatch(name):
        raise TemplateBroken(f"no template {name!r} in this language")
    environment = _environment(folder)
    values = {**context, "language": language}
    try:
        subject = environment.get_template(f"{name}.{language}.subject.txt").render(values)
        text = environment.get_template(f"{name}.{language}.txt").render(values)
        html = None
        if (folder / f"{name}.{language}.html").exists():
            html = environment.get_template(f"{name}.{language}.html").render(values)
    except TemplateNotFound as error:
        raise TemplateBroken(f"there is no {error.name} in {folder.name} of {folder.parent.name}") from None
    except UndefinedError as error:
        raise TemplateBroken(f"{name}.{language}: {error.message}") from None
    except TemplateError as error:
        raise TemplateBroken(f"{name}.{language}: {type(error).__name__}") from None
    return RenderedMail(one_line(subject)[:_MAX_SUBJECT_CHARACTERS], text.strip() + "\n", html)


@cache
def _environment(folder: Path) -> Environment:
    from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=ChoiceLoader([FileSystemLoader(folder), FileSystemLoader(_LAYOUTS)]),
        autoescape=select_autoescape(enabled_extensions=("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
