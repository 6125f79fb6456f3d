"""Cached public answers and totals: tagged, single flight, bounded, invalidated after commits."""

from colonnade.kernel.cache.counts import CountCache
from colonnade.kernel.cache.entry import (
    LARGE_BYTES,
    Entry,
    cache_key,
    etag_of,
    head_lines,
    header_pairs,
    matches,
    status_line,
)
from colonnade.kernel.cache.responses import ResponseCache, open_cache
from colonnade.kernel.cache.serve import accepts_gzip, serve_at_once, serve_cached

__all__ = [
    "LARGE_BYTES",
    "CountCache",
    "Entry",
    "ResponseCache",
    "accepts_gzip",
    "cache_key",
    "etag_of",
    "head_lines",
    "header_pairs",
    "matches",
    "open_cache",
    "serve_at_once",
    "serve_cached",
    "status_line",
]
