"""The page at `/` of a gateway: products, their documentation and health, the demonstration accounts."""

from __future__ import annotations

import html
from collections.abc import Sequence

from colonnade.kernel.product import Product

__all__ = ["landing_page"]

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:3rem auto;padding:0 1rem;
color:#1c1917;background:#fafaf9}
h1{font-weight:600;letter-spacing:-.02em}h2{margin:.2rem 0}
article{background:#fff;border:1px solid #e7e5e4;border-radius:.6rem;padding:1rem 1.3rem;margin:1rem 0}
a{color:#9a3412}code{background:#f5f5f4;padding:.1rem .3rem;border-radius:.3rem}
th,td{padding:.1rem 1rem .1rem 0;text-align:left;font-weight:400}
@media(prefers-color-scheme:dark){body{background:#1c1917;color:#e7e5e4}
article{background:#292524;border-color:#44403c}a{color:#fdba74}code{background:#44403c}}
"""


def landing_page(products: Sequence[Product], *, port: str, show_logins: bool) -> bytes:
    """The page as UTF-8 HTML; `port` is the one in the address it was asked for at, empty for 80 or 443."""
    sections = "".join(_section(product, port, show_logins) for product in products)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Colonnade</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><h1>Colonnade</h1><main>{sections}</main></body></html>"
    ).encode()


def _section(product: Product, port: str, show_logins: bool) -> str:
    base, host = f"/{product.name}", f"{product.name}.localhost"
    if port.isdigit():
        host += f":{port}"
    logins = "".join(
        f"<tr><th scope=row>{html.escape(login.role)}</th><td><code>{html.escape(login.email)}</code></td>"
        f"<td><code>{html.escape(login.password)}</code></td></tr>"
        for login in (product.demo_logins if show_logins else ())
    )
    table = f"<p>Demonstration accounts:</p><table>{logins}</table>" if logins else ""
    return (
        f"<article><h2>{html.escape(product.title)}</h2><p>{html.escape(product.description)}</p>"
        f'<p><a href="{base}/api-docs">API documentation</a> · <a href="{base}/openapi.json">OpenAPI</a> · '
        f'<a href="{base}/health">Health</a></p>'
        f'<p>At <a href="{base}/"><code>{base}/</code></a> and '
        f'<a href="//{host}/"><code>{host}</code></a></p>{table}</article>'
    )
