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
# # 08 · Contrastive learning: a small CLIP of your own
#
# **A network for pictures and a network for words, trained from nothing but pairs, in half a minute; then you classify with words alone, and
# know the places where such a training gets stuck.**
#
# ![Two clouds of points that do not touch before training, pictures and captions; after training each picture lies beside its caption](../data/pictures/contrastive.png)
#
# *Twenty pictures and their captions in the common space, before training and after. The figure is drawn in section 5.*

# %% [markdown] label="objectives"
# **After this chapter you can**
#
# - say why pulling pairs together is not enough, and what has to push;
# - write the triplet loss and InfoNCE, and read a loss that does not fall: *which* number does it stay at?
# - measure the modality gap, and say what closing it does to retrieval;
# - classify with prompts, and with a handful of labels, and put controls beside both;
# - train over several machines with the same loss and the same gradients as on one.
#
# **You need** cross-entropy and a training loop (chapter 01), recall at k (00 or 05). CCA (06) is what we compare with. Terms in English and Chinese:
# [glossary · 术语表](../GLOSSARY.md).

# %% [markdown] label="card" tags=["card"]
# Filled in by the builder.

# %% label="setup" tags=["setup"]
import math

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from mmlearn import align, data, evaluate, features, profiles, show, train, widgets
from mmlearn.align import two_processes
from mmlearn.align.trained import Views, network
from mmlearn.data import scenes
from mmlearn.exercises import check, hint, progress, quiz
from mmlearn.exercises.engine import find

size = profiles.settings("08_contrastive")

# %% [markdown] label="world-text"
# ## 1 · Two things that fail
#
# Our material is **scenes**: generated pictures of one thing each, each with a caption that says its shape, colour, size, texture and place. No pretrained
# encoder this time. A picture is its pixels, 32 × 32 in three colours. A caption is a bag of words: how often each word of the training captions occurs in it.

# %% label="world"
world = {split: data.load("scenes", split=split, n=n, objects=1, detail=1.0) for split, n in size.scenes.items()}
vocabulary = sorted({word for caption in world["train"].column("caption") for word in caption.lower().rstrip(".").split()})


def count_words(captions: list[str], words: list[str] = vocabulary) -> Tensor:
    """-> (captions, words): how often each word occurs in each."""
    split = [caption.lower().rstrip(".").split() for caption in captions]
    return torch.tensor([[caption.count(word) for word in words] for caption in split]).float()


def pixels(part: data.Pairs, side: int = 32) -> Tensor:
    """-> (n, 3, side, side), each number from -0.5 to 0.5."""
    return functional.avg_pool2d(part.images().float() / 255 - 0.5, 64 // side)


pictures = {split: pixels(part) for split, part in world.items()}
words = {split: count_words(part.column("caption")) for split, part in world.items()}
print("pictures", tuple(pictures["train"].shape), "· captions", tuple(words["train"].shape))
show.pictures(world["test"].images()[:4], world["test"].column("caption")[:4], columns=4, name="scenes");

# %% [markdown] label="cca-text"
# **CCA** finds the directions of pixels and of words that correlate most. It is exact, and it is *linear*. But no single pixel, and no weighted sum of pixels, says
# "star": a star's pixels depend on where it is, how large, in which colour. Pixels of 16 × 16 are enough for this test. The ridge of CCA, one of three, is chosen on validation pairs.


# %% label="cca"
small = {split: functional.avg_pool2d(p, 2).flatten(1) for split, p in pictures.items()}  # (n, 768)


def recalls(A: Tensor, B: Tensor) -> dict[str, float]:
    """Pictures (n, k) and captions (n, k) -> R@1 and R@10, mean of both directions."""
    S = evaluate.cosine_similarity(A, B)
    return {f"R@{k}": (evaluate.recall_at_k(S, k) + evaluate.recall_at_k(S.T, k)) / 2 for k in (1, 10)}


fits = [align.CCA(32, reg=reg).fit(small["train"], words["train"]) for reg in (0.01, 0.1, 1.0)]
cca = max(fits, key=lambda fit: recalls(*fit.transform(small["val"], words["val"]))["R@10"])
linear = recalls(*cca.transform(small["test"], words["test"]))
show.table([{"": "CCA on pixels and words", **linear}, {"": "guessing", **{f"R@{k}": evaluate.chance(size.scenes["test"], k) for k in (1, 10)}}]);

# %% [markdown] label="attract-text"
# Far above guessing (colour and place are nearly linear in pixels), and far from solved: a straight line through pixels cannot see a shape. So let **networks** make the vectors. Each side (a **view**: pictures are one, captions the other) gets one, with a hidden layer and a non-linearity, and both
# are trained to bring a picture and its caption to the same place: make the squared distance of the two unit vectors small.
#
# `Views` holds a network for each view and a criterion: any function from the two embeddings of a batch to a loss.


# %% label="attract"
def learn(criterion, steps: int = size.steps, texts: Tensor = words["train"], batch: int = size.batch, schedule=None) -> tuple[list[float], Views]:
    """Train two small networks from the same start: the losses, and the model. `schedule(step)` scales the learning rate."""
    torch.manual_seed(0)
    model = Views([network([small["train"].shape[1], 256, 64]), network([texts.shape[1], 256, 64])], criterion)
    loader = DataLoader(TensorDataset(small["train"], texts), batch, shuffle=True, drop_last=True)
    history = train.fit(model, loader, lambda model, batch: model(batch), steps=steps, lr=2e-3, schedule=schedule, device="cpu", progress=False)
    return history.loss, model


@torch.no_grad()
def embed(model: Views, split: str = "test") -> list[Tensor]:
    """The embeddings (n, 64) of both views."""
    return [net(view[split]) for net, view in zip(model.networks, (small, words), strict=True)]


def attraction(views: list[Tensor]) -> Tensor:
    a, b = (functional.normalize(view, dim=1) for view in views)  # each row of length one
    return ((a - b) ** 2).sum(dim=1).mean()


losses, pulled = learn(attraction)
print(f"loss: {losses[0]:.3f} at first, {losses[-1]:.4f} at the end")
show.table([{"": "attraction only", **recalls(*embed(pulled))}, {"": "CCA", **linear}]);

# %% [markdown] label="attract-read"
# The loss is nearly 0, and the search has all but lost what CCA had. Where do the vectors lie? Ask for the cosine of a picture with its own caption, and with a wrong one.

# %% label="attract-look"
S = evaluate.cosine_similarity(*embed(pulled))
print(f"with its own caption {np.diag(S).mean():.3f}, with a wrong one {S[~np.eye(len(S), dtype=bool)].mean():.3f}")

# %% [markdown] label="attract-why"
# **Collapse** (坍缩). "Everything at one point" makes the distance of every pair 0, so it is the easiest answer to the question we asked. CCA is saved from it by its constraint: variance one
# along every direction. A network needs something that *pushes*.

# %% [markdown] label="triplet-text"
# ## 2 · Push by a margin: the triplet loss
#
# A batch has $n$ pairs with embeddings $a_i$ (picture) and $b_i$ (caption). Their cosines make a matrix $S$, $n \times n$: a row is a picture, a column a caption, the partners stand on the
# **diagonal**. Everything else is a **negative** (负样本): a mismatch.
#
# The triplet loss asks that the partner is more similar than a negative, by a margin $m$:
#
# $$\big[\,m + s_{ij} - s_{ii}\,\big]_+,\qquad [x]_+ = \max(0, x).$$
#
# Three things, a picture, its caption and a wrong caption $j$, make a *triplet*, and its cost is this **hinge**. Once the wrong one is dissimilar enough the hinge is 0, and teaches nothing more. After a while nearly all are, so
# one *chooses* the negative. VSE++ (Faghri et al., 2018) takes the **hardest** of the batch,
#
# $$L = \sum_{i=1}^{n} \big[m + \max_{j \ne i} s_{ij} - s_{ii}\big]_+ \;+\; \sum_{i=1}^{n} \big[m + \max_{j \ne i} s_{ji} - s_{ii}\big]_+ ,$$
#
# summed over the batch and over both directions: pictures that look for captions (rows), and captions that look for pictures (columns).

# %% [markdown] label="triplet-exercise" exercise="contrastive.triplet" difficulty=3 minutes=15
# **Exercise 1.** Write $L$, the second of the two formulas. `S[i, j]` is the cosine of picture `i` and caption `j`. It has to be right also where all entries of a row are negative, and its gradient has to reach
# partners and negatives.


# %% label="triplet" exercise="contrastive.triplet"
def triplet(S: Tensor, margin: float) -> Tensor:
    """S (n, n), partners on the diagonal -> the sum of 2n hinges, each with its hardest negative: a tensor of shape (),
    through which gradients can flow."""
    ### BEGIN SOLUTION
    own = S.diagonal()  # (n,)
    others = S.masked_fill(torch.eye(len(S), dtype=torch.bool), -math.inf)
    rows = (margin + others.amax(dim=1) - own).clamp_min(0)
    columns = (margin + others.amax(dim=0) - own).clamp_min(0)
    return rows.sum() + columns.sum()
    ### END SOLUTION


# %% label="triplet-check" tags=["nbval-check-output"]
check("contrastive.triplet", triplet)

# %% [markdown] label="semi-text"
# The hardest negative of an untrained network is hard by accident. FaceNet (Schroff et al., 2015) found that it can drag everything into one point, and took **semi-hard** ones: less similar
# than the partner, but not by the margin yet,
#
# $$s_{ii} - m < s_{ij} < s_{ii}.$$

# %% [markdown] label="semi-exercise" exercise="contrastive.semi_hard" difficulty=2 minutes=10
# **Exercise 2.** Which negatives of each row are semi-hard? (Rows only. Both inequalities are strict: a negative exactly as similar as the partner, or exactly $m$ less, is not.)


# %% label="semi" exercise="contrastive.semi_hard"
def semi_hard(S: Tensor, margin: float) -> Tensor:
    """S (n, n), partners on the diagonal -> bool (n, n): true where column j is a semi-hard negative of row i."""
    ### BEGIN SOLUTION
    own = S.diagonal()[:, None]  # (n, 1): stands beside its whole row
    return (own > S) & (own - margin < S)
    ### END SOLUTION


# %% label="semi-check" tags=["nbval-check-output"]
check("contrastive.semi_hard", semi_hard)

# %% [markdown] label="triplet-listing-text"
# **The listing.** The library's loss takes embeddings, makes the cosines, and knows three choices of negatives. "all" is the *mean* over a row's negatives; "semi-hard" the most similar of those below the partner, and, where none is below,
# the least similar of all, the mildest of what is left. So each row contributes one number, whatever the choice. The lower border of exercise 2 is not needed here: if even the most similar one is below it, its hinge is 0 anyway. `barred` is what may not be a negative: the diagonal, and later (section 6) pairs with the same caption.

# %% label="triplet-listing"
show.source(align.triplet_loss)
show.source(align.triplets._one_direction);

# %% [markdown] label="negatives-text"
# Now train, from the same start, with each choice; margin 0.2. Before you look: if all embeddings become **one point**, every $s_{ij}$ equals $s_{ii}$, every hinge is exactly $m$, and the loss is
#
# $$2 \cdot n \cdot m = 2 \cdot 128 \cdot 0.2 = 51.2 .$$

# %% label="negatives"
margin = 0.2
collapse = margin * 2 * size.batch
runs = {kind: learn(align.TripletLoss(margin, kind)) for kind in ("all", "semi-hard", "hardest")}
show.curve(range(1, size.steps + 1), {kind: run[0] for kind, run in runs.items()}, "step", "triplet loss",
           levels={"2 · batch · margin": collapse}, title="Three choices of negatives", name="negatives")
rows = [{"negatives": kind, "loss at the end": f"{run[0][-1]:.1f}", **recalls(*embed(run[1]))} for kind, run in runs.items()]
show.table(rows);

# %% [markdown] label="negatives-read"
# - **Hardest** comes down to about $2nm$ and stays: collapsed, recall near guessing. Note where the loss came *from*: above, since among 127 captions of an untrained network one is always far more similar than the partner, and such a hinge is greater than $m$. It fell because everything moved together.
# - **All** learns. Its loss is small because most hinges in a mean are 0.
# - **Semi-hard** learns most, although its loss has hardly moved from $2nm$! A negative just below the partner has a hinge just below $m$, so this loss lies near $2nm$ as long as such negatives are found, and they are chosen anew at every step. So *its loss says little*: look at recall on validation pairs.
#
# Near the one point all gradients nearly cancel, since partner and negative sit in the same place and pull in opposite directions. It is a place that training enters easily and leaves slowly.
#
# **The way out.** Vectors of length one we have already (without, a network can shrink all of them). Besides: begin with *semi-hard* negatives, and take the hardest when the space has some order; then with smaller steps, a tenth of the learning rate. So that the comparison is fair, all three runs
# below are twice as long, and get the smaller steps for their last third.


# %% label="way-out"
warm_up = size.long_steps * 2 // 3


class FirstSemiHard(nn.Module):
    """The triplet loss, with semi-hard negatives for the first steps and the hardest from then on."""

    def __init__(self):
        super().__init__()
        self.step = 0

    def forward(self, views: list[Tensor]) -> Tensor:
        self.step += 1
        return align.triplet_loss(*views, margin, "semi-hard" if self.step <= warm_up else "hardest")


ways = {"hardest from the start": align.TripletLoss(margin, "hardest"), "semi-hard all the way": align.TripletLoss(margin, "semi-hard"),
        "semi-hard, then hardest": FirstSemiHard()}
runs |= {name: learn(loss, steps=size.long_steps, schedule=lambda step: 1.0 if step < warm_up else 0.1) for name, loss in ways.items()}
show.curve(range(1, size.long_steps + 1), {name: runs[name][0] for name in ways}, "step", "triplet loss",
           levels={"2 · batch · margin": collapse}, title="The way out", name="way-out")
show.table([{"": name, "loss at the end": f"{runs[name][0][-1]:.1f}", **recalls(*embed(runs[name][1]))} for name in ways]);

# %% [markdown] label="way-out-read"
# Hardest from the start has collapsed for good. After a warm-up (two thirds of the way the two semi-hard runs are one and the same), the same negatives do not collapse: the loss jumps when they begin (it is another loss from there) and comes down *below* $2nm$, and nearly every partner is among the first ten. Semi-hard negatives alone get as far here. Hardest ones are a *late* refinement, for long trainings, large batches and good
# encoders; there Faghri et al. found them worth it. As a first choice take semi-hard, or the loss of the next section. (Compare "semi-hard" in the two tables: the smaller steps at the end did much of it. That holds for most trainings.)

# %% [markdown] label="nce-text"
# ## 3 · Push all at once: InfoNCE
#
# Choosing negatives is delicate. The other way asks a question that you know from chapter 01: a **classification**. Here is a picture; *which of the $n$ captions of this batch is its own?* The $n$ captions are the classes, and
# the right one is number $i$. Divide the cosines by a **temperature** $T$ (温度), and they are logits:
#
# $$p_{ij} = \frac{e^{s_{ij}/T}}{\sum_{k=1}^{n} e^{s_{ik}/T}},\qquad L_\text{pictures} = -\frac1n \sum_{i=1}^n \log p_{ii},$$
#
# the cross-entropy over the batch: **InfoNCE** (van den Oord et al., 2018). Captions look for pictures in the same way, along the columns. The **symmetric** loss is the mean of the two, as in CLIP (Radford et al., 2021).
#
# Its gradient is again *softmax minus one-hot*: $\partial L_\text{pictures}/\partial s_{ij} = (p_{ij} - [i = j])\,/\,(nT)$. So a wrong caption is pushed away in proportion to $p_{ij}$. Those close to the picture get nearly all of it: InfoNCE
# finds its hard negatives by itself, and $T$ says how exclusively.
#
# Knowing nothing means $p_{ij} = 1/n$ for all $j$, and the loss is $\ln n$. Keep that number in mind.

# %% [markdown] label="nce-exercise" exercise="contrastive.info_nce" difficulty=3 minutes=15
# **Exercise 3.** Write the symmetric loss: the mean of both directions, each a mean over the batch. The rows of `a` and `b` have any length; the loss is about their cosines. It must be right, and not infinite or NaN, at a temperature of 0.0005 too.


# %% label="nce" exercise="contrastive.info_nce"
def info_nce(a: Tensor, b: Tensor, temperature: float) -> Tensor:
    """a, b (n, k), row i of both one pair -> the loss, a tensor of shape (), through which gradients can flow."""
    ### BEGIN SOLUTION
    a, b = functional.normalize(a, dim=1), functional.normalize(b, dim=1)
    logits = a @ b.T / temperature  # (n, n)
    right = torch.arange(len(a))
    return (functional.cross_entropy(logits, right) + functional.cross_entropy(logits.T, right)) / 2
    ### END SOLUTION


# %% label="nce-check" tags=["nbval-check-output"]
check("contrastive.info_nce", info_nce)

# %% [markdown] label="nce-listing-text"
# **The listing.** The formula, then the module that learns the temperature along with the networks. It learns $\ln(1/T)$, which may be any number, while $T$ stays positive; and it keeps $1/T$ below 100, as CLIP does. `gather` is for section 8.

# %% label="nce-listing"
show.source(align.info_nce)
show.source(align.InfoNCE);

# %% label="nce-run"
losses, nce = learn(align.InfoNCE(temperature=0.1))
print(f"loss {losses[0]:.2f} at first (ln {size.batch} = {math.log(size.batch):.2f}), {losses[-1]:.2f} at the end; temperature now {nce.criterion.temperature:.3f}")
triplets = [{"": f"triplet, {kind}", **recalls(*embed(runs[kind][1]))} for kind in ("semi-hard", "all")]
show.table([{"": "InfoNCE", **recalls(*embed(nce))}, *triplets, {"": "CCA", **linear}]);

# %% [markdown] label="nce-read"
# All three networks had the same start and as many steps. Beside the better triplet loss of section 2, InfoNCE is ahead at R@10, and level or a little behind at R@1: one run each, so lean on neither difference. What is sure is that nobody had to choose negatives, and that its loss says something.

# %% [markdown] label="speed-text"
# **What does such a step cost?** open_clip (the library with which open models of CLIP's kind are trained) has the same loss for vectors that are of length one already. Forward and backward of a batch of 4,096 pairs with 512 numbers each, the two in turns (median of the ratios; measured by `python -m benchmarks.contrastive speed`):

# %% label="speed"
cost = evaluate.Scores.stored("contrastive", "speed").values["InfoNCE step"]
print(f"time relative to open_clip's ClipLoss: {cost['time relative to open_clip'][0]:.2f}")
print(f"difference of the losses: {cost['difference of the loss'][0]:.1e}; of a gradient, relative: {cost['relative difference of a gradient'][0]:.0e}")

# %% [markdown] label="batch-text"
# **How large a batch?** More captions to choose from is a harder question, and a better lesson; but larger batches mean fewer steps for the same work. Runs with three batches, each of which sees equally many pairs in all.

# %% label="batch"
def with_batch(batch: int) -> dict:
    """Train with this batch, for as many steps as make the same number of pairs."""
    steps = max(2, size.steps * size.batch // batch)
    losses, model = learn(align.InfoNCE(temperature=0.1), steps=steps, batch=batch)
    return {"batch": batch, "steps": steps, "ln(batch)": math.log(batch), "loss, mean of the last 10": np.mean(losses[-10:]), **recalls(*embed(model))}


show.table([with_batch(batch) for batch in size.batches]);

# %% [markdown] label="batch-read"
# Here the smallest batch has the lowest loss and finds most. But the one does not follow from the other: **losses of different batches cannot be compared**, since $\ln(\text{batch})$ is another. What decided is the number of steps: the batch of 512 has had 37 of them, and has hardly left its $\ln 512$.
# That a large batch is the better lesson *for each step* is known from longer trainings; this table does not show it. Whether that pays depends on what you are short of, pairs or steps. CLIP had 400 million pairs and took batches of 32,768.

# %% [markdown] label="floor-text"
# ## 4 · What goes wrong: a loss stuck at ln(batch)
#
# Everyone who trains such a model meets it. Five runs, A to E, four of them broken on purpose: temperature fixed at 1, temperature fixed at 0.01, captions shuffled, every caption alike. Can you say from the curves which is which? (Three of them all but lie on one line.) The table tells.


# %% label="stuck"
def at(temperature: float):
    """The loss at a fixed temperature."""
    return lambda views: align.info_nce(*views, temperature)


strangers = words["train"][torch.randperm(len(words["train"]), generator=torch.Generator().manual_seed(0))]
stuck = {
    "temperature 1": learn(at(1.0)),
    "temperature 0.01": learn(at(0.01)),
    "shuffled captions": learn(at(0.1), texts=strangers),
    "every caption alike": learn(at(0.1), texts=0 * words["train"]),
    "temperature learned": (losses, nce),
}
show.curve(range(1, size.steps + 1), {letter: np.minimum(run[0], 6.5) for letter, run in zip("ABCDE", stuck.values(), strict=True)}, "step", "InfoNCE, cut at 6.5",
           levels={f"ln({size.batch})": math.log(size.batch)}, title="Five losses", name="stuck")
show.table([{"": f"{letter}: {name}", "loss at the end": run[0][-1], **recalls(*embed(run[1]))}
            for letter, (name, run) in zip("ABCDE", stuck.items(), strict=True)]);

# %% [markdown] label="stuck-read"
# - **Shuffled captions** and **every caption alike** sit at $\ln 128 = 4.85$. The first has pairs in a wrong order: a second shuffle, a sort in one of two files. The second has embeddings tied together: a tokeniser that gave everybody the same padding. Nothing can be
#   found, so $1/n$ is the best answer.
# - **Temperature 0.01** begins far above $\ln n$ (early on, one wrong caption takes the whole softmax) and then nearly sits there, with recall a little above guessing: pushes go to one negative each, and cancel. Much later it may get away; a learned temperature that *begins* near 0.1 never goes there.
# - **Temperature 1** falls below $\ln n$ and stops soon after. Why can it not go on? That one you work out.
#
# Cosines lie between -1 and 1, so at $T = 1$ no logit is above 1. And not all negatives can be at -1: in the best possible batch, partners coincide, $s_{ii} = 1$, and all negatives are equally far away, which for $n$ vectors means
# $s_{ij} = -1/(n-1)$ (a regular simplex; for $n = 3$ three arrows at 120°).

# %% [markdown] label="floor-exercise" exercise="contrastive.floor" difficulty=3 minutes=10
# **Exercise 4.** What is InfoNCE in that best batch? Give a Python float, in nats (natural logarithm), that is right at $T = 0.001$ too. (The simplex needs $n - 1$ dimensions or more; with fewer, the best loss is a little higher.)


# %% label="floor" exercise="contrastive.floor"
def floor(n: int, temperature: float) -> float:
    """n pairs, 2 or more -> the lowest loss that unit vectors of n - 1 or more numbers reach at this temperature."""
    ### BEGIN SOLUTION
    apart = 1 + 1 / (n - 1)  # how much closer the partner is than a negative
    return math.log(1 + (n - 1) * math.exp(-apart / temperature))
    ### END SOLUTION


# %% label="floor-check" tags=["nbval-check-output"]
check("contrastive.floor", floor)

# %% label="floor-table" tags=["nbval-check-output"]
lowest = find("contrastive.floor").reference  # what your answer is checked with: the table stands without it
show.table([{"batch": n, "ln(batch)": math.log(n), **{f"T = {t:g}": lowest(n, t) for t in (1, 0.3, 0.1, 0.05)}} for n in (32, 128, 512, 4096)]);

# %% [markdown] label="floor-read"
# At $T = 1$ the loss of a batch of 128 can never fall below 3.86, one nat below $\ln n$, however good the vectors (nor even reach that, with vectors of 64 numbers: 128 of them do not make a simplex); the run above stopped at about 4.0. With a batch of 4,096 it can fall from 8.32 to 7.32, and looks stuck at $\ln n$ to everyone who does not do this sum.
# The repair is one line: a temperature around 0.05 to 0.1 to begin with, learned from there.
#
# ### Yours to move
#
# A test picture, and of 128 test captions the 20 that our model finds most similar to it, the best on the left. (We took a picture whose own caption is first, with a clear lead.) How does softmax share its attention among them? Find a temperature at which the first caption takes all, and one at which
# all are alike. Then look at the title: at which one is the *loss of all 128 pairs* lowest? Not at the sharpest: there every pair whose own caption is not first pays dearly. Compare with the temperature that training had reached in section 3.

# %% label="temperature-widget"
a, b = embed(nce)
some = slice(0, size.batch)
S = torch.from_numpy(evaluate.cosine_similarity(a[some], b[some]))
lead = S.diagonal() - S.masked_fill(torch.eye(len(S), dtype=torch.bool), -1).amax(dim=1)  # of the own caption over the next
ranked = S[lead.argmax()].sort(descending=True).values  # best first


def shares(temperature: float):
    """The figure for one temperature."""
    p = (ranked / temperature).softmax(dim=0)[:20]
    loss = float(align.info_nce(a[some], b[some], temperature))
    return show.curve(range(1, 21), p, "place of the caption, by similarity", "its share of the softmax",
                      levels={"one takes all": 1.0, "all alike": 1 / len(ranked)}, ticks=True,
                      title=f"T = {temperature:g}: loss of {len(ranked)} test pairs {loss:.2f}; ln {len(ranked)} = {math.log(len(ranked)):.2f}")


widgets.slider(shares, [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 10.0], "temperature", start=0.1, name="temperature");

# %% [markdown] label="clip-text"
# ## 5 · A small CLIP
#
# So far the pictures went through a perceptron, for speed. Now a small **convolutional network** (chapter 03) and two layers for the words. It starts from nothing: random numbers and 4,000 pairs.
#
# Once exercise 3 shows ✓, set `mine = True`, and *your* loss trains it, at a fixed temperature of 0.1.


# %% label="clip"
mine = False


def small_clip() -> Views:
    """Pictures (n, 3, 32, 32) and word counts -> (n, 64) each; the same untrained weights every time."""
    torch.manual_seed(0)
    parts: list[nn.Module] = []
    for ins, outs in ((3, 16), (16, 32), (32, 64)):  # 32 × 32 -> 16 × 16 -> 8 × 8 -> 4 × 4
        parts += [nn.Conv2d(ins, outs, 3, stride=2, padding=1), nn.BatchNorm2d(outs), nn.GELU()]
    criterion = (lambda views: info_nce(*views, 0.1)) if mine else align.InfoNCE(temperature=0.1)
    return Views([nn.Sequential(*parts, nn.Flatten(), nn.Linear(1024, 64)), network([len(vocabulary), 128, 64])], criterion)


def fit_clip(texts: Tensor, steps: int) -> tuple[Views, list[float]]:
    """Train one, with a learning rate that rises and falls."""
    model = small_clip()
    loader = DataLoader(TensorDataset(pictures["train"], texts), size.batch, shuffle=True, drop_last=True)
    history = train.fit(model, loader, lambda model, batch: model(batch), steps=steps, lr=5e-3, schedule=train.one_cycle(steps),
                        device="cpu", progress=False)
    return model, history.loss


@torch.no_grad()
def see(model: Views, split: str = "test") -> list[Tensor]:
    """Unit vectors (n, 64) of the pictures and captions of a split."""
    model.eval()
    return [functional.normalize(net(view[split]), dim=1) for net, view in zip(model.networks, (pictures, words), strict=True)]


# %% label="clip-train"
clip, losses = fit_clip(words["train"], size.clip_steps)
A, B = see(clip)
show.curve(range(1, len(losses) + 1), {"our CLIP": losses}, "step", "InfoNCE", levels={f"ln({size.batch})": math.log(size.batch)},
           title="From nothing but pairs", name="clip")
show.table(evaluate.retrieval_report(evaluate.cosine_similarity(B, A), names=("caption → picture", "picture → caption")).rows());

# %% [markdown] label="clip-controls-text"
# And its controls: the same network trained on **shuffled captions** (fewer steps: it has nothing to find), the same **untrained**, CCA from section 1, guessing. The **ceiling** is not 1: where two test scenes have the same description, nobody can tell which of them a caption was made for.

# %% label="clip-controls"
shuffled, _ = fit_clip(strangers, size.control_steps)
descriptions = [str(facts) for facts in world["test"].column("facts")]
twins = np.array([descriptions.count(d) for d in descriptions])  # how many test scenes fit the same description
scores = evaluate.Scores()
for name, result, kind in (
    ("our CLIP", recalls(A, B), "method"), ("CCA on pixels and words", linear, "method"),
    ("shuffled captions", recalls(*see(shuffled)), "control"), ("untrained", recalls(*see(small_clip())), "control"),
    ("guessing", {f"R@{k}": evaluate.chance(len(A), k) for k in (1, 10)}, "chance"),
    ("ceiling", {f"R@{k}": float(np.mean(np.minimum(1, k / twins))) for k in (1, 10)}, "ceiling"),
):
    scores.add(name, [result], kind)
show.table(scores.rows())
show.bars_with_controls(scores.bars("R@10"), f"R@10 among {len(A)} test scenes, mean of both directions", name="clip-controls");

# %% [markdown] label="gap-text"
# ### The modality gap
#
# Do pictures and captions now live in the *same* place? Plot them: for twenty test pairs the two principal components of all forty vectors, before training and after. Thin lines join partners. (Two of 64 directions: after training they hold less than half of the variance, and partners may be closer than they look.)

# %% label="gap-look"
for title, model, name in (("Before training", small_clip(), "gap-before"), ("After", clip, "gap-after")):
    P, Q = see(model)
    show.words2d(torch.cat([P[:20], Q[:20]]), [""] * 40, ["picture"] * 20 + ["caption"] * 20,
                 links=[(i, 20 + i) for i in range(20)], title=title, name=name)

# %% [markdown] label="gap-exercise" exercise="contrastive.modality_gap" difficulty=2 minutes=10
# An untrained network maps whatever it sees into a narrow **cone**, since non-linear layers shift everything the same way. (Above, the pictures' cone is much the narrower one.) Two networks, two cones: that is how the **modality gap** (模态间隙) begins, say Liang et al. (2022), who measured it in many trained models as well:
#
# $$\text{gap} = \Big\lVert \frac1n \sum_i \hat a_i - \frac1m \sum_j \hat b_j \Big\rVert ,\qquad \hat a = a / \lVert a \rVert .$$
#
# **Exercise 5.** Write it: the Euclidean distance between the mean of the pictures' unit vectors and the mean of the captions'. There may be more of one than of the other.


# %% label="gap" exercise="contrastive.modality_gap"
def modality_gap(A: np.ndarray, B: np.ndarray) -> float:
    """Pictures A (n, k) and captions B (m, k), rows of any length -> the gap, from 0 to 2."""
    ### BEGIN SOLUTION
    A = A / np.linalg.norm(A, axis=1, keepdims=True)
    B = B / np.linalg.norm(B, axis=1, keepdims=True)
    return float(np.linalg.norm(A.mean(axis=0) - B.mean(axis=0)))
    ### END SOLUTION


# %% label="gap-check" tags=["nbval-check-output"]
check("contrastive.modality_gap", modality_gap)

# %% [markdown] label="close-text"
# Does the gap matter? **Close it**: move both clouds, each half of the way towards the other, and bring the rows back to length one. Below, `share` 1 closes it, 0 leaves it, -1 doubles it. We do it for the vectors of three models: our CLIP, the same *untrained*, and the
# perceptrons trained at temperature 0.01, which got stuck.

# %% label="close"
show.source(align.move_gap)
models = {"our CLIP": see(clip), "untrained": see(small_clip()), "stuck at T = 0.01": embed(stuck["temperature 0.01"][1])}
rows = []
for name, (P, Q) in models.items():
    moved = {share: align.move_gap(P, Q, share) for share in (-1, 0, 1)}
    rows.append({"": name, "gap": align.modality_gap(P, Q), "gap, closed": align.modality_gap(*moved[1]),
                 **{f"R@10, share {share}": recalls(*pair)["R@10"] for share, pair in moved.items()}})
show.table(rows);

# %% [markdown] label="close-read"
# Training at a mild temperature (0.1 to begin with) closed most of the gap by itself; the run with the sharp temperature kept a wide one. **A gap is not an error as such.** Retrieval compares candidates with each other, and all candidates of a query moved together: with
# query $a$ moved by $\delta$ and candidates $b_j$ by $-\delta$, $(a + \delta)^\top (b_j - \delta) = a^\top b_j + \delta^\top b_j - (a + \delta)^\top \delta$. The last term is the same for all candidates; only $\delta^\top b_j$ can change their order (and that rows are brought to length one again, for which reason the gap of the
# untrained model is not quite closed). In the table: no change for our CLIP, better for the stuck run, and nothing to be seen in the untrained one, which is at chance. It has to be measured: in section 7 on real pairs.

# %% [markdown] label="zero-text"
# ### Zero-shot: classify with words
#
# Nobody told our networks what the *classes* are. But a class has a name, a name makes a caption, and a caption has a vector. So: write a sentence for each class (a **prompt**, 提示), embed it, and give a picture the class whose vector is nearest. Several prompts a class are better than one
# (Radford et al., 2021): what they happen to say besides averages out.

# %% [markdown] label="zero-exercise" exercise="contrastive.zero_shot" difficulty=2 minutes=10
# **Exercise 6.** Each class has several prompts. Its vector: bring each prompt to length one, take their mean, bring that to length one. Give each picture the number of the class with the largest cosine.


# %% label="zero" exercise="contrastive.zero_shot"
def zero_shot(images: np.ndarray, prompts: np.ndarray) -> np.ndarray:
    """images (n, k), prompts (classes, prompts a class, k) -> (n,) whole numbers: the class of each picture."""
    ### BEGIN SOLUTION
    prompts = prompts / np.linalg.norm(prompts, axis=-1, keepdims=True)
    classes = prompts.mean(axis=1)  # (classes, k)
    classes = classes / np.linalg.norm(classes, axis=1, keepdims=True)
    return (images @ classes.T).argmax(axis=1)
    ### END SOLUTION


# %% label="zero-check" tags=["nbval-check-output"]
check("contrastive.zero_shot", zero_shot)

# %% [markdown] label="zero-run-text"
# Three kinds of prompts for *shape* and for *colour*: the bare word, one full sentence, and 40 full sentences whose other facts are drawn at random. Beside them a control, **wrong names** (each class is called by the next one's name), and guessing.


# %% label="prompts"
def sentences(attribute: str, value: str, number: int) -> list[str]:
    """Captions that say this of a thing, and all else at random."""
    rng = np.random.default_rng(0)
    drawn = [{name: rng.choice(values) for name, values in scenes.VALUES.items()} | {attribute: value} for _ in range(number)]
    return [scenes.say(scenes.Facts((scenes.Thing(**facts),)), seed=i) for i, facts in enumerate(drawn)]


@torch.no_grad()
def classified(attribute: str, prompts: list[list[str]]) -> np.ndarray:
    """The class of each test picture, (n,)."""
    vectors = [clip.networks[1](count_words(each)) for each in prompts]
    return align.zero_shot(A, vectors).argmax(axis=1)


rows = []
for attribute in ("shape", "colour"):
    names, truth = scenes.VALUES[attribute], np.array(world["test"].column(attribute))
    kinds = {"the bare word": [[name] for name in names]} | {
        f"{n} sentence{'s' * (n > 1)}": [sentences(attribute, name, n) for name in names] for n in (1, 40)}
    kinds["wrong names, 40 sentences"] = kinds["40 sentences"][1:] + kinds["40 sentences"][:1]
    right = {kind: float(np.mean(classified(attribute, prompts) == truth)) for kind, prompts in kinds.items()}
    rows.append({"": attribute, **right, "guessing": 1 / len(names)})
show.table(rows);

# %% [markdown] label="zero-read"
# Names alone classify about seven shapes and eight colours in ten; wrong names reach far less, so it is the names that do it. The bare word does nearly as well: a bag of words hardly minds the missing rest (a network that reads
# in order would). **One** sentence is no gain: level for shapes, a little worse for colours. A prompt says more than you mean: also a size, a texture and a place, which pull the class's vector to pictures that share them; over many sentences that should average out. Here 40 sentences are best for both, by two to three points:
# with 500 scenes and one model that is hardly more than chance could do (a standard error is two points).
#
# ### Few-shot: a handful of labels
#
# If you do have labels, $k$ of each class, use them: a **linear probe** on the frozen picture vectors. From which $k$ on is that better than names? (As many again, from the validation scenes, choose its one setting, so that nothing but $2k$ labels a class is used. Mean of five draws.)


# %% label="few"
def few(k: int, seed: int) -> float:
    """Accuracy on shapes of a probe trained with k labels a class."""
    parts = []
    for split in ("train", "val"):
        labels = np.array(world[split].column("shape"))
        order = np.random.default_rng(seed).permutation(len(labels))
        rows = np.concatenate([order[labels[order] == c][:k] for c in range(len(scenes.SHAPES))])
        parts.append((vectors[split][rows], labels[rows]))
    return evaluate.linear_probe(*parts, (A, np.array(world["test"].column("shape")))).accuracy


vectors = {split: see(clip, split)[0] for split in ("train", "val")}
drawn = [[few(k, seed) for k in size.shots] for seed in range(5)]
show.curve(size.shots, {"linear probe, k labels a class": drawn}, "k", "accuracy on shapes",
           levels={"zero-shot, 40 sentences": rows[0]["40 sentences"], "guessing": 1 / 8}, log="x", title="Names or labels?", name="few");

# %% [markdown] label="few-read"
# For this model, even 32 labelled pictures of each shape (and 32 more to choose the setting with) do not quite reach what its name does. (The band is ± one standard deviation over the five draws of labels; the model is one and the same.) That is what 4,000 *captions* bought: they are labels too, of all facts at once.

# %% [markdown] label="doubles-text"
# ## 6 · What goes wrong: an equal caption counted as wrong
#
# Our captions said everything, so hardly two were alike. Real ones are not like that: "a dog" occurs a thousand times. Then a batch holds several pictures for which *the same caption is right*, and the loss pushes them away from it: **false negatives** (假负样本). The repair is to leave such pairs out of each other's denominators.

# %% [markdown] label="doubles-exercise" exercise="contrastive.masked_info_nce" difficulty=3 minutes=15
# **Exercise 7.** `logits` are cosines divided by the temperature; pairs with equal numbers in `groups` have the same caption. Write symmetric InfoNCE (mean of both directions, mean over the batch) in which two *different* pairs of one group are neither right nor wrong: they add nothing to each other's denominators. The logits are ready: nothing is left to normalise or to divide.


# %% label="doubles" exercise="contrastive.masked_info_nce"
def masked_info_nce(logits: Tensor, groups: Tensor) -> Tensor:
    """logits (n, n), groups (n,) whole numbers -> the loss, a tensor of shape (), through which gradients can flow."""
    ### BEGIN SOLUTION
    same = groups[:, None] == groups  # (n, n)
    doubles = same & ~torch.eye(len(groups), dtype=torch.bool)  # the pair itself stays
    logits = logits.masked_fill(doubles, -math.inf)
    right = torch.arange(len(groups))
    return (functional.cross_entropy(logits, right) + functional.cross_entropy(logits.T, right)) / 2
    ### END SOLUTION


# %% label="doubles-check" tags=["nbval-check-output"]
check("contrastive.masked_info_nce", masked_info_nce)

# %% [markdown] label="doubles-run-text"
# A world in which captions say little: each fact but the shape with probability 0.2. Two captions are *the same* if they say the same facts, whatever their words. We train with and without the mask, and count an answer as right if it has the same caption.


# %% label="doubles-run"
vague = {split: data.load("scenes", split=split, n=n, objects=1, detail=0.2) for split, n in (("train", size.doubles), ("test", size.scenes["test"]))}
said = {split: [str(part.said(i)) for i in range(len(part))] for split, part in vague.items()}
number = {facts: i for i, facts in enumerate(sorted({*said["train"], *said["test"]}))}
groups = {split: np.array([number[facts] for facts in each]) for split, each in said.items()}
seen = {split: pixels(part, 16).flatten(1) for split, part in vague.items()}
told = {split: count_words(part.column("caption")) for split, part in vague.items()}

rows, relevant = [], evaluate.same_label(groups["test"], groups["test"])
for name, labels in (("every other pair is wrong", None), ("equal captions left out", groups["train"])):
    fitted = align.Contrastive(temperature=0.1, n_components=64, hidden=(256,), steps=size.doubles_steps, batch=size.batch, lr=2e-3)
    fitted.fit(seen["train"], told["train"], groups=labels)
    S = evaluate.cosine_similarity(*reversed(fitted.transform(seen["test"], told["test"])))
    rows.append({"": name, "loss at the end": fitted.history_.loss[-1], "temperature": fitted.temperature_,
                 "R@1, caption → picture": evaluate.recall_at_k(S, 1, relevant), "picture → caption": evaluate.recall_at_k(S.T, 1, relevant.T),
                 "mAP": (evaluate.mean_average_precision(S, relevant) + evaluate.mean_average_precision(S.T, relevant.T)) / 2})
show.table(rows)
print(f"{len(set(said['train']))} different captions for {len(said['train'])} pictures")

# %% [markdown] label="doubles-read"
# In this run the mask helped: two or three points at R@1, about one in mAP (one seed: three points of R@1 can also be luck). The two losses cannot be compared: without doubles in the denominators the loss is lower by construction. What no mask repairs here: "a star" also *fits* every picture
# whose caption says "a red star". Equal captions are the visible part of the false negatives.

# %% [markdown] label="real-text"
# ## 7 · On real pairs
#
# Stamps and clipart with their words, as in chapter 00: two *pretrained* encoders, frozen, and one linear map for each, trained with InfoNCE. Near-duplicates are kept on one side of the split. If they cannot be fetched, the chapter says so and goes on with scenes.


# %% label="real-pairs"
def get_pairs():
    """Stamps and clipart if they can be had, generated scenes if not."""
    try:
        return data.join(*(data.load(name, split="all") for name in ("stamps", "clipart")), n=size.pairs)
    except data.DataUnavailable as reason:
        print(f"{reason}\n\nThe chapter goes on with generated scenes.")
        return data.join(data.load("scenes", n=size.pairs or 4000, objects=1, detail=1.0))


pairs = get_pairs()
may_be_printed = np.array(pairs.sources) != "stamps"  # clipart is in the public domain, scenes are ours
test, val, learning = data.splits.grouped(pairs.groups, (size.test, size.val), seed=0)
image_encoder, text_encoder = features.pretrained.image(size=size.pixels), features.pretrained.text()
X = features.encode(image_encoder, pairs.column("image"))  # (n, 1280)
Y = features.encode(text_encoder, pairs.captions)  # (n, 384)
print(f"{len(learning)} pairs to learn from, {len(val)} to choose with, {len(test)} to report on")

# %% label="real-fit"
head = align.Contrastive(temperature=0.05, n_components=256, dropout=0.5, steps=size.head_steps, batch=size.head_batch, every=40)
head.fit(X[learning], Y[learning], validation=[X[val], Y[val]])
P, Q = head.transform(X[test], Y[test])
S = evaluate.cosine_similarity(Q, P)
show.table(evaluate.retrieval_report(S, names=("caption → picture", "picture → caption")).rows())
print(f"temperature {head.temperature_:.3f} · modality gap {align.modality_gap(P, Q):.3f}, "
      f"R@10 {recalls(P, Q)['R@10']:.3f}; closed: {recalls(*align.move_gap(P, Q))['R@10']:.3f}")

# %% [markdown] label="table-text"
# One split, one seed: one of the five whose mean is the row "contrastive, linear" below. The **table of this part** has every aligner of chapters 05 to 09 on five such splits, everything chosen on validation pairs. Here are the rows of this chapter beside CCA's:

# %% label="table"
OURS = ("CCA", "CCA, weighted + CSLS*", "contrastive, linear", "contrastive, one hidden layer", "triplet, semi-hard, linear",
        "triplet, hardest, linear", "class names + weighted CCA + contrastive + bridge",
        "class names + weighted CCA + contrastive + bridge + CSLS*", "shuffled pairs: contrastive, linear", "random guessing")
part = evaluate.Scores.stored("alignment", "table")
stored = {row[""]: row for row in part.rows()}
show.table([stored[name] for name in OURS])
if pairs.name != "scenes":
    print(f"contrastive, linear, on the first split: R@10 {recalls(P, Q)['R@10']:.3f} above, {part.values['contrastive, linear']['R@10'][0]:.3f} stored")
gains = {row[""]: row for row in evaluate.Scores.stored("alignment", "gains").rows()}
print("ahead of CCA in R@10, on the same test pairs (95 % interval, near-duplicates drawn together):")
show.table([gains[name] for name in OURS[2:8]]);

# %% [markdown] label="table-read"
# *(From `python -m benchmarks.alignment`; mean ± standard deviation over the five splits.)* A linear head trained by InfoNCE does as well as CCA, no better: R@10 48% against 47%, and the 95 % interval of the difference (second table) includes 0. A hidden layer is worth three points. Triplets on linear heads: semi-hard level with CCA, hardest a little behind. With some 2,600 pairs, an exact solution
# leaves little to be won by training.
#
# More is won by *what goes in*. The two rows that begin with *class names* also use what the picture encoder was trained for, a thousand such names: what it thinks it sees is written out in words, in MiniLM's space (Norouzi et al., 2014). Three methods look at vector and words together, and their similarities are added: weighted CCA (chapter 06), our contrastive head, and a **bridge**, which learns no weights: a caption is near a picture if captions like it had pictures like that.

# %% label="best"
show.table(evaluate.Scores.stored("contrastive", "best").rows());

# %% [markdown] label="best-read"
# Each alone is ahead of CCA by some two to five points, the sum by nine, and with the hubs repaired (CSLS, chapter 05; marked with a star, since it looks at all queries together) by about twelve: **59%**. Methods that err differently are worth more together than the best one of them. Two in five captions still miss the first ten among 500: these pictures are as mixed as their captions are terse.

# %% [markdown] label="found-text"
# ### What it finds, and what not
#
# Three phrases, searched among test pictures it never saw: only those in the public domain, clipart, and one of each group of near-duplicates. There are few birds among so few pictures, so expect the first places to fit, and later ones to share *something* with the phrase: an animal that is none, a poison among the food.

# %% label="found"
shelf = np.array([i for i in test if may_be_printed[i]])
shelf = shelf[np.sort(np.unique(np.asarray(pairs.groups)[shelf], return_index=True)[1])]  # one of each group
phrases = size.phrases if pairs.name != "scenes" else ["a red circle", "a large blue star", "a green square"]
asked = head.transform(text_encoder(phrases), view=1)
scores = evaluate.cosine_similarity(asked, head.transform(X[shelf], view=0))
first = [np.argsort(-row)[:5] for row in scores]
show.retrieval(phrases, [pairs.images(shelf[order]) for order in first],
               [[pairs.captions[i].split(" (")[0] for i in shelf[order]] for order in first],
               [row[order] for row, order in zip(scores, first, strict=True)], name="found");

# %% label="lost"
among = evaluate.cosine_similarity(head.transform(Y[shelf], view=1), head.transform(X[shelf], view=0))
rank = evaluate.ranks(among)
worst = np.argsort(-rank)[:4]
show.pictures(pairs.images(shelf[worst]), [f"place {rank[i]:.0f} of {len(shelf)}: “{pairs.captions[shelf[i]]}”" for i in worst],
              columns=4, title="The test captions whose picture stands furthest down", name="lost");

# %% [markdown] label="speech-text"
# ### Say it
#
# The stamps come with **spoken descriptions**, recorded by volunteers. Can such a recording find its picture? The space stays as it is: weighted CCA of pictures and English captions. A convolutional network (chapter 04) learns to put the *sound* there, by InfoNCE towards picture and caption, from some 400 recordings in French (English has only 65).
# Searched are 200 stamps that it has never seen, five splits. Too long to train here, so the table is from `python -m benchmarks.contrastive speech`. Beside it: the same network trained on recordings of *other* stamps, guessing, and two ceilings, in which the words are *read*: the French words by ridge regression from as few pairs, the English ones by MiniLM.

# %% label="speech"
show.table(evaluate.Scores.stored("contrastive", "speech").rows());

# %% [markdown] label="speech-read"
# A recording finds its picture among the first ten three times as often as guessing does (15% against 5%); in the first place it stands for some four or five recordings in 200, too few for a finer word. Recordings of other stamps teach nothing: what is found, is found by what was *said*. But *reading* the same words finds twice as much (31%), and a text encoder that has seen more language than 400
# captions finds more again (53%). Most words of the test part are in no training recording; nobody can know what they mean. Where speech is short, recognise it first, with a recogniser trained on much speech, and then search with text.

# %% [markdown] label="fashion-text"
# ### Zero-shot on something else
#
# The head has learnt from stamps and clipart. Can it name *product photographs*: Fashion-MNIST, ten classes, grey, 28 × 28? It has never seen one, and the prompts are ten phrases. Beside it CCA in place of the head, and guessing, which is the control.

# %% label="fashion"
try:
    fashion = data.load("fashion_mnist", split="test")
    order = np.random.default_rng(0).permutation(len(fashion))[: size.fashion]
    truth = np.array(fashion.column("label"))[order]
    seen_things = features.encode(image_encoder, torch.stack([fashion[i]["image"] for i in order]))
    phrases_of = [f"a {name}" for name in data.fashion_mnist.CLASSES]
    linear_head = align.CCA(min(256, len(learning) // 4), reg=1.0).fit(X[learning], Y[learning])
    rows = []
    for name, aligner in (("InfoNCE", head), ("CCA", linear_head)):
        prompts = [aligner.transform(text_encoder([phrase]), view=1) for phrase in phrases_of]
        chosen = align.zero_shot(aligner.transform(seen_things, view=0), prompts).argmax(axis=1)
        right = float((chosen == truth).mean())
        rows.append({"": name, "right": right, "standard error": math.sqrt(right * (1 - right) / len(truth)), "guessing": 0.1, "photographs": len(truth)})
    show.table(rows)
except data.DataUnavailable as reason:
    print(reason)

# %% [markdown] label="fashion-read"
# Both are above guessing by several standard errors, and neither is good. CCA is carried over better than the trained head (about a third right against a fifth), although the two are level on stamps and clipart: what is level on the pairs at hand need not be level elsewhere. (Wrong names, dealt out in all nine ways, would teach
# nothing here: every photograph that is not right is right in exactly one of them, so their mean is (1 - right) / 9, whatever the model.)

# %% [markdown] label="machines-text"
# ## 8 · Many machines
#
# CLIP was trained with batches of 32,768 pairs. No machine holds those, so they are shared out: $W$ processes with $n / W$ pairs each. For an ordinary loss, a mean over examples, that is easy: each computes its own gradient, and the average is the gradient of the whole batch. **Not so here:** an example's loss depends on the others.

# %% [markdown] label="machines-exercise" exercise="contrastive.without_gathering" difficulty=2 minutes=10
# **Exercise 8.** What would be trained if each process only compared its own pairs? Process 0 has the first $n/W$ pairs, process 1 the next, and so on. Give the mean of their losses (each the symmetric InfoNCE of `align.info_nce`).


# %% label="machines" exercise="contrastive.without_gathering"
def without_gathering(a: Tensor, b: Tensor, temperature: float, processes: int) -> Tensor:
    """a, b (n, k), n a multiple of processes -> the mean of the processes' losses, a tensor of shape ()."""
    ### BEGIN SOLUTION
    shares = zip(a.chunk(processes), b.chunk(processes), strict=True)
    return torch.stack([align.info_nce(x, y, temperature) for x, y in shares]).mean()
    ### END SOLUTION


# %% label="machines-check" tags=["nbval-check-output"]
check("contrastive.without_gathering", without_gathering)

# %% [markdown] label="gather-text"
# A process that only sees 16 of 128 pairs asks an easier question: its loss at the start is $\ln 16 = 2.77$ instead of 4.85, and its negatives are fewer. So the embeddings are **gathered**: every process gets those of all, and computes the whole loss. The one subtlety is the way back: what the *other* processes' losses say about my rows has to reach me. So on the way back the gradients of all processes are *summed* (`all_reduce`; `_together` runs it on all of them at once), and each keeps the part that belongs to its own rows
# (`ctx` would hold what the way back needs to remember: nothing). The usual averaging over the processes then divides by $W$: every process has computed the same whole loss, so that the sum of $W$ equal gradients, over $W$, is right.

# %% label="gather-listing"
show.source(align.gathering._Gather);

# %% [markdown] label="launch-text"
# One command starts two processes on this computer, which talk over gloo as two machines would:
#
#     accelerate launch --multi_gpu --num_processes 2 -m mmlearn.align.two_processes
#
# (`--multi_gpu` means "several processes", on a CPU too.) Each holds 8 of 16 pairs and compares what it gets with one process that has all 16, first with gathering, then without. (Up to a minute or so, mostly for starting two more Pythons.)

# %% label="launch"
try:
    print(two_processes.launch(timeout=400))
except (RuntimeError, OSError) as reason:
    print(reason)

# %% [markdown] label="launch-read"
# With gathering, loss and gradients are those of one process on the whole batch, to the printed digits, step after step. Without it loss and gradients are others, and so is the model that comes out. In your own training it is `align.InfoNCE(gather=True)`, and a loader whose last batch is dropped, so that all processes hold equally many pairs.

# %% [markdown] label="sigmoid-text"
# ## 9 · A loss the library lacks
#
# InfoNCE needs the whole row for its softmax. SigLIP (Zhai et al., 2023) asks each of the $n^2$ entries by itself: *do these two belong together, yes or no?* With $z_{ij} = 1$ on the diagonal and $-1$ elsewhere, a scale $t$ (which is $1/T$; in the code `scale`) and a bias $c$ (`bias`),
#
# $$L = -\frac1n \sum_{i=1}^n \sum_{j=1}^n \log \sigma\big(z_{ij}\,(t\, s_{ij} + c)\big),\qquad \sigma(x) = \frac1{1 + e^{-x}} .$$
#
# There are $n - 1$ noes for one yes, so $c$ begins at -10: "no, as a rule". Without softmax, machines need not know each other's whole rows. (Knowing nothing is here to answer $1/n$ everywhere: that costs $\ln n$ for the one yes, and about 1 for the $n - 1$ noes.)

# %% [markdown] label="sigmoid-exercise" exercise="contrastive.sigmoid_loss" difficulty=3 minutes=15
# **Exercise 9.** Write it, so that it is finite and right at a scale of 2,000 too (where a sigmoid rounds to 0, as it may early in a training). Note the divisor: $n$, not $n^2$.


# %% label="sigmoid" exercise="contrastive.sigmoid_loss"
def sigmoid_loss(S: Tensor, scale: float, bias: float) -> Tensor:
    """Cosines S (n, n), partners on the diagonal -> the loss, a tensor of shape (), through which gradients can flow."""
    ### BEGIN SOLUTION
    signs = 2 * torch.eye(len(S), dtype=S.dtype) - 1  # 1 on the diagonal, -1 elsewhere
    return -functional.logsigmoid(signs * (scale * S + bias)).sum() / len(S)
    ### END SOLUTION


# %% label="sigmoid-check" tags=["nbval-check-output"]
check("contrastive.sigmoid_loss", sigmoid_loss)


# %% label="sigmoid-run"
class Sigmoid(nn.Module):
    """Your loss, with scale and bias learned."""

    def __init__(self):
        super().__init__()
        self.log_scale, self.bias = nn.Parameter(torch.tensor(math.log(10.0))), nn.Parameter(torch.tensor(-10.0))

    def forward(self, views: list[Tensor]) -> Tensor:
        a, b = (functional.normalize(view, dim=1) for view in views)
        return sigmoid_loss(a @ b.T, self.log_scale.exp(), self.bias)


if sigmoid_loss(torch.eye(2), 1.0, 0.0) is None:
    print("fill in the exercise above to train with it")
else:
    yes_no, answered = learn(Sigmoid(), steps=size.sigmoid_steps)
    show.curve(range(1, len(yes_no) + 1), {"your loss": yes_no}, "step", "sigmoid loss",
               levels={f"ln({size.batch}) + 1": math.log(size.batch) + 1}, title="A yes or no for every pair", name="sigmoid")
    show.table([{"": f"sigmoid, {size.sigmoid_steps} steps", **recalls(*embed(answered))},
                {"": f"InfoNCE, {size.steps} steps (section 3)", **recalls(*embed(nce))}])

# %% [markdown] label="sigmoid-read"
# The loss drops to $\ln 128 + 1 = 5.85$ and stays there for more than 400 steps, as if stuck: knowing nothing, once more. Then it finds the way down, and is still descending when we stop. InfoNCE was further with less than a quarter of the steps. So at this size, with these settings, softmax is the better choice; Zhai et al. use the sigmoid for what it saves between machines, train for
# very much longer, and warm the learning rate up. Know the number at which your loss waits.

# %% [markdown] label="quiz-text"
# ## 10 · Quiz
#
# Click the choice you think is right. Every choice explains itself, so click the wrong ones too.

# %% label="quiz"
quiz("contrastive")

# %% label="progress"
progress("contrastive")

# %% [markdown] label="end"
# ## Take away
#
# - Attraction alone collapses. Something must push: a margin, or all other pairs of the batch.
# - A triplet loss that stays at 2 · batch · margin has collapsed. Begin with semi-hard negatives, then take the hardest, with smaller steps. A semi-hard loss hardly falls while it learns.
# - InfoNCE is cross-entropy with the batch as classes. Knowing nothing is ln(batch): look for shuffled pairs, tied embeddings, a wrong temperature.
# - At T = 1 unit vectors cannot get more than about one nat below ln(batch). Begin near 0.1 or 0.05, and learn it.
# - Two media may live in two places. Measure the gap, and measure what closing it does.
# - Names classify, if prompts look like captions. Put guessing beside them, or wrong names, and say how many were asked.
# - An equal caption is no wrong answer. Over many machines: gather, with gradients.
#
# **With a GPU or more time.** `MMLEARN_PROFILE=gpu` trains on 20,000 scenes in batches of 512. Which batch size is best if every run may *see* equally many pairs?
#
# ## Further reading
#
# - A. van den Oord, Y. Li, O. Vinyals (2018). Representation learning with contrastive predictive coding. arXiv:1807.03748.
# - A. Radford and others (2021). Learning transferable visual models from natural language supervision. *ICML*.
# - F. Schroff, D. Kalenichenko, J. Philbin (2015). FaceNet: a unified embedding for face recognition and clustering. *CVPR*.
# - F. Faghri, D. J. Fleet, J. R. Kiros, S. Fidler (2018). VSE++: improving visual-semantic embeddings with hard negatives. *BMVC*.
# - C.-Y. Wu, R. Manmatha, A. J. Smola, P. Krähenbühl (2017). Sampling matters in deep embedding learning. *ICCV*.
# - W. Liang, Y. Zhang, Y. Kwon, S. Yeung, J. Zou (2022). Mind the gap: understanding the modality gap in multi-modal contrastive representation learning. *NeurIPS*.
# - T. Wang, P. Isola (2020). Understanding contrastive representation learning through alignment and uniformity on the hypersphere. *ICML*.
# - P. Khosla and others (2020). Supervised contrastive learning. *NeurIPS*.
# - M. Norouzi and others (2014). Zero-shot learning by convex combination of semantic embeddings. *ICLR*.
# - X. Zhai, B. Mustafa, A. Kolesnikov, L. Beyer (2023). Sigmoid loss for language image pre-training. *ICCV*.
# - J. Robinson, C.-Y. Chuang, S. Sra, S. Jegelka (2021). Contrastive learning with hard negative samples. *ICLR*.
