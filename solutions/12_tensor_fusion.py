# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] label="promise"
# # 12 · Tensor fusion: multiply what the media say
#
# **All products of what a picture, a sentence and a voice say: first as one large tensor, then two ways to have them without ever building it.**
#
# ![Three small maps: for every mixture of red and blue in the picture (down) and in the caption (across), how sure three fusions are that the two differ. Side by side: white all over. Product and tensor: two corners red, two blue](../data/pictures/tensor_fusion.png)
#
# *What you will have at the end of section 4: for every mixture of red and blue in the picture (down) and in the caption (across), how sure a fusion is that the two media differ. Vectors side by side never know; products do.*

# %% [markdown] label="objectives"
# **After this chapter you can**
#
# - say what an *interaction* is, and take it out of any table;
# - fuse by all products, with a 1 at the end of each vector, and say what that 1 does for a missing modality;
# - count what a tensor costs before you build it, and replace it by low-rank factors, with a proof that they are the same;
# - hash all products into a vector of fixed length, and say how large the error is;
# - tell from a task how many modalities have to be multiplied at once;
# - find weights that never train, prove it, and mend it.
#
# **You need** concatenation, product and the protocol of [chapter 10](10_fusion_protocol.ipynb), the training loop of [chapter 01](01_primer.ipynb) and the Fourier transform of [chapter 04](04_audio_features.ipynb). Terms in
# English and Chinese: [glossary · 术语表](../GLOSSARY.md).

# %% [markdown] label="card" tags=["card"]
# Filled in by the builder.

# %% label="setup" tags=["setup"]
import functools
import itertools
import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlearn import data, evaluate, fusion, profiles, show, train, widgets
from mmlearn.data import scenes
from mmlearn.exercises import check, hint, progress, quiz
from mmlearn.features import audio
from mmlearn.features.text import BagOfWords
from mmlearn.fusion import compact_bilinear, tensor
from mmlearn.fusion.tensor import contract

size = profiles.settings("12_tensor_fusion")

# %% [markdown] label="problem-text"
# ## 1 · Two clear voices, and no answer
#
# Generated scenes of one thing. In each, three media name a colour, red (0) or blue (1): the **picture** paints the thing, a **caption** tells its colour, and a **voice** says a sentence of its own (as tones, a chord for every word, so that no synthesiser is needed). The three bits are drawn apart, so they may well contradict each other.
#
# The question: **do picture and caption name different colours?** That is the XOR of two bits. Nothing is noisy.

# %% label="scenes"
MEDIA = ("image", "caption", "speech")
parts = {split: data.load("scenes", split=split, n=n, seed=0, size=32, objects=1, detail=0.0, paraphrases=1, speech="tones",
                          task="complementary") for split, n in size.scenes.items()}
# in this task the label is all three bits at once, 0 to 7; its binary digits are those of picture, caption and voice
bits = {split: pairs.labels[:, None] >> np.array([2, 1, 0]) & 1 for split, pairs in parts.items()}  # (n, 3)
shown = parts["test"]
colour = ("red", "blue")
show.pictures(shown.images()[:4], [f"“{shown[i]['caption']}”\nvoice: {colour[bits['test'][i, 2]]}" for i in range(4)], columns=4,
              title="Three media, three bits", name="scenes");

# %% [markdown] label="features-text"
# Features from which each bit can be read with ease: how much of the picture has which colour (64 columns), how often each word stands in the caption, and how loud each of 24 bands of pitch is in each of 12 stretches of time.


# %% label="features"
def colours(images: Tensor) -> np.ndarray:
    """Pictures (n, 3, h, w) -> (n, 64): the share of pixels in each of 4 x 4 x 4 boxes of red, green and blue."""
    red, green, blue = (images.long() // 64).flatten(2).unbind(1)
    return functional.one_hot(16 * red + 4 * green + blue, 64).float().mean(1).numpy()


def stretches(waves: list, rate: int, samples: int = 20_480) -> np.ndarray:
    """Sounds -> (n, 24 * 12): the mean log-mel energy of each band in each stretch of time."""
    same = np.stack([np.pad(np.asarray(w)[:samples], (0, max(0, samples - len(w)))) for w in waves])
    spectra = np.asarray(audio.log_mel(same, rate, window=512, hop=256, bands=24))  # (n, 24, t)
    return np.concatenate([part.mean(axis=2) for part in np.array_split(spectra, 12, axis=2)], axis=1)


words = BagOfWords().fit(parts["train"].column("caption"))
views = {split: [colours(pairs.images()), words.transform(pairs.column("caption")),
                 stretches(pairs.column("speech"), pairs.sample_rate)] for split, pairs in parts.items()}


# %% label="naive"
def trained(name: str, media: list[int], labels: dict[str, np.ndarray], seed: int = 0, **options) -> fusion.Classifier:
    """A fusion of these media and a linear layer, trained; its best moment chosen on validation scenes."""
    model = fusion.Classifier(name, width=size.width, options=options, steps=size.steps, seed=seed)
    some = {split: [V[m] for m in media] for split, V in views.items()}
    return model.fit(some["train"], labels["train"], validation=(some["val"], labels["val"]))


differ = {split: B[:, 0] ^ B[:, 1] for split, B in bits.items()}
rows = [{"": f"the {name}'s own bit, from the {name}", "accuracy": trained("concat", [m], {s: B[:, m] for s, B in bits.items()}).score(
    [views["test"][m]], bits["test"][:, m]), "best possible": 1.0} for m, name in enumerate(MEDIA)]
naive = trained("concat", [0, 1], differ)
rows.append({"": "do picture and caption differ? vectors side by side", "accuracy": naive.score(views["test"][:2], differ["test"]),
             "best possible": 1.0})
show.table(rows)
print(f"log-loss of the last: {naive.log_loss(views['test'][:2], differ['test']):.3f}; of a coin: ln 2 = {math.log(2):.3f}");

# %% [markdown] label="naive-fails"
# Each bit is read nearly without error. The comparison of two of them is a coin toss, and its log-loss is no better than a coin's. More data or better encoders will not help. **What is missing is not in any medium. It is between them.**

# %% [markdown] label="idea"
# ## 2 · What an interaction is
#
# Write $x$ for the picture's vector $(d_1)$ and $y$ for the caption's $(d_2)$. A linear layer on $[x; y]$ is a **sum**: $f(x, y) = a(x) + b(y)$. So is anything that lets each medium vote by itself and adds up the votes.
#
# Take two pictures $x, x'$ and two captions $y, y'$. For every sum,
#
# $$f(x, y) - f(x', y) - f(x, y') + f(x', y') = 0 .$$
#
# Whatever the caption, changing the picture changes the answer by the same amount. What is left when this is *not* zero is called **interaction** (交互作用).
#
# For XOR, with 0 and 1 for the bits, the four answers are $0, 1, 1, 0$, and the expression is $0 - 1 - 1 + 0 = -2$. The best sum answers ½ everywhere: **XOR is nothing but interaction.**
#
# More generally let $T$ $(r, c)$ be a table of answers: rows for what one medium says, columns for the other. The best sum, in the sense of least squares, is *row mean + column mean − overall mean*. (The overall mean is in both of the first two, so it is taken off once.) The rest is the interaction.

# %% [markdown] label="interaction-text" exercise="tensor_fusion.interaction" difficulty=2 minutes=8
# **Exercise 1.** Take the best sum out of a table: what is left has rows and columns of mean zero.


# %% label="interaction" exercise="tensor_fusion.interaction"
def interaction(table: np.ndarray) -> np.ndarray:
    """table (r, c) -> what is left of it without its best sum of a number a row and a number a column, (r, c)."""
    ### BEGIN SOLUTION
    rows = table.mean(axis=1, keepdims=True)
    columns = table.mean(axis=0, keepdims=True)
    return table - rows - columns + table.mean()
    ### END SOLUTION

# %% label="interaction-check" tags=["nbval-check-output"]
check("tensor_fusion.interaction", interaction)

# %% [markdown] label="product-text"
# The simplest function with an interaction is a **product**. With bits as $\pm 1$, XOR *is* one: $-x \cdot y$ is $+1$ where they differ. Nobody tells us which number of the picture to multiply with which number of the caption, so take them all: the **outer product** (外积)
#
# $$x \otimes y = \begin{pmatrix} x_1 y_1 & x_1 y_2 & \cdots \\ x_2 y_1 & x_2 y_2 & \cdots \\ \vdots \end{pmatrix} \quad (d_1, d_2),$$
#
# and let a linear layer choose. That is **bilinear** fusion, $\sum_{ij} W_{ijk}\, x_i y_j$ for output $k$.

# %% [markdown] label="one-text"
# ### The appended 1
#
# Products alone forget something: what *one* medium says by itself. If the caption says "blue" and the label is simply the caption's colour, $x_i y_j$ is an awkward place to look for it. **Tensor fusion** (张量融合; Zadeh et al., 2017) puts a 1 at the end of each vector first. For three media,
#
# $$z_m = \begin{pmatrix} x_m \\ 1 \end{pmatrix}\ (d_m + 1), \qquad Z = z_1 \otimes z_2 \otimes z_3 \quad (d_1 + 1,\ d_2 + 1,\ d_3 + 1).$$
#
# | entries of $Z$ | are | there are |
# |---|---|---|
# | $x_{1i}\, x_{2j}\, x_{3l}$ | products of all three | $d_1 d_2 d_3$ |
# | $x_{1i}\, x_{2j} \cdot 1$ | of the first two; likewise the other pairs | $d_1 d_2 + d_1 d_3 + d_2 d_3$ |
# | $x_{1i} \cdot 1 \cdot 1$ | of one medium alone | $d_1 + d_2 + d_3$ |
# | $1 \cdot 1 \cdot 1$ | the constant: a bias | 1 |
#
# **A missing modality** is now what suggests itself: $[0, \dots, 0, 1]$. It says nothing of its own, and the products of the others stay as they are. Without the 1 it would be all zeros, and one missing vector would silence everybody.

# %% [markdown] label="all-products-text" exercise="tensor_fusion.all_products" difficulty=3 minutes=15
# ## 3 · Build it
#
# ### All products
#
# **Exercise 2.** The outer product of any number of vectors, each with its 1, as rows: $(\text{batch},\ \prod_m (d_m + 1))$, the last vector's index running fastest. The vectors come without their 1, and `present` is a table of True and False, a row for each row of the batch, a column for each vector: which are there. In place of a missing one may stand anything, NaN included (and NaN · 0 is NaN).


# %% label="all-products" exercise="tensor_fusion.all_products"
def all_products(vectors: list[Tensor], present: Tensor) -> Tensor:
    """vectors: one (batch, d_m) a modality; present (batch, modalities) bool -> (batch, product of d_m + 1)."""
    ### BEGIN SOLUTION
    result = torch.ones(len(present), 1, dtype=vectors[0].dtype)
    for m, x in enumerate(vectors):
        h = torch.where(present[:, m, None], x, 0.0)
        z = functional.pad(h, (0, 1), value=1.0)  # a 1 at the end of each row
        result = (result[:, :, None] * z[:, None, :]).flatten(1)
    return result
    ### END SOLUTION

# %% label="all-products-check" tags=["nbval-check-output"]
check("tensor_fusion.all_products", all_products)

# %% [markdown] label="cost-text"
# ### What it costs
#
# On top comes a linear layer from $\prod_m (d_m + 1)$ products to `out_dim` numbers; its weight is a tensor $W$ with an axis for each modality. Counts grow with the **product** of the widths:
#
# - parameters: $\text{out} \cdot \prod_m (d_m + 1)$;
# - floating-point operations (FLOPs): twice that for each row, a multiplication and an addition per weight;
# - memory on the way: $\prod_m (d_m + 1)$ numbers for each row of the batch, which backpropagation has to keep.
#
# The vectors of a picture (1,280), a caption (384) and a voice (64), fused into 128, would need $1281 \cdot 385 \cdot 65 \cdot 128 \approx 4.1$ billion weights. So one *projects* each modality to a small width first (32, say), by a linear layer and a tanh.

# %% label="cost-curve"
numbers, widths = [1, 2, 3, 4, 5, 6], [8, 32]  # of modalities; of each after its projection
curves = {}
for d in widths:
    curves[f"all products, width {d}"] = [128 * (d + 1) ** n for n in numbers]
    curves[f"rank 4, width {d}"] = [4 * 128 * n * (d + 1) for n in numbers]
show.curve(numbers, curves, "modalities", "weights, 128 outputs", log="y", group=2, levels={"1 GB of weights": 2**28}, ticks=True,
           name="cost")
print("of width 32,", *(f"{n} modalities: {curves['all products, width 32'][n - 1]:,} weights;" for n in (3, 4, 5)));

# %% [markdown] label="cost-read"
# The axis is logarithmic: each modality more *multiplies* the weights by its width + 1. (The dashed curves of rank 4 are what comes next.) At 4 bytes a weight, four modalities of width 32 take 600 megabytes, five 20 gigabytes.
#
# **Never build more than you must.** Every weight has to meet every row of the batch, so the FLOPs are what they are. The outer product itself need not exist. Multiply out the first $k$ vectors only, *contract* $W$ with these (multiply, and sum over the shared indices, as a product of matrices does), then contract what comes out with the rest:
#
# $$\underbrace{(z_1 \otimes \dots \otimes z_k)}_{\text{batch} \times s_1 \cdots s_k}\; \underbrace{W}_{s_1 \cdots s_k \;\times\; s_{k+1} \cdots s_n \cdot \text{out}} \;\longrightarrow\; \text{batch} \times s_{k+1} \cdots s_n \cdot \text{out}, \qquad s_m = d_m + 1 .$$
#
# For three modalities of width 32 and 128 outputs the best $k$ is 2: per row $33^2 + 33 \cdot 128 \approx 5{,}300$ numbers instead of $33^3 \approx 35{,}900$.
#
# Below, `contract` does this; `outer` makes an outer product, `cut` finds the best $k$. `TensorFusion`, the class, stands on it. In `torch.einsum` every axis has a letter, and a letter that is missing after the arrow is summed over: `"bs,bsk->bk"` sums over `s`.

# %% label="contract-listing"
show.source(tensor.contract)
show.source(tensor.TensorFusion, start="def __init__");

# %% [markdown] label="contract-read"
# No operation is saved. What is saved is memory: less to keep for backpropagation, and less to walk through.

# %% [markdown] label="low-rank-text"
# ### Low-rank factors
#
# A matrix of rank $R$ is a sum of $R$ outer products of two vectors. In the same way let the weight of output $k$ be a sum of $R$ **simple tensors** (Liu et al., 2018):
#
# $$W_{ijlk} = \sum_{r=1}^{R} F^{(1)}_{irk}\, F^{(2)}_{jrk}\, F^{(3)}_{lrk}, \qquad F^{(m)}\ (d_m + 1,\ R,\ \text{out}).$$
#
# (The number in brackets is no power: it says whose factor it is.) Put it into the sum over all products, and the sums fall apart, because each index meets one factor only:
#
# $$\sum_{ijl} z_{1i} z_{2j} z_{3l} \sum_r F^{(1)}_{irk} F^{(2)}_{jrk} F^{(3)}_{lrk} \;=\; \sum_r \Big(\sum_i z_{1i} F^{(1)}_{irk}\Big) \Big(\sum_j z_{2j} F^{(2)}_{jrk}\Big) \Big(\sum_l z_{3l} F^{(3)}_{lrk}\Big).$$
#
# This is the proof on paper: only the distributive law. Left stands tensor fusion; right, each modality goes through its own factor, the answers are multiplied number by number, and the ranks are added up. No outer product, no $W$. **The costs add up over modalities:** $R \cdot \text{out} \cdot \sum_m (d_m + 1)$ parameters.

# %% [markdown] label="low-rank-exercise-text" exercise="tensor_fusion.low_rank" difficulty=3 minutes=12
# **Exercise 3.** Write the right-hand side. The vectors come without their 1. Mind the order: *first* the product over modalities, *then* the sum over ranks.


# %% label="low-rank" exercise="tensor_fusion.low_rank"
def low_rank(factors: list[Tensor], vectors: list[Tensor]) -> Tensor:
    """factors: one (d_m + 1, rank, out) a modality; vectors: one (batch, d_m) -> (batch, out)."""
    ### BEGIN SOLUTION
    product = 1
    for factor, x in zip(factors, vectors, strict=True):
        z = functional.pad(x, (0, 1), value=1.0)
        product = product * torch.einsum("bi,irk->brk", z, factor)
    return product.sum(dim=1)
    ### END SOLUTION

# %% label="low-rank-check" tags=["nbval-check-output"]
check("tensor_fusion.low_rank", low_rank)

# %% [markdown] label="expanded-text" exercise="tensor_fusion.expanded" difficulty=3 minutes=12
# **Exercise 4.** For the proof by numbers we need the left-hand side: the weight that the factors stand for, for any number of modalities. (Only for small widths, of course.)


# %% label="expanded" exercise="tensor_fusion.expanded"
def expanded(factors: list[Tensor]) -> Tensor:
    """factors: one (d_m + 1, rank, out) a modality -> the weight (d_1 + 1, ..., d_n + 1, out)."""
    ### BEGIN SOLUTION
    weight = factors[0]
    for factor in factors[1:]:
        weight = torch.einsum("...rk,irk->...irk", weight, factor)
    return weight.sum(dim=-2)
    ### END SOLUTION

# %% label="expanded-check" tags=["nbval-check-output"]
check("tensor_fusion.expanded", expanded)

# %% [markdown] label="listing-text"
# **The listing.** In the library a factor is a linear layer: its weight meets the numbers, and its bias is what meets the 1.

# %% label="low-rank-listing"
show.source(fusion.tensor.LowRank, start="def __init__");

# %% [markdown] label="mine-text"
# `_start` sets how large the factors are at first: the answers of several modalities are multiplied, so if each had size ½, three would make ⅛ (section 6).
#
# The proof by numbers, on random vectors in single precision: the factors' answer, the answer of full tensor fusion with the weight they stand for, and how many numbers each keeps. It uses your functions of exercises 3 and 4, and the library's while yours are blank.

# %% label="equality"
torch.manual_seed(0)
rows, dims = [], (20, 12, 9, 6)
for n in (2, 3, 4):
    fuse = fusion.make("low_rank", list(dims[:n]), 16, rank=4, projected=None)
    x = [torch.randn(64, d) for d in dims[:n]]
    F = [torch.cat([f.weight.T, f.bias[None]]).unflatten(1, (4, 16)).detach() for f in fuse.factors]
    weight, few = expanded(F), low_rank(F, x)
    weight, few = fuse.expanded() if weight is None else weight, fuse(*x) if few is None else few
    whole = contract(weight, [functional.pad(v, (0, 1), value=1.0) for v in x])
    rows.append({"modalities": n, "weights in full": f"{weight.numel():,}", "in the factors": f"{sum(f.numel() for f in F):,}",
                 "largest difference": f"{(whole - few).abs().max():.0e}"})
show.table(rows);

# %% [markdown] label="equality-read"
# The same function, up to the rounding of single precision. What is given up is freedom: not every $W$ is a sum of four simple tensors. Whether one needs more, only a task can tell.

# %% [markdown] label="order-text" exercise="tensor_fusion.by_order" difficulty=4 minutes=25
# ### Who takes part?
#
# **Exercise 5.** The library cannot do this one. In a term of tensor fusion each modality either takes part, with one of its numbers, or gives its 1. Split the fused vector into parts by *how many* take part: part 0 is the constant, part 1 what single modalities say, part 2 pairs, and so on. The parts add up to the
# whole. You may use `contract(weight, vectors)` from above, which wants the vectors *with* their last number. Section 4 asks with it which products a trained network lives on.


# %% label="by-order" exercise="tensor_fusion.by_order"
def by_order(weight: Tensor, vectors: list[Tensor]) -> Tensor:
    """weight (d_1 + 1, ..., d_n + 1, out), vectors: one (batch, d_m) a modality -> (n + 1, batch, out), one part an order."""
    ### BEGIN SOLUTION
    parts = torch.zeros(len(vectors) + 1, len(vectors[0]), weight.shape[-1], dtype=weight.dtype)
    for which in itertools.product((False, True), repeat=len(vectors)):
        z = [functional.pad(x, (0, 1)) if part else functional.pad(torch.zeros_like(x), (0, 1), value=1.0)
             for x, part in zip(vectors, which, strict=True)]
        parts[sum(which)] += contract(weight, z)
    return parts
    ### END SOLUTION

# %% label="by-order-check" tags=["nbval-check-output"]
check("tensor_fusion.by_order", by_order)

# %% [markdown] label="sketch-text"
# ### Hash the products
#
# The third way is to build nothing, learn nothing, and *throw dice*. A **count sketch** (Charikar et al., 2002) presses a vector of any length into `size` places: every index $i$ gets, once and for all, a random place $g(i)$ and a random sign $s(i) = \pm 1$, and
#
# $$\psi(x)_j = \sum_{i:\ g(i) = j} s(i)\, x_i \qquad (\text{size}).$$
#
# Numbers that fall on one place are mixed up. But the signs see to it that in an inner product the mixtures cancel *on average*: $\mathbb{E}\,\langle \psi(x), \psi(y) \rangle = \langle x, y \rangle$, with an error that falls as $1/\sqrt{\text{size}}$.
#
# Now the trick (Pham and Pagh, 2013). Hash the outer product $x \otimes y$ like this: the entry $x_i y_j$ goes to place $g_1(i) + g_2(j)$ modulo size, with the sign $s_1(i)\, s_2(j)$. Its sketch is then the **circular convolution** (循环卷积) of the two small sketches, and a convolution is a product of Fourier transforms $\mathcal F$:
#
# $$\psi(x \otimes y) = \psi_1(x) * \psi_2(y) = \mathcal{F}^{-1}\big(\mathcal{F}\,\psi_1(x) \circ \mathcal{F}\,\psi_2(y)\big).$$
#
# The outer product is never made. This is **compact bilinear pooling** (Gao et al., 2016; Fukui et al., 2016); more modalities are more factors.

# %% [markdown] label="sketch-exercise-text" exercise="tensor_fusion.sketch_of_products" difficulty=4 minutes=20
# **Exercise 6.** Sketch each vector by its own table, and convolve all of them. (Here without the appended 1; `index_add` adds up, and `torch.fft.rfft` with `irfft` are the transforms for real numbers.)


# %% label="sketch" exercise="tensor_fusion.sketch_of_products"
def sketch_of_products(vectors: list[Tensor], places: list[Tensor], signs: list[Tensor], size: int) -> Tensor:
    """vectors: one (batch, d_m) a modality, places and signs: one (d_m,) each -> the sketch of all products, (batch, size)."""
    ### BEGIN SOLUTION
    spectrum = 1
    for x, place, sign in zip(vectors, places, signs, strict=True):
        sketch = x.new_zeros(len(x), size).index_add(1, place, x * sign)
        spectrum = spectrum * torch.fft.rfft(sketch)
    return torch.fft.irfft(spectrum, n=size)
    ### END SOLUTION

# %% label="sketch-check" tags=["nbval-check-output"]
check("tensor_fusion.sketch_of_products", sketch_of_products)

# %% [markdown] label="sketch-listing-text"
# **The listing.** The library puts the appended 1 at place 0 with sign +. Its sketch is $[1, 0, \dots, 0]$, whose transform is 1 everywhere, so a missing modality changes nothing that it is multiplied with. Each vector is brought to length one first; then its 1 weighs as much as all its numbers together. At the end come a *signed square
# root*, $\operatorname{sign}(v)\sqrt{|v|}$, and a common size, as in the papers (section 6 says why).

# %% label="sketch-listing"
show.source(compact_bilinear.CompactBilinear, start="def fuse")
show.source(compact_bilinear.signed_root);

# %% [markdown] label="error-text"
# **How large is the error?** With a 1 at the end of each, $\langle x \otimes y,\ x' \otimes y' \rangle = \langle x, x' \rangle \langle y, y' \rangle$ is known. Many tables, sketches of 16 to 4,096 numbers; what they say on average, and how far they are off.

# %% label="error"
generator = torch.Generator().manual_seed(0)
x, y = (functional.normalize(torch.randn(2, d, generator=generator), dim=1) for d in (40, 30))
true = float((1 + x[0] @ x[1]) * (1 + y[0] @ y[1]))


def estimated(length: int, seed: int) -> float:
    """The inner product of the two outer products, from sketches of that length."""
    a, b = fusion.make("compact_bilinear", [40, 30], 1, size=length, seed=seed).sketch([x, y])
    return float(a @ b)


lengths = [16, 64, 256, 1024, 4096]
found = np.array([[estimated(length, seed) for seed in range(size.tables)] for length in lengths])
error = np.sqrt(np.mean((found - true) ** 2, axis=1))
show.table([{"size": n, "mean of the estimates": mean, "truth": true, "typical error": e}
            for n, mean, e in zip(lengths, found.mean(1), error, strict=True)])
show.curve(lengths, {"typical error": error, "1 / √size, through the first": error[0] * np.sqrt(lengths[0] / np.array(lengths))},
           "size of the sketch", "error of the inner product", log="xy", name="error");

# %% [markdown] label="error-read"
# On average right at every size; four times the size halves the error. (There are 41 · 31 = 1,271 products, and a sketch of 1,024 is not exact yet: collisions go on far beyond.)
#
# **Move the slider** to see it. Two curves make an outer product that looks like something, 40 × 40 numbers. From its sketch, made without it, each entry is read back: from the sketch, at place $g_1(i) + g_2(j)$ modulo size, times the sign $s_1(i)\, s_2(j)$. From which size on do you recognise the picture? What does the noise look like, and why is it as strong in the flat grey
# stripe, where all products are 0, as in the black and white spots?

# %% label="slider"
t = torch.linspace(-1, 1, 40, dtype=torch.float64)
up, across = torch.exp(-8 * t**2) + 0.3 * torch.sin(9 * t), torch.cos(6 * t) * (t > -0.6)


def read_back(length: int):
    """The outer product of two curves, and what its sketch of that length still knows of it."""
    dice = torch.Generator().manual_seed(1)
    places = [torch.randint(length, (40,), generator=dice) for _ in range(2)]
    signs = [2.0 * torch.randint(2, (40,), generator=dice).double() - 1 for _ in range(2)]
    hashed = sketch_of_products([up[None], across[None]], places, signs, length)
    hashed = tensor_sketch(places, signs, length) if hashed is None else hashed  # exercise 6 is still blank
    back = signs[0][:, None] * signs[1] * hashed[0][(places[0][:, None] + places[1]) % length]
    whole = up[:, None] * across
    return show.maps([whole, back.clip(whole.min(), whole.max())], ["1,600 products", f"from {length:,} numbers"], columns=2, name="read")


def tensor_sketch(places: list[Tensor], signs: list[Tensor], length: int) -> Tensor:
    """The same sketch of the two curves, while exercise 6 is blank."""
    parts = [torch.zeros(1, length, dtype=torch.float64).index_add(1, p, v[None] * s)
             for p, v, s in zip(places, (up, across), signs, strict=True)]
    return torch.fft.irfft(torch.fft.rfft(parts[0]) * torch.fft.rfft(parts[1]), n=length)


widgets.slider(read_back, [16, 64, 256, 1024, 4096, 16384], "size of the sketch", start=1024, name="read");

# %% [markdown] label="slider-read"
# At 256 numbers, a sixth of the products, the shape shimmers through; at 1,024 it is plain, and noisy. What falls on one place is any two entries, wherever they lie, so the noise knows nothing of the picture. This is the price of not learning the projection: *every* product is kept equally badly, also those that a task needs.

# %% [markdown] label="scenes-text"
# ## 4 · On scenes: how many have to meet?
#
# Three questions on the scenes of section 1, and the best possible accuracy of each set of media, which is known exactly:
#
# - **do picture and caption differ?** XOR of two bits;
# - **is the number of blues odd?** XOR of *all three* bits: any two of them know nothing;
# - **which colours are they?** all three bits at once, eight answers: every medium contributes its own bit, nothing has to meet.

# %% label="ceilings"
best = {"two differ": scenes.Task("xor", MEDIA[:2], (0.0,) * 2, (0.0,) * 2), "odd": scenes.Task("xor", MEDIA, (0.0,) * 3, (0.0,) * 3),
        "which colours": scenes.Task("complementary", MEDIA, (0.0,) * 3, (0.0,) * 3)}
labels = {"two differ": differ, "odd": {s: B.sum(1) % 2 for s, B in bits.items()}, "which colours": {s: B @ [4, 2, 1] for s, B in bits.items()}}
sets = ["image", "image+caption", "image+caption+speech"]
show.table([{"best possible accuracy from": some, **{task: best[task].ceilings().get(some, "") for task in best}} for some in sets]);

# %% [markdown] label="order-idea"
# What should we expect? A product of two can say XOR of two. For XOR of three, products of **three** are needed: for bits $\pm 1$ the label is $x y z$, and of any two of them the third makes the answer a coin toss. So *bilinear* fusion, which has all pairs but no triple, must fail, and the fusions with triples may succeed.

# %% label="methods"
NAMES = {"concat": {}, "product": {}, "bilinear": {"projected": size.projected}, "tensor": {"projected": size.projected},
         "low_rank": {"projected": size.projected, "rank": 4}, "compact_bilinear": {"size": 1024}}
models = {(name, task): trained(name, [0, 1] if task == "two differ" else [0, 1, 2], labels[task], **options)
          for task in labels for name, options in NAMES.items()}


def scored(name: str, task: str) -> float:
    """Accuracy of a trained fusion on the test scenes."""
    return models[name, task].score(views["test"][: len(best[task].modalities)], labels[task]["test"])


rows = [{"": name, **{task: scored(name, task) for task in labels},
         "weights of the fusion, odd": sum(p.numel() for p in models[name, "odd"].network_.fuse.parameters())} for name in NAMES]
show.table([*rows, {"": "best possible", **{task: best[task].ceiling() for task in labels}}]);

# %% [markdown] label="methods-read"
# **Column by column.** *Two differ:* every product gets it, side by side does not. *Odd:* as predicted, pairs are not enough. Product, tensor and low-rank fusion multiply all three, and learn it, though not without mistakes: the three bits have to be read rightly at once, and the voice's is the hardest to read (first table of section 1). *Which colours:* here nothing has to meet, and **plain
# concatenation, which has the fewest weights, comes near what is possible, too.**
#
# **Compact bilinear fusion** has products of three as well, but cannot choose among them before they are hashed: some 480,000 products share 1,024 places, and 2,000 scenes are too few to dig one out. In the literature it is fed a hundred times as many examples and sketches of 16,000 numbers. A method that is exact on average may still be useless at your size.

# %% [markdown] label="controls-text"
# **The controls**, for tensor fusion on *odd*. Each medium alone (another network, trained on it), one medium missing, one taken from another scene, labels of other scenes in training: all must be coin tosses, or something leaks.

# %% label="controls"
odd, test = labels["odd"], views["test"]
options = NAMES["tensor"]
rng = np.random.default_rng(0)
rows = [{"": "all three", "accuracy": scored("tensor", "odd"), "best possible": 1.0}]
for m, medium in enumerate(MEDIA):
    alone = trained("tensor", [m], odd, **options).score([test[m]], odd["test"])
    others = [None if i == m else view for i, view in enumerate(test)]
    mixed = [rng.permutation(view) if i == m else view for i, view in enumerate(test)]
    rows += [{"": f"{medium} alone", "accuracy": alone, "best possible": best["odd"].ceiling([medium])},
             {"": f"{medium} missing", "accuracy": models["tensor", "odd"].score(others, odd["test"]), "best possible": 0.5},
             {"": f"{medium} of another scene", "accuracy": models["tensor", "odd"].score(mixed, odd["test"]), "best possible": 0.5}]
wrong = trained("tensor", [0, 1, 2], odd | {s: rng.permutation(odd[s]) for s in ("train", "val")}, **options)
rows += [{"": "labels of other scenes", "accuracy": wrong.score(test, odd["test"]), "best possible": 0.5},
         {"": "the commoner answer", "accuracy": evaluate.majority(odd["train"], odd["test"]), "best possible": 0.5}]
show.table(rows);

# %% [markdown] label="saddle-text"
# **What has been learnt?** Mix the mean vector of red pictures with that of blue ones, from all red to all blue in 21 steps; likewise the captions. For each pair, how sure is a network that the two differ? In each map the picture goes from red (top) to blue (bottom), the caption from red (left) to blue (right). The map's own colours are the answer: red is yes, blue is no.

# %% label="saddle"
steps = np.linspace(0, 1, 21)


def mixtures(m: int) -> np.ndarray:
    """From the mean vector of red to that of blue, (21, d)."""
    red, blue = (views["test"][m][bits["test"][:, m] == b].mean(axis=0) for b in (0, 1))
    return (1 - steps[:, None]) * red + steps[:, None] * blue


def surface(name: str) -> np.ndarray:
    """The probability that picture (down) and caption (across) differ, (21, 21)."""
    pictures, captions = mixtures(0).repeat(21, axis=0), np.tile(mixtures(1), (21, 1))
    return models[name, "two differ"].predict_proba([pictures, captions])[:, 1].reshape(21, 21)


surfaces = {name: surface(name) for name in ("concat", "product", "tensor")}
show.maps([2 * s - 1 for s in surfaces.values()], list(surfaces), columns=3, diverging=True, each=False,
          title="Do picture (down) and caption (across) differ? Red: yes; blue: no", name="saddle")
for name, table in surfaces.items():
    sure = table.clip(1e-6, 1 - 1e-6)
    odds = np.log(sure / (1 - sure))
    rest = interaction(odds)
    if rest is not None:
        print(f"{name:8} share of interaction in the log-odds: {rest.var() / odds.var():.0%}")

# %% [markdown] label="saddle-read"
# A sum is a plane, and no plane is high at two opposite corners and low at the other two. A product is a saddle. The last lines (they need exercise 1) say the same in numbers: none of concatenation's log-odds is interaction, nearly all of the others' is.

# %% [markdown] label="orders-text"
# **Which products does it live on?** Exercise 5 takes the log-odds of tensor fusion apart. What counts is how much each part *varies* over the test scenes (the parts also vary together, so shares need not add up to 100%).


# %% label="orders"
def shares(task: str) -> list[float] | None:
    """The variance of each order's part of the log-odds, as a share of the variance of all; the constant has none."""
    model = models["tensor", task]
    network, scaled = model.network_, model._scaled(views["test"][: len(best[task].modalities)])
    with torch.no_grad():
        h = [project(x).tanh() for project, x in zip(network.fuse.project, scaled, strict=True)]
        middle = [x - x.mean(0) for x in h]  # what all scenes have in common is nobody's part
        weight = shifted(network.fuse.weight, [x.mean(0) for x in h])
        split = by_order(weight, middle)
        if split is None:
            return None
        odds = split @ (network.decide.weight[1] - network.decide.weight[0])  # (orders, scenes)
    return [float(part.var() / odds.sum(0).var()) for part in odds[1:]]


def shifted(weight: Tensor, means: list[Tensor]) -> Tensor:
    """The weight that does with h - mean what `weight` does with h: the mean's share of each axis goes to its 1."""
    for axis, mean in enumerate(means):
        own = weight.narrow(axis, 0, len(mean))
        moved = torch.tensordot(own.movedim(axis, -1), mean, dims=1).unsqueeze(axis)
        weight = torch.cat([own, weight.narrow(axis, len(mean), 1) + moved], dim=axis)
    return weight


rows = [{"": task, **dict(zip(("one alone", "pairs", "all three"), shares(task) or [], strict=False))} for task in ("two differ", "odd")]
show.table(rows, digits=2);

# %% [markdown] label="orders-read"
# Nobody told the network that pairs matter in the one task and triples in the other. One care is taken in the code: a projected vector whose mean over the scenes is not zero carries a constant, which would play the part of a 1. So the mean is first taken off, and `shifted` gives it to the weight's row for the 1. The function stays the same.

# %% [markdown] label="missing-text"
# **Missing.** For *which colours* each medium has a bit of its own, so with any subset the rest must be guessed, and the ceilings are exact: 1, ½, ¼. Two tensor fusions: one trained on complete scenes, and one from which in training each medium was taken away in 30% of the rows (*modality dropout*, more in [chapter 14](14_when_modalities_fail.ipynb)).

# %% label="missing"
dropped = fusion.Classifier("tensor", width=size.width, options=options, steps=size.steps, modality_dropout=0.3).fit(
    views["train"], labels["which colours"]["train"], validation=(views["val"], labels["which colours"]["val"]))
rows = []
for some in [(0, 1, 2), (0, 1), (0, 2), (1, 2), (0,), (1,), (2,)]:
    given = [view if m in some else None for m, view in enumerate(test)]
    y = labels["which colours"]["test"]
    rows.append({"there is": ", ".join(MEDIA[m] for m in some), "trained on complete scenes": models["tensor", "which colours"].score(given, y),
                 "with modality dropout": dropped.score(given, y),
                 "best possible": best["which colours"].ceiling([MEDIA[m] for m in some])})
show.table(rows);

# %% [markdown] label="missing-read"
# With $[0, \dots, 0, 1]$ in its place a missing medium does no harm: both networks lie at the ceilings (± 3 points or so, as 800 scenes allow), even the one that has never met such a row. The products of the others are left, and they are enough. Where media depend on each other more, training with gaps matters more (chapter 14).

# %% [markdown] label="real-text"
# ## 5 · On real data: digits seen and heard
#
# Handwritten digits with three quarters of their variance taken away, and recordings of the same digits under noise (chapter 10): alone, a picture is right nearly two times in three, a recording a little more than every second time. Which fusion makes the most of both?

# %% label="digits"
try:
    made = data.seen_and_heard(size.digits, seed=0)
except data.DataUnavailable as reason:
    made = None
    print(reason)


def log_mel(waves: np.ndarray) -> np.ndarray:
    """Recordings (n, samples) -> (n, 24 * 8): the mean log-mel energy of each band in each stretch of time."""
    spectra = np.asarray(audio.log_mel(waves, 8000, window=256, hop=128, bands=24))
    cut = spectra[:, :, : spectra.shape[2] // 8 * 8]
    return cut.reshape(len(cut), 24, 8, -1).mean(axis=3).reshape(len(cut), -1)


if made:
    both = {split: [some.images, log_mel(some.waves)] for split, some in made.items()}
    digit = {split: some.labels for split, some in made.items()}
    show.pictures([torch.from_numpy(np.clip(image, 0, 1).reshape(1, 8, 8)) for image in made["test"].images[:10]],
                  [str(d) for d in digit["test"][:10]], columns=10, title="What is left to see of ten digits", name="digits")

# %% label="digits-heard" tags=["private-media"]
if made:
    for i in (0, 1):
        show.audio(made["test"].waves[i] / np.abs(made["test"].waves[i]).max(), 8000, f"a {digit['test'][i]}, under noise", name=f"heard-{i}")

# %% label="digits-train"
def on_digits(name: str, media: tuple[int, ...] = (0, 1), **options) -> fusion.Classifier:
    """A fusion trained on the digits, its best moment chosen on validation pairs."""
    model = fusion.Classifier(name, options=options, steps=size.digits_steps, every=20)
    some = {split: [V[m] for m in media] for split, V in both.items()}
    return model.fit(some["train"], digit["train"], validation=(some["val"], digit["val"]))


if made:
    alone = [on_digits("early", (m,)) for m in (0, 1)]
    rows = [{"": f"{medium} alone", "accuracy": model.score([both["test"][m]], digit["test"])}
            for m, (medium, model) in enumerate(zip(("image", "audio"), alone, strict=True))]
    rows += [{"": name, "accuracy": on_digits(name, **options).score(both["test"], digit["test"])} for name, options in
             {"concat": {}, "tensor": {}, "low_rank": {}, "compact_bilinear": {}}.items()]
    votes = np.prod([model.predict_proba([both["test"][m]]) for m, model in enumerate(alone)], axis=0)
    rows.append({"": "the two alone, probabilities multiplied", "accuracy": (votes.argmax(1) == digit["test"]).mean()})
    show.table([*rows, {"": "the commonest digit", "accuracy": evaluate.majority(digit["train"], digit["test"])}])

# %% [markdown] label="digits-read"
# Two media are far better than one. Tensor and low-rank fusion are ahead of concatenation by some points; compact bilinear fusion, hashed, is behind it. But the last row but one is worth a thought: **two networks that never met, whose probabilities are multiplied**, beat them all. (This is one seed. Over five, in the table below, they are still first, but before tensor and low-rank fusion by less than the spread.) Image and recording of a pair were drawn apart, they share the digit and nothing else. Then by Bayes' rule
#
# $$\log p(\text{digit} \mid x, y) = \log p(\text{digit} \mid x) + \log p(\text{digit} \mid y) - \log p(\text{digit}) + \text{const},$$
#
# a **sum** of what each says. No interaction is needed here, and a head start is given away if it has to be learnt that none is. So before you multiply vectors, ask what your task is made of: *do the media add evidence, or does one change what the other means?*

# %% [markdown] label="table-text"
# ### The table of all fusions
#
# The rows of this chapter from the one protocol of [chapter 10](10_fusion_protocol.ipynb): every fusion with the same recipe, five seeds, beside concatenation. Costs are for three modalities of 1,280, 384 and 64 numbers into 128.

# %% label="table"
OWN = ("concat", "product", "bilinear", "tensor", "low_rank", "compact_bilinear", "separate votes multiplied", "majority", "ceiling")
whole = evaluate.Scores.stored("fusion", "table")
show.table([row for row in whole.rows() if row[""] in OWN]);

# %% [markdown] label="table-live-text"
# One row live, on the first of its five seeds:

# %% label="table-live"
if made:
    live = fusion.Classifier("bilinear", steps=size.table_steps).fit(both["train"], digit["train"], validation=(both["val"], digit["val"]))
    known = evaluate.Scores.stored("fusion", "digits").values["bilinear"]["accuracy"]
    show.table([{"": "bilinear, digits", "here": live.score(both["test"], digit["test"]), "stored for this seed": known[0]}])

# %% [markdown] label="table-read"
# (*redundant*, *complementary*, *xor* are noisy tasks on scenes with two or three media, *clean xor* has no noise; stamps and mosi have three media each.) Read across before you read down.
#
# **Where something must meet,** on the two XOR tasks, concatenation tosses a coin, and product, bilinear, tensor and low-rank fusion come near the ceiling or to it. Compact bilinear fusion gets part of the way. This is what products are for.
#
# **Where media only add,** it is the other way about. *Complementary* has three noisy bits that need not meet: separate votes multiplied are best, low-rank fusion and concatenation follow, and bilinear, tensor and compact bilinear fusion fall further and further behind. **More products are more ways to be wrong.** On digits all but the
# hashed products are three to four points ahead of concatenation, and separate votes multiplied are ahead of them; on stamps and mosi concatenation is hard to beat.
#
# *Product* is a blind guess on *redundant* and *complementary*, and far behind on stamps and mosi. It has no 1: with three media, whatever it hands on is a product of all three, and none can say its own part. Nor are products always dear: low-rank and compact bilinear fusion have fewer weights here than concatenation.

# %% [markdown] label="wrong-text"
# ## 6 · What goes wrong
#
# ### Factors that never train
#
# The following class follows the formula, and keeps its factors as the low-rank fusion of a well-known benchmark's published code did (MultiBench; Liang et al., 2021). It runs, its loss goes down, its test score is respectable. Read it, and look for what is wrong before you go on.


# %% label="broken"
class Published(nn.Module):
    """Low-rank fusion and a linear layer on top."""

    def __init__(self, dims: list[int], out_dim: int, rank: int, classes: int):
        super().__init__()
        self.factors = [nn.Parameter(torch.randn(d + 1, rank, out_dim) * (d * rank) ** -0.5) for d in dims]
        self.head = nn.Linear(out_dim, classes)

    def forward(self, *vectors: Tensor) -> Tensor:
        product = 1
        for x, factor in zip(vectors, self.factors, strict=True):
            z = functional.pad(x, (0, 1), value=1.0)
            product = product * torch.einsum("bi,irk->brk", z, factor)
        return self.head(product.sum(dim=1))


scaler = models["low_rank", "two differ"]
inputs = {split: scaler._scaled(V[:2]) for split, V in views.items()}
targets = {split: torch.from_numpy(y) for split, y in differ.items()}
dims = [x.shape[1] for x in inputs["train"]]

# %% label="broken-run"
def run(model: nn.Module, steps: int) -> list[float]:
    """Train on all scenes at once; the loss of each step."""
    def loss(model: nn.Module, batch: list[Tensor]) -> Tensor:
        return functional.cross_entropy(model(*batch[:-1]), batch[-1])

    rows = torch.utils.data.TensorDataset(*inputs["train"], targets["train"])
    loader = torch.utils.data.DataLoader(rows, batch_size=128, shuffle=True)
    return train.fit(model, loader, loss, steps=steps, lr=3e-3, progress=False, device="cpu").loss


def accuracy(model: nn.Module) -> float:
    """On the test scenes."""
    with torch.no_grad():
        return float((model(*inputs["test"]).argmax(1) == targets["test"]).float().mean())


torch.manual_seed(0)
published = Published(dims, 32, 4, 2)
history = run(published, size.steps)
print(f"loss from {np.mean(history[:10]):.2f} to {np.mean(history[-10:]):.2f}, test accuracy {accuracy(published):.0%}");

# %% [markdown] label="broken-read"
# About 80%: better than a coin, not as good as the 100% of section 4. "Perhaps a longer training, or a higher rank?" **Count first.** The formula promises $R \cdot \text{out} \cdot \sum_m (d_m + 1)$ parameters, and the head has a few more.

# %% label="broken-count"
promised = 4 * 32 * sum(d + 1 for d in dims) + 32 * 2 + 2
print(f"promised by the formula: {promised:,} parameters; found by the optimizer: {sum(p.numel() for p in published.parameters()):,}")
print("their names:", [name for name, _ in published.named_parameters()]);

# %% [markdown] label="how-far-text" exercise="tensor_fusion.how_far" difficulty=2 minutes=10
# The factors are not there. They stand in a plain Python list, and `nn.Module` does not look into lists: `parameters()` does not name them, so no optimizer moves them, `.to(device)` leaves them behind, and `state_dict()` forgets them. The head learns to make the best of *random* products.
#
# **Exercise 7.** Prove it by parameters that do not move. `model.factors` is a list of tensors, and `step()` makes one step of training. How far does each factor move? (An optimizer changes tensors *in place*.)


# %% label="how-far" exercise="tensor_fusion.how_far"
def how_far(model: nn.Module, step: Callable[[], None]) -> list[float]:
    """The largest absolute change of each tensor in model.factors when step() is called."""
    ### BEGIN SOLUTION
    before = [factor.detach().clone() for factor in model.factors]
    step()
    return [(now - then).detach().abs().max().item() for now, then in zip(model.factors, before, strict=True)]
    ### END SOLUTION

# %% label="how-far-check" tags=["nbval-check-output"]
check("tensor_fusion.how_far", how_far)

# %% [markdown] label="mended-text" exercise="tensor_fusion.mended" difficulty=2 minutes=8
# **Exercise 8.** Mend it: give back the same model, with the same numbers, whose factors an optimizer finds and `forward` uses.


# %% label="mended" exercise="tensor_fusion.mended"
def mended(model: nn.Module) -> nn.Module:
    """The model, its list `factors` put where nn.Module sees it."""
    ### BEGIN SOLUTION
    model.factors = nn.ParameterList(model.factors)
    return model
    ### END SOLUTION

# %% label="mended-check" tags=["nbval-check-output"]
check("tensor_fusion.mended", mended)

# %% label="mended-run"
def repaired(model: nn.Module) -> nn.Module:
    """By the learner's function; while it is blank, by its one line."""
    done = mended(model)
    if done is None:
        model.factors, done = nn.ParameterList(model.factors), model
    return done


rows = []
for name, repair in (("a plain list", lambda model: model), ("mended", repaired)):
    torch.manual_seed(0)
    model = repair(Published(dims, 32, 4, 2))
    moved = how_far(model, functools.partial(run, model, 1))
    history = run(model, size.steps)
    rows.append({"": name, "parameters found": f"{sum(p.numel() for p in model.parameters()):,}",
                 "moved by one step": ", ".join(f"{m:.4f}" for m in moved or []) or "?", "loss at the end": np.mean(history[-10:]),
                 "test accuracy": accuracy(model)})
show.table(rows);

# %% [markdown] label="mended-read"
# Zero, exactly zero, is the proof: not slow, but dead. Keep two tests for every model you write: *its number of parameters is what the formula says*, and *every parameter moves in one step*. This course runs both on each of its fusions.
#
# ### Products that run away
#
# A sum of $n$ numbers of size $s$ grows like $\sqrt{n}\, s$; a product like $s^n$. So with $s$ above 1 a product of many modalities explodes, and below 1 it dies, with its gradient.

# %% label="scale"
rows = []
torch.manual_seed(0)
for n in (2, 4, 8):
    x = [3 * torch.randn(1000, 16) for _ in range(n)]  # numbers of size 3, as log-mel energies may be
    outer = [tensor.outer([v[:, :1] for v in some]) for some in (x, [v / 30 for v in x], [v.tanh() for v in x])]
    half = tensor.outer([v[:, :1].half() for v in [30 * v for v in x]])
    rows.append({"modalities": n, "size 3: largest product": f"{outer[0].abs().max():.3g}", "size 0.1: typical": f"{outer[1].abs().median():.0e}",
                 "after tanh: largest": f"{outer[2].abs().max():.2f}", "after tanh: typical": f"{outer[2].abs().median():.2f}",
                 "size 90 in float16: infinite": f"{(~half.isfinite()).float().mean():.0%}"})
show.table(rows);

# %% [markdown] label="scale-read"
# In half precision, which ends at 65,504, products of four numbers of size 90 are nearly all infinite. And long before anything is infinite, a few giant products drown the rest.
#
# Three repairs, each of which you have met: a **tanh** after the projection keeps each factor within ±1 (tensor and bilinear fusion; Kim et al., 2017, for the product); a **start** at the right size keeps the answers of factors near 1 (`LowRank._start`); the **signed square root** brings the long tail of products back: a product of two numbers of one
# unit becomes a number of that unit again. How much does the tanh do? The first loss and gradient of tensor fusion on features of growing size:

# %% label="scale-train"
rows = []
for factor in (1, 10, 100):
    row = {"features times": factor}
    for name, projected in (("raw products", None), ("tanh first", size.projected)):
        torch.manual_seed(0)
        small = [x[:, :20] * factor for x in inputs["train"]]
        fuse = fusion.make("tensor", [20, 20], 16, projected=projected)
        model = nn.Sequential(fuse, nn.Linear(16, 2))
        out = model[1](fuse(*small))
        loss = functional.cross_entropy(out, targets["train"])
        loss.backward()
        row |= {f"{name}: first loss": f"{loss:.3g}", f"{name}: gradient": f"{fuse.weight.grad.norm():.2g}"}
    rows.append(row)
show.table(rows);

# %% [markdown] label="scale-train-read"
# Without a tanh, the first loss and the gradient grow with the *product* of the sizes: features a hundred times as large make a gradient ten thousand times as large, and whatever learning rate was right before is wrong now. With it the loss stays, and the gradient levels off: about 7 times as large instead of about 12,000 times.

# %% [markdown] label="quiz-text"
# ## 7 · Quiz
#
# Click the choice you think is right. Every choice explains itself, so click the wrong ones too.

# %% label="quiz"
quiz("tensor_fusion")

# %% label="progress"
progress("tensor_fusion")

# %% [markdown] label="end"
# ## Take away
#
# - A sum of votes has no interaction. Where one medium changes what another *means*, something has to be multiplied.
# - The 1 at the end of each vector keeps singles and pairs beside the products of all, and makes a missing modality harmless.
# - The cost of all products multiplies with every modality; that of low-rank factors adds up, and they are the same function as the tensor they stand for. Prove such a thing on paper *and* in numbers.
# - A count sketch needs no weights for the products, and treats all of them alike: it needs many places, and many examples.
# - Ask how many media must meet. Pairs cannot answer a question of three; and where media only add evidence, concatenation, or multiplied probabilities, do as well for less.
# - Count parameters against the formula, and look whether each moves in one step.
#
# **With a GPU or more time.** `MMLEARN_PROFILE=gpu` draws ten times as many scenes and trains longer: watch what compact bilinear fusion makes of them.
#
# ## Further reading
#
# - A. Zadeh, M. Chen, S. Poria, E. Cambria, L.-P. Morency (2017). Tensor fusion network for multimodal sentiment analysis. *EMNLP*, 1103–1114.
# - Z. Liu, Y. Shen, V. B. Lakshminarasimhan, P. P. Liang, A. Zadeh, L.-P. Morency (2018). Efficient low-rank multimodal fusion with modality-specific factors. *ACL*, 2247–2256.
# - J. B. Tenenbaum, W. T. Freeman (2000). Separating style and content with bilinear models. *Neural Computation* 12(6), 1247–1283.
# - M. Charikar, K. Chen, M. Farach-Colton (2002). Finding frequent items in data streams. *ICALP*, 693–703.
# - N. Pham, R. Pagh (2013). Fast and scalable polynomial kernels via explicit feature maps. *KDD*, 239–247.
# - Y. Gao, O. Beijbom, N. Zhang, T. Darrell (2016). Compact bilinear pooling. *CVPR*, 317–326.
# - A. Fukui, D. H. Park, D. Yang, A. Rohrbach, T. Darrell, M. Rohrbach (2016). Multimodal compact bilinear pooling for visual question answering and visual grounding. *EMNLP*, 457–468.
# - P. P. Liang, Y. Lyu, X. Fan, et al. (2021). MultiBench: multiscale benchmarks for multimodal representation learning. *NeurIPS Datasets and Benchmarks*.
# - J.-H. Kim, K.-W. On, W. Lim, J. Kim, J.-W. Ha, B.-T. Zhang (2017). Hadamard product for low-rank bilinear pooling. *ICLR*.
