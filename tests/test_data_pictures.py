"""Reading any picture, and refusing what is none."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from mmlearn.data import pictures

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{w}" height="{h}">{body}</svg>'


def png(array: np.ndarray, mode: str | None = None, **options) -> bytes:
    stream = io.BytesIO()
    picture = Image.fromarray(array)
    (picture.convert(mode) if mode else picture).save(stream, "PNG", **options)
    return stream.getvalue()


def svg(body: str, w: object = 100, h: object = 100) -> bytes:
    return SVG.format(w=w, h=h, body=body).encode()


def test_a_wide_picture_is_padded_with_white_above_and_below():
    out = pictures.read(png(np.full((10, 40, 3), (200, 0, 0), dtype=np.uint8)), 40)
    assert out.shape == (3, 40, 40) and out.dtype == np.uint8
    assert (out[:, :15] == 255).all() and (out[:, 25:] == 255).all()
    assert (out[:, 16:24].transpose(1, 2, 0) == (200, 0, 0)).all()


def test_transparent_places_become_white_whatever_colour_they_hide():
    array = np.zeros((16, 16, 4), dtype=np.uint8)
    array[:, 8:] = (10, 20, 30, 255)
    out = pictures.read(png(array), 16)
    assert (out[:, :, :7] == 255).all()
    assert (out[:, :, 9:].transpose(1, 2, 0) == (10, 20, 30)).all()


def test_grey_palette_and_sixteen_bits_become_rgb():
    ramp = np.tile(np.arange(0, 256, 16, dtype=np.uint8), (16, 1))
    expected = np.repeat(ramp[None], 3, axis=0)
    assert (pictures.read(png(ramp), 16) == expected).all()
    assert (pictures.read(png(ramp, "P"), 16) == expected).all()
    assert (pictures.read(png(ramp.astype(np.uint16) * 257), 16) == expected).all()


def test_a_transparent_palette_colour_becomes_white():
    picture = Image.new("P", (16, 16), 0)
    picture.putpalette([0, 0, 0, 255, 0, 0])
    stream = io.BytesIO()
    picture.save(stream, "PNG", transparency=0)
    assert (pictures.read(stream.getvalue(), 16) == 255).all()


def test_the_rotation_a_camera_notes_is_applied():
    array = np.zeros((20, 20, 3), dtype=np.uint8)
    array[:10] = 255  # white above
    picture, stream = Image.fromarray(array), io.BytesIO()
    exif = picture.getexif()
    exif[0x0112] = 6  # to be turned a quarter clockwise: white comes to the right
    picture.save(stream, "JPEG", exif=exif, quality=95)
    out = pictures.read(stream.getvalue(), 20)
    assert out[:, :, 15:].mean() > 240 and out[:, :, :5].mean() < 15


def test_an_absurdly_large_picture_is_refused_by_its_header():
    header = struct.pack(">IIBBBBB", 15_200, 15_200, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    empty = struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    with pytest.raises(pictures.PictureError, match="50,000,000"):
        pictures.read(b"\x89PNG\r\n\x1a\n" + chunk + empty)


@pytest.mark.parametrize("data", [b"", b"no picture at all", png(np.zeros((64, 64, 3), dtype=np.uint8))[:60]])
def test_what_is_no_picture_gets_one_sentence(data):
    with pytest.raises(pictures.PictureError, match="^the picture cannot be used: it is damaged, or not a PNG"):
        pictures.read(data)


def test_a_truncated_picture_is_named(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    path = tmp_path / "cut.png"
    path.write_bytes(png(noise)[:4000])
    with pytest.raises(pictures.PictureError, match="^cut.png cannot be used"):
        pictures.read(path)


@pytest.mark.parametrize("size", [0, 7, 4096, 10.5, "224"])
def test_an_impossible_size_is_named(size):
    with pytest.raises(ValueError, match="size is .* accepted are whole numbers from 8 to 2048"):
        pictures.read(b"", size)


def test_an_svg_is_drawn_without_its_margins_and_in_physical_units():
    out = pictures.read(svg('<rect x="10" y="80" width="10" height="10" fill="#0000ff"/>', "50mm", "50mm"), 32)
    assert (out[2] > 250).all() and (out[0, 4:28, 4:28] < 5).all()


def test_a_tall_svg_keeps_its_shape():
    out = pictures.read(svg('<rect width="20" height="100" fill="#000"/>', 20, 100), 50)
    assert (out[:, :, :18] == 255).all() and (out[:, 2:48, 22:28] == 0).all()


def test_an_svg_that_draws_nothing_is_refused():
    with pytest.raises(pictures.PictureError, match="draws nothing"):
        pictures.read(svg(""), 32)


def test_an_svg_reads_no_other_file(tmp_path):
    secret = tmp_path / "secret.png"
    secret.write_bytes(png(np.zeros((50, 50, 3), dtype=np.uint8)))
    for href in (f'xlink:href="{secret}"', f"href='{secret}'", f'xlink:href="file://{secret}"'):
        body = f'<rect width="9" height="9" fill="#fff"/><image width="50" height="50" {href}/>'
        assert (pictures.read(svg(body), 32) == 255).all()


@pytest.mark.parametrize(
    "entities",
    [
        '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">',
        '<!ENTITY a SYSTEM "file:///etc/passwd">',
        "<!ENTITY a \"<image href='/etc/x.png'/>\">",
        '<!ENTITY % a "b">',
    ],
)
def test_entities_that_nest_or_reach_out_are_refused(entities):
    with pytest.raises(pictures.PictureError, match="entities"):
        pictures.read(f"<!DOCTYPE svg [{entities}]>".encode() + svg("<text>&a;</text>"), 32)


def test_entities_that_name_namespaces_are_drawn():
    head = b'<!DOCTYPE svg [<!ENTITY ns "http://www.w3.org/2000/svg">]>'
    body = svg('<rect width="99" height="99" fill="#000"/>').replace(b'"http://www.w3.org/2000/svg"', b'"&ns;"')
    assert pictures.read(head + body, 32).mean() < 20


def test_a_broken_svg_gets_one_sentence():
    with pytest.raises(pictures.PictureError, match="SVG cannot be drawn"):
        pictures.read(b"<svg xmlns='http://www.w3.org/2000/svg' width='10'><rect", 32)
