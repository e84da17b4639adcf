"""All products in a vector of fixed length: the sketch of an outer product, without the outer product."""

from functools import reduce
from operator import add, mul

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize, one_hot

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.tensor_fusion.common import shape, vectors

Tables = list[Tensor]


def sketch(x: Tensor, places: Tensor, signs: Tensor, size: int) -> Tensor:
    """(batch, size): each number added at its place, with its sign."""
    return x.new_zeros(len(x), size).index_add(1, places, x * signs)


def sketches(xs: list[Tensor], places: Tables, signs: Tables, size: int) -> list[Tensor]:
    return [sketch(x, p, s, size) for x, p, s in zip(xs, places, signs, strict=True)]


def convolved(parts: list[Tensor], size: int) -> Tensor:
    """The circular convolution of all."""
    return torch.fft.irfft(reduce(mul, [torch.fft.rfft(part) for part in parts]), n=size)


def sketch_of_products(vectors: list[Tensor], places: Tables, signs: Tables, size: int) -> Tensor:
    """As `CompactBilinear.sketch`, without the 1."""
    return convolved(sketches(vectors, places, signs, size), size)


def sketch_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Of one, of two and of three vectors; sizes even and odd; places of many numbers in common."""
    batch, dims, sizes = {"standard": (3, [6, 5, 4], (4, 7, 5)), "large": (20, [30, 20, 10], (16, 31, 17))}[variant]
    made = []
    for n, size in zip((1, 2, 3), sizes, strict=True):
        some = dims[:n]
        places = [torch.from_numpy(rng.integers(0, size, d)) for d in some]
        for p in places:
            p[0], p[1] = size - 1, size - 1  # a collision, and a sum that runs over the end
        signs = [torch.from_numpy(rng.choice([-1.0, 1.0], d)) for d in some]
        made.append((vectors(rng, batch, some), places, signs, size))
    return made


def overwritten(xs: list[Tensor], places: Tables, signs: Tables, size: int) -> Tensor:
    parts = []
    for x, p, s in zip(xs, places, signs, strict=True):
        part = x.new_zeros(len(x), size)
        part[:, p] = x * s
        parts.append(part)
    return convolved(parts, size)


def not_circular(xs: list[Tensor], places: Tables, signs: Tables, size: int) -> Tensor:
    """What runs over the end is cut off."""
    long = size * len(xs)
    parts = [torch.nn.functional.pad(part, (0, long - size)) for part in sketches(xs, places, signs, size)]
    return convolved(parts, long)[:, :size]


def unsigned(xs: list[Tensor], places: Tables, signs: Tables, size: int) -> Tensor:
    return sketch_of_products(xs, places, [torch.ones_like(s) for s in signs], size)


def first_place(part: Tensor) -> Tensor:
    """A sketch with the 1 at place 0."""
    return part + one_hot(torch.tensor(0), part.shape[1])


def signed_root(v: Tensor) -> Tensor:
    return v.sign() * v.abs().sqrt()


def shared_tables(xs: list[Tensor], places: Tables, signs: Tables, size: int) -> Tensor:
    """The first vector's tables for all; raises where another vector is longer."""
    return sketch_of_products(xs, [places[0][: x.shape[1]] for x in xs], [signs[0][: x.shape[1]] for x in xs], size)


SKETCH_OF_PRODUCTS = Exercise(
    id="tensor_fusion.sketch_of_products",
    title="the sketch of all products, without the products",
    reference=sketch_of_products,
    cases=sketch_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("multiplied", "the sketches were multiplied place by place. Their *convolution* is the sketch of the "
                "products; only "
                "their Fourier transforms are multiplied", wrong=lambda *a: reduce(mul, sketches(*a))),
        Mistake("added", "the sketches, or their spectra, were added: that is a sketch of the vectors side by side, without "
                "any product",
                wrong=lambda *a: reduce(add, sketches(*a))),
        Mistake("overwritten", "where two numbers have the same place, the later one replaced the earlier. They add up: "
                "index_add or scatter_add instead of an assignment. (`part[:, places] += …` does the same: of equal places only "
                "the last is written)", wrong=overwritten),
        Mistake("unsigned", "the signs are missing. Without them, numbers that share a place always add up, and inner "
                "products come "
                "out too large", wrong=unsigned),
        Mistake("odd", "the result is one number short: irfft cannot know whether the length was even or odd. Tell it: n=size",
                when=lambda got, expected, xs, p, s, size: shape(got) == (len(xs[0]), size - 1)),
        Mistake("cut-off", "what ran over the end was cut off. Places are counted modulo size, so it goes on at the "
                "beginning: the "
                "transform has the length of the sketch", wrong=not_circular),
        Mistake("one-table", "every vector was hashed by the first one's tables. Each has tables of its "
                "own", wrong=shared_tables),
        Mistake("one-added", "the appended 1 is in it. Here the vectors are sketched without it",
                wrong=lambda *a: convolved([first_place(part) for part in sketches(*a)], a[3])),
        Mistake("root", "a signed square root was taken at the end. That comes later: here the sketch itself is asked for",
                wrong=lambda *a: signed_root(sketch_of_products(*a))),
        Mistake("normalised", "the vectors were brought to length one first. Here they are sketched as they are",
                wrong=lambda xs, *a: sketch_of_products([normalize(x, dim=1) for x in xs], *a)),
        Mistake("two-only", "only the first two vectors are in it. Go over all of them",
                wrong=lambda xs, p, s, size: sketch_of_products(xs[:2], p[:2], s[:2], size)),
    ],
    hints=(
        "Where does the product of number i of the first vector and number j of the second land if places are added?",
        "First each vector's own sketch, (batch, size): numbers times signs, added up at their places. Then the transforms "
        "(torch.fft.rfft) are multiplied, and one transform back gives the circular convolution.",
        "part = torch.zeros(len(x), size, dtype=x.dtype).index_add(1, …, x * …)\nspectrum = spectrum * torch.fft.rfft(…)\n"
        "return torch.fft.irfft(spectrum, n=…)",
    ),
)  # fmt: skip
