"""`colonnade routes`, `openapi`, `asyncapi`, `settings` and `doctor`: commands that change nothing.

A command imports what takes long to load only after it has checked its arguments.
"""

from __future__ import annotations

import sys
from typing import Annotated, Any

import msgspec
import typer
from rich.markup import escape

from colonnade.app.cli.common import (
    ProductNames,
    fail,
    find_products,
    one_line_errors,
    out,
    read_settings,
    show_table,
    warn_of_unusable,
)
from colonnade.app.signals import run

__all__ = ["asyncapi", "doctor", "openapi", "routes", "settings"]


def routes(
    products: Annotated[
        list[str] | None, typer.Argument(help="Which products; all when none is named.")
    ] = None,
) -> None:
    """List every route: method, path, who may call it, which budgets it spends."""
    from colonnade.app.services import budgets_of
    from colonnade.kernel.http import list_routes

    for product in find_products(products or []):
        settings = read_settings(product.name)
        quotas = {name: budget.quota for name, budget in budgets_of(product, settings).items()}
        rows = [
            (
                route.method,
                route.path,
                route.access,
                ", ".join(f"{name} {quotas.get(name, '')}".strip() for name in route.budgets),
            )
            for route in list_routes(product)
        ]
        show_table(product.title, ("method", "path", "permission", "limit"), rows)


def openapi(product: Annotated[str, typer.Argument(help="The product.")]) -> None:
    """Print the product's OpenAPI description as JSON."""
    from colonnade.kernel.http import describe_product

    (chosen,) = find_products([product])
    _print_json(describe_product(chosen))


def asyncapi(product: Annotated[str, typer.Argument(help="The product.")]) -> None:
    """Print the description of the product's socket events (AsyncAPI) as JSON."""
    from colonnade.kernel.http import describe_sockets

    (chosen,) = find_products([product])
    if chosen.sockets is None:
        fail(f"{chosen.name} has no sockets.")
    _print_json(describe_sockets(chosen))


def _print_json(document: dict[str, Any]) -> None:
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")


def settings(
    products: Annotated[
        list[str] | None, typer.Argument(help="Which products; all when none is named.")
    ] = None,
) -> None:
    """Print every setting with its default and its meaning, as a .env file."""
    from colonnade.app.env_example import write_env_example

    if not products:
        warn_of_unusable()
    sys.stdout.write(write_env_example(find_products(products or [])))


def doctor(
    products: ProductNames = None,
) -> None:
    """Check settings, database, clock, storage, Redis and mail, and say what to do. Exit code 1: a check failed."""
    from colonnade.app.doctor import diagnose, diagnose_installation

    chosen = find_products(products or [])
    with one_line_errors():
        findings = run(diagnose(chosen)) if products else diagnose_installation(chosen)
    for finding in findings:
        mark = (
            "[red]fail[/]" if not finding.ok else "[yellow]warn[/]" if finding.warning else "[green]ok[/]  "
        )
        out.print(f"{mark}  [bold]{escape(finding.name)}[/]  {escape(finding.text)}")
        if finding.advice:
            out.print(f"      → {escape(finding.advice)}")
    failed = sum(not finding.ok for finding in findings)
    if failed:
        fail(f"{failed} of {len(findings)} checks failed.")
