"""What people write, made safe: HTML."""

from colonnade.kernel.text.markup import HtmlCleaner, HtmlRules, as_html, html_fields

__all__ = ["HtmlCleaner", "HtmlRules", "as_html", "html_fields"]
