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
# # 11 · Gates and attention: whom to trust, where to look
#
# **A fusion that decides anew for every example which medium it believes, and in each medium where it looks; and how to find out whether that was needed.**
#
# ![Four generated scenes of three things, a question about each, and where in the picture the question looks](../data/pictures/gates_and_attention.png)
#
# *What you will have at the end of section 4: questions that have found their thing in the picture, though nobody told the network where anything is.*

# %% [markdown] label="objectives"
# **After this chapter you can**
#
# - say, with a proof of three lines, what no fusion that adds can do, and why a gate can;
# - build gated units, attention over modalities, and attention between sequences: across, parallel, bilinear, through a bottleneck;
# - draw which modality is trusted as noise rises, and where a question looks, and *count* whether that is right;
# - recognise three failures from practice: padding that is attended to, weights that explain nothing, a gate that has put all on one medium.
#
# **You need** attention from [chapter 01](01_primer.ipynb), the protocol of fusion from [chapter 10](10_fusion_protocol.ipynb), and, if you like, the words that look of [chapter 09](09_other_alignments.ipynb). Terms in English and
# Chinese: [glossary · 术语表](../GLOSSARY.md).

# %% [markdown] label="card" tags=["card"]
# Filled in by the builder.

# %% label="setup" tags=["setup"]
import collections

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlearn import data, evaluate, features, fusion, profiles, show, train, widgets
from mmlearn.data import scenes
from mmlearn.exercises import check, hint, progress, quiz
from mmlearn.features.image import hog
from mmlearn.features.text import Vocabulary
from mmlearn.fusion import base, gated, recurrent_attention
from mmlearn.fusion.co_attention import AlternatingCoAttention, CoAttention
from mmlearn.layers import mean_of_steps, real_steps

size = profiles.settings("11_gates_and_attention")

# %% [markdown] label="problem-text"
# ## 1 · Two witnesses and a note
#
# A generated scene of one thing, red or blue. Two witnesses tell its colour: a **picture** and a **caption**. One of them knows it. The other tosses a coin. Who is who changes from example to example, and stands on a third thing, a **note**:
# "the caption is hearsay" (believe the picture), or "the camera was blind" (believe the caption).
#
# Scenes can do that exactly. `flip={"caption": 0.5}` makes a caption that is wrong half the time, so it knows nothing. Half of our examples are made so, the other half with a picture that knows nothing.

# %% label="witnesses"
NOTES = ("the caption is hearsay", "the camera was blind")


def witnesses(split: str, n: int) -> tuple[Tensor, list[str], np.ndarray, np.ndarray]:
    """Pictures, captions, notes (n,) and labels (n,): 0 where the thing is red, 1 where it is blue."""
    kinds = [data.load("scenes", split=split, n=n // 2, seed=seed, size=32, objects=1, detail=0.0, task="redundant",
                       flip={liar: 0.5}) for seed, liar in enumerate(("caption", "image"))]
    order = np.random.default_rng(0).permutation(2 * (n // 2))
    captions = [caption for kind in kinds for caption in kind.column("caption")]
    labels = np.concatenate([kind.labels for kind in kinds])
    return (torch.cat([kind.images() for kind in kinds])[order], [captions[i] for i in order],
            np.repeat([0, 1], n // 2)[order], labels[order])


parts = {split: witnesses(split, n) for split, n in size.witnesses.items()}
images, captions, notes, labels = parts["train"]
show.pictures(images[:4], [f"{captions[i]}\n({NOTES[notes[i]]})\nIt is {('red', 'blue')[labels[i]]}." for i in range(4)],
              columns=4, title="Whom do you believe?", name="witnesses");

# %% [markdown] label="naive-text"
# Each becomes a vector: the picture the shares of 64 colours (each channel cut into four), the caption its counts of words, the note two numbers. `fusion.Classifier` is [chapter 10](10_fusion_protocol.ipynb)'s recipe: any fusion, a linear layer on top, everything else equal.


# %% label="naive"
def colours(pictures: Tensor) -> np.ndarray:
    """Pictures (n, 3, side, side) -> (n, 64): the share of pixels in each of 4 × 4 × 4 boxes of red, green and blue."""
    box = (pictures.long() // 64 * torch.tensor([16, 4, 1])[:, None, None]).sum(1).flatten(1).numpy()
    return np.stack([np.bincount(one, minlength=64) / len(one) for one in box]).astype(np.float32)


def counts(texts: list[str], words: Vocabulary) -> np.ndarray:
    """How often each word stands in each text, (n, words)."""
    return np.stack([np.bincount(words.encode(text), minlength=len(words)) for text in texts]).astype(np.float32)


# %% label="naive-train"
said = Vocabulary.of(captions)
views = {split: (colours(p), counts(c, said), np.eye(2, dtype=np.float32)[note]) for split, (p, c, note, _) in parts.items()}
truth = {split: y for split, (*_, y) in parts.items()}


def trained(name: str, **options) -> fusion.Classifier:
    """One variant, by the recipe of chapter 10."""
    recipe = fusion.Classifier(name, steps=size.steps, lr=3e-3, **options)
    return recipe.fit(views["train"], truth["train"], (views["val"], truth["val"]))


def without(m: int) -> np.ndarray:
    """A mask for the test rows in which modality m is missing."""
    return np.arange(3)[None].repeat(len(truth["test"]), 0) != m


models = {name: trained(name) for name in ("concat", "late")}
rows = [{"": name, "test": model.score(views["test"], truth["test"])} for name, model in models.items()]
rows.append({"": "majority", "test": evaluate.majority(truth["train"], truth["test"])})
show.table(rows);

# %% [markdown] label="naive-fails"
# Three quarters, and no training helps. `late` has a hidden layer for each medium, and gets no further. What is the best possible? The task is known, so its ceilings can be summed up exactly, for every set of media:

# %% label="ceilings"
hearsay, blind = (scenes.Task("redundant", ("image", "caption"), flip, (0.0, 0.0)) for flip in ((0.0, 0.5), (0.5, 0.0)))
for seen in (["image"], ["caption"]):
    print(f"{seen[0]:8s}{(hearsay.ceiling(seen) + blind.ceiling(seen)) / 2:.1%}")
mixed = (hearsay.joint() + blind.joint()) / 2  # the table of label, picture, caption for one who has no note
print(f"both, no note  {mixed.max(0).sum():.1%}")
print(f"both and note  {(hearsay.ceiling() + blind.ceiling()) / 2:.1%}")

# %% [markdown] label="why-additive"
# So the note is worth a quarter of all examples, and neither fusion uses it. **No fusion that adds can.** Call $p$ and $c$ what picture and caption show, each $+1$ or $-1$, and $n$ the note. If the logit is a sum with one term a modality, $f(p) + g(c) + h(n)$, look at the four cases in which the witnesses
# disagree:
#
# | $p$ | $c$ | note says | right sign |
# |---|---|---|---|
# | + | − | picture | + |
# | + | − | caption | − |
# | − | + | picture | − |
# | − | + | caption | + |
#
# Add up the first and the last logit, which should both be above 0; and the second and the third, which should both be below. The two sums are *the same*: $f(+)+f(-)+g(+)+g(-)+h(\text{picture})+h(\text{caption})$. It cannot be above and below 0. So at least one of the four goes
# wrong. And training has no reason to give up one rather than another: the four are equally frequent, and the cross-entropy of a sum is lowest where the logit of all four is 0, a coin toss.
#
# The four are half of all examples, so that 7/8 is the most that a sum can reach, and 3/4 is where training leaves it. It does not matter how deep $f$, $g$ and $h$ are. What is missing is a *product*: how much $p$ counts has to depend on $n$. **That is a gate.**

# %% [markdown] label="idea"
# ## 2 · The idea: weights that depend on the example
#
# Every fusion of this chapter is a weighted sum, $h = \sum_m \alpha_m\, h_m$, in which the weights $\alpha_m$ are computed *from the example*. They differ in what is weighted, and in what may decide about it.
#
# | | weighs | decided by | weights sum to 1 over |
# |---|---|---|---|
# | **gated unit**, vector (门控) | each dimension of each modality | all modalities side by side | modalities, in each dimension |
# | **gated unit**, scalar | each modality | the same | modalities |
# | **attention over modalities** | each modality | its own vector and the mean of all | modalities |
# | **cross-attention** (交叉注意力) | steps of the others | each step for itself | the others' steps |
# | **co-attention** (协同注意力), parallel | steps of each modality | affinities of all pairs of steps | steps of the modality |
# | co-attention, alternating | the same | a summary of the others, in turn | steps of the modality |
# | **bilinear attention** | *pairs* of steps | the pair | all pairs |
# | **recurrent attention** | steps of each modality | a memory, several times | steps of the modality |
# | **bottleneck** | steps and a few tokens | each step for itself | what a step may see |
#
# A *step* is a part of a modality that is a sequence: a word, a region of a picture, a moment of a sound.
#
# All share one function, a softmax that knows what is missing. For scores $s_m$ and those modalities that are there,
#
# $$\alpha_m = \frac{e^{s_m}}{\sum_{k\ \text{there}} e^{s_k}}, \qquad \alpha_m = 0 \text{ where } m \text{ is missing.}$$

# %% [markdown] label="gate-text"
# ## 3 · Build them
#
# ### The gated unit
#
# Each modality $m$ of $M$ says something, $h_m = \tanh(W_m x_m + b_m)$, a vector of $d$ numbers. Scores $s_m = V_m [x_1; \dots; x_M] + c_m$ see *all* modalities side by side. Their softmax over the modalities is the gate $z_m$, and
#
# $$h = \sum_m z_m \circ h_m ,$$
#
# where $\circ$ multiplies number by number. With $d$ scores a modality, each dimension has its own gate; with one score, a modality is believed as a whole. For two modalities this is the gated multimodal unit of Arevalo et al. (2017).

# %% [markdown] label="gated-text" exercise="gates_and_attention.gated_unit" difficulty=2 minutes=10
# **Exercise 1.** Write the sum with its gates. The linear layers have been applied. `said` $(b, M, d)$ holds the $h_m$ of a batch of $b$; `scores` is $(b, M, d)$, or $(b, M, 1)$ for scalar gates; `mask` $(b, M)$ is true where a modality is there. What stands where it is missing may be anything, NaN too. Scores may be in the thousands. A row
# with nothing gives zeros.


# %% label="gated" exercise="gates_and_attention.gated_unit"
def gated_unit(said: Tensor, scores: Tensor, mask: Tensor) -> Tensor:
    """said (b, M, d), scores (b, M, d) or (b, M, 1), mask (b, M) bool -> (b, d)."""
    ### BEGIN SOLUTION
    there = mask[:, :, None]
    gates = scores.masked_fill(~there, torch.finfo(scores.dtype).min).softmax(dim=1)
    return (gates * said.masked_fill(~there, 0)).sum(dim=1)
    ### END SOLUTION

# %% label="gated-check" tags=["nbval-check-output"]
check("gates_and_attention.gated_unit", gated_unit)

# %% [markdown] label="gated-listing-text"
# **The listing.** The library's unit. `keep` and `shares` do the masking for every fusion of the part; a scalar unit is the same with one gate a modality.

# %% label="gated-listing"
show.source(gated.Gated.fuse)
show.source(gated.Gated._shares)
show.source(base.shares);

# %% [markdown] label="weights-text"
# ### Attention over modalities
#
# Attention asks, and everything that is there answers. With the additive score of Bahdanau, Cho and Bengio (2015), and as the question $q$ the mean of what is there:
#
# $$h_m = W_m x_m + b_m, \qquad s_m = v^\top \tanh(A\,h_m + B\,q), \qquad \alpha = \operatorname{softmax}(s), \qquad h = \sum_m \alpha_m h_m.$$
#
# $A$ and $B$ are $(k, d)$, $v$ has $k$ numbers. One weight a modality, shared out among those that are there.
#
# **Why the question?** Many write $s_m = v^\top \tanh(A h_m)$, so that each modality only scores itself. Then $h = \sum_m e^{s_m} h_m / \sum_m e^{s_m}$, and a linear layer $u^\top h + c$ on top has the sign of $\sum_m e^{s_m} (u^\top h_m + c)$, since the denominator is above 0. That is a sum with one
# term a modality, and section 1 has shown what such sums cannot do. With $q$, a score knows the others. (The library's returns $\operatorname{ReLU}(q + h)$ through one more linear layer; that ReLU can do by itself what section 4 asks, so keep an eye on the scalar gate, which has none.)

# %% [markdown] label="modality-text" exercise="gates_and_attention.modality_weights" difficulty=3 minutes=15
# **Exercise 2.** Write the weights. `hidden` $(b, M, d)$ holds the $h_m$; where `mask` $(b, M)$ is false, anything may stand. $q$ is the mean over the modalities that are there. A row with nothing has weights 0.


# %% label="modality" exercise="gates_and_attention.modality_weights"
def modality_weights(hidden: Tensor, mask: Tensor, A: Tensor, B: Tensor, v: Tensor) -> Tensor:
    """hidden (b, M, d), mask (b, M) bool, A and B (k, d), v (k,) -> weights (b, M)."""
    ### BEGIN SOLUTION
    hidden = hidden.masked_fill(~mask[:, :, None], 0)
    question = hidden.sum(dim=1) / mask.sum(dim=1, keepdim=True).clamp(min=1)
    scores = torch.tanh(hidden @ A.T + (question @ B.T)[:, None]) @ v
    weights = scores.masked_fill(~mask, torch.finfo(scores.dtype).min).softmax(dim=1)
    return weights * mask
    ### END SOLUTION

# %% label="modality-check" tags=["nbval-check-output"]
check("gates_and_attention.modality_weights", modality_weights)

# %% [markdown] label="nobody-text" exercise="gates_and_attention.attention_or_nobody" difficulty=3 minutes=15
# **Exercise 3.** The library cannot do this one. A softmax always hands out everything: if all witnesses are useless, somebody is believed all the same. Let there be a **nobody** with the fixed score 0, who is always there and says nothing:
#
# $$\alpha_m = \frac{e^{s_m}}{1 + \sum_{k\ \text{there}} e^{s_k}} .$$
#
# What the weights lack to 1 went to nobody. It must hold for scores of ±1,000, where $e^{s}$ is infinite or 0. Where the mask is false any finite number may stand; a row with nothing gives zeros.


# %% label="nobody" exercise="gates_and_attention.attention_or_nobody"
def attention_or_nobody(scores: Tensor, mask: Tensor) -> Tensor:
    """scores (b, M), mask (b, M) bool -> weights (b, M), whose sum in a row is below 1 (or 1, as far as numbers can tell)."""
    ### BEGIN SOLUTION
    scores = scores.masked_fill(~mask, -torch.inf)
    nobody = torch.zeros_like(scores[:, :1])
    return torch.cat([scores, nobody], dim=1).softmax(dim=1)[:, :-1]
    ### END SOLUTION

# %% label="nobody-check" tags=["nbval-check-output"]
check("gates_and_attention.attention_or_nobody", attention_or_nobody)

# %% [markdown] label="across-text"
# ### Cross-attention
#
# Now modalities are sequences. Put all steps of all modalities one after another, $T$ in all: words, then regions. Every step $t$ asks with a query $q_t$, and looks at the keys $k_s$ of the steps $s$ **of the other modalities**:
#
# $$\alpha_{ts} = \operatorname{softmax}_s \frac{q_t^\top k_s}{\sqrt d} \quad\text{over real } s \text{ with } m(s) \ne m(t), \qquad f_t = \sum_s \alpha_{ts}\, v_s .$$
#
# $m(t)$ is the modality of step $t$. This is attention from one medium to the other, both ways at once (Tsai et al., 2019); a mask does it, without a loop.

# %% [markdown] label="look-text" exercise="gates_and_attention.look_across" difficulty=3 minutes=15
# **Exercise 4.** `modality` $(T,)$ says which modality each step belongs to, `real` $(b, T)$ which steps are no padding. A step that is padding, or that finds no other modality, gets zeros. All numbers are finite.


# %% label="look" exercise="gates_and_attention.look_across"
def look_across(query: Tensor, key: Tensor, value: Tensor, modality: Tensor, real: Tensor) -> Tensor:
    """query, key (b, T, d), value (b, T, e), modality (T,) whole numbers, real (b, T) bool -> what is found, (b, T, e)."""
    ### BEGIN SOLUTION
    may = (modality[:, None] != modality) & real[:, None] & real[:, :, None]  # (b, T, T)
    scores = query @ key.mT / key.shape[-1] ** 0.5
    weights = scores.masked_fill(~may, torch.finfo(scores.dtype).min).softmax(dim=-1) * may
    return weights @ value
    ### END SOLUTION

# %% label="look-check" tags=["nbval-check-output"]
check("gates_and_attention.look_across", look_across)

# %% [markdown] label="co-text"
# ### Co-attention
#
# Lu, Yang, Batra and Parikh (2016) ask of a picture *and* its question: where to look in each? **In parallel:** rows of $X$ $(n, d)$ are words, rows of $Y$ $(r, d)$ regions. Every pair has an affinity, and both sides weigh their steps by what they are *and* by what fits to them on the other side:
#
# $$C = \tanh(X B Y^\top)\ (n, r), \qquad a = \operatorname{softmax}\big(\tanh(X U + C\, Y W)\, u\big)\ (n,), \qquad c = \operatorname{softmax}\big(\tanh(Y W + C^\top X U)\, w\big)\ (r,).$$
#
# $B$ is $(d, d)$, $U$ and $W$ are $(d, k)$, $u$ and $w$ have $k$ numbers. The result is $\tanh$ of a linear layer on $\sum_i a_i x_i + \sum_j c_j y_j$.
#
# **Alternating:** sum up the question without a guide; let the summary guide the look at the picture; let what was found guide a second look at the question. With $A(X; g) = \sum_i a_i x_i$, $a = \operatorname{softmax}(\tanh(X U + g\,G)\,u)$ and a guide $g$, which adds one row to all:
#
# $$s = A(X; 0), \qquad \hat y = A(Y; s), \qquad \hat x = A(X; \hat y).$$

# %% [markdown] label="co-exercise" exercise="gates_and_attention.co_attention" difficulty=3 minutes=15
# **Exercise 5.** Write the parallel one, for one example without padding: the weights of both sides.


# %% label="co" exercise="gates_and_attention.co_attention"
def co_attention(X: Tensor, Y: Tensor, B: Tensor, U: Tensor, W: Tensor, u: Tensor, w: Tensor) -> tuple[Tensor, Tensor]:
    """X (n, d), Y (r, d), B (d, d), U and W (d, k), u and w (k,) -> the weights a (n,) and c (r,)."""
    ### BEGIN SOLUTION
    C = torch.tanh(X @ B @ Y.T)
    a = torch.tanh(X @ U + C @ Y @ W) @ u
    c = torch.tanh(Y @ W + C.T @ X @ U) @ w
    return a.softmax(dim=0), c.softmax(dim=0)
    ### END SOLUTION

# %% label="co-check" tags=["nbval-check-output"]
check("gates_and_attention.co_attention", co_attention)

# %% [markdown] label="co-listing-text"
# **The listing.** The library's, for any number of modalities and a whole batch: each pair of modalities has its own $B$. Padding needs no mask inside: its rows are 0, its affinities $\tanh 0 = 0$, so it offers nothing.

# %% label="co-listing"
show.source(CoAttention.attend)
show.source(AlternatingCoAttention.attend);

# %% [markdown] label="bilinear-text"
# ### Bilinear attention
#
# Parallel co-attention weighs words, and regions. It never says *which word with which region*. **Bilinear attention** (Kim, Jun and Zhang, 2018) weighs pairs. With $f_i$ for step $i$ of the one modality and $g_j$ for step $j$ of the other:
#
# $$h = \sum_{ij} \alpha_{ij}\; f_i \circ g_j, \qquad \alpha = \operatorname{softmax} \text{ over all pairs of } p^\top (f_i \circ g_j) .$$
#
# $p$ has $d$ numbers. What is summed are *products*, so one medium changes what the other means (chapter 12 makes more of that). Do not build the $(n, r, d)$ products: rather compute $h_k = \sum_i f_{ik} \sum_j \alpha_{ij}\, g_{jk}$.

# %% [markdown] label="bilinear-exercise" exercise="gates_and_attention.bilinear_attention" difficulty=3 minutes=15
# **Exercise 6.** Write it for one example: the vector $h$ and the weights.


# %% label="bilinear" exercise="gates_and_attention.bilinear_attention"
def bilinear_attention(F: Tensor, G: Tensor, p: Tensor) -> tuple[Tensor, Tensor]:
    """F (n, d), G (r, d), p (d,) -> h (d,), and the weights (n, r), which sum to 1 all together."""
    ### BEGIN SOLUTION
    scores = (F * p) @ G.T
    weights = scores.flatten().softmax(dim=0).view_as(scores)
    return (F * (weights @ G)).sum(dim=0), weights
    ### END SOLUTION

# %% label="bilinear-check" tags=["nbval-check-output"]
check("gates_and_attention.bilinear_attention", bilinear_attention)

# %% [markdown] label="recurrent-text"
# ### Looking more than once
#
# **Recurrent attention** (Nam, Ha and Kim, 2017) keeps a memory $g$, a vector, which looks at all modalities, is changed by what it found, and looks again. $g_0$ is the product of the modalities' means, each through a layer and a tanh. In round $k$ it weighs the steps $X_m$, one a row, of each modality $m$, and takes their weighted sum $\hat x_{mk}$:
#
# $$a_{mk} = \operatorname{softmax}\big((\tanh(X_m U) \circ \tanh(g_{k-1} Q))\,u\big), \qquad \hat x_{mk} = a_{mk}^\top X_m, \qquad g_k = g_{k-1} + \textstyle\prod_m \hat x_{mk} .$$
#
# Products go number by number. $U$, $Q$ (matrices) and $u$ (a vector) are learned, for each modality and round its own.

# %% label="recurrent-listing"
show.source(recurrent_attention.RecurrentAttention.attend);

# %% [markdown] label="bottleneck-text"
# ### A bottleneck
#
# A transformer could let every step look at every step of every modality. That costs the square of all lengths, and lets long media drown short ones. Nagrani et al. (2021) make modalities speak through a few **tokens** only, learned vectors. Each modality has a transformer of its own, which sees its steps and the tokens.
#
# The library runs one block a modality and averages the tokens. The same idea fits into *one* transformer, by a mask of who may look at whom.

# %% [markdown] label="mask-exercise" exercise="gates_and_attention.bottleneck_mask" difficulty=2 minutes=10
# **Exercise 7.** The library has no such mask. Steps stand in this order: the tokens, then the steps of modality 0, of modality 1, and so on. Tokens may look at everything. A step may look at the tokens and at its own modality.


# %% label="mask" exercise="gates_and_attention.bottleneck_mask"
def bottleneck_mask(lengths: list[int], tokens: int) -> Tensor:
    """How long each modality is, and how many tokens there are -> bool (T, T), T in all; the row may look at the column."""
    ### BEGIN SOLUTION
    owner = torch.tensor([-1] * tokens + [m for m, length in enumerate(lengths) for _ in range(length)])
    token = owner == -1
    return (owner[:, None] == owner) | token[:, None] | token
    ### END SOLUTION

# %% label="mask-check" tags=["nbval-check-output"]
check("gates_and_attention.bottleneck_mask", bottleneck_mask)

# %% label="mask-see"
mask = bottleneck_mask([5, 9], 2)
if mask is not None:
    apart = torch.block_diag(*(torch.ones(n, n) for n in (5, 9)))
    names = ["everybody sees everybody", "each modality for itself", "through two tokens"]
    show.maps([1 - torch.as_tensor(m).float() for m in (torch.ones(14, 14), apart, mask)], names, columns=3, each=False,
              title="Dark: the row may look at the column", name="bottleneck")

# %% [markdown] label="mask-read"
# Five words and nine regions. In the third a word and a region never meet directly. Whatever passes from one to the other has to fit through two vectors, and takes two layers: first into the tokens, then out of them.

# %% [markdown] label="mine-text"
# Once the checks of exercises 2 and 5 show ✓, set `mine = True`: then the trust and the looks that follow are computed by *your* functions from the trained layers.

# %% label="mine"
mine = False
print("trust and looks are computed by", "your functions" if mine else "the library's functions")

# %% [markdown] label="gate-again"
# ## 4 · On scenes
#
# ### The note, again
#
# The same two witnesses and their note, with fusions that weigh; and each of them with one of the three withheld at the test.

# %% label="witness-table"
models |= {name: trained(name) for name in ("early", "scalar_gated", "attention")}
rows = []
for name, model in models.items():
    test = views["test"], truth["test"]
    held = {f"no {what}": model.score(*test, without(m)) for m, what in enumerate(("picture", "caption", "note"))}
    rows.append({"": name, "all three": model.score(*test), **held})
ceiling = {"all three": 1.0, "no picture": 0.75, "no caption": 0.75, "no note": 0.75}
show.table([*rows, {"": "ceiling (exact)", **ceiling}, {"": "guessing", **dict.fromkeys(ceiling, 0.5)}]);

# %% [markdown] label="witness-read"
# The gate and attention reach the ceiling (a test of 1,000 swings by a point or so about it). Without any one of the three they fall to about three quarters, which is all that is possible then.
#
# **And so does `early`,** one hidden layer on everything side by side. It has no gate. One ReLU can switch something off, which is a product with 0 or 1, and that is enough here; attention has such a ReLU, too, so that only the scalar gate's 100% is the work of weights alone. So gates are *one* way to let media interact, not the only one. What they have besides: their weights can be looked at.

# %% label="trust"
def trust(model: fusion.Classifier, seen: tuple) -> np.ndarray:
    """How much each modality counts, (n, modalities), each row summing to 1."""
    scaled, fuse = model._scaled(seen), model.network_.fuse
    with torch.inference_mode():
        if hasattr(fuse, "gates"):
            return fuse.gates(*scaled).mean(2).numpy()
        if not mine:
            return fuse.weights(*scaled).numpy()
        hidden = torch.stack([project(x) for project, x in zip(fuse.project, scaled, strict=True)], dim=1)
        layers = fuse.of_modality.weight, fuse.of_query.weight, fuse.score.weight[0]
        return modality_weights(hidden, torch.ones(hidden.shape[:2], dtype=torch.bool), *layers).numpy()


note, rows = views["test"][2].argmax(1), []
for name in ("scalar_gated", "attention"):
    shares = trust(models[name], views["test"])
    for k in (0, 1):
        believed = zip(("trust in picture", "in caption", "in note"), shares[note == k].mean(0), strict=True)
        rows.append({"": name, "the note says": NOTES[k], **dict(believed)})
show.table(rows);

# %% [markdown] label="trust-read"
# The trust goes where the note says. But look at the note's own share: it says nothing about the colour, and yet it gets a fair part. A weight says how much of a *vector* is taken, not how much that vector knows. Section 6 comes back to this.

# %% [markdown] label="noise-text"
# ### Trust, as noise rises
#
# Now without a note. The caption is wrong in a quarter of all examples. The picture has specks, from none to very many, and the more specks, the more often it lies: in 0, 5, 25, 45 and 50% of the examples. So where there are few specks the best is to believe the picture, and where there are many, the caption; in the middle they are equally
# good. Each level is a task of scenes, so the ceilings are exact.

# %% label="noise-data"
SPECKS = (0.0, 0.25, 0.5, 0.75, 1.0)
LIES = (0.0, 0.05, 0.25, 0.45, 0.5)


def noisy(split: str, n: int) -> tuple[Tensor, list[str], np.ndarray, np.ndarray, list[float]]:
    """Pictures, captions, the level of specks (n,), labels (n,), and the ceiling of each level."""
    kinds = [data.load("scenes", split=split, n=n // 5, seed=10 + k, size=32, objects=1, detail=0.0, difficulty=SPECKS[k],
                       task="redundant", flip={"image": LIES[k], "caption": 0.25}) for k in range(5)]
    captions = [caption for kind in kinds for caption in kind.column("caption")]
    return (torch.cat([kind.images() for kind in kinds]), captions, np.repeat(np.arange(5), n // 5),
            np.concatenate([kind.labels for kind in kinds]), [kind.ceilings()["image+caption"] for kind in kinds])


specked = {split: noisy(split, n) for split, n in size.noise.items()}
told = Vocabulary.of(specked["train"][1])
seen = {split: (colours(p), counts(c, told)) for split, (p, c, *_) in specked.items()}
test_images, test_captions, level, y, ceilings = specked["test"]
one = [np.flatnonzero(level == k)[0] for k in range(5)]
under = [f"lies in {lie:.0%}\n{test_captions[i]}" for i, lie in zip(one, LIES, strict=True)]
show.pictures(test_images[one], under, columns=5, name="specks");

# %% label="noise-train"
noise_models = {}
for name in ("concat", "late", "scalar_gated", "attention"):
    recipe = fusion.Classifier(name, steps=size.steps, lr=3e-3)
    noise_models[name] = recipe.fit(seen["train"], specked["train"][3], (seen["val"], specked["val"][3]))


def by_level(right: np.ndarray) -> dict[str, float]:
    """The share that is right at each level, and in all."""
    return {f"picture lies in {lie:.0%}": right[level == k].mean() for k, lie in enumerate(LIES)} | {"all": right.mean()}


rows = [{"": name, **by_level(model.predict(seen["test"]) == y)} for name, model in noise_models.items()]
best = np.array(ceilings)[level]
alone = {"picture alone (exact)": 1 - np.array(LIES)[level], "caption alone (exact)": np.full(len(y), 0.75)}
show.table([*rows, {"": "ceiling (exact)", **by_level(best)}, *({"": name, **by_level(a)} for name, a in alone.items())], digits=2);

# %% label="noise-curve"
trusted = {name: trust(noise_models[name], seen["test"])[:, 0] for name in ("scalar_gated", "attention")}
each = {name: t.reshape(5, -1).T for name, t in trusted.items()}  # (examples of a level, levels); the levels stand one after another
show.curve(SPECKS, each, "specks", "trust in the picture", levels={"as much as the caption": 0.5}, ticks=True,
           title="Mean and spread over the test examples of each level", name="noise-curve");

# %% [markdown] label="noise-read"
# **The trust in the picture falls as its specks rise,** and crosses that in the caption at 0.4 to 0.6, near where the two are equally good. (It also differs much within a level: weights follow more than specks.) Nobody told the network what specks mean: it found out from who was right.
#
# **And `late` is as good.** Each medium decides by itself there, and their logits are added. A picture that knows how noisy it is just speaks in a low voice. If media are independent given the label, adding the logarithms of their odds is even the best that can be done. So a gate is *needed* where one medium says something about
# *another*, as the note did; where each knows its own noise, it is only convenient. `concat`, one linear layer, cannot even speak in a low voice, and stays a few points behind.

# %% [markdown] label="widget-text"
# ### Yours to move
#
# Five scenes of the test, drawn again with as many specks as you like, and the trust that attention has in each picture. The captions stay. Scenes and labels do not depend on the specks, so this is what *one* example looks like as its noise rises.


# %% label="widget"
def with_specks(specks: float):
    """The same scenes at another level of specks, and the trust in each picture."""
    drawn = data.load("scenes", split="test", n=5, seed=10, size=32, objects=1, detail=0.0, difficulty=specks, task="redundant",
                      flip={"caption": 0.25})
    said = drawn.column("caption")
    share = trust(noise_models["attention"], (colours(drawn.images()), counts(said, told)))[:, 0]
    under = [f"{caption}\npicture {s:.0%}" for caption, s in zip(said, share, strict=True)]
    return show.pictures(drawn.images(), under, columns=5, title=f"specks {specks:g}", name="trust")


widgets.slider(with_specks, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0], "specks", start=0.4, name="trust")

# %% [markdown] label="question-text"
# ### Where does a question look?
#
# Scenes of three things, and a question such as "What colour is the star?". A scene has nine places, three by three; each is a **region**: 93 numbers, its coarse pixels (48), its oriented gradients (36, [chapter 03](03_image_features.ipynb)) and which place it is (9). A question is five **words**, each a one among zeros.
#
# The exact ceilings: with both, 100%, since only questions are asked that have one answer. Words alone: every colour is equally likely, one in eight. The picture alone: of those things that could be asked for (whose shape is there once), say the commonest colour.


# %% label="questions"
def asked(split: str, n: int) -> tuple[Tensor, list[str], Tensor, list, list]:
    """Pictures, the first question for a colour about each, the answers, all things, and the one asked for."""
    world = data.load("scenes", split=split, n=n, size=48, objects=3, questions=7, seed=0)
    found = [(i, q) for i, all_of in enumerate(world.column("questions")) for q in all_of[:7] if q.kind == "colour"]
    first = dict(reversed(found))  # at most one a scene
    facts = [world.column("facts")[i].things for i in first]
    shapes = [q.text.rstrip("?").split()[-1] for q in first.values()]
    about = [next(t for t in things if t.shape == shape) for things, shape in zip(facts, shapes, strict=True)]
    answers = torch.tensor([scenes.COLOURS.index(q.value) for q in first.values()])
    return world.images()[list(first)], [q.text for q in first.values()], answers, facts, about


# %% label="regions"
def in_regions(pictures: Tensor) -> Tensor:
    """Pictures (n, 3, 48, 48) -> (n, 9, 93): coarse pixels, oriented gradients and the place of each of nine regions."""
    cut = pictures.unfold(2, 16, 16).unfold(3, 16, 16).permute(0, 2, 3, 1, 4, 5).flatten(0, 2)  # (9n, 3, 16, 16)
    coarse = functional.adaptive_avg_pool2d(cut.float() / 255, 4).flatten(1)
    parts = torch.cat([coarse, torch.from_numpy(hog(cut.numpy(), cell=8))], dim=1).unflatten(0, (-1, 9))
    return torch.cat([parts, torch.eye(9).expand(len(parts), -1, -1)], dim=2)


asked_train, asked_test = (asked(split, size.questions[split]) for split in ("train", "test"))
asking = Vocabulary.of(asked_train[1])
raw = [in_regions(part[0]) for part in (asked_train, asked_test)]
middle, spread = raw[0].mean((0, 1)), raw[0].std((0, 1)).clamp(min=1e-3)
regions, test_regions = ((x - middle) / spread for x in raw)
words, test_words = (functional.one_hot(asking.batch(part[1])[0], len(asking)).float() for part in (asked_train, asked_test))
show.pictures(asked_test[0][:4], [f"{q}\n{scenes.COLOURS[a]}" for q, a in zip(asked_test[1], asked_test[2][:4], strict=False)],
              columns=4, name="questions");

# %% label="answer"
def mean_of(x: Tensor, n: Tensor | None) -> Tensor:
    """(b, length, d) -> (b, d): the mean of the first n (b,) steps, of all where n is None."""
    return x.mean(1) if n is None else mean_of_steps(x, real_steps(n, x.shape[1]))


class Answer(nn.Module):
    """A fusion of sequences, or of their means where it takes vectors; dropout; a linear layer."""

    def __init__(self, name: str, dims: list[int], classes: int, dropout: float = 0.0):
        super().__init__()
        self.fuse, self.decide, self.dropout = fusion.make(name, dims, size.width), nn.Linear(size.width, classes), dropout

    def forward(self, *steps: Tensor, lengths: list | None = None) -> Tensor:
        lengths = lengths or [None] * len(steps)
        if self.fuse.accepts == "vectors":
            fused = self.fuse(*(mean_of(x, n) for x, n in zip(steps, lengths, strict=True)))
        else:
            fused = self.fuse(*steps, lengths=lengths)
        return self.decide(functional.dropout(fused, self.dropout, self.training))


# %% label="learned"
def learned(name: str, *steps: Tensor) -> Answer:
    """A network that answers questions from the given modalities."""
    torch.manual_seed(0)
    net = Answer(name, [x.shape[2] for x in steps], len(scenes.COLOURS))
    rows = torch.utils.data.TensorDataset(*steps, asked_train[2])
    loader = torch.utils.data.DataLoader(rows, batch_size=size.batch, shuffle=True, drop_last=True)
    train.fit(net, loader, lambda net, batch: functional.cross_entropy(net(*batch[:-1]), batch[-1]), lr=3e-3,
              steps=size.question_steps, progress=False, device="cpu")
    return net


nets = {name: learned(name, words, regions) for name in ("early", "cross_attention", "co_attention", "bilinear_attention")}
print("trained on", len(words), "questions,", size.question_steps, "steps of", size.batch)

# %% [markdown] label="pointing-text"
# Besides the answers we count **pointing**, as in chapter 09: the region with the largest weight is the place of the thing that was asked for. A region at random is right once in nine times; a region with *some* thing, once in three.


# %% label="pointing"
def looks(net: Answer, w: Tensor, r: Tensor) -> Tensor:
    """How much each question looks at each region, (n, 9)."""
    t = w.shape[1]
    with torch.inference_mode():
        if mine and hasattr(net.fuse, "affinity"):
            X, Y = (project(x) for project, x in zip(net.fuse.project, (w, r), strict=True))
            own, score = [o.weight.T for o in net.fuse.own], [s.weight[0] for s in net.fuse.score]
            B = net.fuse.affinity[0].weight.T
            return torch.stack([co_attention(x, y, B, *own, *score)[1] for x, y in zip(X, Y, strict=True)])
        weights = net.fuse.weights(w, r)
    return weights[1] if isinstance(weights, list) else weights[:, :t, t:].mean(1)  # else all words together


def accuracy(net: Answer, *steps: Tensor) -> float:
    """The share of test questions that are answered rightly."""
    with torch.inference_mode():
        return (net(*steps).argmax(1) == asked_test[2]).float().mean().item()


# %% label="pointing-rows"
places = torch.tensor([scenes.PLACES.index(thing.place) for thing in asked_test[4]])
other = test_words[torch.randperm(len(test_words), generator=torch.Generator().manual_seed(0))]
rows = []
for name, net in nets.items():
    row = {"": name, "right": accuracy(net, test_words, test_regions), "asked another question": accuracy(net, other, test_regions)}
    if name != "early":
        row["points rightly"] = (looks(net, test_words, test_regions).argmax(1) == places).float().mean().item()
    rows.append(row)

# %% label="question-table"
def picture_alone(things: tuple) -> float:
    """The chance of the best answer for one who does not hear the question: the commonest colour that can be asked for."""
    shapes = collections.Counter(thing.shape for thing in things)
    could = [thing.colour for thing in things if shapes[thing.shape] == 1]
    return collections.Counter(could).most_common(1)[0][1] / len(could)


only = learned("co_attention", regions), learned("early", words)
show.table([*rows, {"": "co_attention, picture alone", "right": accuracy(only[0], test_regions)},
            {"": "early, words alone", "right": accuracy(only[1], test_words)},
            {"": "best with the picture alone (exact)", "right": float(np.mean([picture_alone(t) for t in asked_test[3]]))},
            {"": "best with the words alone (exact)", "right": 1 / len(scenes.COLOURS)},
            {"": "guessing", "points rightly": 1 / 9}, {"": "ceiling (exact)", "right": 1.0, "points rightly": 1.0}]);

# %% label="question-maps"
shown = list(range(min(4, len(places))))
for name in ("co_attention", "bilinear_attention"):
    maps = looks(nets[name], test_words[shown], test_regions[shown]).reshape(-1, 3, 3).numpy()
    show.overlay(asked_test[0][shown], list(maps), [asked_test[1][i] for i in shown], columns=4, veil=0.7, framed=True, title=name,
                 name=f"maps-{name}")

# %% [markdown] label="question-read"
# **One vector each does not do it.** `early` sees the mean word and the mean region. The mean region says which colours are there and which shapes, not *whose* colour is whose. With about a third right it stays far below what even the picture alone would allow, to one who saw which shapes stand there once.
#
# **With attention, eight to nine questions in ten are answered,** though only answers were taught, never places. And the looks are no decoration: bilinear attention points at the right thing about 19 times in 20. Where it is less often (in cross-attention the weights of all five words are averaged here), the answers are not worse: see section 6.
#
# **Asked another question** about the same picture, the three attentions fall to four in ten or less, so they do listen; `early` stays where it was.
#
# Which word goes with which region? Bilinear attention weighs pairs, so it can say:

# %% label="pairs-map"
i = shown[0]
with torch.inference_mode():
    pairs_of = nets["bilinear_attention"].fuse.weights(test_words[i : i + 1], test_regions[i : i + 1])[0, :5, 5:]
show.heatmap(pairs_of, asked_test[1][i].rstrip("?").split(), list(scenes.PLACES), label="weight", title=asked_test[1][i], name="pairs");

# %% [markdown] label="question-stored-text"
# All attentions of the chapter, five seeds each, by the same recipe:

# %% label="question-stored"
show.table(evaluate.Scores.stored("gates_and_attention", "questions").rows());

# %% [markdown] label="question-stored-read"
# Across, parallel, alternating, bilinear: 84 to 91 questions in a hundred, and between seeds they swing by two points or so. **Recurrent attention and the bottleneck fail by this recipe**; a picture without its question would allow as much. With a third of the learning rate and more than twice the steps, the bottleneck is *the best of all*: before a
# region can be chosen, the question has to get into the tokens, and the choice out of them, which takes longer to learn. Recurrent attention gains nothing by it. Every other row might do better by a recipe of its own as well. A table by one recipe compares methods *at that recipe*.
#
# See the last column, too. Cross-attention answers as well as the others, and how often it points rightly swings from seed to seed as with no other. An answer can be right without its map being one.

# %% [markdown] label="real-text"
# ## 5 · On real data
#
# The stamps again: which of eight categories is this, from the picture and its caption? The picture as 49 regions of the pretrained network (7 × 7, 320 numbers each, one layer below its end), the caption as the words that MiniLM reads, each with its context (384 numbers). Near-duplicates are kept together, and everything is
# chosen on validation stamps.


# %% label="stamps"
class Regions:
    """Pictures -> (b, 49 · 320): what the last stage of the pretrained network sees in 7 × 7 regions."""

    def __init__(self, encoder: nn.Module):
        self.encoder, self.name, self.version, self.batch_size = encoder, "regions", encoder.version, 8

    def __call__(self, pictures) -> Tensor:
        maps = self.encoder.network.maps(self.encoder.prepare(pictures))[-2]  # (b, 320, 7, 7)
        return maps.flatten(2).mT.flatten(1)


# %% label="stamps-words"
class Words:
    """Captions -> (b, LONGEST · 384): the words as MiniLM reads them, filled up with zeros."""

    LONGEST = 16

    def __init__(self, encoder: nn.Module):
        self.encoder, self.name, self.version, self.batch_size = encoder, "words", encoder.version, 64

    def read(self, texts: list[str]) -> tuple[list[list[str]], Tensor]:
        """The pieces of each text, and how many of them are kept."""
        encoded = self.encoder.tokenizer.encode_batch(list(texts))
        pieces = [[t for t, real in zip(e.tokens, e.attention_mask, strict=True) if real] for e in encoded]
        return pieces, torch.tensor([min(len(p), self.LONGEST) for p in pieces])

    def __call__(self, texts: list[str]) -> Tensor:
        encoded = self.encoder.tokenizer.encode_batch(list(texts))
        ids, real = (torch.tensor([getattr(e, field) for e in encoded]) for field in ("ids", "attention_mask"))
        tokens = self.encoder.network(ids, real.bool()) * real[..., None]
        return functional.pad(tokens, (0, 0, 0, max(0, self.LONGEST - tokens.shape[1])))[:, : self.LONGEST].flatten(1)


# %% label="stamps-load"
try:
    pairs = data.load("stamps", split="all")
    kinds = [labels["category"] for labels in pairs.column("labels")]
    often = sorted(kind for kind, n in collections.Counter(kinds).items() if n >= 40)
    stamps = [i for i, kind in enumerate(kinds) if kind in often][:: size.every]
    category = torch.tensor([often.index(kinds[i]) for i in stamps])
    print(f"{len(stamps)} stamps of {len(often)} categories: {', '.join(often)}")
except data.DataUnavailable as reason:
    stamps = []
    print(reason)

# %% label="stamps-encode"
if stamps:
    reader = Words(features.pretrained.text())
    captions = pairs.column("caption")
    titles = [captions[i] for i in stamps]
    pieces, length = reader.read(titles)
    R = features.encode(Regions(features.pretrained.image()), [pairs[i]["image"] for i in stamps], progress=False)
    W = features.encode(reader, titles, progress=False)
    R, W = torch.from_numpy(R).unflatten(1, (-1, 320)), torch.from_numpy(W).unflatten(1, (-1, 384))
    test, val, rows_in = data.splits.grouped([pairs.groups[i] for i in stamps], size.stamps, seed=0)
    R, W = ((x - x[rows_in].mean((0, 1))) / x[rows_in].std((0, 1)).clamp(min=1e-3) for x in (R, W))
    print("regions", tuple(R.shape), "words", tuple(W.shape), "of which", int(length.sum()), "are real")


# %% label="stamps-train"
def guesses(net: Answer, rows: np.ndarray, *steps: Tensor) -> Tensor:
    """The likeliest category of each."""
    net.eval()
    with torch.inference_mode():
        return net(*(x[rows] for x in steps), lengths=[length[rows] if x is W else None for x in steps]).argmax(1)


def on_stamps(name: str, *steps: Tensor) -> Answer:
    """A network of the given modalities, at its best moment on validation stamps."""
    torch.manual_seed(0)
    net = Answer(name, [x.shape[2] for x in steps], len(often), dropout=0.3)
    loader = torch.utils.data.DataLoader(torch.as_tensor(rows_in), batch_size=size.batch, shuffle=True, drop_last=True)
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0.05)
    train.fit(net, loader, lambda net, i: functional.cross_entropy(
        net(*(x[i] for x in steps), lengths=[length[i] if x is W else None for x in steps]), category[i]),
        steps=size.stamp_steps, optimizer=optimizer, every=20, progress=False, device="cpu",
        validate=lambda net: (guesses(net, val, *steps) == category[val]).float().mean().item())
    return net


# %% label="stamps-table"
if stamps:
    tried = {"concat of means": ("concat", W, R), "scalar gate on means": ("scalar_gated", W, R),
             "co_attention": ("co_attention", W, R), "words alone, mean": ("concat", W), "picture alone, mean": ("concat", R)}
    on = {what: (on_stamps(*given), given[1:]) for what, given in tried.items()}
    right = {what: (guesses(net, test, *steps) == category[test]).numpy() for what, (net, steps) in on.items()}
    shares = {what: r.mean() for what, r in right.items()} | {"majority": evaluate.majority(category[rows_in], category[test])}
    show.table([{"": what, f"of {len(test)} test stamps": share} for what, share in shares.items()])

# %% label="stamps-compare"
if stamps:
    groups = [pairs.groups[stamps[i]] for i in test]
    for what in ("scalar gate on means", "co_attention"):
        print(what, "ahead of concat by", evaluate.paired_bootstrap(right[what], right["concat of means"], groups=groups))

# %% label="stamps-maps" tags=["private-media"]
if stamps:
    net = on["co_attention"][0]
    pick = np.r_[np.flatnonzero(right["co_attention"])[:3], np.flatnonzero(~right["co_attention"])[:3]]
    rows_shown = np.asarray(test)[pick]
    with torch.inference_mode():
        on_words, on_regions = net.fuse.weights(W[rows_shown], R[rows_shown], lengths=[length[rows_shown], None])
    heaviest = [pieces[i][int(w.argmax())] for i, w in zip(rows_shown, on_words, strict=True)]
    told_kind = [often[k] for k in guesses(net, rows_shown, W, R)]
    show.overlay([pairs[stamps[i]]["image"] for i in rows_shown], [m.reshape(7, 7).numpy() for m in on_regions],
                 [f"{kind}? ({word})" for kind, word in zip(told_kind, heaviest, strict=True)], columns=6, veil=0.7,
                 title="Three right, three wrong: where it looks, and the word with the most weight", name="stamps")

# %% label="stamps-stored"
show.table(evaluate.Scores.stored("gates_and_attention", "stamps").rows());

# %% [markdown] label="stamps-read"
# *(Five splits; "captions of others" puts the captions of other test stamps beside the pictures. Bilinear and recurrent attention lean on the picture most, as that column shows, and lose by it.)*
#
# **The plain concatenation of means is not beaten.** It has about 86%, the caption alone about 80, the picture alone about 69. No gate and no attention is ahead of it, and on one split of 150 stamps (129 groups) a difference of three points cannot be told from luck: see the intervals above.
#
# Why do scenes and stamps differ so? In scenes a region knows *only itself*, so choosing was everything. The regions of a network that saw a million pictures know a good deal of their surroundings, each word of MiniLM has read the whole caption, and for "is it an animal?" the mean is as good as any part. The choosing has been done
# before. Look at the maps (live): some find the thing, in others the brightest part is ground, and the word with the most weight is often half a word, an exclamation mark, or the mark at the caption's end. Such marks can carry what the sentence means, because MiniLM put it there.

# %% [markdown] label="table-text"
# ### The rows of the part's table
#
# Chapter 10 measures every fusion of chapters 10 to 13 by one protocol: the same features, five seeds, controls. Here are the rows of this chapter beside the plainest two. (On vectors a sequence has one step, so attention *within* a modality has nothing to choose; what acts there is the rest of each network.)

# %% label="table"
table = evaluate.Scores.stored("fusion", "table")
own = ("concat", "late", "scalar_gated", "gated", "attention", "cross_attention", "co_attention", "alternating_co_attention",
       "bilinear_attention", "recurrent_attention", "bottleneck")
show.table([row for row in table.rows() if row[""] in own]);

# %% [markdown] label="table-live-text"
# One row live, on its first seed and by the same recipe: XOR of picture and caption, which nothing disturbs. The picture is 192 coarse pixels here, the caption its counts of words.

# %% label="table-live"
def xor_part(split: str, n: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Coarse pixels (n, 192) and captions' counts of words; the labels."""
    world = data.load("scenes", split=split, n=n, size=32, objects=1, detail=0.0, paraphrases=1, task="xor", seed=0)
    coarse = functional.adaptive_avg_pool2d(world.images().float() / 255, 8).flatten(1).numpy()
    texts = world.column("caption")
    return [coarse, counts(texts, xor_words.setdefault(0, Vocabulary.of(texts)))], world.labels


xor_words: dict[int, Vocabulary] = {}  # those of the training captions
xor = {split: xor_part(split, n) for split, n in size.xor.items()}
rows = []
for name in ("gated", "scalar_gated"):
    model = fusion.Classifier(name, steps=size.xor_steps, seed=0).fit(*xor["train"], xor["val"])
    rows.append({"": name, "clean xor here": model.score(*xor["test"]), "stored for this seed": table.values[name]["clean xor"][0]})
show.table(rows);

# %% [markdown] label="table-read"
# **One number a modality is few.** A vector gate solves XOR without fail. The scalar gate stops near three quarters: three of the four cases. (Sums, `late` and `concat`, could have that much, but stay at a coin toss.) It *could* do better, since its gate sees both media; by this recipe it does not get there. Attention over modalities has the same weights, one a modality, and learns XOR all the
# same, because the library adds what was found to the question and puts a ReLU on top: the ReLU does it. (The bottleneck misses XOR at one seed of five.)
#
# On the real tasks the rows of this chapter lie within a few points of `concat` and `late`, mostly within their own spread. Fuse by the plainest first, and let a gate or attention show that it is worth its parameters.

# %% [markdown] label="wrong-text"
# ## 6 · What goes wrong
#
# **Padding that is attended to.** The same questions, filled up with empty steps, as they would be in a batch beside a longer one. With `lengths`, nothing changes. Without, empty steps are words like others:

# %% label="wrong-padding"
rows = []
for empty in (0, 5, 20):
    padded = functional.pad(test_words, (0, 0, 0, empty))
    real = torch.full((len(padded),), test_words.shape[1])
    row = {"empty steps": empty}
    for name in ("cross_attention", "co_attention"):
        for how, lengths in (("with lengths", [real, None]), ("without", None)):
            with torch.inference_mode():
                answers = nets[name](padded, test_regions, lengths=lengths).argmax(1)
            row[f"{name}, {how}"] = (answers == asked_test[2]).float().mean().item()
    rows.append(row)
show.table(rows);

# %% [markdown] label="wrong-padding-read"
# With 20 empty steps both networks fall to less than half of what they knew. Nothing crashes, and had they been trained so, the loss would have come down all the same.
#
# **Repair:** scores of padding get the lowest number before the softmax, never 0 (a score of 0 is a score like any other), and means are taken over real steps. The test for it: an example's output may not depend on its neighbours in the batch, nor on what stands in the padding; NaN is a good filling.

# %% [markdown] label="wrong-explain-text"
# **Weights taken for an explanation.** A bright region is a fine story: *the network answered so because it looked there*. Jain and Wallace (2019) asked a simple question: what if the weights had been others? Take the trained network, leave all else as it is, and hand its weights to steps *at random*. If they explain the answer, the
# answer has to change.


# %% label="wrong-explain"
def answers_with(net: Answer, steps: list[Tensor], lengths: list, change) -> Tensor:
    """Answers of a network with co-attention, each modality's weights (n, length) changed by `change(weights, real)` first."""
    with torch.inference_mode():
        cleaned, real = net.fuse.cleaned_steps(steps, None, lengths)
        weights = net.fuse.weights(*steps, lengths=lengths)
        parts = zip(weights, real, net.fuse.project, cleaned, strict=True)
        found = [(change(w, r)[:, None] @ project(x))[:, 0] for w, r, project, x in parts]
        return net.decide(net.fuse.out(sum(found)).tanh()).argmax(1)


# %% label="wrong-explain-table"
def permuted(weights: Tensor, real: Tensor) -> Tensor:
    """Each row's weights handed to its real steps in another order."""
    keys = torch.rand(weights.shape, generator=torch.Generator().manual_seed(0)).masked_fill(~real, 2.0)
    return torch.zeros_like(weights).scatter(1, keys.argsort(1), weights)  # real steps come first, so padding keeps its zeros


cases = {"questions about scenes": (nets["co_attention"], [test_words, test_regions], [None, None], asked_test[2])}
if stamps:
    cases["stamps"] = (on["co_attention"][0], [W[test], R[test]], [length[test], None], category[test])
rows = []
for what, (net, steps, lengths, gold) in cases.items():
    own_answers, others = (answers_with(net, steps, lengths, change) for change in (lambda w, r: w, permuted))
    compared = {"right": (own_answers, gold), "right with weights at random": (others, gold), "answer unchanged": (own_answers, others)}
    rows.append({"": what} | {column: (a == b).float().mean().item() for column, (a, b) in compared.items()})
show.table(rows);

# %% [markdown] label="wrong-explain-read"
# **In the scenes the weights matter:** handed out at random, they ruin the answers. There a map *is* a reason, since each region knows only itself.
#
# **On the stamps they hardly matter.** With weights at random, the answer stays the same for nearly nine stamps in ten, and as many are right. Whatever the maps of section 5 seemed to tell, the answer does not hang on them: other maps, just as convincing or as odd, would have come with the same answer.
#
# **Repair:** before you show a map, change it and see whether the answer changes. What an answer hangs on is asked by taking things *away*: chapter 15 does so. (Wiegreffe and Pinter, 2019, answer that weights which do not *have* to matter may still tell something; the test above is the least one should do.)

# %% [markdown] label="wrong-lazy-text"
# **A fusion that lives on one medium.** Two media that both show the label: the picture always rightly and plainly (its colours), the caption rightly in nine of ten examples, in a sentence about two things. Training takes the short way (*modality laziness*; Wang, Tran and Feiszli, 2020, found it in video). The last control is a network that never had a
# picture.

# %% label="wrong-lazy"
def lopsided(split: str, n: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Colours of pictures that are always right, counts of captions that are right in 90%; the labels."""
    world = data.load("scenes", split=split, n=n, seed=20, size=32, objects=2, task="redundant", flip={"caption": 0.1})
    return [colours(world.images()), counts(world.column("caption"), plain_words)], world.labels


plain_words = Vocabulary.of(data.load("scenes", n=500, seed=20, objects=2, task="redundant").column("caption"))
(both, lazy_y), (both_test, lazy_y_test) = (lopsided(split, n) for split, n in size.lazy.items())
blind = np.array([[False, True]]).repeat(len(lazy_y_test), 0)
rows = []
for name, dropped in (("scalar_gated", 0.0), ("scalar_gated", 0.3), ("attention", 0.0), ("attention", 0.3)):
    model = fusion.Classifier(name, steps=size.steps, lr=3e-3, modality_dropout=dropped).fit(both, lazy_y)
    held = {"both": None, "picture missing": blind, "caption missing": ~blind}
    rows.append({"": f"{name}, modality dropout {dropped:g}", "trust in the picture": trust(model, both_test)[:, 0].mean()}
                | {what: model.score(both_test, lazy_y_test, mask) for what, mask in held.items()})
captions_only = fusion.Classifier("concat", steps=size.steps, lr=3e-3).fit(both[1:], lazy_y).score(both_test[1:], lazy_y_test)
show.table([*rows, {"": "captions alone", "picture missing": captions_only},
            {"": "ceiling (exact)", "both": 1.0, "picture missing": 0.9, "caption missing": 1.0}]);

# %% [markdown] label="wrong-lazy-read"
# With both media there, all is well, and nobody would look further. Then the picture goes missing, and the fusion knows less than captions *alone* can teach, the gate by far: from them it had never learned much, since the picture had answered before.
#
# The trust did not give it away. The scalar gate gave the caption more than a third of the weight, and still could not use it. And after the repair the trust in the picture is *higher*, while the caption carries nearly all it can.
#
# **Repair:** leave out each medium now and then while training (**modality dropout**, 模态丢弃; never all at once). Then each has to carry the answer some of the time, at no cost when both are there. And report every fusion with each medium missing.

# %% [markdown] label="quiz-text"
# ## 7 · Quiz
#
# Click the choice you think is right. Every choice explains itself, so click the wrong ones too.

# %% label="quiz"
quiz("gates_and_attention")

# %% label="progress"
progress("gates_and_attention")

# %% [markdown] label="end"
# ## Take away
#
# - A sum with one term a modality cannot let one medium decide about another; a product can, and a gate is one. So is a single ReLU over all media.
# - A gate is *needed* where one medium tells about another. Where each knows its own noise, late fusion does as well.
# - One vector a medium cannot say whose colour is whose. Attention between steps can, and learns it from answers alone. Count pointing, do not admire maps.
# - On features of large pretrained networks the plain concatenation of means is hard to beat: the choosing has been done already.
# - Mask before the softmax, and let an example's output depend on nobody else in the batch.
# - Weights say what was taken, not why. Change them and see whether the answer changes.
# - Look at what a fusion does *without* each medium. If it has put all on one, drop that one now and then while training.
#
# **With a GPU or more time.** `MMLEARN_PROFILE=gpu` trains on more scenes and questions, and longer.
#
# ## Further reading
#
# - J. Arevalo, T. Solorio, M. Montes-y-Gómez, F. A. González (2017). Gated multimodal units for information fusion. arXiv:1702.01992.
# - D. Bahdanau, K. Cho, Y. Bengio (2015). Neural machine translation by jointly learning to align and translate. *ICLR*.
# - J. Lu, J. Yang, D. Batra, D. Parikh (2016). Hierarchical question-image co-attention for visual question answering. *NeurIPS*.
# - H. Nam, J.-W. Ha, J. Kim (2017). Dual attention networks for multimodal reasoning and matching. *CVPR*, 299–307.
# - J.-H. Kim, J. Jun, B.-T. Zhang (2018). Bilinear attention networks. *NeurIPS*.
# - Y.-H. H. Tsai, S. Bai, P. P. Liang, J. Z. Kolter, L.-P. Morency, R. Salakhutdinov (2019). Multimodal transformer for unaligned multimodal language sequences. *ACL*, 6558–6569.
# - A. Nagrani, S. Yang, A. Arnab, A. Jansen, C. Schmid, C. Sun (2021). Attention bottlenecks for multimodal fusion. *NeurIPS*.
# - S. Jain, B. C. Wallace (2019). Attention is not explanation. *NAACL*, 3543–3556; and the answer of S. Wiegreffe, Y. Pinter (2019). Attention is not not explanation. *EMNLP*, 11–20.
# - W. Wang, D. Tran, M. Feiszli (2020). What makes training multi-modal classification networks hard? *CVPR*, 12695–12705.
