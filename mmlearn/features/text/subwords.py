"""Words as pieces: byte-pair encoding, which joins the pair of neighbours that is seen most, again and again.

Sennrich, Haddow and Birch, Neural Machine Translation of Rare Words with Subword Units, ACL 2016. A word that was never
seen is then no longer `<unknown>`, but a few pieces that were. The beginning of a word is marked by "▁", as in Kudo and
Richardson, SentencePiece, EMNLP 2018, so that the pieces of a sentence can be put together again.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

Merge = tuple[str, str]
BEGINNING = "▁"


def learn_merges(counts: Mapping[str, int], merges: int) -> list[Merge]:
    """The first `merges` joins, fewer where nothing is left to join; equally frequent pairs by the age of their pieces.

    Args:
        counts: word -> how often it occurs.
        merges: how many joins to learn.

    Raises:
        ValueError: `merges` is negative.
    """
    if merges < 0:
        raise ValueError(f"merges is {merges}; accepted is 0 or more")
    words = [([*(BEGINNING + word)], count) for word, count in counts.items()]
    age = {piece: i for i, piece in enumerate(sorted({piece for pieces, _ in words for piece in pieces}))}
    learned: list[Merge] = []
    for _ in range(merges):
        seen: Counter[Merge] = Counter()
        for pieces, count in words:
            for pair in zip(pieces, pieces[1:], strict=False):
                seen[pair] += count
        if not seen:
            break
        best = min(seen, key=lambda pair: (-seen[pair], age[pair[0]], age[pair[1]]))
        learned.append(best)
        age.setdefault("".join(best), len(age))
        words = [(_join(pieces, best), count) for pieces, count in words]
    return learned


def split_word(word: str, merges: Sequence[Merge]) -> list[str]:
    """The pieces of a word: its letters, joined by the merges in the order in which they were learned."""
    pieces = [*(BEGINNING + word)]
    for pair in merges:
        pieces = _join(pieces, pair)
    return pieces


def _join(pieces: list[str], pair: Merge) -> list[str]:
    """Put every such pair of neighbours together, from left to right."""
    joined: list[str] = []
    for piece in pieces:
        if joined and (joined[-1], piece) == pair:
            joined[-1] += piece
        else:
            joined.append(piece)
    return joined
