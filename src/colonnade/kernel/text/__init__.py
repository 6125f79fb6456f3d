"""What people write, made safe: HTML, and tables for spreadsheets; and what it looks like."""

from colonnade.kernel.text.confusables import skeleton
from colonnade.kernel.text.markup import HtmlCleaner, HtmlRules, as_html, html_fields
from colonnade.kernel.text.tables import CSV, csv_head, csv_lines

__all__ = ["CSV", "HtmlCleaner", "HtmlRules", "as_html", "csv_head", "csv_lines", "html_fields", "skeleton"]
