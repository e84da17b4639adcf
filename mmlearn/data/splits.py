"""Splits in which no group of near-duplicates is on both sides."""

from collections.abc import Hashable, Sequence

import numpy as np


def grouped(groups: Sequence[Hashable], sizes: Sequence[int], seed: int = 0) -> list[np.ndarray]:
    """Draw random disjoint parts of given sizes such that no group is in two of them.

    Groups are shuffled and dealt in that order, each to the part with the most room left, if it fits there whole,
    else to the rest.

    Args:
        groups: one group an item; items of one group stay together.
        sizes: how many items each part shall have, such as (500, 400) for a test and a validation part.
        seed: of the draw.

    Returns:
        Index arrays, sorted: one a size, and last the rest (all groups of which no item is in another part).

    Raises:
        ValueError: the sizes are negative, or more than the items, or cannot be reached with these groups.
    """
    if any(size < 0 for size in sizes) or sum(sizes) > len(groups):
        raise ValueError(f"sizes is {tuple(sizes)}, accepted are sizes from 0 that add up to at most the {len(groups)} items")
    members: dict[Hashable, list[int]] = {}
    for index, group in enumerate(groups):
        members.setdefault(group, []).append(index)
    blocks = list(members.values())
    parts: list[list[int]] = [[] for _ in range(len(sizes) + 1)]
    room = [*sizes, 0]
    for number in np.random.default_rng(seed).permutation(len(blocks)):
        block = blocks[number]
        part = int(np.argmax(room))
        part = part if len(block) <= room[part] else len(sizes)
        parts[part] += block
        room[part] -= len(block) if part < len(sizes) else 0
    if any(room[:-1]):
        raise ValueError(f"sizes is {tuple(sizes)}, which these {len(blocks)} groups cannot fill exactly: ask for fewer items")
    return [np.array(sorted(part), dtype=np.int64) for part in parts]
