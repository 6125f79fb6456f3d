"""The channels' background work: sending, fetching files, and the watch over all channels."""

from colonnade.products.dealroom.channels.jobs.media import fetch_media
from colonnade.products.dealroom.channels.jobs.sending import send_pending
from colonnade.products.dealroom.channels.jobs.watching import watch_channels

__all__ = ["JOBS", "fetch_media", "send_pending", "watch_channels"]

JOBS = [send_pending, fetch_media, watch_channels]
