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
# # 01 · Primer: the parts that everything else is made of
#
# **Eight small functions, a few lines each: a bend, a loss, a step, a loop, a whitening, a memory, attention, a mask.** You build them, and
# every later chapter stands on them.
#
# ![Contours of a long valley, and the ways that four optimizers take through it](../data/pictures/primer.png)
#
# *Four ways downhill, one of which you will have written. The figure is drawn in section 4.*

# %% [markdown] label="objectives"
# **After this chapter you can**
#
# - say what an activation's range and slope really are, and test such a claim instead of believing it;
# - derive the two losses of this course, and their gradients, from one idea;
# - write Adam, a training loop, an LSTM's step and attention from memory, and know why each of their parts is there;
# - turn and stretch data with an SVD, and say when that helps and when it hurts.
#
# **You need** Python, NumPy, what a derivative and a matrix product are, and the first look at PyTorch's tensors that any tutorial gives.
# Chapter 00 is no condition: where its CCA (directions in which two views correlate most) or its ridge (a small number added to every
# variance) comes up, half a sentence says what it is. Terms in English and Chinese: [glossary · 术语表](../GLOSSARY.md).

# %% [markdown] label="card" tags=["card"]
# Filled in by the builder.

# %% label="setup" tags=["setup"]
import math

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from mmlearn import evaluate, layers, profiles, show, train, widgets
from mmlearn.exercises import check, hint, progress, quiz

size = profiles.settings("01_primer")

# %% [markdown] label="xor-text"
# ## 1 · A deep network that cannot
#
# A picture says yes or no, a caption says yes or no, and we ask: **do they agree?** Neither medium alone tells anything. That is *exclusive or*,
# the smallest problem that is really multimodal. Each of our 400 examples is two noisy numbers, one from each medium.
#
# We train a network of four linear layers on it.


# %% label="xor"
def deep(bend: nn.Module) -> nn.Module:
    """Four linear layers, 2 -> 16 -> 16 -> 16 -> 2, with `bend` between them."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 16), bend, nn.Linear(16, 16), bend, nn.Linear(16, 16), bend, nn.Linear(16, 2))


rng = np.random.default_rng(0)
says = rng.choice([-1, 1], size=(400, 2))  # what the picture says, what the caption says
points = torch.from_numpy(says + 0.3 * rng.normal(size=(400, 2))).float()  # (400, 2)
agree = torch.from_numpy(says[:, 0] == says[:, 1]).long()  # (400,)


def learn(model: nn.Module, steps: int = 200) -> float:
    """Train on all points at once; give the share that comes out right."""
    optimizer = layers.Adam(model.parameters(), lr=0.02)
    for _ in range(steps):
        optimizer.zero_grad()
        layers.cross_entropy(model(points), agree).backward()
        optimizer.step()
    return float((model(points).argmax(1) == agree).float().mean())


# %% label="xor-fails"
straight, bent = deep(nn.Identity()), deep(nn.ReLU())
show.table([{"between the layers": name, "right": learn(model)} for name, model in (("nothing", straight), ("ReLU", bent))]);


# %% label="xor-map"
def probability(model: nn.Module):
    """The model as a function of two grids of numbers: how probable is it that they agree?"""

    def of(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        grid = torch.from_numpy(np.stack([x, y], axis=-1)).float()
        return layers.softmax(model(grid))[..., 1].detach().numpy()

    return of


clouds = {"they agree": points[agree == 1], "they do not": points[agree == 0]}
show.surface(probability(bent), points=clouds, xlim=(-2.4, 2.4), ylim=(-2.4, 2.4), levels=11, xlabel="the picture says",
             ylabel="the caption says", label="p(they agree)", title="With bends between the layers", name="xor");

# %% [markdown] label="xor-why"
# Four layers without bends are no better than tossing a coin, and training longer would not help. A linear layer computes $Wx + b$. Two of them:
#
# $$W_2(W_1 x + b_1) + b_2 = (W_2 W_1)\,x + (W_2 b_1 + b_2),$$
#
# one linear layer again. Depth is worth something only if something **bends** in between. So we begin there.

# %% [markdown] label="bends-text"
# ## 2 · Bends: activations
#
# An activation is a function of one number, put after a linear layer. Three questions decide how it behaves: which values can it take, how steep is
# it at most, and where does its slope die? For the **sigmoid**
#
# $$\sigma(x) = \frac{1}{1 + e^{-x}},\qquad \sigma'(x) = \sigma(x)\,(1 - \sigma(x)).$$
#
# A text that many have read, in several translations, says its range is $[-1, 1]$. Is that so? $e^{-x}$ is positive, so the
# denominator is above 1, and the value lies strictly between 0 and 1. Do not take our word for it either: measure.

# %% label="bends" tags=["nbval-check-output"]
x = torch.linspace(-30, 30, 60001, dtype=torch.float64)  # 0 is on the grid
rows = []
for name, facts in layers.FACTS.items():
    t = x.clone().requires_grad_()
    y = getattr(layers, name)(t)
    (slope,) = torch.autograd.grad(y.sum(), t)
    rows.append({
        "": name, "range, in theory": facts.range, "on the grid from": f"{y.min():.3f}", "to": f"{y.max():.3f}",
        "steepest": f"{slope.max():.3f}", "slope at -30": f"{slope[0]:.0e}", "slope at 30": f"{slope[-1]:.0e}",
    })
show.table(rows);

# %% [markdown] label="bends-read"
# A round bracket is an end that is approached and never reached; where the grid shows 0.000 or 1.000, that is rounded. So:
#
# - **sigmoid** (0, 1), steepest 1/4: the slopes of four of them, one after the other, shrink a gradient at least 256 times. It is **tanh** whose range is (-1, 1), and both saturate
#   on both sides.
# - **ReLU** never saturates above and is exactly flat below: a unit that is below zero for *every* example learns no more. **Leaky ReLU** keeps a
#   slope of 0.01 everywhere below; **ELU** keeps some just below zero, and then it too saturates.
# - **softplus** is a ReLU with a rounded corner. **GELU** and **SiLU** dip below zero (to -0.17 and -0.28), and are slightly steeper than 1 in places.

# %% label="bends-plot"
near = torch.linspace(-4, 4, 161)
for title, chosen in (("Saturating on both sides", ("sigmoid", "tanh")),
                      ("Open above", ("relu", "leaky_relu", "elu", "softplus", "gelu", "silu"))):
    show.curve(near, {name: getattr(layers, name)(near) for name in chosen}, "x", "activation", title=title, name=f"bends-{len(chosen)}")

# %% [markdown] label="sigmoid-text" exercise="primer.sigmoid" difficulty=2 minutes=10
# **Exercise 1.** Give the sigmoid of every entry of `x`, and its slope there. Without `torch.sigmoid`, and right for *every* float: at $x = 1000$ and at
# $x = -1000$ too, where a careless formula asks for $e^{1000} = \infty$. The check also sends a gradient back through your value, as training would. (There
# $1/(1 + \infty) = 0$ is the right number, but its gradient comes out as $\infty \cdot 0$, which is NaN.)


# %% label="sigmoid" exercise="primer.sigmoid"
def sigmoid(x: Tensor) -> tuple[Tensor, Tensor]:
    """x of any shape -> (values, slopes), each of that shape."""
    ### BEGIN SOLUTION
    e = torch.exp(-x.abs())  # between 0 and 1, whatever x is
    value = torch.where(x >= 0, 1 / (1 + e), e / (1 + e))
    return value, value * (1 - value)
    ### END SOLUTION


# %% label="sigmoid-check" tags=["nbval-check-output"]
check("primer.sigmoid", sigmoid)

# %% [markdown] label="sigmoid-listing-text"
# **The listing.** The library's sigmoid chooses with `masked_fill` instead of an absolute value: |x| has a corner at 0, where autograd calls its slope 0, and then
# the slope of the sigmoid at 0 would come out as 0 instead of 1/4. Autograd differentiates what you wrote, not what you meant.

# %% label="sigmoid-listing"
show.source(layers.sigmoid);

# %% [markdown] label="saturate-text"
# Open ends hold for real numbers. A `float32` knows some 7 digits, and there is none between 1 - 6·10⁻⁸ and 1. So a *computed* sigmoid does
# reach 1, and where it does, its slope is exactly 0 and learning stops.

# %% label="saturate" tags=["nbval-check-output"]
at = torch.tensor([0.0, 2, 5, 10, 15, 17, 20])
value = layers.sigmoid(at)
show.table([{"x": f"{a:.0f}", "σ(x)": f"{v:.9f}", "slope σ(1 - σ)": f"{v * (1 - v):.1e}", "is 1": "yes" if v == 1 else "no"}
            for a, v in zip(at, value, strict=True)]);

# %% [markdown] label="dead-text"
# And the ReLU's flat half. We move the points of section 1 so that all inputs are positive, as those of pixels are, and take one step of gradient descent. How many of the
# 64 units are then below zero for *all* 400 points, so that a ReLU lets no gradient reach them any more?


# %% label="dead"
def dead_after_one_step(lr: float) -> float:
    """The share of hidden units that are below zero for every point."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 2))
    optimizer = layers.GradientDescent(model.parameters(), lr=lr)
    layers.cross_entropy(model(points + 3), agree).backward()
    optimizer.step()
    return float((model[0](points + 3) < 0).all(dim=0).float().mean())


show.table([{"learning rate": f"{lr:g}", "dead units": f"{dead_after_one_step(lr):.0%}"} for lr in (0.001, 1, 10, 100)]);

# %% [markdown] label="dead-read"
# (Rates of 10 and 100 are absurd on purpose, so that one step shows what a few hundred do at a rate that is merely too high.) With such
# inputs more than a third are dead before anything was learnt: one more reason to give a network inputs with mean zero. Too long a step kills more than a third of those that lived, for good. Under a leaky ReLU they
# would keep a slope of 0.01, and could come back.

# %% [markdown] label="loss-text"
# ## 3 · Losses: how surprised is the model?
#
# Where do losses come from? From one idea, **maximum likelihood**: let the model say how probable it finds what really happened, and choose the weights that
# make this most probable. For $n$ independent examples the probability is a product; its logarithm, with the sign changed and divided by $n$, is a mean
# that should be small:
#
# $$L = -\frac1n \sum_{i=1}^n \log p(\text{target}_i \mid x_i).$$
#
# **A number with Gaussian noise.** If the model says $\hat y$ and means "$\hat y$, give or take a Gaussian of variance $s^2$", then
# $-\log p(y) = \frac{(y - \hat y)^2}{2 s^2} + \text{constant}$. With $s$ fixed, that is the **mean squared error**, up to a factor:
#
# $$\text{MSE} = \frac1n \sum_i (\hat y_i - y_i)^2, \qquad \frac{\partial\,\text{MSE}}{\partial \hat y_i} = \frac2n (\hat y_i - y_i).$$
#
# **A choice among $C$ classes.** The model gives $C$ scores, the **logits** $z$, and softmax makes them probabilities,
# $p_c = e^{z_c} / \sum_k e^{z_k}$. Then for the true class $y$
#
# $$-\log p_y = \log \sum_k e^{z_k} - z_y,$$
#
# and the mean of that is the **cross-entropy**. ($k$ runs over all classes; $p_y$ is the probability given to the right one.)

# %% [markdown] label="loss-gradient-text"
# Its gradient is the nicest formula of the chapter. $\frac{\partial}{\partial z_c} \log\sum_k e^{z_k} = \frac{e^{z_c}}{\sum_k e^{z_k}} = p_c$, and $z_y$
# has slope 1 where $c = y$. So for one example
#
# $$\frac{\partial L}{\partial z_c} = p_c - [c = y]:\qquad \textbf{softmax minus one-hot}.$$
#
# $[c = y]$ is 1 for the right class and 0 for the others; these $C$ numbers together are the label's **one-hot** vector. The push on each score is simply how wrong its probability is. Autograd agrees:

# %% label="loss-gradient" tags=["nbval-check-output"]
generator = torch.Generator().manual_seed(0)
logits = torch.randn(5, 3, dtype=torch.float64, generator=generator).requires_grad_()  # 5 examples, 3 classes
labels = torch.tensor([0, 2, 1, 1, 0])

(by_autograd,) = torch.autograd.grad(layers.cross_entropy(logits, labels), logits)
by_hand = (layers.softmax(logits) - functional.one_hot(labels, 3)) / len(labels)
print("largest difference below 1e-15:", bool((by_autograd - by_hand).abs().max() < 1e-15))

# %% [markdown] label="entropy-text" exercise="primer.cross_entropy" difficulty=3 minutes=15
# **Exercise 2.** Write the cross-entropy from logits. It must hold for logits of ±10,000: $e^{10000}$ is infinite in any float, and a probability that has been
# rounded to 0 has the logarithm $-\infty$. The way out is the **log-sum-exp trick**: for any number $m$,
#
# $$\log\sum_k e^{z_k} = m + \log\sum_k e^{z_k - m}.$$


# %% label="entropy" exercise="primer.cross_entropy"
def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """logits (n, classes), labels (n,) whole numbers -> the mean of -log softmax(logits)[label]: a tensor of shape (), through which
    gradients can flow."""
    ### BEGIN SOLUTION
    shifted = logits - logits.max(dim=1, keepdim=True).values  # the largest of each row is now 0
    log_sum = shifted.exp().sum(dim=1).log()  # (n,)
    right = shifted[torch.arange(len(labels)), labels]  # (n,) the label's logit
    return (log_sum - right).mean()
    ### END SOLUTION


# %% label="entropy-check" tags=["nbval-check-output"]
check("primer.cross_entropy", cross_entropy)

# %% [markdown] label="entropy-listing-text"
# **The listing.** Two small functions. Note what `cross_entropy` refuses: shapes that do not fit, and a label that is no class. Its sibling `layers.mse` refuses (n, 1) against (n,),
# which broadcasting would silently make (n, n), everything compared with everything. A sentence is cheaper than an evening.

# %% label="entropy-listing"
show.source(layers.log_softmax)
show.source(layers.cross_entropy);

# %% [markdown] label="descent-text"
# ## 4 · Downhill
#
# The gradient $g$ of the loss points uphill, so we walk against it. Everything else is a matter of step length. With weights $w$ and learning rate $\eta$:
#
# | | each step | the thought |
# |---|---|---|
# | gradient descent | $w \leftarrow w - \eta g$ | go down |
# | *stochastic* | the same, $g$ from a random batch | a rough slope now beats an exact one later |
# | momentum | $v \leftarrow \mu v + g$, $w \leftarrow w - \eta v$ | a heavy ball: steady slopes add up, flipping ones cancel |
# | RMSprop | $s \leftarrow \alpha s + (1-\alpha) g^2$, $w \leftarrow w - \eta\, g / (\sqrt{s} + \varepsilon)$ | measure each weight's step by its usual gradient |
# | Adam | both, each corrected for its start at zero | the two together |
#
# $\mu$ (here 0.9) says how much of the speed $v$ is kept, $\alpha$ (here 0.9) how much of the running average $s$ of squared gradients; $\varepsilon$ ($10^{-8}$) only guards
# against dividing by zero.
#
# We let them race on one surface, a **valley** a hundred times as curved across as along. Its floor is nearly flat, its walls throw you from side to side.

# %% [markdown] label="adam-text" exercise="primer.adam_step" difficulty=3 minutes=15
# **Exercise 3.** One step of Adam (Kingma and Ba, 2015). It remembers two running averages,
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1) g, \qquad s \leftarrow \beta_2 s + (1 - \beta_2) g^2.$$
#
# The shares $\beta_1$ and $\beta_2$ of the old that are kept are usually 0.9 and 0.999. # Both begin at 0, so after $t$ steps they hold only a share $1 - \beta^t$ of the weight they should; dividing by that repairs it:
# $\hat m = m / (1 - \beta_1^t)$, $\hat s = s / (1 - \beta_2^t)$. Then
#
# $$w \leftarrow w - \eta\, \frac{\hat m}{\sqrt{\hat s} + \varepsilon}.$$
#
# Give back the new weights and what must be remembered. Change no argument in place.


# %% label="adam" exercise="primer.adam_step"
def adam_step(
    w: Tensor, g: Tensor, m: Tensor, s: Tensor, t: int, lr: float, b1: float, b2: float, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Weights w and gradient g (d,), averages m and s (d,), step number t = 1, 2, … -> the new (w, m, s)."""
    ### BEGIN SOLUTION
    m = b1 * m + (1 - b1) * g
    s = b2 * s + (1 - b2) * g**2
    m_hat, s_hat = m / (1 - b1**t), s / (1 - b2**t)
    return w - lr * m_hat / (s_hat.sqrt() + eps), m, s
    ### END SOLUTION


# %% label="adam-check" tags=["nbval-check-output"]
check("primer.adam_step", adam_step)

# %% [markdown] label="adam-listing-text"
# **The listing.** An optimizer of the library keeps a list of weights and a memory for each; every method only says how far to go.

# %% label="adam-listing"
show.source(layers.GradientDescent.step)
show.source(layers.Adam.change);

# %% [markdown] label="race-text"
# A race is fair only if everyone may choose a learning rate. Each gets the best of 31, judged by the height after 60 steps: the **median** over 25 starts, since
# from a single one luck decides. (On *one* surface: this table says something about valleys, not about networks.)
#
# Then the same valley **turned by 45 degrees**, with the starts turned along.


# %% label="race"
def valley(x, y):
    """Along x gentle, along y curved a hundred times as much; lowest at (0, 0)."""
    return (x**2 + 100 * y**2) / 2


def turned(x, y):
    """The same valley, turned by 45 degrees."""
    return valley((x + y) / math.sqrt(2), (y - x) / math.sqrt(2))


RACERS = {"gradient descent": layers.GradientDescent, "momentum": layers.Momentum,
          "RMSprop": lambda w, lr: layers.RMSprop(w, lr, alpha=0.9), "Adam": layers.Adam}
RATES = [float(f"{rate:.2g}") for rate in np.geomspace(0.001, 1, 31)]
a, b = (grid.ravel() for grid in np.meshgrid([-5, -4.5, -4, -3.5, -3], [0.3, 0.4, 0.5, 0.6, 0.7]))  # 25 starts, the middle one (-4, 0.5)
STARTS = {valley: np.stack([a, b]), turned: np.stack([a - b, a + b]) / math.sqrt(2)}  # each (2, 25)


def best_walk(name: str, surface) -> tuple:
    """(median height after the last step, learning rate, the middle start's path) of the rate that ends lowest."""
    tried = []
    for rate in RATES:  # all 25 at once: a sum's gradient holds the gradient of each
        paths = layers.descend(lambda x, y: surface(x, y).sum(), STARTS[surface], lambda w, r=rate: RACERS[name](w, r), size.race_steps)
        heights = surface(*paths[-1])
        tried.append((np.median(np.where(np.isfinite(heights), heights, math.inf)), rate, paths[:, :, 12]))
    return min(tried, key=lambda walk: walk[0])


# %% label="race-table"
walks = {surface: {name: best_walk(name, surface) for name in RACERS} for surface in STARTS}
rows = []
for name in RACERS:
    (straight_end, rate, _), (turned_end, turned_rate, _) = walks[valley][name], walks[turned][name]
    rows.append({"": name, "valley: best rate": rate, "height at the end, valley": f"{straight_end:.1e}",
                 "turned: best rate": turned_rate, "height at the end, turned": f"{turned_end:.1e}"})
show.table(rows);

# %% label="race-figure"
show.surface(valley, {name: path for name, (_, _, path) in walks[valley].items()}, xlim=(-5, 2), ylim=(-0.8, 0.8), lowest=(0, 0),
             log=True, xlabel="first weight", ylabel="second weight", title="Four ways down one valley, each at its best learning rate",
             name="race");

# %% [markdown] label="race-read"
# - **Gradient descent** may not step longer than the steep walls allow, and then crawls along the floor.
# - **Momentum** adds up along the floor what the walls cancel. Turning the valley changes nothing for these two: neither knows where the axes are.
# - **RMSprop** measures each *weight* by itself. That suits a valley along an axis; in the one across it ends more than thirty times as high.
# - **Adam** comes near the bottom of both, with the step of the one and the mass of the other. It too measures single weights: its best rate changes with the turn, and it ends twice as high. On these two surfaces momentum, at its best rate, ends at least as low.
#
# Which is why it is the usual first choice for networks, whose layers differ in scale in ways nobody knows beforehand; not because it wins every race.
#
# ### Yours to move
#
# All four with the *same* learning rate, from the ring to their crosses; the star is the lowest place, and below stands how high each ends. Find the rate above which gradient descent flies out of the valley: theory says $2/100 = 0.02$, two over the largest
# curvature.


# %% label="race-widget"
def all_at(rate: float):
    """The figure for one learning rate."""
    ways = {name: layers.descend(valley, (-4.0, 0.5), lambda w, m=make: m(w, rate), size.race_steps) for name, make in RACERS.items()}
    paths = {f"{name}, ends at {valley(*way[-1]):.1g}": way for name, way in ways.items()}
    return show.surface(valley, paths, xlim=(-5, 2), ylim=(-0.8, 0.8), lowest=(0, 0), log=True, xlabel="first weight",
                        ylabel="second weight", title=f"learning rate {rate:g}")


widgets.slider(all_at, [0.001, 0.003, 0.01, 0.015, 0.019, 0.021, 0.03, 0.1, 0.3], "learning rate", start=0.019, name="rates");

# %% [markdown] label="loop-text"
# ## 5 · The loop, on real digits
#
# Now the parts meet. The data are **handwritten digits**, 1,797 of them, 8 × 8 pixels, which come with scikit-learn (Alpaydin and Kaynak, 1998): no
# download. Thirteen people wrote them, and the file seems to keep what one person wrote together. So we split **in order**: the first 1,200 to learn from, 200 to choose
# with, the last 397 to report on.


# %% label="digits"
pixels, digit = load_digits(return_X_y=True)
pixels = pixels.astype(np.float32) / 16  # (1797, 64), from 0 to 1
piles = {"train": slice(0, 1200), "val": slice(1200, 1400), "test": slice(1400, None)}
X = {name: torch.from_numpy(pixels[pile]) for name, pile in piles.items()}  # (n, 64)
y = {name: torch.from_numpy(digit[pile]) for name, pile in piles.items()}  # (n,)


def as_picture(v) -> np.ndarray:
    """64 numbers, from 0 to 1 -> a grey picture (3, 80, 80), dark ink on white."""
    grey = 255 - 255 * np.clip(np.asarray(v), 0, 1).reshape(8, 8)
    return np.repeat(np.kron(grey, np.ones((10, 10)))[None], 3, axis=0).astype(np.uint8)


some = range(0, 1200, 100)
show.pictures([as_picture(pixels[i]) for i in some], [str(digit[i]) for i in some], columns=6, title="Digits", name="digits");

# %% [markdown] label="train-text" exercise="primer.train_loop" difficulty=2 minutes=15
# **Exercise 4.** The loop that trains everything in this course. For every batch: compute the loss; clear the old gradients (`backward` *adds* to what is there);
# compute the new ones; let the optimizer step. Keep the loss of every batch as a plain number.


# %% label="train" exercise="primer.train_loop"
def train_loop(model: nn.Module, batches: list, loss, optimizer, epochs: int) -> list[float]:
    """`loss(model, batch)` is one number; `optimizer` has zero_grad() and step() -> epochs · len(batches) losses."""
    ### BEGIN SOLUTION
    losses = []
    for _ in range(epochs):
        for batch in batches:
            value = loss(model, batch)
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            losses.append(value.item())
    return losses
    ### END SOLUTION


# %% label="train-check" tags=["nbval-check-output"]
check("primer.train_loop", train_loop)

# %% [markdown] label="mine-text"
# Everything below runs on the library's parts. Once exercises 2 and 4 show ✓, set `mine = True`: then this network is trained by *your* loop, and every loss from here on is *your*
# cross-entropy. (The library's loop is `train.fit`, which takes torch's own optimizers; where you say nothing `AdamW`, Adam that also shrinks every weight a little at
# each step.)


# %% label="perceptron"
mine = False
entropy = cross_entropy if mine else layers.cross_entropy


def loss(model: nn.Module, batch) -> Tensor:
    """The loss of a batch (x, labels)."""
    return entropy(model(batch[0]), batch[1])


def right(model: nn.Module, pile: str) -> float:
    """The share of a pile that the model gets right."""
    with torch.no_grad():
        return float((model(X[pile]).argmax(1) == y[pile]).float().mean())


torch.manual_seed(0)
perceptron = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
loader = DataLoader(TensorDataset(X["train"], y["train"]), batch_size=64, shuffle=True)
if mine:
    losses = train_loop(perceptron, list(loader), loss, layers.Adam(perceptron.parameters(), lr=3e-3), size.epochs)
else:
    losses = train.fit(perceptron, loader, loss, epochs=size.epochs, lr=3e-3, device="cpu", progress=False).loss

# %% label="perceptron-curve"
show.curve(range(1, len(losses) + 1), {"loss of the batch": losses}, "step", "cross-entropy",
           levels={"guessing: ln 10": math.log(10)}, title="The loop at work", name="loop")
print(f"right on train {right(perceptron, 'train'):.3f}, on test {right(perceptron, 'test'):.3f}")

# %% [markdown] label="fit-text"
# The heart of `train.fit` is the loop you wrote. Here is its one step; around it the library adds what long runs need: a seed for every step, a schedule, validation
# that keeps the best weights, a checkpoint to go on from, other devices, and a sentence when the loss breaks (section 9). Find your three calls in it; the rest may wait for a
# second reading.

# %% label="fit-listing"
from mmlearn.train import loop

show.source(loop._update);

# %% [markdown] label="misread-text"
# ### Where it fails
#
# Here are the test digits in whose *wrong* answer the network trusts most. Would you have read them right? Look at the 1s: very likely one person wrote them, with a flag that nobody in *train* had. The network fails on a
# *hand* it has not seen, not on stray pixels.

# %% label="misread"
with torch.no_grad():
    p = layers.softmax(perceptron(X["test"]))  # (397, 10)
trust, answer = p.max(dim=1)
wrong = torch.where(answer != y["test"], trust, -1.0)
worst = wrong.argsort(descending=True)[:6]
show.pictures([as_picture(X["test"][i]) for i in worst],
              [f"is {y['test'][i]}, read as {answer[i]} ({trust[i]:.0%})" for i in worst], columns=6, name="misread")
ones = y["test"] == 1
print(f"wrong among the {int(ones.sum())} test 1s: {int((answer != y['test'])[ones].sum())}; among the other {int((~ones).sum())} digits: "
      f"{int((answer != y['test'])[~ones].sum())}")

# %% [markdown] label="writers-text"
# And how much does the split matter? The same network, the same number of digits, but shuffled before splitting, so that the people in *test* have been seen in
# training.

# %% label="writers"
order = np.random.default_rng(0).permutation(len(pixels))
mixed = TensorDataset(torch.from_numpy(pixels[order[:1200]]), torch.from_numpy(digit[order[:1200]]))
torch.manual_seed(0)
flattered = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
train.fit(flattered, DataLoader(mixed, 64, shuffle=True), loss, epochs=size.epochs, lr=3e-3, device="cpu", progress=False)
with torch.no_grad():
    reached = float((flattered(torch.from_numpy(pixels[order[1400:]])).argmax(1).numpy() == digit[order[1400:]]).mean())
show.table([{"split": "in order, as people wrote", "right on test": right(perceptron, "test")},
            {"split": "shuffled: people on both sides", "right on test": reached}]);

# %% [markdown] label="writers-read"
# Nothing was learnt better; the test became easier. Many tutorials report the second number. We keep to the first.

# %% [markdown] label="svd-text"
# ## 6 · Turning the axes: SVD, PCA, whitening
#
# No labels, no loss, no steps: some of the best features come from one decomposition. Every matrix $X$ of shape $(n, d)$, with its column means taken off, can be
# written
#
# $$\underbrace{X}_{n\times d} = \underbrace{U}_{n\times r}\ \underbrace{S}_{r\times r}\ \underbrace{V^\top}_{r\times d},$$
#
# where the columns of $U$ and of $V$ have length one and stand at right angles, and $S$ is diagonal with falling entries. The columns of $V$ are the **principal directions**: along the
# first the data vary most, along the next most of what is left. $S^2/(n-1)$ are the variances along them.
#
# How does one find such a direction? Multiply any vector by the covariance again and again. Whatever it was, it turns towards the direction that is stretched most: **power
# iteration**.

# %% label="power"
inked = pixels[piles["train"]].astype(float)
covariance = np.cov(inked.T)  # (64, 64)
v = np.random.default_rng(0).normal(size=64)
lengths = []
for _ in range(60):
    v = covariance @ v
    lengths.append(np.linalg.norm(v))  # how much it was stretched
    v /= lengths[-1]
pca = layers.PCA().fit(inked)
print(f"60 multiplications: variance {lengths[-1]:.4f}, cosine to the SVD's first direction {abs(v @ pca.components_[0]):.4f}")
print(f"the SVD:            variance {pca.explained_variance_[0]:.4f}")

# %% label="components"
shown = [0.5 + component / (2 * np.abs(component).max()) for component in pca.components_[:6]]
total = np.cumsum(pca.explained_variance_ratio_)
show.pictures([as_picture(c) for c in shown], [f"{share:.0%} of the variance" for share in pca.explained_variance_ratio_[:6]], columns=6,
              title="Six directions: where ink is added (dark) and taken away (light)", name="components")
print("directions for 50, 90 and 99% of the variance:", [int(np.searchsorted(total, share)) + 1 for share in (0.5, 0.9, 0.99)])

# %% [markdown] label="keeps-text"
# Keep the first $k$ directions and go back: that is the best picture one can make from $k$ numbers by a linear map (Eckart and Young, 1936). What PCA keeps is what *varies*; whether that is what
# *matters*, it cannot know.

# %% label="keeps"
one = pixels[piles["test"]][digit[piles["test"]] == 3][:1].astype(float)  # a digit that PCA has not seen
back = [layers.PCA(k).fit(inked) for k in (2, 5, 10, 20, 40)]
show.pictures([as_picture(one), *(as_picture(pca_k.inverse_transform(pca_k.transform(one))) for pca_k in back)],
              ["64 pixels", *(f"from {pca_k.n_components} numbers" for pca_k in back)], columns=6, title="A test digit from ever more directions", name="reconstructed");

# %% [markdown] label="whiten-text" exercise="primer.whiten" difficulty=3 minutes=15
# **Exercise 5. Whitening** goes one step further: turn onto the principal directions, *and* stretch each so that its variance is one (divisor $n - 1$). Then every direction counts alike, and no
# two are correlated. Largest direction first; their signs are yours.


# %% label="whiten" exercise="primer.whiten"
def whiten(X: np.ndarray) -> np.ndarray:
    """X (n, d), n > d -> (n, d): columns of mean 0 and variance 1, uncorrelated, along the principal directions."""
    ### BEGIN SOLUTION
    U, S, Vt = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    return U * np.sqrt(len(X) - 1)
    ### END SOLUTION


# %% label="whiten-check" tags=["nbval-check-output"]
check("primer.whiten", whiten)

# %% [markdown] label="whiten-listing-text"
# **The listing.** `PCA(whiten=True)` does it from the data. `whitener` does it from a covariance, leaves out directions that do not vary, and can add a ridge: it is the function from which
# the CCA of chapter 00 was made. Its listing is short but dense; what matters is its last line, directions divided by the root of their variances.

# %% label="whiten-listing"
show.source(layers.PCA.fit)
show.source(layers.whitener);

# %% label="whiten-proof" tags=["nbval-check-output"]
cloud = np.random.default_rng(0).normal(size=(500, 3)) @ np.array([[3.0, 0, 0], [2, 1, 0], [1, 0, 0.2]]) + 5
for name, white in (("PCA(whiten=True)", layers.PCA(whiten=True).fit_transform(cloud)),
                    ("whitener", (cloud - cloud.mean(0)) @ layers.whitener(np.cov(cloud.T)))):
    print(f"{name}: the covariance is the identity: {np.allclose(np.cov(white.T), np.eye(3))}")

# %% [markdown] label="whiten-cost-text"
# Does it help? Look for each test digit's **nearest neighbour** among the training digits, with more and more directions.

# %% label="whiten-cost"
ks = [5, 10, 15, 20, 30, 40, 50, 60]
found = {"PCA": [], "PCA, whitened": []}
for k in ks:
    for reached, white in zip(found.values(), (False, True), strict=True):
        fitted = layers.PCA(k, whiten=white).fit(inked)
        nearest = KNeighborsClassifier(1).fit(fitted.transform(inked), y["train"])
        reached.append(nearest.score(fitted.transform(pixels[piles["test"]]), y["test"]))
show.curve(ks, found, "directions kept", "right on test", title="Nearest neighbour of a test digit", name="whitened");

# %% [markdown] label="whiten-read"
# With the first few directions, whitening changes little. With many it hurts: the last directions hold almost nothing but noise, and whitening blows that up until it speaks as loudly as
# the shape of the digit. That is what a ridge prevents, a small number added to every variance before dividing. Whitening is worth its price where correlations *between* two views are compared, as in CCA (chapter 00), and where an optimizer would otherwise meet
# the valley of section 4.

# %% [markdown] label="recurrent-text"
# ## 7 · A state that is carried
#
# A caption is a sequence, and so is a sound. A **recurrent cell** reads one step after the other and carries a state $h$ of fixed size: everything it will ever know about the past. The plain cell (Elman,
# 1990) rewrites it at each step,
#
# $$\underbrace{h'}_{n\times k} = \tanh(\underbrace{x}_{n\times d} W^\top + h\,U^\top + b).$$
#
# Here $n$ sequences are read at once, each step is $d$ numbers wide and the state $k$; $W$, $U$ and $b$ are learnt, and the prime means "after this step".
#
# To learn that something long ago mattered, a gradient must travel back through all the steps between. Each multiplies it by $U$ and by a tanh's slope, which is at most 1. Factors
# below one, forty times over, leave nothing (Bengio, Simard and Frasconi, 1994).
#
# The **LSTM** (Hochreiter and Schmidhuber, 1997) adds a memory $c$ that is *added to* instead of rewritten, and gates between 0 (shut) and 1 (open):
#
# $$i, f, o = \sigma(\ldots), \quad g = \tanh(\ldots), \qquad c' = f \odot c + i \odot g, \qquad h' = o \odot \tanh(c'),$$
#
# each $(\ldots)$ a sum $x W^\top + h\,U^\top + b$ with weights of its own; $\sigma$ is the sigmoid, and $\odot$ multiplies entry by entry. In gate $i$, forget gate $f$, out gate $o$; $g$ is the
# candidate, what could be written.
#
# Back along $c$ the gradient is multiplied by $f$ alone (a second path, through $h$, adds something to that): while the forget gate is open, it arrives nearly whole.

# %% [markdown] label="lstm-text" exercise="primer.lstm_step" difficulty=4 minutes=20
# **Exercise 6.** One step of an LSTM. The weights of all four sums lie stacked in `W`, `U` and `b`, in the order **in, forget, candidate, out** (PyTorch's). `torch.sigmoid` and
# `torch.tanh` are allowed now.


# %% label="lstm" exercise="primer.lstm_step"
def lstm_step(x: Tensor, h: Tensor, c: Tensor, W: Tensor, U: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """x (n, d), h and c (n, k), W (4k, d), U (4k, k), b (4k,) -> the new h and c, each (n, k)."""
    ### BEGIN SOLUTION
    i, f, g, o = (x @ W.T + h @ U.T + b).chunk(4, dim=-1)  # each (n, k)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c
    ### END SOLUTION


# %% label="lstm-check" tags=["nbval-check-output"]
check("primer.lstm_step", lstm_step)

# %% label="lstm-listing"
show.source(layers.RNNCell.step)
show.source(layers.LSTMCell);

# %% [markdown] label="remember-text"
# ### On a controlled world: remember the first symbol
#
# A sequence of random symbols, eight kinds; at its end, say which one came **first**. The *ceiling* is 1, since the answer is in the input; *chance* is 1/8. Nothing in
# between helps, so this measures memory and nothing else.
#
# First without any training: how large is the gradient of the last state with respect to the input at each step? We compare the plain cell with LSTMs whose forget gate begins half shut
# (bias 0: $\sigma = 0.5$), at the library's 1 ($\sigma = 0.73$), and nearly open (bias 4: $\sigma = 0.98$).


# %% label="remember"
class Remember(nn.Module):
    """Read a sequence, then say what came first. `forget_bias` is where the LSTM's forget gate begins."""

    def __init__(self, cell: str, forget_bias: float | None = None, hidden: int = 32):
        super().__init__()
        self.read = layers.Recurrent(size.symbols, hidden, cell, forget_bias=forget_bias)
        self.out = nn.Linear(hidden, size.symbols)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.read(x)[1])  # (n, length, symbols) -> (n, symbols)


def sequences(n: int, length: int, seed: int) -> TensorDataset:
    """Random symbols, one-hot (n, length, symbols), and which was the first (n,)."""
    symbols = torch.randint(size.symbols, (n, length), generator=torch.Generator().manual_seed(seed))
    return TensorDataset(functional.one_hot(symbols, size.symbols).float(), symbols[:, 0])


CELLS = {"plain cell": ("rnn",), "LSTM, bias 0": ("lstm", 0.0), "LSTM, bias 1": ("lstm", 1.0), "LSTM, bias 4": ("lstm", 4.0)}


# %% label="gradients"
def reach(cell: tuple, length: int = 40) -> Tensor:
    """(length,) the size of the gradient of the last state, by how many steps ago the input was."""
    torch.manual_seed(0)
    x = sequences(64, length, seed=0).tensors[0].requires_grad_()
    last = Remember(*cell).read(x)[1]  # (64, hidden)
    (g,) = torch.autograd.grad((last * torch.randn_like(last)).sum(), x)
    return g.norm(dim=(0, 2)).flip(0)


reached = {name: reach(cell) for name, cell in CELLS.items()}
show.curve(range(40), reached, "steps ago", "size of the gradient", log="y", title="How far back a fresh cell can be taught", name="gradients")
show.table([{"": name, "factor a step": f"{float(g[30] / g[10]) ** (1 / 20):.2f}"} for name, g in reached.items()]);

# %% [markdown] label="gradients-read"
# Nearly straight lines on a logarithmic scale: a constant factor at every step. The plain cell's is a little over a half; that of an LSTM with a half-shut gate is *hardly better*. The factors lie somewhat above $\sigma(\text{bias})$,
# that is 0.50, 0.73 and 0.98: the path through $h$ adds to the one through $c$. So the gate that begins open makes the difference, and not the LSTM as such. Does training bear that out?

# %% label="remember-train"
rows = []
for name in ("plain cell", "LSTM, bias 4"):
    torch.manual_seed(0)
    model = Remember(*CELLS[name])
    batches = DataLoader(sequences(size.sequences, size.length, seed=0), batch_size=64, shuffle=True)
    train.fit(model, batches, loss, steps=size.memory_steps, lr=1e-2, clip=1.0, device="cpu", progress=False)
    new, first = sequences(1000, size.length, seed=1000).tensors
    with torch.no_grad():
        rows.append({"": name, f"right, {size.length} steps": float((model(new).argmax(1) == first).float().mean())})
show.table(rows);

# %% [markdown] label="remember-table-text"
# One seed, one length, live. The honest table, five seeds and four lengths, with its control (the first symbol blanked out), from `python -m benchmarks.primer memory`:

# %% label="remember-table"
memory = evaluate.Scores.stored("primer", "memory")
rows = memory.rows(digits=2)
for row in rows:
    row[""] += " (bias 4, length 5 only)" if "hidden" in row[""] else ""
show.table(rows);

# %% [markdown] label="remember-read"
# - The **plain cell** manages ten steps. At twenty it depends on the seed (look at the spread), at forty it guesses.
# - An **LSTM whose gate begins half shut is worse** than the plain cell. At bias 1, a common choice and this library's default, it is no better than the plain cell beyond ten steps.
# - So the picture of the gradients is **borne out only for bias 4**. By their factors bias 1 should beat the plain cell at twenty steps, and bias 0 should equal it; neither does. A gradient that arrives is needed, but does not
#   suffice: what was written must also still *be* in the memory at the end, and at bias 1 of it there is left $0.73^{20} = 0.002$, until training has opened the gate.
# - With the gate **nearly open** it is right at every length, with the same number of units and steps. Jozefowicz, Zaremba and Sutskever (2015) recommend a large forget bias; Tallec and Ollivier (2018) derive one from how far back a
#   task must reach.
# - With the **first symbol hidden** it falls to chance, as it must: nothing else gave the answer away.
#
# So "LSTMs remember" is half of the truth. They *can*, if the gradient finds the gate open.

# %% [markdown] label="attention-idea"
# ## 8 · Looking where it matters
#
# A recurrent cell squeezes the past into one vector. **Attention** keeps all of it and looks: a *query* is compared with the *key* of every step, and takes home the mean of their *values*, weighted by how well
# they fit (Bahdanau, Cho and Bengio, 2015; in this form Vaswani and others, 2017):
#
# $$\operatorname{attention}(Q, K, V) = \operatorname{softmax}\!\Big(\frac{\overbrace{Q}^{q\times d}\ \overbrace{K^\top}^{d\times k}}{\sqrt d}\Big)\ \underbrace{V}_{k\times v}.$$
#
# Here $q$ queries look at $k$ steps; queries and keys are $d$ numbers wide, values $v$. (So this $k$ counts the keys; in section 7 it was the width of the state.)
#
# From any step to any other is one step: no gradient has to travel far. Why divide by $\sqrt d$? A dot product of two random vectors with entries of variance 1 is a sum of $d$ terms of variance 1, so its spread is $\sqrt d$.
# Softmax of large numbers is all or nothing, and where it is that, its slope is zero: section 2 again.

# %% label="root" tags=["nbval-check-output"]
generator = torch.Generator().manual_seed(0)
rows = []
for d in (4, 64, 1024):
    q, k = (torch.randn(2000, n, d, generator=generator) for n in (1, 10))
    scores = (q @ k.mT).squeeze(1)  # (2000, 10): a query and ten keys, many times
    row = {"d": d, "spread of q · k": f"{scores.std():.1f}"}
    for name, divisor in (("as they are", 1), ("divided by √d", math.sqrt(d))):
        p = layers.softmax(scores / divisor)
        row |= {f"largest of 10 weights, {name}": f"{p.amax(1).mean():.2f}", f"mean slope p (1 - p), {name}": f"{(p * (1 - p)).mean():.3f}"}
    rows.append(row)
show.table(rows);

# %% [markdown] label="attention-text" exercise="primer.attention" difficulty=3 minutes=15
# **Exercise 7.** Attention, with a **mask**: true where a query may look. What is forbidden must get weight exactly 0, and the rest must still sum to 1. (Every query may look at something.)


# %% label="attention" exercise="primer.attention"
def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """query (…, q, d), key (…, k, d), value (…, k, v), mask (q, k) bool -> the result (…, q, v) and the weights (…, q, k)."""
    ### BEGIN SOLUTION
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])  # (…, q, k)
    weights = scores.masked_fill(~mask, -math.inf).softmax(dim=-1)
    return weights @ value, weights
    ### END SOLUTION


# %% label="attention-check" tags=["nbval-check-output"]
check("primer.attention", attention)

# %% [markdown] label="attention-listing-text"
# **The listing.** One difference to most solutions: a query that may look *nowhere* gets zeros, not NaN. That happens with empty captions, and one NaN spoils a whole batch.

# %% label="attention-listing"
show.source(layers.attention);

# %% [markdown] label="equal-text"
# Is all this really what the big libraries compute? The largest difference between our parts and theirs over five seeds, in **millionths**, from `python -m benchmarks.primer equal`:

# %% label="equal"
equal = evaluate.Scores.stored("primer", "equal")
show.table([{"ours · theirs": name, "largest difference, millionths": f"{metrics['largest difference, millionths'].max():.3f}"}
            for name, metrics in equal.values.items()]);

# %% [markdown] label="window-text" exercise="primer.window_mask" difficulty=2 minutes=10
# **Exercise 8.** The library's `causal_mask` lets step $i$ look at steps $0$ to $i$, so that a model of language cannot peek at the word it should predict. Long texts make that dear: everyone looks at everyone
# before. So some models let a step see only the **last few**: itself and the `width - 1` before it. The library has no such mask.


# %% label="window" exercise="primer.window_mask"
def window_mask(length: int, width: int) -> Tensor:
    """-> bool (length, length): entry (i, j) is true if step i may look at step j, one of the last `width` up to i itself."""
    ### BEGIN SOLUTION
    back = torch.arange(length)[:, None] - torch.arange(length)  # (i, j): how many steps ago j was
    return (back >= 0) & (back < width)
    ### END SOLUTION


# %% label="window-check" tags=["nbval-check-output"]
check("primer.window_mask", window_mask)

# %% label="window-try"
mask = window_mask(8, 3)
if mask is None:
    print("fill in the exercise above to see who looks where")
else:
    q, k = torch.randn(2, 8, 16, generator=torch.Generator().manual_seed(0))
    weights = layers.attention(q, k, k, mask)[1]
    names = [f"step {i}" for i in range(8)]
    show.heatmap(weights, names, names, label="weight", title="Who looks where, with a window of 3", name="window")

# %% [markdown] label="lookup-text"
# ### A table to look things up in
#
# Six entries, each a key (one of 16, no two alike) and a value (one of 8). The question is a key; the answer its value. A head of attention learns where to look from right and wrong answers alone: nobody shows it the
# place. Once exercise 7 shows ✓, set `my_attention = True`, and *your* attention does the looking.


# %% label="lookup"
my_attention = False


class Lookup(nn.Module):
    """Compare the question's key with six keys, take home their values."""

    def __init__(self, width: int = 32):
        super().__init__()
        self.query, self.key, self.value = nn.Embedding(16, width), nn.Embedding(16, width), nn.Embedding(8, width)
        self.out = nn.Linear(width, 8)

    def look(self, table: Tensor) -> tuple[Tensor, Tensor]:
        """table (n, 13): six keys, six values, the question -> the result (n, 1, width) and the weights (n, 1, 6)."""
        keys, values, question = table.split([6, 6, 1], dim=1)
        everywhere = torch.ones(1, 6, dtype=torch.bool)
        looks = attention if my_attention else layers.attention
        return looks(self.query(question), self.key(keys), self.value(values), everywhere)

    def forward(self, table: Tensor) -> Tensor:
        return self.out(self.look(table)[0].squeeze(1))  # (n, 8)


def tables(n: int, seed: int) -> TensorDataset:
    """Random tables with a question (n, 13), and the answers (n,)."""
    g = torch.Generator().manual_seed(seed)
    keys, values = torch.rand(n, 16, generator=g).argsort(1)[:, :6], torch.randint(8, (n, 6), generator=g)
    asked = torch.randint(6, (n, 1), generator=g)
    return TensorDataset(torch.cat([keys, values, keys.gather(1, asked)], 1), values.gather(1, asked).squeeze(1))


# %% label="lookup-train"
torch.manual_seed(0)
lookup = Lookup()
train.fit(lookup, DataLoader(tables(4000, 0), 64, shuffle=True), loss, steps=size.lookup_steps, lr=1e-2, device="cpu", progress=False)
new, answers = tables(1000, 1).tensors
blind = new.clone()
blind[:, 12] = blind[torch.randperm(1000, generator=torch.Generator().manual_seed(0)), 12]  # somebody else's question
with torch.no_grad():
    reached = {name: float((lookup(t).argmax(1) == answers).float().mean()) for name, t in (("as asked", new), ("question of another", blind))}
commonest = float((new[:, 6:12].mode(dim=1).values == answers).float().mean())
show.table([{"": name, "right": share} for name, share in reached.items()]
           + [{"": "the commonest value of the table", "right": commonest}, {"": "chance", "right": 1 / 8}]);

# %% [markdown] label="lookup-read"
# With somebody else's question it does *worse* than one who never hears the question and guesses the value that stands in the table most often: it answers the wrong question faithfully, and looks up a value that
# was not asked for (or, if that key is not in the table, some mixture). So what it knows, it knows from *looking where it was asked to*. Where does it look?

# %% label="lookup-look"
with torch.no_grad():
    weights = lookup.look(new[:6])[1].squeeze(1)  # (6, 6): six questions, the six keys of each
show.heatmap(weights, [f"asked for {int(t[12])}, which is entry {int((t[:6] == t[12]).nonzero()[0, 0]) + 1}" for t in new[:6]],
             [f"entry {i}" for i in range(1, 7)], label="weight", title="Where six questions look", name="lookup");

# %% [markdown] label="lookup-look-read"
# Each row is one question, and most of its weight (0.8 to 0.9) lies on the entry that has its key. Nobody marked that entry; the loss of wrong answers was enough.

# %% [markdown] label="wrong-twice-text"
# ## 9 · What goes wrong
#
# **Softmax twice.** A network ends in softmax, "to give probabilities", and goes into a loss that applies softmax itself. It trains, the curve falls, and the loss sticks. The most confident
# answer it can now give is the softmax of $(1, 0, \ldots, 0)$, which for ten classes costs $-\log\frac{e}{e + 9} = \log(e + 9) - 1 = 1.46$.


# %% label="wrong-twice"
def broken(last: nn.Module) -> tuple[list[float], float]:
    """Train on digits with one more layer at the end: the losses, and the share right on test."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10), last)
    history = train.fit(model, loader, loss, steps=size.broken_steps, lr=3e-3, device="cpu", progress=False)
    return history.loss, right(model, "test")


(twice, twice_right), (once, once_right) = broken(nn.Softmax(dim=1)), broken(nn.Identity())
show.curve(range(1, size.broken_steps + 1), {"softmax twice": twice, "repaired": once}, "step", "cross-entropy",
           levels={"1.46": math.log(math.e + 9) - 1}, title="A loss that sticks", name="twice")
print(f"right on test: softmax twice {twice_right:.3f}, repaired {once_right:.3f}")

# %% [markdown] label="wrong-twice-read"
# Treacherous, since it *nearly* works: the largest score is still the largest, so accuracy looks fair while gradients are squashed and probabilities mean nothing. Repair: give the loss logits. Symptom to
# remember: a classification loss that never gets below 1.46 (ten classes) however long you train.

# %% [markdown] label="wrong-rate-text"
# **A step too long.** The same network with squared error, plain gradient descent and a learning rate of 100 (absurd, so that it shows at once). In section 4 a path flew out of the valley; here the weights do, and within a few steps the loss is more than a float can
# hold. `train.fit` stops at once, and says where and what is likely to blame. A loop without that check would go on, with NaN in every weight.


# %% label="wrong-rate"
def squared(model: nn.Module, batch) -> Tensor:
    """Mean squared error to the one-hot label."""
    return layers.mse(model(batch[0]), functional.one_hot(batch[1], 10).float())


for rate in (100.0, 0.5):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(64, 64), nn.LeakyReLU(), nn.Linear(64, 10))
    sgd = torch.optim.SGD(model.parameters(), lr=rate)
    try:
        history = train.fit(model, loader, squared, steps=size.broken_steps, optimizer=sgd, device="cpu", progress=False)
        print(f"learning rate {rate}: loss {history.loss[0]:.3f} at first, {history.loss[-1]:.3f} at the end")
    except FloatingPointError as reason:
        print(f"learning rate {rate}: {reason}")

# %% [markdown] label="features-text"
# ## 10 · Which feature should I use?
#
# Each chapter up to 04 ends with the same question and the same protocol, so that answers can be compared.
#
# A **linear probe**: freeze the representation, fit a logistic regression on the training pile, choose its one
# setting ($C$, how freely its weights may grow) on *val*, report *test* once (Alain and Bengio, 2017). Beside it the accuracy of the nearest neighbour, the size of a vector, and what it costs.
#
# Here are all representations of this chapter on digits, five seeds where something is
# trained, with networks that were *not* trained as controls.

# %% label="features"
probed = evaluate.Scores.stored("primer", "probe")
rows = probed.rows()
for row in rows:
    row |= {"numbers": row.get("numbers", "").split(".")[0]}
    if "ms an item" in row:
        row["ms an item"] = f"{probed[row['']]['ms an item']:.1g}"
show.table(rows);

# %% [markdown] label="features-live-text"
# *(From `python -m benchmarks.primer probe`; mean ± standard deviation over five seeds; one thread; times to one digit, since more would be noise.)* "Attention over rows" is a single learnt query that looks at the eight rows of a digit,
# each of which had a learnt vector added that says which row it is. One row live, by the same protocol:

# %% label="features-live"
fitted = layers.PCA(20).fit(inked)
parts = [(fitted.transform(pixels[pile]), digit[pile]) for pile in piles.values()]
live = evaluate.linear_probe(*parts)
print(f"PCA, 20: accuracy {live.accuracy:.3f} (stored {probed['PCA, 20']['accuracy']:.3f}), C = {live.C:g} chosen on val")

# %% [markdown] label="features-read"
# What it says:
#
# - **Which reader comes next matters as much as the feature.** The nearest neighbour on plain pixels is right for 95%, every linear probe for 90% or fewer: people write a digit in several ways, and one straight cut suits none of them.
# - **PCA with 20 numbers is as good as all 64 pixels**, for either reader. Start there. *Whitened* it gives the probe the very same accuracy, since the probe scales every column itself. The nearest neighbour notices: with 50 whitened directions it loses five points
#   to noise.
# - **A trained hidden layer buys little here.** 1,200 digits by some hands, tested on other hands: the perceptron is two points above its *untrained* self, which is within the spread of the untrained ones, and level with pixels. By nearest neighbour the untrained one is even a little better.
# - **Reading a picture row by row** is a detour. Training helps the three readers (compare the untrained rows), but the LSTM and attention stay below the pixels, and the recurrent ones cost most by far. They are made for sequences, of which chapters 02 and 04 are full.
#
# On real captions, photographs and voices the order will be another one. The protocol stays.

# %% [markdown] label="quiz-text"
# ## 11 · Quiz
#
# Click the choice you think is right. Every choice explains itself, so click the wrong ones too.

# %% label="quiz"
quiz("primer")

# %% label="progress"
progress("primer")

# %% [markdown] label="end"
# ## Take away
#
# - Without a bend, depth is nothing. A sigmoid lies in (0, 1) and is nowhere steeper than 1/4; in floats it reaches 1, and there it stops learning.
# - Losses are negative log-likelihoods. Softmax with cross-entropy has the gradient *softmax minus one-hot*; give it logits.
# - Adam is momentum, divided by each weight's usual gradient, corrected for a start at zero.
# - PCA keeps what varies. Whitening makes all directions equal, the noisy ones too.
# - An LSTM remembers while its gate is open. Attention does not have to remember: it looks. But it knows no order unless told.
# - Measure what texts claim, this one included.
#
# **With a GPU or more time.** `MMLEARN_PROFILE=gpu` makes the sequences 60 steps long. Which forget bias do you need for 200 steps? (Tallec and Ollivier, below, have a formula.)
#
# ## Further reading
#
# - C. M. Bishop (2006). *Pattern Recognition and Machine Learning.* Springer. Sections 1.2.5 and 4.3.4: losses from likelihoods.
# - I. Goodfellow, Y. Bengio, A. Courville (2016). *Deep Learning.* MIT Press. Chapters 6 and 8.
# - D. Hendrycks, K. Gimpel (2016). Gaussian error linear units. arXiv:1606.08415.
# - B. T. Polyak (1964). Some methods of speeding up the convergence of iteration methods. *USSR Computational Mathematics and Mathematical Physics* 4(5), 1–17.
# - D. P. Kingma, J. Ba (2015). Adam: a method for stochastic optimization. *ICLR*.
# - C. Eckart, G. Young (1936). The approximation of one matrix by another of lower rank. *Psychometrika* 1, 211–218.
# - J. L. Elman (1990). Finding structure in time. *Cognitive Science* 14, 179–211.
# - Y. Bengio, P. Simard, P. Frasconi (1994). Learning long-term dependencies with gradient descent is difficult. *IEEE Transactions on Neural Networks* 5, 157–166.
# - S. Hochreiter, J. Schmidhuber (1997). Long short-term memory. *Neural Computation* 9, 1735–1780.
# - R. Jozefowicz, W. Zaremba, I. Sutskever (2015). An empirical exploration of recurrent network architectures. *ICML*.
# - C. Tallec, Y. Ollivier (2018). Can recurrent neural networks warp time? *ICLR*.
# - D. Bahdanau, K. Cho, Y. Bengio (2015). Neural machine translation by jointly learning to align and translate. *ICLR*.
# - A. Vaswani and others (2017). Attention is all you need. *NeurIPS*.
# - G. Alain, Y. Bengio (2017). Understanding intermediate layers using linear classifier probes. *ICLR workshop*.
# - E. Alpaydin, C. Kaynak (1998). Optical recognition of handwritten digits. UCI Machine Learning Repository.
