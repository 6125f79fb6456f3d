"""What is deleted and can come back: a row leaves its table for `trash`, until it is restored or purged.

>>> THINGS = TrashKind(name="things", table="things", title="title", key=("slug",))        # doctest: +SKIP
>>> await move_to_trash(tx, THINGS, thing.id, by=caller)                                   # doctest: +SKIP

Nothing that reads the table sees the row any more, and its natural keys are free. No update reaches it: it comes back
through the routes of `trash_routes` only, and a job purges it after TRASH_DAYS.
"""

from colonnade.kernel.trash.actions import forget_trash, move_to_trash, purge_item, restore_item
from colonnade.kernel.trash.jobs import purge_trash
from colonnade.kernel.trash.kinds import TrashKind, TrashKinds
from colonnade.kernel.trash.queries import TRASH_OF, rows_in_trash
from colonnade.kernel.trash.routes import trash_routes
from colonnade.kernel.trash.schemas import KeyTaken, ReferenceGone, Trashed, TrashedItem

__all__ = [
    "TRASH_OF",
    "KeyTaken",
    "ReferenceGone",
    "TrashKind",
    "TrashKinds",
    "Trashed",
    "TrashedItem",
    "forget_trash",
    "move_to_trash",
    "purge_item",
    "purge_trash",
    "restore_item",
    "rows_in_trash",
    "trash_routes",
]
