"""HTML pages of the server itself: one frame and style for all of them, without any script."""

from colonnade.kernel.pages.negotiation import prefers_html
from colonnade.kernel.pages.rendering import PAGE_HEADERS, Pages

__all__ = ["PAGE_HEADERS", "Pages", "prefers_html"]
