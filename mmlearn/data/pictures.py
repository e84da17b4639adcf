"""Any picture file as uint8 (3, size, size): upright, whole on white or cut to its middle. Refuses what is not a picture, or
absurdly large."""

import io
import re
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

MAX_PIXELS = 50_000_000
"""The largest picture that is decoded: 50 megapixels, about 200 MB in memory. One public clipart has 231."""

MAX_SVG_BYTES = 16_000_000
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
_SIZES = (8, 2048)


class PictureError(ValueError):
    """A file that is no picture, is damaged, or is too large to decode."""


def read(picture: str | Path | bytes, size: int = 224, crop: bool = False) -> np.ndarray:
    """Decode a picture and fit it into a white square, or with `crop` cut its middle square out.

    Transparency is laid on white, the aspect ratio is kept, a camera's rotation is applied, and 16-bit, grey and
    palette pictures become RGB. An SVG is drawn at this size, without its page's margins.

    Args:
        picture: a file's path, or its bytes (PNG, JPEG, WebP, GIF, BMP, TIFF or SVG).
        size: the side of the square in pixels, 8 to 2048.
        crop: whether the shorter side fills the square, and what is longer is cut off; else the picture is whole.

    Returns:
        uint8 (3, size, size).

    Raises:
        PictureError: not a picture, damaged, or more than `MAX_PIXELS` pixels.
        FileNotFoundError: no such file.
    """
    if not isinstance(size, int) or not _SIZES[0] <= size <= _SIZES[1]:
        raise ValueError(f"size is {size!r}, accepted are whole numbers from {_SIZES[0]} to {_SIZES[1]}")
    name = "the picture" if isinstance(picture, bytes) else Path(picture).name
    data = picture if isinstance(picture, bytes) else Path(picture).read_bytes()
    try:
        drawn = _on_white(draw_svg(data, size)) if b"<svg" in data[:100_000] else _upright(data, size)
        return np.asarray(_square(_middle(drawn) if crop else drawn, size)).transpose(2, 0, 1).copy()
    except PictureError as error:
        raise PictureError(f"{name} cannot be used: {error}") from error


def _upright(data: bytes, size: int) -> Image.Image:
    """Decode to RGB on white, after looking at the header only."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower, and an error
            opened = Image.open(io.BytesIO(data), formats=_FORMATS)
        opened.draft("RGB", (2 * size, 2 * size))  # a JPEG can be decoded reduced: quick, and large ones become small
        if opened.width * opened.height > MAX_PIXELS:
            raise PictureError(f"it has {opened.width} x {opened.height} pixels, at most {MAX_PIXELS:,} are decoded")
        opened.load()
        return _on_white(ImageOps.exif_transpose(opened))
    except Image.DecompressionBombError as error:
        raise PictureError(f"it has more than the {MAX_PIXELS:,} pixels that are decoded") from error
    except PictureError:
        raise
    except (
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        IndexError,
        KeyError,
        TypeError,
    ) as error:  # what decoders raise on bad bytes
        raise PictureError("it is damaged, or not a PNG, JPEG, WebP, GIF, BMP, TIFF or SVG picture") from error


def _on_white(picture: Image.Image) -> Image.Image:
    """RGB, transparent places white. Before any resizing, which would drag in the colour under transparency."""
    if picture.mode.startswith("I"):  # 16 bits a pixel in 0…65535
        picture = Image.fromarray((np.asarray(picture, dtype=np.int64).clip(0, 65535) // 257).astype(np.uint8))
    if picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")
    return picture.convert("RGB")


def _middle(picture: Image.Image) -> Image.Image:
    """The largest square in the middle; cut before any resizing, which could make a narrow picture huge."""
    side = min(picture.size)
    left, top = ((whole - side) // 2 for whole in picture.size)
    return picture.crop((left, top, left + side, top + side))


def _square(picture: Image.Image, size: int) -> Image.Image:
    scale = size / max(picture.size)
    width, height = (max(1, round(side * scale)) for side in picture.size)
    square = Image.new("RGB", (size, size), "white")
    resized = picture.resize((width, height), Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.BICUBIC)
    square.paste(resized, ((size - width) // 2, (size - height) // 2))
    return square


def draw_svg(data: bytes, size: int) -> Image.Image:
    """Draw an SVG so that what is drawn, without its page's margins, has about `size` pixels on the longer side.

    No file, font or address outside it is touched.

    Returns:
        A picture with transparency.

    Raises:
        PictureError: not an SVG that can be drawn, one that draws nothing, or one that asks for what is refused.
    """
    text = _safe_svg(data)
    drawn = _draw(text, size)
    box = drawn.getchannel("A").getbbox()
    if box is None:
        raise PictureError("its SVG draws nothing")
    used = max(box[2] - box[0], box[3] - box[1])
    if used < 0.8 * size:  # a small drawing on a large page
        drawn = _draw(text, min(size * size // used, 6 * size))
        box = drawn.getchannel("A").getbbox() or (0, 0, *drawn.size)
    return drawn.crop(box)


def _draw(text: str, size: int) -> Image.Image:
    import resvg_py

    try:
        # width and height: a box it fits into. dpi: without it, sizes in millimetres or inches are invalid.
        # No system fonts: with them, text differs between machines
        png = resvg_py.svg_to_bytes(svg_string=text, width=size, height=size, dpi=96, skip_system_fonts=True)
    except (ValueError, RuntimeError, OSError) as error:
        raise PictureError("its SVG cannot be drawn") from error
    return Image.open(io.BytesIO(bytes(png))).convert("RGBA")


def _safe_svg(data: bytes) -> str:
    """The SVG's text with every reference to something outside it emptied.

    Entities may only be short plain text (some programs write namespaces so): without `<` and `&` in them they can
    neither nest, which is how a small file becomes a huge one, nor hide a reference.

    Raises:
        PictureError: too long, or its entities are not plain text.
    """
    if len(data) > MAX_SVG_BYTES:
        raise PictureError(f"its SVG has {len(data):,} bytes, at most {MAX_SVG_BYTES:,} are read")
    text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", errors="replace")
    for value in re.findall(r"<!ENTITY\s+(.*?)>", text, flags=re.DOTALL):
        if not re.fullmatch(r"[\w.-]+\s+(\"[^\"<&%]{0,200}\"|'[^'<&%]{0,200}')\s*", value):
            raise PictureError("its SVG defines entities that are more than short plain text")
    return re.sub(r"(href\s*=\s*)([\"'])\s*(?!#|data:|\2)[^\"']*\2", r"\1\2\2", text)
