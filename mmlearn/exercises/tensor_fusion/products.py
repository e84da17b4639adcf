"""What an interaction is; all products, with a 1 at the end of each vector; and how much comes from products of how many."""

from collections.abc import Callable
from itertools import product
from math import comb, factorial

import numpy as np
import torch
from torch import Tensor

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import any_of, plain
from mmlearn.exercises.engine.draws import normal
from mmlearn.exercises.tensor_fusion.common import close, shape, vectors, with_one
from mmlearn.fusion.tensor import contract, outer


def interaction(table: np.ndarray) -> np.ndarray:
    """What is left of a table without the means of its rows and of its columns."""
    return table - table.mean(1, keepdims=True) - table.mean(0, keepdims=True) + table.mean()


def tables(rng: np.random.Generator, variant: str) -> list[tuple]:
    """XOR; one that is a sum; random ones, wide and tall."""
    rows, columns = {"standard": (3, 5), "large": (30, 20)}[variant]
    added = rng.normal(size=(rows, 1)) + rng.normal(size=columns)
    mixed = 2 + rng.normal(size=(rows, columns)) + 3 * rng.normal(size=(rows, 1)) + rng.normal(size=columns)
    return [(np.array([[0.0, 1.0], [1.0, 0.0]]),), (added,), (mixed,), (mixed.T.copy(),)]


INTERACTION = Exercise(
    id="tensor_fusion.interaction",
    title="what no sum of two functions can say",
    reference=interaction,
    cases=tables,
    variants=("standard", "large"),
    mistakes=[
        Mistake("sign", "the right numbers with the wrong sign: what is left is the table minus its best sum",
                wrong=lambda t: -interaction(t)),
        Mistake("no-mean", "the overall mean was taken off twice: once with the rows' means and once with the columns'. It "
                "has to "
                "be given back once", wrong=lambda t: t - t.mean(1, keepdims=True) - t.mean(0, keepdims=True)),
        Mistake("mean-again", "the overall mean was taken off once more. It is in the rows' means and in the columns' means "
                "already: it has to be *added*",
                wrong=lambda t: t - t.mean(1, keepdims=True) - t.mean(0, keepdims=True) - t.mean()),
        Mistake("rows-only", "only the means of the rows were taken off. The columns have a say of their own too",
                wrong=lambda t: t - t.mean(1, keepdims=True)),
        Mistake("columns-only", "only the means of the columns were taken off. The rows have a say of their own too",
                wrong=lambda t: t - t.mean(0, keepdims=True)),
        Mistake("centred", "only the overall mean was taken off", wrong=lambda t: t - t.mean()),
        Mistake("additive", "this is the other half: the best *sum* of a number a row and a number a column. Asked for is what "
                "is left of the table without it", wrong=lambda t: t - interaction(t)),
        Mistake("broadcast", "the means of the rows were laid along the rows. A mean a row needs the shape (rows, 1), one a "
                "column (1, columns)", wrong=lambda t: t - t.mean(1) - t.mean(0)[:, None] + t.mean()),
        Mistake("square", "these are squares. Asked for is the table that is left, with its signs",
                wrong=lambda t: interaction(t) ** 2),
    ],
    hints=(
        "If the table were a sum, table[i, j] = a[i] + b[j], how would you get a and b from it, up to a constant?",
        "The mean of row i is a[i] plus a constant, that of column j is b[j] plus a constant. Take both off, and count how often "
        "you took off the overall mean.",
        "rows = table.mean(axis=…, keepdims=True)\ncolumns = table.mean(axis=…, keepdims=True)\nreturn table - rows - columns …",
    ),
)  # fmt: skip

# ----------------------------------------------------------------------------------------------------


def all_products(vectors: list[Tensor], present: Tensor) -> Tensor:
    """The outer product of [x_m; 1], those that are missing counting as [0; 1]."""
    return outer([with_one(torch.where(present[:, m, None], h, 0.0)) for m, h in enumerate(vectors)])


def product_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Small whole numbers, all there; some missing, with old numbers and with NaN in their place."""
    batch, dims = {"standard": (4, [2, 3, 2]), "large": (20, [5, 3, 4, 2])}[variant]
    tiny = [torch.tensor([[2.0, 3.0]], dtype=torch.float64), torch.tensor([[5.0]], dtype=torch.float64)]
    xs, n = vectors(rng, batch, dims), len(dims)
    present = torch.from_numpy(rng.random((batch, n)) < 0.6)
    present[0], present[1] = torch.arange(n) > 0, torch.arange(n) < n - 1
    spoilt = [torch.where(present[:, m, None], x, torch.nan) for m, x in enumerate(xs)]
    return [(tiny, torch.ones(1, 2, dtype=torch.bool)), (xs, torch.ones_like(present)), (xs, present), (spoilt, present)]


def products_with(
    one: Callable[[Tensor], Tensor] = with_one,
    kept: Callable[[Tensor, Tensor], Tensor] = lambda h, there: torch.where(there, h, 0.0),
    whole: Callable[[list[Tensor]], Tensor] = outer,
) -> Callable[..., Tensor]:
    """All products with a mistake in the 1, in what is missing, or in the product."""
    return lambda xs, present: whole([one(kept(h, present[:, m, None])) for m, h in enumerate(xs)])


def first_fastest(xs: list[Tensor]) -> Tensor:
    return outer(xs[::-1])


def nothing_where_missing(xs: list[Tensor], present: Tensor) -> Tensor:
    return outer([torch.where(present[:, m, None], with_one(h), 0.0) for m, h in enumerate(xs)])


def unflattened(got: object, expected: object, xs: list[Tensor], present: Tensor) -> bool:
    sizes = (len(present), *(x.shape[1] + 1 for x in xs))
    return shape(got) == sizes and close(np.reshape(plain(got), shape(expected)), expected)


def spoilt(got: object, expected: object, *_: object) -> bool:
    return shape(got) == shape(expected) and bool(np.isnan(plain(got)).any())


def whole_batch(xs: list[Tensor], present: Tensor) -> Tensor:
    """A modality that is missing somewhere counts as missing everywhere."""
    return outer([with_one(x if present[:, m].all() else torch.zeros_like(x)) for m, x in enumerate(xs)])


ALL_PRODUCTS = Exercise(
    id="tensor_fusion.all_products",
    title="every product of one number from each, with a 1 at the end of each",
    reference=all_products,
    cases=product_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("no-one", "these are the products without the appended 1: nothing of a single vector is left, and one missing "
                "vector silences all", wrong=products_with(one=lambda h: h)),
        Mistake("one-first", "the 1 stands in front. Put it at the end of each vector: [x; 1]",
                wrong=products_with(one=lambda h: with_one(h, front=True))),
        Mistake("ignored", "what is missing was multiplied as if it were there", wrong=products_with(kept=lambda h, there: h)),
        Mistake("nan-only", "NaN became 0, but in a missing vector's place ordinary numbers may stand too, such as old ones: ask "
                "`present`", wrong=products_with(kept=lambda h, there: torch.nan_to_num(h))),
        Mistake("inverted", "the mask is the wrong way round: what is there became 0. `present` is True where a vector is there",
                wrong=products_with(kept=lambda h, there: torch.where(there, 0.0, h))),
        Mistake("whole-batch", "a modality that is missing in one row was taken away from all rows. `present` has a row for each "
                "of the batch", wrong=whole_batch),
        Mistake("two-only", "only the first two vectors were multiplied. Go over all of them",
                wrong=lambda xs, present: all_products(xs[:2], present)),
        Mistake("silenced", "a missing vector became all zeros, its 1 included, and so every product of its row is 0. Its "
                "numbers are zeros; its 1 stays", wrong=nothing_where_missing),
        Mistake("ones", "a missing vector became all ones. It should be [0, …, 0, 1]",
                wrong=products_with(kept=lambda h, there: torch.where(there, h, 1.0))),
        Mistake("not-a-number", "NaN came out where NaN stood in a missing vector. NaN · 0 is NaN: choose with torch.where or "
                "masked_fill instead of multiplying", when=spoilt),
        Mistake("order", "the right numbers in another order: the *last* vector's index runs fastest",
                wrong=products_with(whole=first_fastest)),
        Mistake("not-flat", "right, but as a tensor with an axis for each vector. Flatten it to (batch, products)",
                when=unflattened),
        Mistake("pairs", "the vectors were put side by side. Every number of one has to meet every number of the others",
                wrong=products_with(whole=lambda xs: torch.cat(xs, dim=1))),
    ],
    hints=(
        "What must a missing vector look like so that the products of the others stay as they are?",
        "Make the missing ones zero, append the 1 to all, then multiply one vector after the other onto what you have: "
        "(batch, s, 1) "
        "times (batch, 1, t) gives (batch, s, t), which is flattened.",
        "x = torch.where(present[:, m, None], …, 0.0)\nz = torch.cat([x, …], dim=1)\nresult = (result[:, :, None] * "
        "…).flatten(1)",
    ),
)  # fmt: skip

# ----------------------------------------------------------------------------------------------------


def taking_part(vectors: list[Tensor], which: tuple[int, ...]) -> list[Tensor]:
    """[x; 0] of those that take part, [0; 1] of the others."""
    pad = torch.nn.functional.pad
    return [pad(x, (0, 1)) if part else pad(0 * x, (0, 1), value=1.0) for x, part in zip(vectors, which, strict=True)]


def by_order(weight: Tensor, vectors: list[Tensor]) -> Tensor:
    """Not in the library, so that it can be graded."""
    parts = torch.zeros(len(vectors) + 1, len(vectors[0]), weight.shape[-1], dtype=weight.dtype)
    for which in product((0, 1), repeat=len(vectors)):
        parts[sum(which)] += contract(weight, taking_part(vectors, which))
    return parts


def order_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    batch, dims, out = {"standard": (3, [2, 3, 2], 2), "large": (10, [4, 3, 2, 3], 5)}[variant]
    made = []
    for some in (dims[:1], dims[:2], dims):
        made.append((normal(rng, *(d + 1 for d in some), out), vectors(rng, batch, some)))
    return made


def overlapping(weight: Tensor, xs: list[Tensor]) -> Tensor:
    """The whole fusion of every k of them, added up."""
    parts = torch.zeros_like(by_order(weight, xs))
    for which in product((0, 1), repeat=len(xs)):
        given = [with_one(x * part) for x, part in zip(xs, which, strict=True)]
        parts[sum(which)] += contract(weight, given)
    return parts


def only_first(weight: Tensor, xs: list[Tensor]) -> Tensor:
    """Of every order one set of modalities: the first k."""
    n = len(xs)
    return torch.stack([contract(weight, taking_part(xs, (1,) * k + (0,) * (n - k))) for k in range(n + 1)])


def only_last(weight: Tensor, xs: list[Tensor]) -> Tensor:
    """Of every order one set of modalities: the last k."""
    n = len(xs)
    return torch.stack([contract(weight, taking_part(xs, (0,) * (n - k) + (1,) * k)) for k in range(n + 1)])


def with_absent(absent: Callable[[Tensor], Tensor], takes_part: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    """By order, with a mistake in what those give that do not take part, or those that do."""

    def wrong(weight: Tensor, xs: list[Tensor]) -> Tensor:
        parts = torch.zeros(len(xs) + 1, len(xs[0]), weight.shape[-1], dtype=weight.dtype)
        for which in product((0, 1), repeat=len(xs)):
            parts[sum(which)] += contract(weight, [takes_part(x) if p else absent(x) for x, p in zip(xs, which, strict=True)])
        return parts

    return wrong


def with_zero(x: Tensor) -> Tensor:
    return torch.nn.functional.pad(x, (0, 1))


def times(weight: Tensor, xs: list[Tensor], often: Callable[[int, int], float]) -> Tensor:
    """Part k of n counted `often(n, k)` times."""
    n = len(xs)
    return by_order(weight, xs) * torch.tensor([often(n, k) for k in range(n + 1)], dtype=weight.dtype)[:, None, None]


BY_ORDER = Exercise(
    id="tensor_fusion.by_order",
    title="how much comes from one, from two, from three at once",
    reference=by_order,
    cases=order_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("total", "every part is the whole fusion. Part k holds only the terms in which exactly k modalities take part",
                wrong=lambda w, xs: contract(w, [with_one(x) for x in xs]).expand(len(xs) + 1, -1, -1)),
        Mistake("reversed", "the parts stand in reverse: you counted how many give their 1. Part k has k modalities that take "
                "part", wrong=lambda w, xs: by_order(w, xs).flip(0)),
        Mistake("cumulative", "part k has the terms of *at most* k modalities. Exactly k are asked for, so that the parts add up "
                "to the fusion", wrong=lambda w, xs: by_order(w, xs).cumsum(0)),
        Mistake("overlap", "terms were counted several times: the fusion of two modalities also holds the terms of each alone. "
                "One that takes part gives [x; 0], without its 1", wrong=overlapping),
        Mistake("one-set", "of each order only one set of modalities is left. There are several: of three modalities three "
                "pairs. Did you take one, or did `=` put each over the one before? Add with `+=`",
                when=any_of(only_first, only_last, alike=close)),
        Mistake("no-constant", "the constant is missing: part 0, in which nobody takes part and only ones meet",
                when=lambda got, expected, w, xs: close(got, plain(expected)[1:])),
        Mistake("averaged", "the sets of one order were averaged. They are added, so that the parts add up to the fusion",
                wrong=lambda w, xs: times(w, xs, lambda n, k: 1 / comb(n, k))),
        Mistake("permuted", "each set was counted several times, once in every order of its members: take combinations instead "
                "of permutations", wrong=lambda w, xs: times(w, xs, lambda n, k: factorial(k))),
        Mistake("silent", "one that does not take part lost its 1 as well, and so every product with it is 0. It gives "
                "[0, …, 0, 1]", wrong=with_absent(lambda x: with_zero(0 * x), with_zero)),
        Mistake("ones", "one that does not take part gave ones only. It gives its 1, and its numbers are 0: [0, …, 0, 1]",
                wrong=with_absent(lambda x: with_one(torch.ones_like(x)), with_zero)),
        Mistake("no-last", "the vectors came to `contract` as they are. It wants each with its last number: the 1 of those that "
                "do not take part, a 0 for those that do", wrong=with_absent(torch.zeros_like, lambda x: x)),
        Mistake("part-a-set", "there is a part for each *set* of modalities. Add up the sets of one size: n + 1 parts",
                when=lambda got, expected, w, xs: shape(got) == (2 ** len(xs), *shape(expected)[1:])),
        Mistake("batch-first", "right, but the batch comes first. The orders do: (n + 1, batch, out)",
                when=lambda got, expected, w, xs: close(np.moveaxis(plain(got), 1, 0), expected)),
    ],
    hints=(
        "Each modality either takes part in a product with one of its numbers, or gives its 1. How many ways are there for "
        "three?",
        "For each subset, fuse vectors in which those that take part are [x; 0] and the others [0; 1]: exactly the terms of this "
        "subset are left. Add it to the part that the subset's size names.",
        "for which in itertools.product((0, 1), repeat=len(vectors)):\n    z = [torch.cat([…, …], dim=1) for …]\n"
        "    parts[sum(which)] += contract(weight, z)",
    ),
)  # fmt: skip
