"""Song requests: each listener may send one every five minutes, presenters decide."""

from __future__ import annotations

from colonnade.kernel.exports import PersonalData, rows_of
from colonnade.kernel.limits import Budget
from colonnade.kernel.privacy import LeftData
from colonnade.kernel.product import Slice
from colonnade.kernel.realtime import SocketSetup
from colonnade.products.radio.songs import actions, queries
from colonnade.products.radio.songs.jobs import JOBS
from colonnade.products.radio.songs.routes import ROUTES
from colonnade.products.radio.songs.schemas import (
    NEW_SONG_REQUEST,
    REQUEST_APPROVED,
    REQUEST_ERASED,
    REQUEST_EXPIRED,
    REQUEST_PLAYED,
    REQUEST_REJECTED,
)
from colonnade.products.radio.songs.seed import seed_songs
from colonnade.products.radio.songs.socket import SONGS

__all__ = ["SLICE"]

SLICE = Slice(
    name="songs",
    routes=[ROUTES],
    sockets=SocketSetup(routes=[SONGS]),
    sends=[
        NEW_SONG_REQUEST,
        REQUEST_APPROVED,
        REQUEST_REJECTED,
        REQUEST_PLAYED,
        REQUEST_EXPIRED,
        REQUEST_ERASED,
    ],
    jobs=JOBS,
    # A listener asks once in five minutes; this bounds what many guests of one address ask for together.
    budgets=[Budget("song-requests", "100/hour")],
    personal_data=[
        PersonalData("songs_decided", rows_of(queries.SONGS_OF)),
    ],
    left_data=[LeftData("song_requests", actions.find_left, actions.erase_left, tables=("song_requests",))],
    seed=seed_songs,
)
