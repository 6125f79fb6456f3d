"""Problems with uploads."""

from __future__ import annotations

from colonnade.kernel.core import Conflict

__all__ = ["UploadExpired"]


class UploadExpired(Conflict):
    """The uploaded object was swept, or marked for deletion, before the product kept it."""

    code = "UPLOAD_EXPIRED"
    message = "The uploaded file is no longer available. Please upload it again."
