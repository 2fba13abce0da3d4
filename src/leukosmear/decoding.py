"""From the bytes of an image file to 8-bit RGB pixels."""

import io
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

# Modes whose samples have 8 bits or fewer, so that converting them to RGB loses no intensity.
EIGHT_BIT_MODES = frozenset({"1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr"})


class UnreadableImageError(ValueError):
    """Says in one sentence why a file cannot be used as an image."""


@dataclass(frozen=True)
class DecodedImage:
    """An image in the form that everything after it works with.

    Attributes:
        rgb: The picture, upright, mode RGB, 8 bits per channel.
        mode: Colour mode of the file as Pillow names it, such as `"RGB"` or `"L"`.
        format: File format as Pillow names it, such as `"JPEG"`.
    """

    rgb: Image.Image
    mode: str
    format: str


def decode(data: bytes) -> DecodedImage:
    """Decode an image file of any format that Pillow reads.

    Other colour modes are converted to RGB, transparent parts are laid on white, as a microscope's empty field
    is, and an orientation noted in EXIF is applied. Of an animation the first frame counts.

    Args:
        data: The bytes of the file.

    Raises:
        UnreadableImageError: If the file is empty, no image, truncated, of more than 8 bits per sample, or so
            large that Pillow takes it for a decompression bomb.
    """
    if not data:
        raise UnreadableImageError("the file is empty")
    try:
        with Image.open(io.BytesIO(data)) as image:
            mode, file_format = image.mode, str(image.format)
            _refuse(image)
            image.load()
            return DecodedImage(_upright_rgb(image), mode, file_format)
    except UnreadableImageError:
        raise
    except UnidentifiedImageError:
        raise UnreadableImageError("not an image in a format that can be read") from None
    except Image.DecompressionBombError as error:
        raise UnreadableImageError(f"too large: {error}") from None
    # Pillow's format readers raise errors of a dozen kinds on damaged files; each means the same to the user.
    except Exception as error:
        raise UnreadableImageError(f"damaged: {error}") from None


def _refuse(image: Image.Image) -> None:
    """Refuse an image by its header, before its pixels take any memory."""
    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and image.width * image.height > limit:
        raise UnreadableImageError(
            f"{image.width} x {image.height} are more than {limit:,} pixels; crop or downscale the image"
        )
    if image.mode not in EIGHT_BIT_MODES:
        raise UnreadableImageError(f"mode {image.mode} has more than 8 bits per sample; convert the file to 8-bit RGB")


def _upright_rgb(image: Image.Image) -> Image.Image:
    upright = ImageOps.exif_transpose(image)
    if upright.has_transparency_data:
        layer = upright.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    return upright.convert("RGB")
