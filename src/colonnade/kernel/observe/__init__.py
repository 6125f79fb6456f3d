"""Observability of a running server: log lines, metrics, traces and health.

>>> configure_logging("INFO", "json")                                     # doctest: +SKIP
>>> requests = METRICS.requests("market")                                # doctest: +SKIP
>>> requests.observe("GET", "/orders/{id}", 200, 0.004)                   # doctest: +SKIP
"""

from colonnade.kernel.observe.lag import LoopLag
from colonnade.kernel.observe.logs import (
    LogFormat,
    bind_request,
    configure_logging,
    current_request,
    get_logger,
)
from colonnade.kernel.observe.metrics import (
    CONTENT_TYPE,
    METRICS,
    Count,
    Metrics,
    RecentRequest,
    RequestMetrics,
    render_metrics,
)
from colonnade.kernel.observe.redact import redact, redact_text
from colonnade.kernel.observe.request_log import RequestLog, request_log
from colonnade.kernel.observe.share import SharedMetrics
from colonnade.kernel.observe.slow import slow_requests
from colonnade.kernel.observe.sources import (
    CacheCounts,
    watch_cache,
    watch_jobs,
    watch_loop,
    watch_pool,
    watch_sockets,
)
from colonnade.kernel.observe.statements import Statements, StatementTimes, count_statements_here, timed
from colonnade.kernel.observe.tracing import (
    configure_tracing,
    request_span,
    stop_tracing,
    traced,
)

__all__ = [
    "CONTENT_TYPE",
    "METRICS",
    "CacheCounts",
    "Count",
    "LogFormat",
    "LoopLag",
    "Metrics",
    "RecentRequest",
    "RequestLog",
    "RequestMetrics",
    "SharedMetrics",
    "StatementTimes",
    "Statements",
    "bind_request",
    "configure_logging",
    "configure_tracing",
    "count_statements_here",
    "current_request",
    "get_logger",
    "redact",
    "redact_text",
    "render_metrics",
    "request_log",
    "request_span",
    "slow_requests",
    "stop_tracing",
    "timed",
    "traced",
    "watch_cache",
    "watch_jobs",
    "watch_loop",
    "watch_pool",
    "watch_sockets",
]
