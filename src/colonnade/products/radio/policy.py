"""The station's permissions, and the roles that have them.

`admin` runs the station, `editor` writes and publishes, `penyiar` (the presenter on air) handles the chat
and the requests. Administrators create further roles at run time.
"""

from __future__ import annotations

from colonnade.kernel.access import Policy

__all__ = ["POLICY"]

PERMISSIONS = {
    "staff:manage": "create, list, deactivate staff and change their roles",
    "roles:manage": "make roles out of one's own permissions and give them to others",
    "audit:read": "read and export the audit log",
    "privacy:manage": "find, export and erase what people without an account left",
    "metrics:read": "see the server's memory, connections and latest requests",
    "articles:create": "write articles",
    "articles:update": "edit one's own articles",
    "articles:update-any": "edit everybody's articles",
    "articles:read-unpublished": "see drafts and scheduled articles",
    "articles:delete": "archive articles",
    "categories:manage": "create, rename and delete categories",
    "gallery:create": "upload pictures",
    "gallery:update": "edit pictures and their texts",
    "gallery:delete": "delete pictures",
    "chat:moderate": "hide, delete, flag and approve chat messages",
    "chat:block": "block chat guests",
    "chat:read-hidden": "see hidden and pending chat messages",
    "chat:configure": "change the chat's settings and blocked terms",
    "desk:work": "work on the moderation queue, as far as one may see what is in it",
    "membership:read": "see partnership registrations",
    "membership:update": "change the status of partnership registrations",
    "pages:manage": "create, edit and delete static pages and announcements",
    "programs:manage": "plan programmes, presenters, slots and overrides",
    "prayers:read": "read every prayer request",
    "prayers:read-air": "read the prayer requests that may be read on air",
    "prayers:pray": "mark the prayer requests that one may read as prayed",
    "prayers:update": "change the status of prayer requests",
    "songs:read": "see song requests",
    "songs:decide": "approve, reject and play song requests",
    "testimonials:read-any": "see testimonials whatever their status",
    "testimonials:review": "approve and reject testimonials",
    "trash:restore": "see, restore and purge what was deleted, archived articles included",
}

_PENYIAR = {
    "chat:moderate",
    "chat:block",
    "chat:read-hidden",
    "desk:work",
    "prayers:read-air",
    "prayers:pray",
    "songs:read",
    "songs:decide",
}
_EDITOR = {
    "articles:create",
    "articles:update",
    "articles:read-unpublished",
    "categories:manage",
    "desk:work",
    "gallery:create",
    "gallery:update",
    "membership:read",
    "pages:manage",
    "programs:manage",
    "testimonials:read-any",
    "testimonials:review",
}

POLICY = Policy(
    PERMISSIONS,
    {"admin": PERMISSIONS, "editor": _EDITOR, "penyiar": _PENYIAR},
    custom_roles=True,
    admin_role="admin",
)
