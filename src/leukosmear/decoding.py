"""From the bytes of an image file to 8-bit RGB pixels."""

import io
from dataclasses import dataclass

from PIL import ExifTags, Image, ImageFile, ImageOps, UnidentifiedImageError

# Modes whose samples have 8 bits or fewer, so that converting them to RGB loses no intensity.
EIGHT_BIT_MODES = frozenset({"1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr"})

# Formats of photographs. Pillow knows more, and hands some of them on to other programs, such as PostScript.
FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "GIF", "WEBP", "AVIF", "JPEG2000", "PPM")

# Pixels of a side: in a single row or column there is nothing to see, and nothing to fill a scale bar from.
LEAST_SIDE = 2

# Orientations of EXIF in which rows of the file are columns of the picture.
LYING_ORIENTATIONS = (5, 6, 7, 8)


class UnreadableImageError(ValueError):
    """Why a file cannot be used as an image, in one sentence."""


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


def decode(data: bytes, least: tuple[int, int] | None = None) -> DecodedImage:
    """Decode an image file of one of FORMATS, whatever its name ends with.

    Other colour modes are converted to RGB, transparent parts are laid on white, as a microscope's empty field
    is, and an orientation noted in EXIF is applied. Of an animation, or of a file of several pages, the first counts.

    Args:
        data: The bytes of the file.
        least: Width and height that are enough. A JPEG file is then decoded at a half, a quarter or an eighth of its
            size, as far as it stays at least so large: several times faster for a camera's full frame.

    Raises:
        UnreadableImageError: If the file is empty, no image, truncated, of more than 8 bits per sample, in a colour
            space that RGB cannot be made of, of fewer than LEAST_SIDE pixels a side, or so large that Pillow takes it
            for a decompression bomb.
    """
    if not data:
        raise UnreadableImageError("the file is empty")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            mode, file_format = image.mode, str(image.format)
            _refuse(image)
            if least is not None:
                lies = image.getexif().get(ExifTags.Base.Orientation, 1) in LYING_ORIENTATIONS
                image.draft(None, least[::-1] if lies else least)
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


def _refuse(image: ImageFile.ImageFile) -> None:
    """Refuse an image by its header, before its pixels take any memory."""
    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and image.width * image.height > limit:
        raise UnreadableImageError(
            f"{image.width} x {image.height} are more than {limit:,} pixels; crop or downscale the image"
        )
    if image.mode.startswith(("I", "F")) or _is_deeper_than_its_mode(image):
        raise UnreadableImageError(f"mode {image.mode} with more than 8 bits per sample; convert the file to 8-bit RGB")
    if image.mode not in EIGHT_BIT_MODES:
        raise UnreadableImageError(f"colours in mode {image.mode} are not understood; convert the file to 8-bit RGB")
    if min(image.size) < LEAST_SIDE:
        raise UnreadableImageError(f"{image.width} x {image.height} pixels are too few to show anything")


def _is_deeper_than_its_mode(image: ImageFile.ImageFile) -> bool:
    """Tell whether Pillow would keep the upper 8 of 16 bits only: 12 bits of a camera would come out nearly black."""
    arguments = image.tile[0].args if image.tile else ()
    rawmode = arguments[0] if isinstance(arguments, tuple) and arguments else arguments
    maximum = arguments[1] if image.format == "PPM" and isinstance(arguments, tuple) else 255
    # A bitmap's BGR;16 has 16 bits for all three colours together.
    return (";16" in str(rawmode) and rawmode != "BGR;16") or maximum > 255


def _upright_rgb(image: Image.Image) -> Image.Image:
    ImageOps.exif_transpose(image, in_place=True)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")
