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
# # 15 · Explain and compress: who decided, how surely, and at what price
#
# **For any single decision of a fusion you will say how much each modality had to do with it, whether its confidence can be believed, and how small the network may become before it decides otherwise.**
#
# ![Six generated scenes, each with its caption and with what picture and caption added to the probability of the decision](../data/pictures/explain_and_compress.png)
#
# *What you will have at the end of section 4: what picture and caption each added to the probability of a decision. Where they contradict each other, one of them argued against it.*

# %% [markdown] label="objectives"
# **After this chapter you can**
#
# - say why leaving a modality out does not tell what it was worth, and what does: exact Shapley values;
# - tell modalities that complete each other from modalities that repeat each other;
# - use LIME and integrated gradients, and know what their *baseline* silently decides;
# - find a network that ignores a modality although its accuracy is perfect;
# - measure calibration, mend it with one number, and know when that number does not help;
# - prune, quantise, share and distil, and tell what is really smaller or faster from what only looks so.
#
# **You need** the fusions of [chapter 10](10_fusion_protocol.ipynb) and missing modalities, [chapter 14](14_when_modalities_fail.ipynb); distillation is from [chapter 09](09_other_alignments.ipynb). Terms in English and Chinese: [glossary · 术语表](../GLOSSARY.md).

# %% [markdown] label="card" tags=["card"]
# Filled in by the builder.

# %% label="setup" tags=["setup"]
import collections
import copy
from math import comb, factorial

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mmlearn import compress, data, evaluate, explain, features, fusion, profiles, show, train, widgets
from mmlearn.exercises import check, hint, progress, quiz
from mmlearn.features import audio
from mmlearn.fusion.classifier import Network

size = profiles.settings("15_explain_and_compress")

# %% [markdown] label="problem-text"
# ## 1 · Two questions that both get the wrong answer
#
# Generated scenes of one thing. The picture shows a hidden bit as its colour (red or blue), the caption shows another; 10% of the pictures and 5% of the captions are wrong. Three tasks:
#
# - **redundant**: both bits are the same, and the label is that bit;
# - **complementary**: the label is both bits, four classes;
# - **xor**: the label is whether the bits differ.
#
# Picture and caption become vectors: how much of each of 64 colours there is, and counts of words. As a third modality we add a **stranger**: the picture of *another* scene, which has nothing to say.

# %% label="worlds"
FLIPS, NAMES = {"image": 0.1, "caption": 0.05}, ["image", "caption", "stranger"]


def scenes(kind: str, split: str) -> data.scenes.Scenes:
    """Scenes of one thing whose label is spread over picture and caption."""
    return data.load("scenes", split=split, n=size.scenes[split], seed=0, size=32, objects=1, detail=0.0, paraphrases=1,
                     task=kind, flip=FLIPS)


def colours(images: Tensor) -> Tensor:
    """Pictures (n, 3, h, w) -> (n, 64): the root of each colour's share of the pixels, four levels a channel."""
    level = (images // 64).long()
    cell = (16 * level[:, 0] + 4 * level[:, 1] + level[:, 2]).flatten(1)
    return torch.zeros(len(cell), 64).scatter_add_(1, cell, torch.ones(cell.shape)).div(cell.shape[1]).sqrt()


def vectors(pairs: data.scenes.Scenes, words: list[str]) -> list[Tensor]:
    """Colours (n, 64), counts of words, and the colours of another scene."""
    said = [caption.lower().split() for caption in pairs.column("caption")]
    seen = colours(pairs.images())
    return [seen, torch.tensor([[float(text.count(word)) for word in words] for text in said]), seen.roll(1, 0)]

# %% [markdown] label="train-text"
# The fusion is `"early"` of chapter 10 with a linear layer on top. One thing is important for this whole chapter: **in training each modality of each row is withheld with probability 0.3** (chapter 14), so that the network knows what to say when something is
# missing. `mask` (batch, modalities) says what is there.


# %% label="train"
def scaled(views: list[Tensor], like: list[Tensor]) -> list[Tensor]:
    """Columns of mean 0 and variance 1 on the rows of `like`."""
    return [(x - a.mean(0)) / a.std(0).clamp_min(0.01) for x, a in zip(views, like, strict=True)]


def trained(network: torch.nn.Module, views: list[Tensor], labels: Tensor, steps: int, dropped: float = 0.0,
            validation: tuple | None = None, decay: float = 0.01, lr: float = 1e-3) -> torch.nn.Module:
    """Cross-entropy, with modalities withheld at random; with validation rows the best moment is kept."""
    def loss(model, batch):
        mask = torch.rand(len(batch[-1]), len(views)) >= dropped
        return functional.cross_entropy(model(*batch[:-1], mask=mask.to(batch[-1].device)), batch[-1])

    def validate(model):
        device = next(model.parameters()).device
        return functional.cross_entropy(model(*(x.to(device) for x in validation[0])), validation[1].to(device)).item()

    rows = torch.utils.data.TensorDataset(*views, labels)
    loader = torch.utils.data.DataLoader(rows, min(128, len(rows)), shuffle=True, drop_last=True)
    optimizer = torch.optim.AdamW(network.parameters(), lr=lr, weight_decay=decay)
    train.fit(network, loader, loss, steps=steps, optimizer=optimizer, progress=False, every=20, higher_is_better=False,
              validate=validate if validation else None)
    return network.cpu()

# %% label="train-worlds"
worlds = {}
for kind in ("redundant", "complementary", "xor"):
    pairs = {split: scenes(kind, split) for split in ("train", "test")}
    words = sorted({word for text in pairs["train"].column("caption") for word in text.lower().split()})
    X, Z = (vectors(pairs[split], words) for split in ("train", "test"))
    labels = {split: torch.as_tensor(pairs[split].labels) for split in pairs}
    black = colours(torch.zeros(1, 3, 32, 32))
    torch.manual_seed(0)
    network = Network(fusion.make("early", [x.shape[1] for x in X], 32), pairs["train"].task.classes)
    trained(network, scaled(X, X), labels["train"], size.scene_steps, dropped=0.3, decay=0.3, lr=2e-3)
    worlds[kind] = {"pairs": pairs["test"], "train": (scaled(X, X), labels["train"]), "views": scaled(Z, X),
                    "labels": labels["test"], "network": network,
                    "empty": scaled([black, torch.zeros(1, len(words)), black], X)}  # for later: a black picture, no words
show.pictures(worlds["xor"]["pairs"].images()[:6], worlds["xor"]["pairs"].column("caption")[:6],
              title="XOR: the label is whether the colours of picture and caption differ", name="scenes");

# %% [markdown] label="naive-text"
# Which modality was used? Two obvious ways to ask:
#
# - **leave it out**: by how much does accuracy fall? (Below 0: it rises.)
# - **give it alone**: by how much does accuracy rise above having nothing?
#
# The *ceiling* is the best accuracy that is possible with these flips. Redundant: believe the caption, 0.95. Complementary: both must be right, 0.9 · 0.95. XOR: both right or both wrong, 0.9 · 0.95 + 0.1 · 0.05.


# %% label="naive"
@torch.no_grad()
def accuracy(world: dict, there: list[bool] | Tensor) -> float:
    """Share of right decisions when only the modalities in `there` are given."""
    mask = torch.as_tensor(there).expand(len(world["labels"]), -1)
    return (world["network"](*world["views"], mask=mask).argmax(1) == world["labels"]).float().mean().item()


rows = []
for kind, world in worlds.items():
    whole, nothing = accuracy(world, [True] * 3), accuracy(world, [False] * 3)
    row = {"": kind, "all": whole, "ceiling": world["pairs"].task.ceiling(), "nothing": nothing}
    row |= {f"without {name}: falls by": whole - accuracy(world, [i != m for i in range(3)]) for m, name in enumerate(NAMES[:2])}
    row |= {f"{name} alone: rises by": accuracy(world, [i == m for i in range(3)]) - nothing for m, name in enumerate(NAMES[:2])}
    rows.append(row)
show.table(rows);

# %% [markdown] label="naive-fails"
# All three networks are within two points of the ceiling, so they surely use what they are given. Yet:
#
# - **Redundant:** leaving the picture out costs nothing, leaving the caption out a few points. "Neither matters much." Asked the other way, each is worth about 40 points.
# - **XOR:** leaving either out costs everything. Asked the other way, each is worth nothing.
#
# Both questions depend on *who is already there*, and each looks at one case only. The answer must look at all of them.

# %% [markdown] label="idea"
# ## 2 · A fair share, and other questions
#
# **Shapley's question** (1953). Players join a game one after the other. What the group wins is $v(S)$, one number for every set $S$ of players. Let them come in **every order**, note by how much $v$ rises when player $m$ arrives, and average over the orders: that is $\varphi_m$. Here the $M$ players are the modalities, and
# $v(S)$ is whatever we choose: accuracy, or how many bits are known of the label, or the probability of one decision, when only $S$ is there. Many orders have the same set before $m$; counted together,
#
# $$\varphi_m = \sum_{S \not\ni m} \frac{|S|!\,(M-|S|-1)!}{M!}\,\big(v(S \cup \{m\}) - v(S)\big).$$
#
# The sum runs over sets without $m$; $|S|$ is how many are in $S$, and $S \cup \{m\}$ is $S$ with $m$ added. Three properties nobody else has all of: the $\varphi_m$ **sum** to $v(\text{all}) - v(\text{none})$; who never changes $v$ gets **0**; two who always do the same get **the same**. A model with 1,000 features has $2^{1000}$ sets, so there one must sample. With three modalities there are eight, and we compute the sum as it stands.
#
# The first four rows ask *who decided*, the last asks *how surely*.
#
# | | asks | needs |
# |---|---|---|
# | **Shapley values** | what does each add, averaged over all orders? | every set, $2^M$ runs |
# | **interaction** (交互作用) | what do two give *together* beyond what each gives? | the same |
# | **LIME** | which *linear* model of present and absent comes nearest? | random sets |
# | **integrated gradients** | how steep is the way from a baseline to the input? | gradients, and a baseline |
# | **calibration** (校准) | of what was said with 80%, are 80% right? | labels |

# %% [markdown] label="shapley-head"
# ## 3 · Build them
#
# ### Shapley values
#
# All values come as one tensor `values` (2 ** M, …). Row number `i` belongs to the set that has modality `m` where bit `m` of `i` is 1, so that for three modalities row 5, in binary 101, is the set of modalities 0 and 2. `i | 1 << m` is the number of the set with `m` added, and `i >> m & 1` says whether it is in.

# %% [markdown] label="shapley-text" exercise="explain_and_compress.shapley" difficulty=3 minutes=20
# **Exercise 1.** Write the sum. What stands behind the first axis (such as one number a row of data) may have any shape, and is kept.


# %% label="shapley" exercise="explain_and_compress.shapley"
def shapley(values: Tensor, modalities: int) -> Tensor:
    """values (2 ** M, …), one of each set -> φ (M, …)."""
    ### BEGIN SOLUTION
    phi = torch.zeros(modalities, *values.shape[1:], dtype=values.dtype)
    for i in range(2**modalities):
        before = i.bit_count()
        for m in range(modalities):
            if not i >> m & 1:
                weight = factorial(before) * factorial(modalities - before - 1) / factorial(modalities)
                phi[m] += weight * (values[i | 1 << m] - values[i])
    return phi
    ### END SOLUTION

# %% label="shapley-check" tags=["nbval-check-output"]
check("explain_and_compress.shapley", shapley)

# %% [markdown] label="interaction-text" exercise="explain_and_compress.interaction" difficulty=3 minutes=15
# **Exercise 2.** A fair share does not say *why*. For two modalities $a, b$ that is told by what they give together beyond what each gives alone, averaged in the same spirit over the sets $S$ without both, the **Shapley interaction index** (Grabisch and Roubens, 1999):
#
# $$I_{ab} = \sum_{S \not\ni a, b} \frac{|S|!\,(M-|S|-2)!}{(M-1)!}\,\big(v(S \cup \{a, b\}) - v(S \cup \{a\}) - v(S \cup \{b\}) + v(S)\big).$$
#
# Above 0 they complete each other (**synergy**), below 0 they repeat each other (**redundancy**).


# %% label="interaction" exercise="explain_and_compress.interaction"
def interaction(values: Tensor, modalities: int, a: int, b: int) -> Tensor:
    """values (2 ** M, …), two different modalities -> I (…)."""
    ### BEGIN SOLUTION
    total = torch.zeros_like(values[0])
    for i in range(2**modalities):
        if not i >> a & 1 and not i >> b & 1:
            size = i.bit_count()
            weight = factorial(size) * factorial(modalities - size - 2) / factorial(modalities - 1)
            total = total + weight * (values[i | 1 << a | 1 << b] - values[i | 1 << a] - values[i | 1 << b] + values[i])
    return total
    ### END SOLUTION

# %% label="interaction-check" tags=["nbval-check-output"]
check("explain_and_compress.interaction", interaction)

# %% [markdown] label="shapley-listing-text"
# **The listing.** The library asks for the game itself and calls it once for every set. Below it, the game we want most often: for every row, the probability of a class when only the modalities of $S$ are there, *missing* as the network knows it.

# %% label="shapley-listing"
show.source(explain.shapley_values, start="values =")
show.source(explain.modality_shapley, start="batch =");

# %% [markdown] label="surrogate-head"
# ### LIME, and a bridge
#
# LIME (Ribeiro, Singh and Guestrin, 2016) explains one decision by a **simple model near it**. Switch parts of the input off at random, look at what the model says, and fit a linear model: $v(S) \approx c + \sum_m \varphi_m z_m$, where $z_m$ is 1 if $m$ is in $S$ and 0 if not. Sets near to the whole input get a higher weight
# $\pi(S)$. The $\varphi_m$ are the explanation.
#
# Lundberg and Lee (2017) asked which weights make LIME give *Shapley values*, and found exactly one answer:
#
# $$\pi(S) = \frac{M - 1}{\binom{M}{|S|}\,|S|\,(M - |S|)}, \qquad \pi(\text{none}) = \pi(\text{all}) = \infty .$$
#
# (In practice a very large number.) The two infinite weights make the line go through $v(\text{none})$ and $v(\text{all})$, so that the $\varphi_m$ sum to the difference; sets in between count by how telling their size is. The library has no such function; write it.

# %% [markdown] label="surrogate-text" exercise="explain_and_compress.surrogate" difficulty=3 minutes=20
# **Exercise 3.** Fit the linear model: make $\sum_S \pi(S)\,\big(v(S) - c - \sum_m \varphi_m z_m\big)^2$ as small as possible and give the $\varphi_m$, without $c$. These are NumPy arrays, not tensors. There may be more or fewer rows than $2^M$, and the same set may come twice.


# %% label="surrogate" exercise="explain_and_compress.surrogate"
def surrogate(sets: np.ndarray, values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """sets (k, M) of 0 and 1, values (k,), weights (k,) above 0 -> φ (M,), without the constant."""
    ### BEGIN SOLUTION
    A = np.column_stack([np.ones(len(sets)), sets])
    root = np.sqrt(weights)
    return np.linalg.lstsq(A * root[:, None], values * root, rcond=None)[0][1:]
    ### END SOLUTION

# %% label="surrogate-check" tags=["nbval-check-output"]
check("explain_and_compress.surrogate", surrogate)

# %% [markdown] label="surrogate-use-text"
# Three little games of three players. LIME's usual weights are $\pi = e^{-(d / 0.25)^2}$, where $d$ is the share that is switched off. Only with Shapley's kernel do the two agree.

# %% label="surrogate-use" tags=["nbval-check-output"]
sets = explain.subsets(3).numpy().astype(float)
there = sets.sum(axis=1)
near = np.exp(-(((3 - there) / 3 / 0.25) ** 2))
kernel = np.array([1e6 if s in (0, 3) else 2 / (comb(3, int(s)) * s * (3 - s)) for s in there])
games = {"first or second": sets[:, :2].max(1), "first and second": sets[:, :2].min(1), "all three": sets.min(1)}


def compared(name: str, v: np.ndarray) -> dict[str, str]:
    """A row of the table: the values of the game v, and two fitted surrogates of it."""
    fair = explain.shapley_values(lambda s: torch.tensor(v[int((s * torch.tensor([1, 2, 4])).sum())]), 3)
    fitted = {"LIME, Shapley's weights": surrogate(sets, v, kernel), "LIME, usual weights": surrogate(sets, v, near)}
    return {"": name, **{key: " ".join(f"{x:+.2f}" for x in found.round(2) + 0.0)
                         for key, found in {"Shapley values": fair.numpy(), **fitted}.items()}}


if surrogate(sets, games["all three"], kernel) is None:
    print("fill in the exercise above to compare")
else:
    show.table([compared(name, v) for name, v in games.items()])

# %% [markdown] label="surrogate-read"
# With the usual weights LIME looks at sets *near the whole input*. There "first **or** second" hardly changes, and it says that neither counts; of "and" it says that both count nearly fully. It repeats the answer of *leave it out* in section 1, and for the same reason. That is no bug: "which change would alter this decision?" is a fair question. It is another one.

# %% [markdown] label="ig-head"
# ### Integrated gradients
#
# A gradient tells how the output changes *here*. At an input the network is sure of, it may hardly change at all. Sundararajan, Taly and Yan (2017) walk from a **baseline** $x'$, an input that says nothing, straight to the input $x$, and add up the slopes on the way. For every number $x_i$ of the input and output $f$,
#
# $$a_i = (x_i - x'_i) \int_0^1 \frac{\partial f}{\partial x_i}\big(x' + t\,(x - x')\big)\, dt .$$
#
# The $a_i$ sum to $f(x) - f(x')$. What a modality contributed is the sum over its numbers.

# %% [markdown] label="ig-text" exercise="explain_and_compress.integrated_gradients" difficulty=3 minutes=15
# **Exercise 4.** The integral becomes a mean over `steps` places in the middle of equal pieces, $t = (k + \tfrac12)/\text{steps}$ for $k = 0, 1, \dots$


# %% label="ig" exercise="explain_and_compress.integrated_gradients"
def integrated_gradients(f, x: Tensor, baseline: Tensor, steps: int) -> Tensor:
    """f: (n, d) -> (n,), row by row; x and baseline (d,) -> attributions (d,)."""
    ### BEGIN SOLUTION
    t = (torch.arange(steps, dtype=x.dtype) + 0.5) / steps
    way = (baseline + t[:, None] * (x - baseline)).detach().requires_grad_()
    (slopes,) = torch.autograd.grad(f(way).sum(), way)
    return (x - baseline) * slopes.mean(0)
    ### END SOLUTION

# %% label="ig-check" tags=["nbval-check-output"]
check("explain_and_compress.integrated_gradients", integrated_gradients)

# %% [markdown] label="ig-use-text"
# XOR as a formula: $f(a, b) = -ab$ with $a$ and $b$ either $-1$ or $+1$; it is 1 where they differ. We explain $f(1, -1) = 1$ from four baselines.

# %% label="ig-use" tags=["nbval-check-output"]
def xor(x: Tensor) -> Tensor:
    return -x[:, 0] * x[:, 1]


def walked(baseline: list[float]) -> dict:
    """A row of the table: what a and b get on the way from a baseline to (1, -1)."""
    x, start = torch.tensor([1.0, -1.0]), torch.tensor(baseline)
    a, b = integrated_gradients(xor, x, start, 64).tolist()
    return {"baseline (a, b)": str(tuple(int(v) for v in baseline)), "a": a + 0.0, "b": b + 0.0, "sum": a + b + 0.0,
            "f(x) - f(baseline)": (xor(x[None]) - xor(start[None])).item()}


if integrated_gradients(xor, torch.ones(2), torch.zeros(2), 2) is None:
    print("fill in the exercise above to compare")
else:
    show.table([walked(baseline) for baseline in ([0.0, 0.0], [-1.0, -1.0], [1.0, 1.0], [-1.0, 1.0])], digits=1)

# %% [markdown] label="ig-read"
# **The same decision is half a and half b, all a, all b, or neither's, by the baseline alone.** From $(-1, -1)$ only $a$ has to change to get here, so $a$ gets it all. None of these is wrong; each answers "why this *rather than that*?". With real data the "that" is often a row of zeros which nobody thought about. And "missing" is no point of the input
# space at all: no walk leads there.
#
# **The listing.** The library leaves the walk to Captum, as it does for LIME, and sums over each modality's numbers. Where no baseline is given it takes zeros, the mean of scaled columns.

# %% label="ig-listing"
show.source(explain.integrated_gradients, start="from captum");

# %% [markdown] label="ece-head"
# ### Calibration
#
# Confidence is the largest probability of a row. Sort the decisions into bins by confidence; in bin $B_k$, of $n_k$ of all $n$ decisions, compare the mean confidence with the share that is right. (That share drawn over the bins is a **reliability curve**.) The **expected calibration error** is the mean gap,
#
# $$\text{ECE} = \sum_k \frac{n_k}{n}\,\big|\,\text{accuracy}(B_k) - \text{confidence}(B_k)\,\big| .$$

# %% [markdown] label="ece-text" exercise="explain_and_compress.calibration_error" difficulty=3 minutes=20
# **Exercise 5.** Write it, with bins of equal width, $(0, \tfrac1K], (\tfrac1K, \tfrac2K], \dots$: a confidence of exactly $\tfrac1K$ belongs to the first. Empty bins count nothing. `labels` are the numbers of the right classes; the decision is the class of the largest probability.


# %% label="ece" exercise="explain_and_compress.calibration_error"
def calibration_error(probabilities: np.ndarray, labels: np.ndarray, bins: int) -> float:
    """probabilities (n, classes), labels (n,) -> ECE."""
    ### BEGIN SOLUTION
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    place = np.ceil(confidence * bins)
    total = 0.0
    for k in np.unique(place):
        inside = place == k
        total += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return float(total)
    ### END SOLUTION

# %% label="ece-check" tags=["nbval-check-output"]
check("explain_and_compress.calibration_error", calibration_error)

# %% [markdown] label="temperature-text"
# **Temperature scaling** (Guo et al., 2017) mends confidence with one number: divide all logits by the $T > 0$ that makes cross-entropy on *validation* rows least. $T > 1$ makes the network less sure. The largest logit stays the largest, so no decision changes. **The listing:**

# %% label="temperature-listing"
show.source(explain.fit_temperature, start="rows =");

# %% [markdown] label="quantise-head"
# ### Fewer bits
#
# A weight takes 32 bits. **Quantising** stores a small whole number $q$ instead, and one scale $s$ for each row of the matrix: $w \approx s\,q$.

# %% [markdown] label="quantise-text" exercise="explain_and_compress.quantise" difficulty=2 minutes=15
# **Exercise 6.** With $b$ bits, symmetric: $q$ from $-(2^{b-1} - 1)$ to $2^{b-1} - 1$, each row's largest size $|w|$ becoming the largest whole number, all rounded to the nearest. A row of zeros has $q = 0$ and $s = 1$. Give $q$ as `torch.int8` and $s$ as (rows, 1).


# %% label="quantise" exercise="explain_and_compress.quantise"
def quantise(weight: Tensor, bits: int) -> tuple[Tensor, Tensor]:
    """weight (rows, columns), bits 2 to 8 -> q (rows, columns) int8, s (rows, 1) with weight ≈ s · q."""
    ### BEGIN SOLUTION
    most = 2 ** (bits - 1) - 1
    s = weight.abs().amax(dim=1, keepdim=True) / most
    s = torch.where(s > 0, s, 1.0)
    return (weight / s).round().to(torch.int8), s
    ### END SOLUTION

# %% label="quantise-check" tags=["nbval-check-output"]
check("explain_and_compress.quantise", quantise)

# %% [markdown] label="prune-text"
# **Pruning** leaves out the smallest weights, of all matrices together (`compress.prune`), or whole units with all that goes in and out (`compress.prune_units`). **Sharing** puts one layer in several places (`compress.tie`). **Distilling** is chapter 09's: a small network learns from what a large one says. **The listings:**

# %% label="prune-listing"
show.source(compress.magnitude_masks, start="sizes =")
show.source(compress.prune_units, start="into =");

# %% [markdown] label="mine-text"
# Once the checks of exercises 1, 2 and 5 show ✓, set `mine = True`: then the values and errors below are computed by *your* functions.

# %% label="mine"
mine = False
print("values, interactions and calibration errors by", "your functions" if mine else "the library's functions")


def shares(values: Tensor) -> tuple[Tensor, Tensor]:
    """values (8, …) of all sets of three -> φ (3, …), and the interaction of the first two (…)."""
    if mine:
        return torch.stack([torch.as_tensor(p) for p in shapley(values, 3)]), torch.as_tensor(interaction(values, 3, 0, 1))
    number = torch.tensor([1, 2, 4])
    game = lambda there: values[int((there * number).sum())]  # noqa: E731
    return explain.shapley_values(game, 3), explain.interaction(game, 3)[0, 1]


ece = (lambda P, y: calibration_error(P, y, 15)) if mine else explain.expected_calibration_error

# %% [markdown] label="scenes-text"
# ## 4 · On scenes, where the truth is known
#
# ### In bits
#
# Let $v(S)$ be how many **bits** about the label are known from $S$: $\log_2$ of the number of classes plus the mean $\log_2$ of the probability that the network gives to the right one. The truth can be computed from the flips alone, as the information of the symbols shown about the label. Below each
# network stands that truth.


# %% label="bits"
@torch.no_grad()
def bits(world: dict) -> Tensor:
    """(8,): what the network knows of the label of new scenes, for every set of modalities."""
    network, views, labels = world["network"], world["views"], world["labels"]
    masks = [there.expand(len(labels), -1) for there in explain.subsets(3)]
    own = torch.stack([network(*views, mask=mask).log_softmax(1).gather(1, labels[:, None]).mean() for mask in masks])
    return np.log2(world["pairs"].task.classes) + own / np.log(2)


def truth(task: data.scenes.Task) -> Tensor:
    """(8,): what there is to be known; the stranger adds nothing."""
    known = []
    for i in range(8):
        hidden = tuple(1 + m for m in (0, 1) if not i >> m & 1)
        table = task.joint().sum(axis=hidden).reshape(task.classes, -1)
        p = table / np.maximum(table.sum(axis=0), 1e-12)
        known.append(np.log2(task.classes) + (table * np.log2(np.where(p > 0, p, 1))).sum())
    return torch.tensor(known)


rows = []
for kind, world in worlds.items():
    for name, values in ((kind, bits(world)), ("… the truth", truth(world["pairs"].task))):
        phi, together = shares(values)
        rows.append({"": name, **{m: f"{v:+.2f}" for m, v in zip(NAMES, phi + 0.0, strict=True)},
                     "all three": f"{values[7] - values[0]:.2f}", "interaction of image and caption": f"{together:+.2f}"})
show.table(rows);

# %% [markdown] label="bits-read"
# The networks come near to the truth, row by row. Three things to see:
#
# - **Redundant and XOR cannot be told apart by Shapley values:** in both, each modality gets about half of what all know. The *interaction* tells them apart: below 0 where they repeat each other, above 0 where only both together say anything, and 0 where each tells a part of its own.
# - The caption gets more than the picture where its 5% of wrong colours, against 10%, makes a difference; in XOR both shares are equal: one without the other is worth nothing, however reliable.
# - **The stranger gets about 0, or a little less than 0.** A network that overfits a useless input knows *less* on new scenes when it sees it. A negative value is no mistake in the calculation; it is a reason to drop that modality.
#
# Bits were chosen with care. In *accuracy*, two media that each tell half of a label of four classes seem to have synergy (1/4 → 1/2 → 1: the second step is larger); bits add up where knowledge adds up.

# %% [markdown] label="single-text"
# ### One decision at a time
#
# Now $v(S)$ is the probability of the class that was decided for, in one scene. Of the redundant task we take scenes in which the colours agree, and some in which they contradict each other, so that one of them must be wrong.

# %% label="single"
world = worlds["redundant"]
with torch.no_grad():
    decided = world["network"](*world["views"]).argmax(1)
phi = explain.modality_shapley(world["network"], world["views"], decided)
shown = world["pairs"].shown
agree = np.flatnonzero(shown[:, 0] == shown[:, 1])[:3]
conflict = np.flatnonzero(shown[:, 0] != shown[:, 1])[:3]
chosen = [int(i) for i in (*agree, *conflict)]
titles = [f"{world['pairs'].column('caption')[i]}\nDecided: {['red', 'blue'][decided[i]]}\nimage {phi[i, 0]:+.2f}\n"
          f"caption {phi[i, 1]:+.2f}\nstranger {phi[i, 2]:+.2f}" for i in chosen]
show.pictures([world["pairs"].images()[i] for i in chosen], titles, columns=3, lines=6,
              title="What each modality added to the probability of the decision", name="explain_and_compress")
part = phi[:, 2].abs()
print(f"the stranger's part in all {len(part):,} scenes: {part.mean():.2f} on average, above 0.1 in {(part > 0.1).float().mean():.1%}, "
      f"{part.max():.2f} at most")

# %% [markdown] label="single-read"
# Where both agree, each has its part in the decision, and together they lift its probability from about 0.5 to nearly 1. Where they contradict each other, it mostly follows the caption, which errs less often. Whichever loses has a **negative** value: it argued against. A bar chart of "importance" without signs would hide that.
#
# The stranger should have exactly 0. It gets a few hundredths, seldom more than a tenth and at most about a quarter: the network has learned a little noise. Over many scenes that cancels out, as the bits above say; in a single explanation it is there.
#
# ### Does the method matter?
#
# For single scenes, too, we know the truth: the probability of the decision for somebody who knows the symbols in $S$ and the flips. So we can ask how far each method's answer is from the true Shapley values. Each row of attributions is divided by the sum of its sizes; **off** is half the sum of the differences, from 0 (the same) to 1 (all on the wrong modality, or
# of the wrong sign). Three situations: scenes of the redundant task whose colours agree, those whose colours contradict each other, and XOR; of each the first 40.


# %% label="known"
def known(world: dict, target: Tensor, rows: Tensor) -> Tensor:
    """(8, n): the probability of `target` for who knows the symbols of the modalities in the set, of these scenes."""
    joint, (a, b) = torch.tensor(world["pairs"].task.joint()), torch.tensor(world["pairs"].shown)[rows].T
    values = []
    for i in range(8):
        hidden = [1 + m for m in (0, 1) if not i >> m & 1]
        table = joint.sum(hidden, keepdim=True).expand_as(joint) if hidden else joint
        p = table[:, a, b]  # (classes, n)
        values.append((p / p.sum(0)).gather(0, target[None])[0])
    return torch.stack(values)


def shares_of_one(a: Tensor) -> Tensor:
    """Attributions (n, 3) with sizes that sum to 1 in each row."""
    return a / a.abs().sum(1, keepdim=True).clamp_min(1e-9)

# %% label="methods"
def gradient_times_input(network, views, target):
    views = [x.clone().requires_grad_() for x in views]
    slopes = torch.autograd.grad(network(*views).gather(1, target[:, None]).sum(), views)
    return torch.stack([(x * slope).sum(1).detach() for x, slope in zip(views, slopes, strict=True)], 1)


def lime_missing(network, views, target):
    """LIME whose switches make a modality missing, as the network knows it."""
    rows = []
    for i in range(len(target)):
        one = [x[i : i + 1] for x in views]
        model = lambda *on, one=one: network(*one, mask=torch.cat(on, 1) > 0.5)  # noqa: E731
        rows.append(explain.lime(model, [torch.ones(1, 1)] * 3, target[i : i + 1]))
    return torch.cat(rows)


def shapley_instead(network, views, target, instead):
    """Shapley values where something else stands in the place of what is missing, and the network is not told."""
    model = lambda *v, mask: network(*(torch.where(mask[:, m, None], x, e) for m, (x, e) in enumerate(zip(v, instead))))  # noqa: E731, B905
    return explain.modality_shapley(model, views, target)

# %% label="method-names"
def gradients_from(network, views, target, baseline):
    return explain.integrated_gradients(network, views, target, [b.expand(len(target), -1) for b in baseline])[0]


means = [torch.zeros(1, 1)] * 3  # the mean of scaled columns
METHODS = {
    "Shapley values, missing": lambda net, v, y, empty: explain.modality_shapley(net, v, y),
    "Shapley values, means instead": lambda net, v, y, empty: shapley_instead(net, v, y, means),
    "Shapley values, black and no words instead": lambda net, v, y, empty: shapley_instead(net, v, y, empty),
    "LIME, missing": lambda net, v, y, empty: lime_missing(net, v, y),
    "LIME, means instead": lambda net, v, y, empty: explain.lime(net, v, y),
    "integrated gradients from the means": lambda net, v, y, empty: explain.integrated_gradients(net, v, y)[0],
    "integrated gradients from black and no words": gradients_from,
    "gradient × input": lambda net, v, y, empty: gradient_times_input(net, v, y),
}
differ = worlds["redundant"]["pairs"].shown[:, 0] != worlds["redundant"]["pairs"].shown[:, 1]
SITUATIONS = {"they agree": ("redundant", np.flatnonzero(~differ)), "they contradict": ("redundant", np.flatnonzero(differ)),
              "XOR": ("xor", np.arange(len(differ)))}

# %% label="compare"
def attributed(method, networks: dict | None = None) -> dict[str, tuple[Tensor, Tensor]]:
    """For every situation a method's attributions of the first decisions, and the truth, (n, 3) each."""
    found = {}
    for name, (kind, rows) in SITUATIONS.items():
        world, rows = worlds[kind], torch.as_tensor(rows[: size.explained])
        views = [x[rows] for x in world["views"]]
        with torch.no_grad():
            target = world["network"](*views).argmax(1)
        given = method(networks[kind] if networks else world["network"], views, target, world["empty"])
        found[name] = shares_of_one(given), shares_of_one(shares(known(world, target, rows))[0].T)
    return found


def row(name: str, found: dict, change=lambda a: a) -> dict:
    off = {situation: (change(a) - b).abs().sum(1).mean().item() / 2 for situation, (a, b) in found.items()}
    return {"off, where": name, **off, "given to the stranger": torch.cat([change(a)[:, 2] for a, _ in found.values()]).abs().mean().item()}


torch.manual_seed(0)
fresh = {kind: Network(fusion.make("early", w["network"].fuse.dims, 32), w["network"].decide.out_features).eval()
         for kind, w in worlds.items()}
missing = attributed(METHODS["Shapley values, missing"])
rows = [row(name, attributed(method)) for name, method in METHODS.items()]
rows += [row("control: half to the image, half to the caption", missing, lambda a: torch.tensor([[0.5, 0.5, 0]]).expand_as(a)),
         row("control: Shapley values of another scene", missing, lambda a: a.roll(1, 0)),
         row("control: Shapley values of an untrained network", attributed(METHODS["Shapley values, missing"], fresh))]
show.table(rows, digits=2);

# %% [markdown] label="compare-read"
# **Read the controls first.** Where picture and caption agree, and in XOR, an answer that never looks at the scene, half and half, is nearer to the truth than any method: there the truth *is* nearly half and half in every scene, so these columns can only show who does badly. Only where they *contradict* each other has an explanation something to say: there half and half is off by about 0.5, the values of another scene by about 0.3, and the sensible methods by about 0.1. An
# untrained network's values are off by 0.6 to 0.8, so what is explained is the network, and not merely the picture (Adebayo et al., 2018).
#
# **The baseline matters more than the method.** Told what is missing, or with means instead, Shapley values, LIME and integrated gradients hardly differ where the media contradict each other. The same Shapley values and the same gradients from a *black picture and an empty caption*, the usual "zeros", are off by 0.5 to 0.8, about as bad as those of an untrained
# network. Section 6 shows why.
#
# **Gradients have a harder time with XOR** (about 0.25 to 0.3, against about 0.15 of those that switch whole modalities): how steep it is depends on where one stands.
#
# Means do as well as "missing" here because early fusion itself puts zeros, the scaled means, where something is missing, and adds a learned vector. For a fusion with gates or attention that need not hold.

# %% [markdown] label="blind-text"
# ### A network that ignores a modality
#
# A bug from practice: the pictures were sorted by file name, the captions by date. In training every caption stood beside *another* scene's picture. We rebuild it on the redundant task by shifting the training pictures by one row; the test rows are in order.

# %% label="blind"
views, labels = worlds["redundant"]["train"]
torch.manual_seed(0)
blind = Network(fusion.make("early", [x.shape[1] for x in views], 32), 2)
trained(blind, [views[0].roll(1, 0), *views[1:]], labels, size.scene_steps, dropped=0.3, decay=0.3, lr=2e-3)
rows = []
for name, world in (("in order", worlds["redundant"]), ("pictures shifted", worlds["redundant"] | {"network": blind})):
    phi, together = shares(bits(world))
    rows.append({"trained with rows": name, "accuracy": accuracy(world, [True] * 3), "ceiling": world["pairs"].task.ceiling(),
                 **{f"bits of the {m}": f"{v:+.2f}" for m, v in zip(NAMES, phi + 0.0, strict=True)},
                 "interaction": f"{together:+.2f}"})
show.table(rows);

# %% [markdown] label="blind-read"
# **Both are within two points of the ceiling, and the broken one is not even the lower of the two.** In this task the caption alone is as good as both together, so no accuracy on complete rows can show the bug. The Shapley values do at once: the picture falls from 0.31 bits to 0.06 (it has not learned *nothing*: any network does something with an
# input), and the interaction nearly vanishes, since what is not used cannot repeat. You would have noticed the day the captions failed. Redundancy is what makes such bugs comfortable, so look at the values whenever a modality is said to help.

# %% [markdown] label="real-text"
# ## 5 · On real data
#
# ### How sure is a fusion?
#
# Digits, seen and heard (chapter 10): what is left of an 8 × 8 image after 75% of its energy was removed, and a spoken digit under pink noise. Neither suffices. First the features, as there: the 64 pixels, and log-mel energies in 24 bands and 8 stretches of time.


# %% label="digits"
def stretches(waves: np.ndarray) -> np.ndarray:
    """Sounds (n, samples) -> (n, 192): the mean log-mel energy of 24 bands in 8 stretches of time."""
    spectra = np.asarray(audio.log_mel(waves, 8000, window=256, hop=128, bands=24))
    cut = spectra[:, :, : spectra.shape[2] // 8 * 8]
    return cut.reshape(len(cut), 24, 8, -1).mean(axis=3).reshape(len(cut), -1)


try:
    drawn = data.seen_and_heard(size.digits, seed=0)
except data.DataUnavailable as reason:
    drawn = {}
    print(reason, "\nThe tables below were measured with them.")
digits = {name: ([torch.from_numpy(part.images), torch.from_numpy(stretches(part.waves)).float()], torch.as_tensor(part.labels))
          for name, part in drawn.items()}
digits = {name: (scaled(views, digits["train"][0]), labels) for name, (views, labels) in digits.items()}
if digits:
    show.pictures([(1 - v.reshape(1, 8, 8).clip(0, 1)).repeat(3, axis=0) for v in drawn["test"].images[:8]],
                  [f"a {label}" for label in drawn["test"].labels[:8]], columns=8, title="Digits, as far as they can be seen",
                  name="digits")

# %% [markdown] label="sure-text"
# Three fusions, trained alike, the best moment kept by validation loss; and one of them trained four times as long, without validation. $T$ is the temperature that the 500 validation rows choose; "scaled" is the error after dividing by it.


# %% label="sure"
@torch.no_grad()
def logits(network: torch.nn.Module, split: str, there: tuple = (True, True)) -> np.ndarray:
    views = digits[split][0]
    return network(*views, mask=torch.tensor(there).expand(len(views[0]), -1)).numpy()


def softmax(Z: np.ndarray) -> np.ndarray:
    return torch.from_numpy(Z).double().softmax(1).numpy()


rows, sure = [], {}
LONG = "early, four times as long, to the end"
for name in ("concat", "late", "early", LONG) if digits else ():
    torch.manual_seed(0)
    network = Network(fusion.make(name.split(",")[0], [64, 192], 64), 10)
    trained(network, *digits["train"], size.steps * (4 if name == LONG else 1), validation=digits["val"] if name != LONG else None)
    T = explain.fit_temperature(logits(network, "val"), digits["val"][1].numpy())
    Z, y = logits(network, "test"), digits["test"][1].numpy()
    sure[name] = network, T
    rows.append({"": name, "accuracy": (Z.argmax(1) == y).mean(), "confidence": softmax(Z).max(1).mean(),
                 "ECE": ece(softmax(Z), y), "temperature": T, "ECE scaled": ece(softmax(Z / T), y)})
if rows:
    show.table(rows)

# %% label="reliability"
if sure:
    network, T = sure[LONG]
    middle = np.arange(0.05, 1, 0.1)
    Z, y = logits(network, "test"), digits["test"][1].numpy()
    found = {name: explain.reliability(softmax(Z / t), y, 10) for name, t in (("as trained", 1), (f"divided by T = {T:.1f}", T))}
    curves = {name: np.where(r.count >= 20, r.accuracy, np.nan) for name, r in found.items()}
    if all(np.isfinite(c).any() for c in curves.values()):
        diagonal = np.where(np.isfinite(list(curves.values())).any(axis=0), middle, np.nan)
        show.curve(middle, {**curves, "calibrated": diagonal}, "confidence", "share that is right",
                   title="Reliability of early fusion, trained four times as long (bins of 20 and more)", name="reliability")

# %% [markdown] label="stored-sure-text"
# As trained, the curve lies below the diagonal: too sure. Dividing by $T$ lifts it. The points in the middle stand for a few dozen rows each (most rows are surer than 0.9), so a single one off the diagonal is noise; here are ten bins, the ECE has 15.
#
# The same over five seeds, with more variants:

# %% label="stored-sure"
show.table(evaluate.Scores.stored("explain_and_compress", "calibration").rows());

# %% [markdown] label="stored-sure-read"
# *(ECE with 15 bins on 1,000 rows. A perfectly calibrated model would show about 0.03 here by chance alone, see section 6.)*
#
# - **After 400 steps nearly all of them are too *shy*:** their confidence lies below their accuracy, and $T$ is below 1. That neural networks are overconfident (Guo et al., 2017) is a matter of training for long: four times as many steps make early fusion right more often (84% against 77%), and now its $T$ is 1.2. So measure; do not assume.
# - Plain concatenation, a linear model here, is the worst calibrated (0.13), and gated fusion second (0.11); late fusion, which averages logits, is no worse than early fusion. Which way of fusing is best calibrated cannot be told from its name.
# - **One number mends most of it:** after scaling all are at about 0.05 or below, most of them only a little above what chance gives. Tensor fusion needs none ($T = 1.0$).

# %% [markdown] label="missing-text"
# **And when the image is missing?** The decision is harder then; does the network know? Left as it is, or trained with media withheld; $T$ comes from complete validation rows, as it would in practice.

# %% label="missing"
show.table(evaluate.Scores.stored("explain_and_compress", "missing").rows());

# %% [markdown] label="missing-read"
# **Left as they are, they do not know that they do not know.** With the sound alone they are right in 22 to 24% and claim 53% (concatenation), 58% (early) and 81% (late). Late fusion is the worst: it averages two votes, each of which learned to shout against the other, and now one shouts alone. The temperature of the complete rows was below 1, and makes all three *worse*.
#
# **Trained with media withheld** they are right far more often, 35 to 41%, and say about that: an ECE of 0.06 for early and late, 0.11 for concatenation, which is now too shy. A temperature belongs to the rows that chose it; only concatenation gains by it here. If modalities can go missing, withhold them in training, and measure calibration *with them missing*.

# %% [markdown] label="cost-text"
# ### Smaller
#
# A network with more to lose: the joint projection of chapter 10 to `width` units, three hidden layers, ten digits.


# %% label="deep"
class Deep(torch.nn.Module):
    """Logits (n, 10) from image (n, 64) and sound (n, 192)."""

    def __init__(self, width: int):
        super().__init__()
        self.fuse = fusion.make("joint", [64, 192], width)
        self.hidden = torch.nn.ModuleList([torch.nn.Linear(width, width) for _ in range(3)])
        self.decide = torch.nn.Linear(width, 10)

    def forward(self, *views: Tensor | None, mask: Tensor | None = None) -> Tensor:
        h = self.fuse(*views, mask=mask)
        for layer in self.hidden:
            h = layer(h).relu()
        return self.decide(h)


def right(network: torch.nn.Module, there: tuple = (True, True)) -> float:
    """Accuracy on the test digits."""
    return float((logits(network, "test", there).argmax(1) == digits["test"][1].numpy()).mean())


if digits:
    torch.manual_seed(0)
    whole = trained(Deep(size.width), *digits["train"], size.steps, validation=digits["val"])
    print(f"{compress.count(whole):,} weights, {compress.kilobytes(whole):,.0f} kB; accuracy {right(whole):.3f}")

# %% [markdown] label="slider-text"
# Prune it, without any further training, and look at what each medium alone still says. Move the slider from 0 up: how far does nothing change, or even improve, and where does it all collapse? (Sound alone is weak from the start: this network was never trained with a medium missing.)

# %% label="slider"
def pruned_to(share: str):
    network = compress.prune(whole, float(share.rstrip("%")) / 100)
    rows = [{"name": name, "value": right(network, there)} for name, there in (
        ("image and sound", (True, True)), ("image alone", (True, False)), ("sound alone", (False, True)))]
    return show.bars_with_controls([*rows, {"name": "guessing", "value": 0.1, "kind": "chance"}], "accuracy",
                                   title=f"{share} of the weights pruned")


if digits:
    widgets.slider(pruned_to, [f"{s}%" for s in (0, 20, 40, 50, 60, 70, 80, 85, 90, 95)], "share of the weights pruned",
                   start="70%", name="pruned")

# %% [markdown] label="tune-text"
# Up to about 70% hardly anything changes. At 95% the bars lie *below* guessing: what is left of the network says the same digit whatever comes in, and is right only on the test rows of that digit, about 8%.
#
# Now with further training of what is left. The zeros must stay zero: they are put back before every step. The **control** is the whole network with the same further steps.

# %% label="tune"
def finetuned(network: torch.nn.Module) -> torch.nn.Module:
    """Some more steps for the weights that are left."""
    kept = [(p, p.detach() != 0) for p in network.parameters() if p.ndim > 1]

    def again(*_) -> None:
        with torch.no_grad():
            for weight, keep in kept:
                weight.mul_(keep.to(weight.device))

    hook = network.register_forward_pre_hook(again)
    trained(network, *digits["train"], size.more_steps, validation=digits["val"])
    again()
    hook.remove()
    return network


if digits:
    for name, network in (("whole", copy.deepcopy(whole)), ("80% of the weights pruned", compress.prune(whole, 0.8))):
        before = right(network)
        torch.manual_seed(0)
        print(f"{name}: {before:.3f}; trained on for {size.more_steps} steps: {right(finetuned(network)):.3f}; "
              f"{compress.count(network, nonzero=True):,} weights that are not 0, {compress.kilobytes(network):,.0f} kB")

# %% [markdown] label="rounded-text"
# Compare the pruned network with the whole one, trained on: only so can it be seen what pruning costs. Now fewer bits, by your `quantise` if exercise 6 is filled in, else by the library's: every matrix becomes $s\,q$, and nothing is trained.

# %% label="rounded"
coder = compress.quantise if quantise(torch.ones(1, 1), 4) is None else quantise
if digits:
    for b in (8, 4, 3, 2):
        few = copy.deepcopy(whole)
        for p in few.parameters():
            if p.ndim > 1:
                q, s = coder(p.detach(), b)
                p.data = s * q
        print(f"{b} bits: {right(few):.3f}")

# %% [markdown] label="cost-stored-text"
# Now what each way costs. Accuracy is the mean ± the standard deviation over five seeds of data and weights; times are measured in one run on one thread, relative to the whole network's: 256 rows at once, and one row at a time. (The first row is the whole network timed against itself: so far can a time be off.) "Decides alike" is how
# often it decides as the whole network does. First pruning:

# %% label="cost-stored"
cost = evaluate.Scores.stored("explain_and_compress", "cost")
columns = {"accuracy": 3, "decides alike": 3, "thousands of weights": 0, "kilobytes": 0, "time, 256 at once": 2, "time, one at a time": 2}


def costs(*names: str) -> None:
    """Show these rows of the stored table."""
    rows = []
    for name in names:
        values = cost.values[name]
        cells = {c.replace("thousands of weights", "weights not 0, thousands"): f"{values[c].mean():.{d}f}" for c, d in columns.items()}
        cells["accuracy"] += f" ± {values['accuracy'].std(ddof=1):.3f}"
        rows.append({"": name, **cells})
    show.table(rows)


costs("whole", "whole, trained on", "50% of the weights pruned", "90% of the weights pruned", "90% of the weights pruned, trained on",
      "50% of the units pruned", "50% of the units pruned, trained on")
print(f"the whole network takes {cost['whole']['ms, 256 at once']:.1f} ms for 256 rows and {cost['whole']['ms, one at a time']:.2f} ms for one")

# %% [markdown] label="cost-read"
# **First the control.** "Whole, trained on" is the whole network with the same 200 further steps that the pruned ones had: 80.5%. Without that row one would conclude that pruning makes networks *better* (from 78.3%).
#
# - **Pruning weights.** Half of them can go almost for nothing. At 90% accuracy falls to 18%, *as it stands*; trained on, it is back at 79%, with a tenth of the weights left. But the file is as large and the network as slow as before: a zero is stored and multiplied like any number.
# - **Pruning units** makes it really smaller: half of them, half the kilobytes and 0.6 of the time for 256 rows, and after training 80%. One row at a time hardly gains, since there the time goes into calling, not into multiplying.
#
# "Decides alike" reads less well than accuracy: all that were trained on agree with the whole in about 89%, but so does the whole network itself, trained on.

# %% [markdown] label="cost-other-text"
# Then fewer bits (*for real* is `compress.to_int8`, which really multiplies whole numbers), one hidden layer in three places (`compress.tie`), and the same network with 24 units instead of 256:

# %% label="cost-other"
costs("weights of 4 bits, rounded", "weights of 3 bits, rounded", "weights of 2 bits, rounded", "8 bits for real",
      "three layers share one", "small, from labels", "small, taught by the whole")

# %% [markdown] label="cost-other-read"
# - **Fewer bits.** 4 bits decide almost as the whole, 3 cost two points, with 2 it collapses. The rounded rows are computed in floating point: they show accuracy, not gain. *8 bits for real* takes a quarter of the room and about 0.8 of the time for 256 rows, but **twice the time for one row**: turning each activation into whole numbers costs more than it saves.
# - **Sharing**: half the weights, no point lost within the spread, and no time gained, since the layer is still computed three times.
# - **A small network** takes 3.5% of the room and a sixth of the time, and pays with 13 to 15 points. The teacher adds 1.5 points to it, less than the spread over seeds, which is three points or more: here distilling is not worth its trouble, and pruned units are the better bargain.
#
# How far the times can be trusted you see from rows that cannot differ, such as weights that are merely rounded: up to a tenth off.

# %% [markdown] label="stamps-text"
# ### Single examples: stamps
#
# The stamps are small pictures, photographs and drawings, of the children's drawing program Tux Paint. Which of eight categories is a stamp from? There are its **picture** (EfficientNet, 1,280 numbers), its **caption** (MiniLM, 384) and the caption **spoken** in French (mean and spread of 32 log-mel bands, 64 numbers). Eight sets of three modalities, so exact Shapley values cost eight runs.


# %% label="stamps"
def voice(wave: np.ndarray) -> np.ndarray:
    """A spoken description -> (64,): mean and standard deviation over time of 32 log-mel bands."""
    wave = np.pad(wave, (0, max(0, 1600 - len(wave))))
    spectrum = np.asarray(audio.log_mel(wave[None], audio.RATE, window=400, hop=160, bands=32, low=60.0)[0])
    return np.concatenate([spectrum.mean(axis=1), spectrum.std(axis=1)]).astype(np.float32)


def stamp_views():
    """Views of the stamps that have a French description, labels, names of the categories, groups, pictures, captions."""
    pairs = data.load("stamps", split="all")
    spoken, kinds = pairs.column("speech_path"), [labels["category"] for labels in pairs.column("labels")]
    count = collections.Counter(kind for kind, path in zip(kinds, spoken, strict=True) if "fr" in path)
    often = sorted(kind for kind, n in count.items() if n >= 40)
    rows = [i for i, path in enumerate(spoken) if "fr" in path and kinds[i] in often]
    rows = rows[:: max(1, len(rows) // size.stamps)] if size.stamps else rows
    images, captions = [pairs[i]["image"] for i in rows], [pairs[i]["caption"] for i in rows]
    views = [features.encode(features.pretrained.image(), images), features.encode(features.pretrained.text(), captions),
             np.stack([voice(audio.read(spoken[i]["fr"])) for i in rows])]
    labels = torch.tensor([often.index(kinds[i]) for i in rows])
    return [torch.as_tensor(v).float() for v in views], labels, often, [pairs.groups[i] for i in rows], images, captions

# %% label="stamps-train"
try:
    views, labels, often, groups, images, captions = stamp_views()
except data.DataUnavailable as reason:
    stamps = None
    print(reason)
else:
    test, val, rest = data.splits.grouped(groups, [len(labels) // 4, len(labels) * 3 // 20], seed=0)
    views = scaled(views, [v[rest] for v in views])
    torch.manual_seed(0)
    network = Network(fusion.make("early", [1280, 384, 64], 64), len(often))
    trained(network, [v[rest] for v in views], labels[rest], size.stamp_steps, dropped=0.3,
            validation=([v[val] for v in views], labels[val]))
    stamps = {"network": network, "views": [v[test] for v in views], "labels": labels[test]}
    rows = []
    for there in explain.subsets(3):
        given = " + ".join(n for n, t in zip(("picture", "caption", "voice"), there, strict=True) if t) or "nothing"
        rows.append({"given": given, "accuracy": accuracy(stamps, there)})
    show.table(rows)
    count = torch.bincount(stamps["labels"])
    print(f"{len(test)} test rows, so that one standard error is about 3 points; commonest: {often[count.argmax()]}, {count.max() / len(test):.0%}; "
          f"categories: {', '.join(often)}")

# %% label="stamps-shapley"
if stamps:
    with torch.no_grad():
        p = torch.stack([stamps["network"](*stamps["views"], mask=there.expand(len(test), -1)).softmax(1)
                         for there in explain.subsets(3)])  # (8, n, classes)
    own = p.gather(2, stamps["labels"].expand(8, -1)[..., None])[..., 0]
    phi, together = shares(own.log2().mean(1))
    print("bits: " + ", ".join(f"{n} {v:+.2f}" for n, v in zip(("picture", "caption", "voice"), phi, strict=True))
          + f"; interaction of picture and caption {together:+.2f}")
    chosen = p[7].argmax(1)
    one = explain.modality_shapley(stamps["network"], stamps["views"], chosen)
    fine, by_picture, by_caption = (p[i].argmax(1) == stamps["labels"] for i in (7, 1, 2))
    print(f"{int((~fine).sum())} decisions are wrong; there the caption alone is right {int((~fine & by_caption).sum())} times, the picture alone "
          f"{int((~fine & by_picture).sum())} times. The picture argues against the decision {int((one[:, 0] < 0).sum())} times in {len(test)}.")

# %% label="stamps-look" tags=["private-media"]
if stamps:
    first = lambda rows: rows.nonzero().flatten()[:4].tolist()  # noqa: E731
    asked = first(fine) + first(~fine & by_caption) + first(one[:, 0] < 0)
    titles = []
    for i in asked:
        sides = "".join(f"\n{name} {one[i, m]:+.2f} (alone: {often[p[2**m, i].argmax()]})" for m, name in enumerate(("picture", "caption")))
        truly = f" (is {often[stamps['labels'][i]]})" * (not fine[i])
        titles.append(f"{captions[test[i]]}\n→ {often[chosen[i]]}{truly}{sides}\nvoice {one[i, 2]:+.2f}")
    show.pictures([images[test[i]] for i in asked], titles, columns=4, lines=10, name="stamps",
                  title="First: right. Then: wrong, where the caption alone is right. Last: the picture argued against")

# %% [markdown] label="stamps-read"
# Three things, of which the last needs single examples:
#
# - **All three together are no better than the caption alone** (both about 79%); the picture alone has about 67%, the voice, which says the caption in French, about 21%, less than always naming the commonest category (23%). The picture is not useless: by Shapley's count it is worth more than half a bit, but the interaction with the caption is strongly negative, about $-1.4$ bits. It *repeats*.
#   Most captions name the thing, and the thing decides the category.
# - Given nothing, the network is right less often than if it named the commonest category. All three are withheld in $0.3^3$, 3%, of the training rows: too few to learn even that. So $v(\text{none})$ is not quite what one would wish, and the values carry that along.
# - **In half of the wrong decisions the caption alone was right** (second row): the picture, loud and wrong, overruled it, as the dragonfly's did. That a picture argues *against* a decision is rare, three times in 145 (last row), and in two of those the decision is wrong and the caption's. What one modality says alone and what it added
#   is what you would look at before trusting the 79%.

# %% [markdown] label="part-text"
# ### The part's table
#
# What every fusion of chapters 10 to 13 reaches by the one protocol of [chapter 10](10_fusion_protocol.ipynb), and what it costs: thousands of weights, operations a row, time as a multiple of concatenation's. `early`, the network that this chapter explained and made smaller, is its first row.

# %% label="part-table"
show.table(evaluate.Scores.stored("fusion", "table").rows());

# %% [markdown] label="part-read"
# **The cheap ones are hard to beat.** On stamps 16 of the 25 trained together lie between 81 and 84.4%, with a spread of three to seven points over the seeds; on `mosi` 23 lie between 75 and 78%. Concatenation is among them both times, at a fortieth of the bottleneck's time. Nor do weights help by themselves: the tensor's 4.7 million bring 59% on stamps, low-rank factors, with a fortieth of them, 81%.
#
# So before you make a network smaller, see whether a smaller *fusion* would have done.

# %% [markdown] label="wrong-text"
# ## 6 · What goes wrong
#
# **Calibration measured on training rows.** A network that knows its training rows by heart is right on nearly all of them, and sure of it. That looks like perfect calibration. Early fusion, trained on the first 400 pairs only:

# %% label="wrong-train"
if digits:
    few = ([v[:400] for v in digits["train"][0]], digits["train"][1][:400])
    torch.manual_seed(0)
    network = trained(Network(fusion.make("early", [64, 192], 64), 10), *few, 2 * size.steps)
    rows = []
    for name, split, n in (("the 400 it was trained on", "train", 400), ("test", "test", None)):
        Z, y = logits(network, split)[:n], digits[split][1].numpy()[:n]
        T = explain.fit_temperature(Z, y)
        rows.append({"rows": name, "accuracy": (Z.argmax(1) == y).mean(), "confidence": softmax(Z).max(1).mean(), "ECE": ece(softmax(Z), y),
                     "T these rows would choose": T})
    show.table(rows)

# %% [markdown] label="wrong-train-read"
# On its own rows it is always right and about 97% sure: an ECE of 0.02 to 0.03, and a temperature chosen there would make it surer *still* (T far below 1). On new rows it is right in three of four and sure of nine in ten: an ECE of about 0.13, and $T$ should be well above 2. **Repair:** curve, ECE and $T$ from rows that no weight has seen, $T$ from validation rows and the ECE from
# test rows. (Why is this network, with 400 rows, no worse than early fusion in section 5, with 3,500? That one was stopped after 400 steps; this one had 800. Trained four times as long, that one reached 84%.)

# %% [markdown] label="wrong-few-text"
# **Too few rows, or too many bins.** ECE adds up *sizes* of gaps, so chance alone makes it larger than 0. Here is a model that is calibrated by construction: its confidences are drawn between 0.5 and 1, and each decision is right with just that probability. Its true ECE is 0.

# %% label="wrong-few"
rng = np.random.default_rng(0)
numbers, found = [50, 100, 300, 1000, 3000, 10000], {}
for bins in (5, 15, 100):
    runs = np.zeros((size.trials, len(numbers)))
    for t in range(size.trials):
        for j, n in enumerate(numbers):
            c = rng.uniform(0.5, 1, n)
            P = np.stack([c, 1 - c], axis=1)
            runs[t, j] = explain.expected_calibration_error(P, (rng.uniform(size=n) > c).astype(int), bins)
    found[f"{bins} bins"] = runs
show.curve(numbers, found, "rows", "ECE that is measured", log="x", title="A perfectly calibrated model", name="few");

# %% [markdown] label="wrong-few-read"
# (Lines are means of 200 draws, bands ± one standard deviation. Since no confidence lies below 0.5, only half of the bins are used.) With 100 rows and 15 bins a perfect model shows an ECE of about 0.09; with 1,000, as in the tables above, about 0.03. So an ECE of 0.03 there says no more than "not badly calibrated", and two numbers of which one was measured on fewer rows must not be compared. **Repair:** compare with what chance gives, as here, at the same number of
# rows; take few bins; or use log-loss, which has no bins.

# %% [markdown] label="wrong-baseline-text"
# **A baseline that is not "missing".** "Zeros" is the usual baseline, and for a picture that means *black*. How sure is the XOR network when it is told that something is missing, when means stand in its place, and when the picture is black or the caption empty? (Mean of the larger probability over the test scenes, beside what could be known.)

# %% label="wrong-baseline"
world, rows = worlds["xor"], []
every = torch.arange(len(world["labels"]))
with torch.no_grad():
    for i, name in enumerate(("nothing", "image", "caption", "both")):
        there = torch.tensor([[bool(i & 1), bool(i & 2), True]])
        cases = {"told what is missing": world["network"](*world["views"], mask=there.expand(len(every), -1))}
        for instead, values in (("means instead", means), ("black, no words", world["empty"])):
            cases[instead] = world["network"](*(x if t else e.expand_as(x) for x, t, e in zip(world["views"], there[0], values, strict=True)))
        best = torch.stack([known(world, torch.full_like(every, label), every)[i] for label in (0, 1)]).amax(0)
        rows.append({"what is there": name, **{k: z.softmax(1).amax(1).mean().item() for k, z in cases.items()}, "what could be known": best.mean().item()})
show.table(rows, digits=2);

# %% [markdown] label="wrong-baseline-read"
# **Where 0.50 is all there is to know, the network is completely sure:** given a black picture, with or without a caption, it decides with a probability of 1.00. No scene is black all over, so this input lies far from all it was trained on, where it may say anything. An attribution from there explains mostly the way out of that corner; hence the rows of section 4. (Told what is missing it is a little too sure as well, 0.55 to 0.57.) An
# empty caption does less harm, and means happen to do none. **Repair:** train with missing modalities and *say* that one is missing; with gradients, take baselines that occur, such as other rows, and average over several.

# %% [markdown] label="quiz-text"
# ## 7 · Quiz
#
# Click the choice you think is right. Every choice explains itself, so click the wrong ones too.

# %% label="quiz"
quiz("explain_and_compress")

# %% label="progress"
progress("explain_and_compress")

# %% [markdown] label="end"
# ## Take away
#
# - Leaving a modality out and giving it alone are two different questions; with redundancy and synergy they contradict each other. Shapley values average over all of them, and with three modalities they are exact.
# - Shapley values do not tell redundancy from synergy; the interaction does. Measure in bits, where knowledge adds up.
# - Every attribution compares with something. Say with what: missing, a mean, another example. A network can only be asked about *missing* if it has met it in training.
# - Accuracy cannot show that a modality is ignored while another repeats it.
# - Confidence is a claim that can be checked: on new rows, enough of them, also with a modality missing. One temperature repairs complete rows; what happens with a missing modality it does not know.
# - Fewer weights are not less time: zeros are multiplied like other numbers. Fewer *units* are, and a smaller network is. Measure accuracy, kilobytes and milliseconds together, for the batch you will have.
#
# **With a GPU or more time.** `MMLEARN_PROFILE=gpu` draws more scenes and explains more decisions.
#
# ## Further reading
#
# - L. S. Shapley (1953). A value for n-person games. *Contributions to the Theory of Games* II, 307–317.
# - M. Grabisch, M. Roubens (1999). An axiomatic approach to the concept of interaction among players in cooperative games. *International Journal of Game Theory* 28, 547–565.
# - M. T. Ribeiro, S. Singh, C. Guestrin (2016). "Why should I trust you?" Explaining the predictions of any classifier. *KDD*, 1135–1144.
# - S. M. Lundberg, S.-I. Lee (2017). A unified approach to interpreting model predictions. *NIPS*, 4765–4774.
# - M. Sundararajan, A. Taly, Q. Yan (2017). Axiomatic attribution for deep networks. *ICML*, 3319–3328.
# - J. Adebayo, J. Gilmer, M. Muelly, I. Goodfellow, M. Hardt, B. Kim (2018). Sanity checks for saliency maps. *NeurIPS*.
# - N. Kokhlikyan et al. (2020). Captum: a unified and generic model interpretability library for PyTorch. arXiv:2009.07896.
# - C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger (2017). On calibration of modern neural networks. *ICML*, 1321–1330.
# - Y. LeCun, J. S. Denker, S. A. Solla (1990). Optimal brain damage. *NIPS* 2, 598–605.
# - S. Han, J. Pool, J. Tran, W. J. Dally (2015). Learning both weights and connections for efficient neural networks. *NIPS*.
# - B. Jacob et al. (2018). Quantization and training of neural networks for efficient integer-arithmetic-only inference. *CVPR*, 2704–2713.
# - G. Hinton, O. Vinyals, J. Dean (2015). Distilling the knowledge in a neural network. arXiv:1503.02531.
