"""Pictures that people send, made safe in processes of their own, and smaller copies of them."""

from colonnade.kernel.images.decoding import MAX_IMAGE_PIXELS, PreparedImage, Rendering, sniff
from colonnade.kernel.images.errors import ImageCorrupt, ImageDisguised, ImageTooLarge, ImageUnsupported
from colonnade.kernel.images.images import MAX_IMAGE_BYTES, Images

__all__ = [
    "MAX_IMAGE_BYTES",
    "MAX_IMAGE_PIXELS",
    "ImageCorrupt",
    "ImageDisguised",
    "ImageTooLarge",
    "ImageUnsupported",
    "Images",
    "PreparedImage",
    "Rendering",
    "sniff",
]
