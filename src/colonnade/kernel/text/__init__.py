"""What people write, made safe: HTML, texts in it, and tables for spreadsheets; and what it looks like."""

from colonnade.kernel.text.cleaning import HtmlRules
from colonnade.kernel.text.confusables import skeleton
from colonnade.kernel.text.markup import HtmlCleaner, HtmlField, RichText, as_html, html_fields
from colonnade.kernel.text.shown import beginning, encoded, excerpt, plain
from colonnade.kernel.text.tables import CSV, csv_head, csv_lines

__all__ = [
    "CSV",
    "HtmlCleaner",
    "HtmlField",
    "HtmlRules",
    "RichText",
    "as_html",
    "beginning",
    "csv_head",
    "csv_lines",
    "encoded",
    "excerpt",
    "html_fields",
    "plain",
    "skeleton",
]
