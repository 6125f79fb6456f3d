"""`colonnade access explain`: explains why an account has a permission, or why it does not."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from colonnade.app.cli.common import ProductNames, out
from colonnade.app.cli.running import with_services
from colonnade.kernel.http import list_routes
from colonnade.kernel.identity import Explanation, explain_access
from colonnade.kernel.product import Services

__all__ = ["access"]

access = typer.Typer(help="Who may do what.", no_args_is_help=True)


@access.command("explain")
def explain(
    user: Annotated[str, typer.Option(help="Id or e-mail address of an account.")],
    permission: Annotated[str, typer.Option(help="A permission, such as audit:read.")],
    products: ProductNames = None,
) -> None:
    """Explain whether an account has a permission, and why. Exit code 1: it has it in none of the products."""

    async def use(services: Services) -> Explanation:
        return await explain_access(services.db, services.product.policy, user.strip(), permission.strip())

    allowed = False
    for product, explanation in with_services(products, use):
        allowed = allowed or explanation.allowed
        verdict = "[green]allowed[/]" if explanation.allowed else "[red]not allowed[/]"
        out.print(f"{escape(product.title)}: {verdict}")
        for reason in explanation.reasons:
            out.print(f"  {escape(reason)}")
        routes = [
            f"{route.method} {route.path}"
            for route in list_routes(product)
            if route.access == permission.strip()
        ]
        if routes:
            out.print(f"  It opens: {escape(', '.join(routes))}")
    if not allowed:
        raise typer.Exit(1)
