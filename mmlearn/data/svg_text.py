"""What the metadata of a clipart file says: title, tags, description, creator; and titles as readable phrases.

Read by pattern from the metadata block alone, without an XML parser: whatever else the file holds, entities and all,
is never expanded.
"""

import html
import re
from collections.abc import Sequence
from typing import NamedTuple

_NOISE = {
    "",
    "hash",
    "unsorted",
    "clip art",
    "clipart",
    "svg",
    "signs and symbols",
    "vector",
    "shape",
    "symboll",
    "symbol",
    "openclipart",
}
_SPELT = {"mapsym": "map symbol", "signalflag": "signal flag", "roadsign": "road sign", "united nations member": ""}
_EMPTY = {"untitled", "unknown", "image", "icon", "default", "test", "new document", "drawing", "clipart", "advertising"}
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


class Metadata(NamedTuple):
    """What a file says of itself; empty where it says nothing."""

    title: str
    tags: tuple[str, ...]
    description: str
    creator: str


def metadata(svg: str) -> Metadata:
    """Read the RDF block (Dublin Core terms) of an SVG."""
    found = re.search(r"<(?:\w+:)?metadata\b.*?</(?:\w+:)?metadata>", svg, flags=re.DOTALL)
    block = found.group() if found else ""
    creator = re.search(r"<dc:creator\b.*?</dc:creator>", block, flags=re.DOTALL)
    subject = re.search(r"<dc:subject\b.*?</dc:subject>", block, flags=re.DOTALL)
    items = re.findall(r"<rdf:li\b[^>/]*>([^<]*)</rdf:li>", subject.group() if subject else "")
    tags = dict.fromkeys(tag for item in items if (tag := _tag(item)))
    return Metadata(
        _text("title", block), tuple(tags), _text("description", block), _text("title", creator.group() if creator else "")
    )


def _text(term: str, block: str) -> str:
    found = re.search(rf"<dc:{term}\b[^>/]*>([^<]*)</dc:{term}>", block)
    return " ".join(html.unescape(found.group(1)).split()) if found else ""


def _tag(raw: str) -> str:
    tag = " ".join(html.unescape(raw).lower().replace("_", " ").split()).lstrip("=")
    tag = _SPELT.get(tag, tag)
    return "" if tag in _NOISE or re.search(r"hash\(|0x|@|http|rolland", tag) or len(tag) > 30 else tag


def phrase(title: str) -> str:
    """A title or a file's name as a phrase: words apart, no numbers of a series, `bw` spelt out, first letter large.

    >>> phrase("AfricanDrum3"), phrase("bus2_bw_01")
    ('African Drum', 'Bus black and white')
    """
    text = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", title)
    text = re.sub(r"(?<=\w)[-_.](?=\w)|_", " ", text)
    text = re.sub(r"(?<=[^\W\d])(\d{1,3})\b|\b\d{1,3}$|\s#\d+", " ", " ".join(text.split()))
    text = re.sub(r"(?i)\b(bw|b&w|b and w)\b", "black and white", text)
    text = re.sub(r"(?i)(\s(aj|md|svg))+$", "", " ".join(text.split())).replace(" ,", ",").strip(" .,-–:;")
    return text[:1].upper() + text[1:]


def usable(caption: str) -> bool:
    """Whether a caption says something: at least one word of three letters, and not a placeholder or a code."""
    words = _WORD.findall(caption)
    if caption.lower() in _EMPTY or len(caption) > 120 or re.search(r"https?:|@|HASH\(", caption):
        return False
    return any(len(word) >= 3 and re.search(r"[aeiouyà-ÿ]", word.lower()) for word in words)


def normal(caption: str) -> str:
    """A caption for comparing: lower case, words only, no articles, plural s or mention of black and white."""
    words = [word.lower() for word in _WORD.findall(caption.replace("black and white", " "))]
    return " ".join(word.removesuffix("s") if len(word) > 3 else word for word in words if word not in {"a", "an", "the"})


def with_tags(caption: str, tags: Sequence[str], most: int = 3) -> str:
    """A caption followed by the tags that add a word to it.

    >>> with_tags("Bahamas", ("america", "flag"))
    'Bahamas, america, flag'
    """
    said, added = normal(caption), []
    for tag in tags:
        words = normal(tag).split()
        glued = "".join(words) in said.replace(" ", "")  # a tag "guineabissau" adds nothing to "Guinea Bissau"
        if words and not glued and not set(words) <= set(said.split()):
            added.append(tag)
            said = " ".join([said, *words])
    return ", ".join([caption, *added[:most]])
