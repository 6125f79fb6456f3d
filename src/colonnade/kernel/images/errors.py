"""Problems with pictures that people send."""

from __future__ import annotations

from colonnade.kernel.core import Invalid, PayloadTooLarge, UnsupportedMediaType

__all__ = ["ImageCorrupt", "ImageDisguised", "ImageTooLarge", "ImageUnsupported"]


class ImageTooLarge(PayloadTooLarge):
    """The image has more pixels than are accepted, by its header, or takes more time or memory than it may."""

    code = "IMAGE_TOO_LARGE"
    message = "The image has too many pixels."


class ImageUnsupported(UnsupportedMediaType):
    """The bytes are of no format that is taken, whatever the name or the declared type."""

    code = "IMAGE_TYPE_NOT_SUPPORTED"
    message = "Only JPEG, PNG, GIF, WebP and AVIF images are accepted."


class ImageCorrupt(Invalid):
    """The bytes begin like an image but cannot be decoded to the end."""

    code = "IMAGE_CORRUPT"
    message = "The image is damaged or incomplete."


class ImageDisguised(Invalid):
    """The file is an image and also, to another program, a web page, a script, a ZIP or a PDF."""

    code = "IMAGE_DISGUISED"
    message = "The file is not only an image."
