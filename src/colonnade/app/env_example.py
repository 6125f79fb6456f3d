"""Writes `.env.example`: every setting of the kernel, then section by section those of each product.

Names, defaults and explanations come from the classes of the settings, so that the file always agrees with them.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from colonnade.kernel.core.settings import SECTIONS, quota_variable
from colonnade.kernel.product import KERNEL_BUDGETS, Product

__all__ = ["write_env_example"]

WIDTH = 112
_HEAD = """\
Settings of Colonnade. Copy to .env and change what you need; everything has a default, except what production
insists on. An empty value counts as unset. A value with a product's name in front wins for that product:
SHOP_JWT_SECRET over JWT_SECRET, wherever either is set. Written by `colonnade settings`.
"""


def write_env_example(products: Sequence[Product]) -> str:
    """Return the text of `.env.example` for these products."""
    others = {
        field: {product.name: product.defaults[field] for product in products if field in product.defaults}
        for section in SECTIONS
        for field in section.model_fields
    }
    blocks = ["\n".join(_comment(_HEAD))]
    blocks += ("\n".join([_heading(section.title), *_fields(section, others)]) for section in SECTIONS)
    blocks.append("\n".join([_heading("Limits of what every product may mount"), *_kernel_budgets()]))
    for product in products:
        blocks += _product_blocks(product)
    return "\n\n".join(blocks) + "\n"


def _kernel_budgets() -> Iterator[str]:
    yield from _comment(
        "Codes asked for and tried, second factors tried, answers of providers, exports of one's data."
    )
    yield from (f"{quota_variable(budget.name)}={budget.quota}" for budget in KERNEL_BUDGETS)


def _product_blocks(product: Product) -> Iterator[str]:
    for each in product.slices:
        if each.settings is not None:
            heading = _heading(f"{product.name}: {each.settings.title or each.name}")
            yield "\n".join([heading, *_fields(each.settings, {})])
    if product.budgets:
        prefix = product.name.upper().replace("-", "_")
        lines = [
            _heading(f"{product.name}: limits"),
            *_comment(
                f"Per address, or as the API's description says. Without {prefix}_ in front: of every product that "
                "has a limit of this name."
            ),
        ]
        lines += [
            f"{prefix}_{quota_variable(name)}={budget.quota}" for name, budget in product.budgets.items()
        ]
        yield "\n".join(lines)


def _fields(model: type[BaseModel], others: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        elsewhere = others.get(name)
        default = "" if field.default_factory else _text(field.default)
        yield from _comment(_explanation(field, default, elsewhere))
        yield f"{name.upper()}={'' if elsewhere else default}"


def _explanation(field: FieldInfo, default: str, elsewhere: Mapping[str, Any] | None) -> str:
    text = field.description or ""
    if elsewhere:
        own = ", ".join(f"{product} {_text(value)}" for product, value in elsewhere.items())
        text = f"{text} Empty: {default}; {own}."
    return text


def _heading(title: str) -> str:
    return f"# --- {title} ".ljust(WIDTH, "-")


def _comment(text: str) -> Iterable[str]:
    return (f"# {line}" for line in textwrap.wrap(text, WIDTH - 2, break_on_hyphens=False))


def _text(value: Any) -> str:
    """Return a default as it is written in the file."""
    if value is None or value == ():
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
