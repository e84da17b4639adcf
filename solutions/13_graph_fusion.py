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
# # 13 · Fusion by graphs: regions, words and moments that talk to each other
#
# **A picture and a sentence become nodes of one graph, which pass messages until they know whether they agree; and you will see when a graph earns its keep and when it does not.**
#
# ![Four maps, one a head of graph attention: the cells of a picture and the words of its caption, and how much each listens to each](../data/pictures/graph_fusion.png)
#
# *At the end of section 4 you will have a network that tells "a red circle and a blue square" from "a blue circle and a red square", which no pooled vector can; and maps, like these, of who listened to whom.*

# %% [markdown] label="objectives"
# **After this chapter you can**
#
# - write modalities as nodes and their relations as edges, for a whole batch at once, padding included;
# - build message passing, graph convolution and graph attention from scratch, without a loop;
# - say what the edges carry, and show it by taking them away;
# - measure over-smoothing, and slow it down;
# - find edges that leak the answer from training into test.
#
# **You need** attention ([chapter 01](01_primer.ipynb)), words and regions ([09](09_other_alignments.ipynb)), and the protocol of [chapter 10](10_fusion_protocol.ipynb). Terms in English and Chinese: [glossary · 术语表](../GLOSSARY.md).

# %% [markdown] label="card" tags=["card"]
# Filled in by the builder.

# %% label="setup" tags=["setup"]
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlearn import data, evaluate, fusion, layers, profiles, show, train, widgets
from mmlearn.data import scenes
from mmlearn.exercises import check, hint, progress, quiz
from mmlearn.fusion.graph import joined

size = profiles.settings("13_graph_fusion")

# %% [markdown] label="problem-text"
# ## 1 · A question that pooling cannot answer
#
# Scenes of two things that differ in colour and in shape. A caption either says what is there, or it is the **swapped** caption, in which the two colours have changed places. *Does the caption agree with the picture?*
#
# Half of the captions agree, whatever the picture, and whatever the words. So a picture alone, or a caption alone, is worth exactly 50%. Both together decide every case: the ceiling is 100%.

# %% label="world"
COLOURS, SHAPES = ("red", "yellow", "green", "blue"), ("circle", "square", "triangle", "cross")
Pair = tuple[scenes.Thing, scenes.Thing]


def two_things(split: str, n: int) -> tuple[Tensor, list[Pair]]:
    """Pictures (n, 3, 48, 48) of two plain things of different colours and shapes, and those two in an order of chance."""
    only = {"colour": COLOURS, "shape": SHAPES, "texture": ["plain"], "size": ["medium", "large"]}
    drawn = data.load("scenes", split=split, n=2 * n, objects=2, size=48, only=only, seed=0)
    things = [facts.things for facts in drawn.column("facts")]
    apart = [i for i, (a, b) in enumerate(things) if a.colour != b.colour and a.shape != b.shape][:n]
    turned = np.random.default_rng(0).random(len(apart)) < 0.5
    return drawn.images()[apart], [things[i][::-1] if turn else things[i] for i, turn in zip(apart, turned, strict=True)]


def sentence(pair: Pair, articles: bool) -> str:
    """Such as "a red circle and a blue square", or "red circle and blue square"."""
    return " and ".join(f"{'a ' * articles}{thing.colour} {thing.shape}" for thing in pair)


def swapped(pair: Pair) -> Pair:
    """The same two with their colours exchanged."""
    return pair[0]._replace(colour=pair[1].colour), pair[1]._replace(colour=pair[0].colour)

# %% label="pairs"
images, things = two_things("train", size.scenes["train"])
test_images, test_things = two_things("test", size.scenes["test"])
show.pictures(test_images[:4], [f"{sentence(t, True)}\n({sentence(swapped(t), True)})" for t in test_things[:4]], columns=4,
              title="The caption, and in brackets the swapped one", name="scenes");

# %% [markdown] label="cells-text"
# ### Nodes of the picture
#
# We cut the picture into its nine places, and let a small network say of each **cell** what it sees: a colour or nothing, and a shape or nothing. In practice a detector trained on photographs does this (Anderson et al., 2018); here 8 × 8 pixels of a cell, 192 numbers, are enough. Its probabilities, 5 for the colour and 5 for the shape, are the vector of the cell.

# %% label="cells"
def cells(pictures: Tensor) -> Tensor:
    """Pictures (n, 3, 48, 48) -> (n, 9, 192): the nine places in reading order, 8 × 8 pixels in three colours."""
    cut = functional.avg_pool2d(pictures.float() / 255, 2).unfold(2, 8, 8).unfold(3, 8, 8)  # (n, 3, 3, 3, 8, 8)
    return cut.permute(0, 2, 3, 1, 4, 5).flatten(3).flatten(1, 2)


def truth(pairs: list[Pair]) -> Tensor:
    """Colour and shape of each cell, (n, 9, 2); 0 is nothing."""
    there = torch.zeros(len(pairs), 9, 2, dtype=torch.long)
    for i, pair in enumerate(pairs):
        for thing in pair:
            numbers = [1 + COLOURS.index(thing.colour), 1 + SHAPES.index(thing.shape)]
            there[i, scenes.PLACES.index(thing.place)] = torch.tensor(numbers)
    return there


def seen(detector: nn.Module, pictures: Tensor) -> Tensor:
    """What the detector makes of each cell: probabilities (n, 9, 10), colours and then shapes."""
    with torch.no_grad():
        return detector(cells(pictures) - 0.5).unflatten(2, (2, 5)).softmax(3).flatten(2)

# %% label="detector"
torch.manual_seed(0)
pixels, kinds_there = cells(images) - 0.5, truth(things)
detector = nn.Sequential(nn.Linear(192, 128), nn.ReLU(), nn.Linear(128, 10))
loader = torch.utils.data.DataLoader(torch.arange(len(images)), batch_size=size.batch, shuffle=True, drop_last=True)
train.fit(detector, loader, lambda model, i: functional.cross_entropy(model(pixels[i]).view(-1, 5), kinds_there[i].flatten()),
          lr=5e-3, steps=size.detector_steps, schedule=train.one_cycle(size.detector_steps), progress=False, device="cpu")
regions, test_regions = seen(detector, images), seen(detector, test_images)  # (n, 9, 10)
found = test_regions.unflatten(2, (2, 5)).argmax(3) == truth(test_things)
full = truth(test_things)[..., 0] > 0
print(f"cells with a thing: colour right {found[full][:, 0].float().mean():.1%}, shape right {found[full][:, 1].float().mean():.1%}")

# %% [markdown] label="words-text"
# ### Nodes of the sentence
#
# A word is a vector with a single 1. Captions have 5 or 7 words, so they are padded to 7, and `lengths` says how many are real.

# %% label="words"
WORDS = ("a", "and", *COLOURS, *SHAPES)


def read(texts: list[str]) -> tuple[Tensor, Tensor]:
    """Captions -> their words (n, 7, 10), zeros on padding, and how many words they have (n,)."""
    words, lengths = torch.zeros(len(texts), 7, len(WORDS)), torch.tensor([len(text.split()) for text in texts])
    for i, text in enumerate(texts):
        words[i, range(lengths[i]), [WORDS.index(word) for word in text.split()]] = 1.0
    return words, lengths


def captions_of(pairs: list[Pair]) -> list[str]:
    """Their own captions, and after them the swapped ones; every second one with articles."""
    own = [sentence(pair, i % 2 == 0) for i, pair in enumerate(pairs)]
    return own + [sentence(swapped(pair), i % 2 == 0) for i, pair in enumerate(pairs)]


test_captions, n = captions_of(test_things), len(things)
words, lengths = read(captions_of(things))
test_words, test_lengths = read(test_captions)

# %% [markdown] label="training-text"
# Each scene gives four training examples: its own caption, twice, so that half of them agree; the swapped one; and the caption of another scene, an easy one. **All four stand in one batch.** What own and swapped caption have in common, picture, colours and shapes, then pulls both ways at once and cancels out of the gradient. What is left is what they differ in. (Shuffled into
# batches like any other examples, they are learned far less surely: the five seeds below say how much less.) The test asks for own or swapped only.


# %% label="training"
class Agreement(nn.Module):
    """Regions and words -> one number, above 0 where they agree. `fuse` makes a vector of both."""

    def __init__(self, fuse: nn.Module):
        super().__init__()
        self.fuse, self.head = fuse, nn.Linear(size.width, 1)

    def forward(self, regions: Tensor, words: Tensor, lengths: Tensor, cells: Tensor | None = None, **options) -> Tensor:
        return self.head(self.fuse(regions, words, lengths=[cells, lengths], **options)).squeeze(1)


def trained(fuse: nn.Module, steps: int = size.steps) -> Agreement:
    """Trained to tell whether picture and caption agree."""
    model = Agreement(fuse)
    loader = torch.utils.data.DataLoader(torch.arange(n), batch_size=size.batch // 4, shuffle=True, drop_last=True)

    def loss(model: nn.Module, i: Tensor) -> Tensor:
        caption = torch.cat([i, i, i + n, i.roll(1)])  # own, own, swapped, another's
        said = model(regions[i.repeat(4)], words[caption], lengths[caption])
        return functional.binary_cross_entropy_with_logits(said, (torch.arange(len(said)) < 2 * len(i)).float())

    train.fit(model, loader, loss, lr=5e-3, clip=1.0, steps=steps, schedule=train.one_cycle(steps), progress=False, device="cpu")
    return model


# %% label="accuracy"
def accuracy(model: nn.Module, **options) -> float:
    """How often it is right on test scenes, each once with its own caption and once with the swapped one."""
    with torch.inference_mode():
        said = model(test_regions.repeat(2, 1, 1), test_words, test_lengths, **options)
    return float(((said > 0) == (torch.arange(len(said)) < len(test_things))).float().mean())

# %% [markdown] label="pooled-text"
# The naive way: the mean of the cells, the mean of the words, a network with two hidden layers on both.


# %% label="pooled"
class Pooled(nn.Module):
    """The mean of the regions and the mean of the real words, side by side, through a network."""

    def __init__(self, width: int = size.width):
        super().__init__()
        first = nn.Linear(10 + len(WORDS), width)
        self.network = nn.Sequential(first, nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width))

    def forward(self, regions: Tensor, words: Tensor, lengths: list) -> Tensor:
        mean_word = layers.mean_of_steps(words, layers.real_steps(lengths[1], words.shape[1]))
        return self.network(torch.cat([regions.mean(1), mean_word], dim=1))


torch.manual_seed(0)
pooled = trained(Pooled())
with torch.inference_mode():
    scores = pooled(test_regions.repeat(2, 1, 1), test_words, test_lengths).view(2, -1)  # own, swapped
    other = pooled(test_regions, test_words[: len(test_things)].roll(1, 0), test_lengths[: len(test_things)].roll(1))
print(f"own or swapped caption: {accuracy(pooled):.1%} right; the two differ by at most {(scores[0] - scores[1]).abs().max():.0e}")
print(f"own or another scene's: {((scores[0] > 0).float().mean() + (other <= 0).float().mean()) / 2:.1%} right")

# %% [markdown] label="pooled-read"
# **Exactly 50%, to the last digit.** Not for want of training: the two captions are the same bag of words, so their means are *the same vector*, and whatever is built on it gives the same answer twice. One of the two is wrong.
#
# (Own or another scene's caption it tells apart quite well, since those differ in their words. A benchmark of random mismatches would have looked fine.)
#
# What is lost is **who belongs to whom**: which word stands beside which, which colour sits on which shape. That is what edges are for.

# %% [markdown] label="idea"
# ## 2 · Idea, then mathematics
#
# A **graph** (图) is a set of **nodes** (节点) with a vector each, and **edges** (边) that say who hears whom.
#
# | | here |
# |---|---|
# | nodes | 9 cells and up to 7 words: $n = 16$ |
# | $H$, (batch, $n$, $d$) | a vector for each node, of one width $d$ for both kinds |
# | $A$, (batch, $n$, $n$) | $A_{ij} = 1$ where node $i$ hears node $j$, else 0 |
# | $N(i)$ | the neighbours of $i$: all $j$ with $A_{ij} = 1$; their number is the **degree** (度) of $i$ |
#
# One layer of **message passing** (消息传递, Gilmer et al., 2017) lets every node hear its neighbours and update itself:
#
# $$h_i \leftarrow \text{update}\Big(h_i,\ \text{mean or sum over } j \in N(i) \text{ of } \text{message}(h_i, h_j)\Big).$$
#
# After $k$ layers a node knows what lies within $k$ steps of it. In the end the mean over all nodes, the **readout** (读出), goes to a classifier.
#
# Three layers that this chapter builds, each with a matrix $W$ to be learned:
#
# | | a node becomes | |
# |---|---|---|
# | graph convolution (图卷积) | the weighted mean of itself and its neighbours, through one $W$ | Kipf and Welling, 2017 |
# | GraphSAGE | $W h_i + V \cdot \text{mean of the neighbours}$: itself apart from what it hears | Hamilton et al., 2017 |
# | graph attention (图注意力) | a weighted mean whose weights are learned | Veličković et al., 2018 |
#
# **Nothing in these formulas knows the number of a node.** Number the nodes in another order, $A$ along with them, and you get the same result in that order. So whatever the order of words is to mean, the edges must carry.
#
# And dense: we multiply with the whole $A$, zeros included. At 16 nodes that is a single fast product for the whole batch. Libraries such as PyTorch Geometric keep lists of edges instead, as one must for graphs of millions of nodes.

# %% [markdown] label="edges-text" exercise="graph_fusion.join_nodes" difficulty=3 minutes=15
# ## 3 · Build it
#
# ### Edges
#
# **Exercise 1.** The edges of two modalities, `p` nodes of the first and after them `q` of the second. Every node hears all nodes of the *other* modality. Within its own modality it hears the one before it and the one after it, by their places (a **chain**): at a node that is missing the chain breaks. No node hears itself. What is not real hears nobody, and nobody hears it. (For words the chain is what matters. For cells, in reading order, it is arbitrary, and does no harm.)


# %% label="edges" exercise="graph_fusion.join_nodes"
def join_nodes(first: Tensor, second: Tensor) -> Tensor:
    """first (batch, p), second (batch, q), bool: which nodes are real -> edges (batch, p + q, p + q) bool."""
    ### BEGIN SOLUTION
    p, n = first.shape[1], first.shape[1] + second.shape[1]
    number = torch.arange(n)
    of_first = number < p
    across = of_first[:, None] != of_first
    chain = (number[:, None] - number).abs() == 1
    real = torch.cat([first, second], dim=1)
    return (across | chain) & real[:, :, None] & real[:, None, :]
    ### END SOLUTION

# %% label="edges-check" tags=["nbval-check-output"]
check("graph_fusion.join_nodes", join_nodes)

# %% label="edges-look"
real = [torch.ones(1, 9, dtype=torch.bool), layers.real_steps(test_lengths[1:2], 7)]
names = [*(f"cell {i + 1}" for i in range(9)), *test_captions[1].split(), *["(padding)"] * 2]
show.attention(joined(real)[0].float(), names, title="Edges: who (row) hears whom (column)", name="edges");

# %% [markdown] label="mean-text" exercise="graph_fusion.neighbour_mean" difficulty=2 minutes=10
# ### Messages
#
# **Exercise 2.** The mean of every node's neighbours, for all nodes and the whole batch at once: no loop. `edges[:, i, j]` is true where $i$ hears $j$. A node that hears nobody gets zeros, not NaN.


# %% label="mean" exercise="graph_fusion.neighbour_mean"
def neighbour_mean(nodes: Tensor, edges: Tensor) -> Tensor:
    """nodes (batch, n, d), edges (batch, n, n) bool -> (batch, n, d): for each node the mean of those it hears."""
    ### BEGIN SOLUTION
    A = edges.to(nodes.dtype)
    return A @ nodes / A.sum(dim=2, keepdim=True).clamp(min=1)
    ### END SOLUTION

# %% label="mean-check" tags=["nbval-check-output"]
check("graph_fusion.neighbour_mean", neighbour_mean)

# %% [markdown] label="mean-listing-text"
# **The listing.** The library's layer, GraphSAGE with the mean: the node itself through one matrix, what it hears through another.

# %% label="mean-listing"
show.source(layers.MessagePassing.forward);

# %% [markdown] label="loop-text"
# The same as a loop, node by node, as one would do it with pencil and paper. (A test of the course compares all three layers with those of PyTorch Geometric besides: `SAGEConv`, `GCNConv`, `GATConv`, with our weights copied into them.)

# %% label="loop" tags=["nbval-check-output"]
torch.manual_seed(0)
layer, edges = layers.MessagePassing(6, 4), torch.rand(3, 5, 5) < 0.4
nodes = torch.randn(3, 5, 6)
by_hand = torch.zeros(3, 5, 4)
for b in range(3):
    for i in range(5):
        heard = [nodes[b, j] for j in range(5) if edges[b, i, j]]
        message = torch.stack(heard).mean(0) if heard else torch.zeros(6)
        by_hand[b, i] = layer.own(nodes[b, i]) + layer.heard(message)
print("the same as the loop:", torch.allclose(layer(nodes, edges), by_hand, atol=1e-6))

# %% [markdown] label="convolution-text" exercise="graph_fusion.graph_convolution" difficulty=3 minutes=15
# ### One matrix for all
#
# **Exercise 3.** Graph convolution is older and plainer: every node is its own neighbour, and all go through one $W$,
#
# $$H \leftarrow D^{-1/2}\,(A + I)\,D^{-1/2}\, H W, \qquad D_{ii} = \sum_j (A + I)_{ij} .$$
#
# $D$ is diagonal, so do not build it: multiply rows. The edges here run both ways and join no node to itself.


# %% label="convolution" exercise="graph_fusion.graph_convolution"
def graph_convolution(nodes: Tensor, edges: Tensor, W: Tensor) -> Tensor:
    """nodes (batch, n, d), edges (batch, n, n) bool and symmetric, W (d, k) -> (batch, n, k)."""
    ### BEGIN SOLUTION
    A = edges.to(nodes.dtype) + torch.eye(nodes.shape[1], dtype=nodes.dtype)
    scale = A.sum(dim=2, keepdim=True).rsqrt()  # (batch, n, 1)
    return scale * (A @ (scale * (nodes @ W)))
    ### END SOLUTION

# %% label="convolution-check" tags=["nbval-check-output"]
check("graph_fusion.graph_convolution", graph_convolution)

# %% [markdown] label="same-text"
# Now something to be careful with. Three modalities, one node each, and all are joined, as one does it first. What does one layer of each kind make of three different nodes?

# %% label="same" tags=["nbval-check-output"]
torch.manual_seed(0)
nodes, edges = torch.randn(1, 3, 4), ~torch.eye(3, dtype=torch.bool)[None]
for name, layer in (("convolution", layers.GraphConvolution(4, 2)), ("message passing", layers.MessagePassing(4, 2))):
    print(f"{name:16}", [[round(x, 2) for x in node] for node in layer(nodes, edges)[0].tolist()])

# %% [markdown] label="spread-text" exercise="graph_fusion.spread" difficulty=2 minutes=10
# **After one convolution all nodes are the same**, since each is the mean of all. No later layer can tell them apart again. Message passing keeps the node's own path, and its nodes stay different.
#
# The same happens more slowly in graphs with fewer edges, layer after layer: **over-smoothing** (过平滑, Li et al., 2018). To watch it we need a number.
#
# **Exercise 4.** With $\bar h$ the mean of the real nodes,
#
# $$\text{spread} = \frac{\sum_i \lVert h_i - \bar h \rVert^2}{\sum_i \lVert h_i \rVert^2},$$
#
# both sums over real nodes: 0 where all are the same, 1 where they cancel out. A graph of zeros, or without any real node, has spread 0.


# %% label="spread" exercise="graph_fusion.spread"
def spread(nodes: Tensor, real: Tensor) -> Tensor:
    """nodes (batch, n, d), real (batch, n) bool -> (batch,): how much the real nodes differ, from 0 to 1."""
    ### BEGIN SOLUTION
    mean = layers.mean_of_steps(nodes, real)[:, None]
    apart = ((nodes - mean) ** 2).sum(dim=2).masked_fill(~real, 0).sum(dim=1)
    whole = (nodes**2).sum(dim=2).masked_fill(~real, 0).sum(dim=1)
    return apart / torch.where(whole > 0, whole, 1)
    ### END SOLUTION

# %% label="spread-check" tags=["nbval-check-output"]
check("graph_fusion.spread", spread)

# %% [markdown] label="attention-text" exercise="graph_fusion.attention_weights" difficulty=3 minutes=15
# ### Who counts
#
# So far all neighbours count alike. **Graph attention** lets a node choose. With $z_i = W h_i$, and two vectors $a$ (for the one that *speaks*) and $c$ (for the one that *looks*), both of width $d$:
#
# $$e_{ij} = \operatorname{LeakyReLU}(a \cdot z_j + c \cdot z_i), \qquad \alpha_{ij} = \operatorname{softmax}_{j \in N(i) \cup \{i\}}\, e_{ij}, \qquad h_i \leftarrow \sum_j \alpha_{ij} z_j .$$
#
# LeakyReLU leaves what is above 0, and multiplies what is below by 0.2.
#
# **Exercise 5.** The weights $\alpha$. A node always hears itself too, whatever `edges` says. The weights must be right for scores of thousands, above 0 and below, so use `softmax`.


# %% label="attention" exercise="graph_fusion.attention_weights"
def attention_weights(z: Tensor, edges: Tensor, speaks: Tensor, looks: Tensor) -> Tensor:
    """z (batch, n, d), edges (batch, n, n) bool, speaks (d,), looks (d,) -> (batch, n, n), rows that sum to 1."""
    ### BEGIN SOLUTION
    scores = functional.leaky_relu((z @ speaks)[:, None, :] + (z @ looks)[:, :, None], 0.2)
    heard = edges | torch.eye(z.shape[1], dtype=torch.bool)
    return scores.masked_fill(~heard, -torch.inf).softmax(dim=2)
    ### END SOLUTION

# %% label="attention-check" tags=["nbval-check-output"]
check("graph_fusion.attention_weights", attention_weights)

# %% [markdown] label="attention-listing-text"
# **The listing.** The library's, with several **heads** (多头) side by side, each with its own $a$, $c$ and part of $W$, as in [chapter 01](01_primer.ipynb).

# %% label="attention-listing"
show.source(layers.GraphAttention.forward);

# %% [markdown] label="dynamic-text" exercise="graph_fusion.dynamic_weights" difficulty=4 minutes=20
# **Exercise 6.** This one is not in the library. Look at $e_{ij}$ again: LeakyReLU rises everywhere, so whoever looks, the neighbour with the largest $a \cdot z_j$ gets the largest weight. The word "red" and the word "blue" *must* look most at the same cell! Brody, Alon and Yahav (2022) call this **static** attention, and make it dynamic by moving $a$ outside:
#
# $$e_{ij} = a \cdot \operatorname{LeakyReLU}(u_i + v_j), \qquad u_i = W_1 h_i,\quad v_j = W_2 h_j .$$
#
# The softmax runs over neighbours and the node itself, as before. Slope 0.2.


# %% label="dynamic" exercise="graph_fusion.dynamic_weights"
def dynamic_weights(u: Tensor, v: Tensor, edges: Tensor, a: Tensor) -> Tensor:
    """u and v (batch, n, d), edges (batch, n, n) bool, a (d,) -> (batch, n, n), rows that sum to 1."""
    ### BEGIN SOLUTION
    scores = functional.leaky_relu(u[:, :, None] + v[:, None], 0.2) @ a  # (batch, n, n)
    heard = edges | torch.eye(u.shape[1], dtype=torch.bool)
    return scores.masked_fill(~heard, -torch.inf).softmax(dim=2)
    ### END SOLUTION

# %% label="dynamic-check" tags=["nbval-check-output"]
check("graph_fusion.dynamic_weights", dynamic_weights)

# %% [markdown] label="kinds-text" exercise="graph_fusion.relational" difficulty=3 minutes=15
# ### Kinds of edges
#
# **Exercise 7.** Nor is this. A word has two words beside it and nine cells across; in one mean over all eleven the two nearly drown. So let every **kind** of edge have a mean and a matrix of its own (Schlichtkrull et al., 2018):
#
# $$h_i \leftarrow W^\top h_i + \sum_{r} V_r^\top\, \big(\text{mean over } j \in N_r(i) \text{ of } h_j\big),$$
#
# where $N_r(i)$ are the neighbours of $i$ by edges of kind $r$. (Nodes are rows, so in code $W^\top h_i$ is `nodes @ W`.)
#
# Zeros where a node has no neighbour of a kind.


# %% label="kinds" exercise="graph_fusion.relational"
def relational(nodes: Tensor, edges: Tensor, W: Tensor, V: Tensor) -> Tensor:
    """nodes (batch, n, d), edges (kinds, batch, n, n) bool, W (d, k), V (kinds, d, k) -> (batch, n, k)."""
    ### BEGIN SOLUTION
    A = edges.to(nodes.dtype)
    heard = A @ nodes / A.sum(dim=3, keepdim=True).clamp(min=1)  # (kinds, batch, n, d)
    return nodes @ W + torch.einsum("kbnd,kde->bne", heard, V)
    ### END SOLUTION

# %% label="kinds-check" tags=["nbval-check-output"]
check("graph_fusion.relational", relational)

# %% [markdown] label="fusion-listing-text"
# ### The whole
#
# **The listing.** `fusion.make("graph", …)` and `"graph_attention"`: bring all steps to one width, join them, run some layers, take the mean of the real nodes. Each layer *adds* to what a node was, and `norm` (layer normalisation) keeps its size in bounds. Section 6 shows what that is good for. `joined` is exercise 1 for any number of modalities; `_pattern` are the edges where all is real, worked out once.

# %% label="fusion-listing"
show.source(type(fusion.make("graph", [10, 10], 4)).attend);

# %% label="edges-listing"
show.source(joined);

# %% [markdown] label="mine-text"
# Once exercises 1 and 5 show ✓, set `mine = True`: then the figures below draw *your* edges and weights.

# %% label="mine"
mine = False
print("edges and weights are drawn by", "your functions" if mine else "the library's functions")


def edges_of(lengths: Tensor) -> Tensor:
    """Edges (batch, 16, 16) of nine cells and captions of these lengths."""
    real = torch.ones(len(lengths), 9, dtype=torch.bool), layers.real_steps(lengths, 7)
    return torch.as_tensor(join_nodes(*real)).bool() if mine else joined(real)


def weights_of(layer: layers.GraphAttention, nodes: Tensor, edges: Tensor) -> Tensor:
    """(batch, heads, n, n): how much each node counts for each, in each head of a layer."""
    if not mine:
        return layer(nodes, edges)[1]
    z = layer.project(nodes).chunk(layer.heads, dim=2)
    return torch.stack([attention_weights(*each) for each in zip(z, [edges] * layer.heads, layer.said, layer.looking, strict=True)], 1)

# %% [markdown] label="scenes-text"
# ## 4 · On scenes
#
# The test of section 1, own or swapped caption, with graphs. Four of them, of two layers each. *chain* joins words that stand side by side; *all* joins all words of a caption; *none* leaves them unjoined. (In all three, words hear all cells, and cells all words.)

# %% label="graphs"
DIMS = [10, len(WORDS)]
models = {"means, pooled": pooled}
for name, kind, options in (
    ("message passing, chain", "graph", {}),
    ("attention, none", "graph_attention", {"within": "none", "heads": 4}),
    ("attention, all", "graph_attention", {"within": "all", "heads": 4}),
    ("attention, chain", "graph_attention", {"heads": 4}),
):
    torch.manual_seed(0)
    few = size.steps // 6 if "within" in options else size.steps  # more steps cannot help: see below
    models[name] = trained(fusion.make(kind, DIMS, size.width, **options), few)
print("trained:", ", ".join(models))

# %% [markdown] label="kinds-try-text"
# And yours of exercise 7, with two kinds of edges: within a modality, and across.


# %% label="kinds-model"
class Kinds(nn.Module):
    """As the library's "graph", but with `relational` for a layer: one kind of edge within a modality, one across."""

    def __init__(self, width: int = size.width, depth: int = 2):
        super().__init__()
        self.project = nn.ModuleList([nn.Linear(d, width) for d in DIMS])
        self.W = nn.ParameterList([nn.init.xavier_uniform_(torch.empty(width, width)) for _ in range(depth)])
        self.V = nn.ParameterList([torch.stack([nn.init.xavier_uniform_(torch.empty(width, width)) for _ in range(2)])
                                   for _ in range(depth)])
        self.norms = nn.ModuleList([nn.LayerNorm(width) for _ in range(depth)])

    def forward(self, regions: Tensor, words: Tensor, lengths: list) -> Tensor:
        real = torch.ones(regions.shape[:2], dtype=torch.bool), layers.real_steps(lengths[1], words.shape[1])
        alone = joined(real[:1]), joined(real[1:])
        within = torch.stack([torch.block_diag(*pair) for pair in zip(*alone, strict=True)]).bool()
        edges, real = torch.stack([within, joined(real) & ~within]), torch.cat(real, dim=1)
        nodes = torch.cat([project(x) for project, x in zip(self.project, (regions, words), strict=True)], dim=1)
        for W, V, norm in zip(self.W, self.V, self.norms, strict=True):
            nodes = norm(nodes + relational(nodes, edges, W, V).relu())
        return layers.mean_of_steps(nodes, real)


# %% label="kinds-train"
tried = relational(torch.ones(1, 1, 1), torch.zeros(1, 1, 1, 1, dtype=torch.bool), torch.ones(1, 1), torch.ones(1, 1, 1))
if tried is None:
    print("fill in exercise 7 to train it")
else:
    torch.manual_seed(0)
    models["two kinds of edges, chain"] = trained(Kinds())

# %% [markdown] label="controls-text"
# The controls: attention with the chain, and a modality missing at test. (One that was trained on the pictures of other scenes stands in the table of five seeds below.)

# %% label="controls"
best = models["attention, chain"]
both = 2 * len(test_things)
missing = {name: torch.tensor([keep]).expand(both, 2) for name, keep in (("picture", (False, True)), ("caption", (True, False)))}
rows = [{"": name, "own or swapped": accuracy(model)} for name, model in models.items()]
rows += [{"": f"attention, chain: {name} missing", "own or swapped": accuracy(best, mask=mask)} for name, mask in missing.items()]
rows += [{"": "ceiling: picture and caption", "own or swapped": 1.0}, {"": "ceiling: either alone", "own or swapped": 0.5}]
show.table(rows);

# %% [markdown] label="graphs-read"
# **Without edges between the words, and with edges between all of them, it is exactly 50% again.** Own and swapped caption are then the very same graph, with its nodes numbered in another order. That is a proof, not a lack of training, so these two were trained for a sixth of the steps only.
#
# **The chain makes the difference.** It says who stands beside whom, nothing else was added, and attention now gets nearly all pairs right. The order of words came in through the edges alone.
#
# Plain message passing, with the same chain, gets about nine in ten: in its one mean two neighbouring words stand among nine cells. Kinds of edges give the two a mean of their own.
#
# **The controls** stay where they must: with the caption missing, own and swapped are the same question, exactly 50%; with the picture missing, 50% but for luck.
#
# Five seeds, other scenes for each. *All in a row* is no graph: all cells and words in their places, one long vector, a network with two hidden layers. *Dynamic attention* is exercise 6 in each of four heads. *Trained on other pictures* saw each caption with the picture of another scene; *examples shuffled* saw the same examples, the four of a scene scattered over the batches:

# %% label="stored-scenes"
show.table(evaluate.Scores.stored("graph_fusion", "scenes").rows());

# %% [markdown] label="stored-read"
# **The right edges: 99.7%. Everything in a row: a coin toss.** The long vector lacks nothing, and yet 3,000 scenes do not teach it: what a graph learns once, for all cells and all words, it would have to learn anew for each pair of a cell and a place in the sentence.
#
# Kinds of edges lift message passing from about 91 to 98%. Dynamic attention is level with plain: both are at the ceiling, so this task cannot tell them apart.
#
# **How the examples are laid out matters as much as the model.** Shuffled, attention reaches 88% with a spread of 17 points over the seeds: four of the five learn it nearly as well, one had hardly begun when the steps were over. If a network learns nothing, look at its batches before you look for a better network.

# %% [markdown] label="counted-text"
# ### Who counted
#
# The weights $\alpha$ of one test scene: a map a head, a row for the node that looks, a column for the one that is looked at.


# %% label="counted"
def nodes_of(model: Agreement, i: int) -> tuple[list[Tensor], Tensor, list[Tensor]]:
    """The graph of test scene i with its own caption: nodes before each layer, edges, and each layer's weights (heads, n, n)."""
    fuse, edges, states, weights = model.fuse, edges_of(test_lengths[i : i + 1]), [], []
    words = [project(x[i : i + 1]) for project, x in zip(fuse.project, (test_regions, test_words), strict=True)]
    nodes = torch.cat([words[0], words[1] * layers.real_steps(test_lengths[i : i + 1], 7)[..., None]], dim=1)
    for layer, norm in zip(fuse.layers, fuse.norms, strict=True):
        states.append(nodes)
        weights.append(weights_of(layer, nodes, edges)[0])
        nodes = norm(nodes + layer(nodes, edges)[0].relu())
    return states, edges, weights


# %% label="counted-draw"
def cell_names(i: int) -> list[str]:
    """What stands in each cell of test scene i, and the words of its caption."""
    there = {scenes.PLACES.index(thing.place): f"[{thing.colour} {thing.shape}]" for thing in test_things[i]}
    return [there.get(cell, f"cell {cell + 1}") for cell in range(9)] + test_captions[i].split()


def draw(layer: int, i: int = 0):
    """The weights of a layer, the four heads side by side."""
    with torch.inference_mode():
        weights = nodes_of(best, i)[2][layer - 1]
    names = cell_names(i)
    return show.attention(weights[:, : len(names), : len(names)], names, title=f"layer {layer}: {test_captions[i]}", name="counted")


widgets.slider(draw, [1, 2], "layer", start=1, name="counted")

# %% [markdown] label="static-text"
# In the first layer the rows of a head look alike: columns light up, not single places. That is the static attention of exercise 6. Count it: of the words of a caption, how many agree on which *cell* is looked at most?

# %% label="static"
agree = []
with torch.inference_mode():
    for i in range(size.looked):
        first = nodes_of(best, i)[2][0][:, 9 : 9 + int(test_lengths[i]), :9].argmax(2)  # (heads, words): the cell looked at most
        agree.append((first == first[:, :1]).float().mean().item())
print(f"words whose favourite cell is that of the first word, in a head of layer 1: {np.mean(agree):.1%}")

# %% label="dynamic-try"
generator = torch.Generator().manual_seed(0)
with torch.no_grad():
    first = nodes_of(best, 0)[0][0]
    u, v = (first @ torch.randn(size.width, size.width, generator=generator) for _ in range(2))
    moved = dynamic_weights(u, v, edges_of(test_lengths[:1]), torch.randn(size.width, generator=generator))
if moved is None:
    print("fill in exercise 6 to compare")
else:
    favourites = moved[0, 9 : 9 + int(test_lengths[0]), :9].argmax(1) + 1
    print("dynamic, with weights at random; favourite cell of each word:", favourites.tolist())

# %% [markdown] label="static-read"
# In a head, all words have the *same* favourite cell, without exception, as the theory says. With dynamic weights, even untrained ones, the favourite depends on the word.
#
# How can plain attention solve the task then? Whoever looks still decides how *much* it prefers its favourite; four heads have four favourites; and a favourite changes with the scene. But do not read such a map as "this word means that cell".

# %% [markdown] label="missing-text"
# ### Cells that are missing
#
# Cover the picture from below: only the first $k$ cells are there. Missing nodes have no edges, and the readout leaves them out, so we just say how many are there, with no retraining. The ceiling is known again: who sees at least one of the two things can decide, all others toss a coin.

# %% label="missing"
cells_there = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
reached = [accuracy(best, cells=torch.full((both,), k)) for k in cells_there]
first_thing = np.array([min(scenes.PLACES.index(thing.place) for thing in pair) for pair in test_things])
ceiling = [0.5 + 0.5 * float((first_thing < k).mean()) for k in cells_there]
show.curve(cells_there, {"ceiling": ceiling, "attention, chain": reached}, "cells that are there", "accuracy, own or swapped",
           levels={"guessing": 0.5}, ticks=True, name="missing");

# %% [markdown] label="missing-read"
# Below nine cells the graph stays under the ceiling: it was trained on complete pictures only, and waits for two things where one would do. Nothing breaks, though; it slides down to guessing. [Chapter 14](14_when_modalities_fail.ipynb) trains for such days.

# %% [markdown] label="real-text"
# ## 5 · On real data: moments of a video
#
# In `mosi`, people speak about films on video, cut into utterances, and each is judged positive or negative. Who has just praised will mostly go on to praise. So join every utterance with the one before and the one after it: a graph in time, one for each video, and a label for each *node* (Poria et al., 2017, read the videos with an LSTM for the same reason).


# %% label="mosi"
def videos(split: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each video its utterances in order of time: words, voice and face side by side (n, 273), and labels (n,)."""
    part = data.load("mosi", split=split)
    X, y, place = np.concatenate(part.features(), axis=1), part.labels(), [int(id.rsplit("_", 1)[1]) for id in part.ids]
    order = np.lexsort((place, part.groups))
    cut = np.flatnonzero(np.diff(np.unique(part.groups, return_inverse=True)[1][order])) + 1
    return list(zip(np.split(X[order], cut), np.split(y[order], cut), strict=True))


def padded(videos: list) -> tuple[Tensor, Tensor, Tensor]:
    """Features (videos, longest, 273), labels and which are real, (videos, longest) each."""
    X, y = ([torch.from_numpy(each[part]).float() for each in videos] for part in (0, 1))
    rows = [torch.ones(len(each), dtype=torch.bool) for each in X]
    return tuple(nn.utils.rnn.pad_sequence(each, batch_first=True) for each in (X, y, rows))


try:
    spoken = {split: videos(split) for split in ("train", "val", "test")}
    same = np.concatenate([y[1:] == y[:-1] for _, y in spoken["test"]])
    print({split: len(part) for split, part in spoken.items()}, f"videos; {same.mean():.0%} of test utterances are judged as the one before")
except data.DataUnavailable as reason:
    spoken = None
    print(reason)

# %% [markdown] label="mosi-model-text"
# 71%, where always saying *positive* gives 62: neighbours do know something. (The commonest label of the *training* part is negative, which would give 38.) The model is two layers of message passing with a classifier on each node. The settings are fixed in advance; nothing is chosen on test.


# %% label="mosi-model"
class Moments(nn.Module):
    """Utterances of a video (batch, n, 273) and their edges -> for each a number, above 0 where positive."""

    def __init__(self, width: int = 64):
        super().__init__()
        self.project, self.head, self.drop = nn.Linear(273, width), nn.Linear(width, 1), nn.Dropout(0.5)
        self.layers = nn.ModuleList([layers.MessagePassing(width, width) for _ in range(2)])
        self.norms = nn.ModuleList([nn.LayerNorm(width) for _ in range(2)])

    def forward(self, X: Tensor, edges: Tensor) -> Tensor:
        nodes = self.project(self.drop(X))
        for layer, norm in zip(self.layers, self.norms, strict=True):
            nodes = norm(nodes + self.drop(layer(nodes, edges).relu()))
        return self.head(nodes)[..., 0]


def in_time(real: Tensor, how: str) -> Tensor:
    """Edges between the moments of each video: "none", "past" (the one before) or "chain" (and the one after)."""
    edges = joined([real], "none" if how == "none" else "chain")
    return edges.tril() if how == "past" else edges

# %% label="mosi-train"
rows = []
if spoken:
    (X, y, real), (X_test, y_test, real_test) = padded(spoken["train"]), padded(spoken["test"])
    mean, deviation = X[real].mean(0), X[real].std(0) + 1e-6
    X, X_test = (X - mean) / deviation, (X_test - mean) / deviation
    loader = torch.utils.data.DataLoader(torch.arange(len(X)), batch_size=16, shuffle=True)
    for how in ("none", "chain"):
        torch.manual_seed(0)
        model, edges = Moments(), in_time(real, how)
        train.fit(model, loader, lambda model, i, e=edges: functional.binary_cross_entropy_with_logits(
            model(X[i], e[i])[real[i]], y[i][real[i]].float()), optimizer=torch.optim.AdamW(model.parameters(), 1e-3, weight_decay=0.1),
            steps=size.moment_steps, progress=False, device="cpu")
        with torch.inference_mode():
            right = ((model(X_test, in_time(real_test, how)) > 0) == y_test.bool())[real_test].float().mean()
        rows.append({"edges": how, "test accuracy": float(right)})
    show.table([*rows, {"edges": "always positive", "test accuracy": float(y_test[real_test].float().mean())}])
else:
    print("The utterances of mosi are not here; the table below was measured with them.")

# %% label="mosi-stored"
show.table(evaluate.Scores.stored("graph_fusion", "moments").rows());

# %% [markdown] label="mosi-read"
# *(Five seeds, mean ± standard deviation. "Order shuffled" joins utterances of the same video at random, as many as before.)* **Whichever edges we draw, it is about 76%, and no edges at all are as good as any**; the run above differs by a point, which five seeds do not confirm, and the highest row is the shuffled one. Neighbours agree more often than chance, and still telling each other brings nothing.
#
# Why? On the *training* part each utterance's own features say its label nearly without error, since those who made them had trained their extractors with these labels ([chapter 10](10_fusion_protocol.ipynb), section 6). What is known already is not asked of a neighbour, so the weights of the edges never learned to listen. On features that have not seen the labels context may well help; these cannot tell.
#
# The rule: beside every graph put the *same network without edges*, and one with the edges shuffled. Otherwise the 76% would have looked like the graph's.

# %% [markdown] label="table-text"
# ### The rows of the part's table
#
# The protocol of [chapter 10](10_fusion_protocol.ipynb), for every fusion the same. There each modality is *one* vector, so the graph has two or three nodes, all joined: the smallest graphs there are, without any chain. Our two rows, beside the plainest:

# %% label="table"
table = evaluate.Scores.stored("fusion", "table")
show.table([row for row in table.rows() if row[""] in ("concat", "late", "graph", "graph_attention", "majority", "ceiling")]);

# %% [markdown] label="table-live-text"
# One of them live, on the first of its five seeds: sentiment of single utterances from words, voice and face.

# %% label="table-live"
if spoken:
    part = {split: data.load("mosi", split=split) for split in ("train", "val", "test")}
    live = fusion.Classifier("graph", steps=size.table_steps, seed=0)
    live.fit(part["train"].features(), part["train"].labels(), (part["val"].features(), part["val"].labels()))
    known = evaluate.Scores.stored("fusion", "mosi").values.get("graph", {}).get("accuracy", [np.nan])
    show.table([{"": "graph, mosi", "here": live.score(part["test"].features(), part["test"].labels()), "stored for this seed": known[0]}])
else:
    print("The utterances of mosi are not here.")

# %% [markdown] label="table-read"
# With two or three nodes, all joined, a graph is a small network on top of the projections; there is no order to carry, and no reason why it should beat the plain ones. A graph earns its keep where a modality has *parts*, and the answer depends on how the parts lie to each other.

# %% [markdown] label="wrong-text"
# ## 6 · What goes wrong
#
# **Too many layers.** What lies $k$ steps away is reached in $k$ layers, so why not take sixteen? Because of what exercise 4 measures. Here are the graphs of fifty test scenes, untrained layers of each sort one after the other, and how much the nodes still differ:


# %% label="smoothing"
def spread_after(step, depth: int) -> list[float]:
    """The spread after 0, 1, …, depth layers; `step` makes the next nodes of (nodes, edges, number of the layer)."""
    torch.manual_seed(0)
    edges, real = edges_of(test_lengths[:50]), torch.cat([torch.ones(50, 9).bool(), layers.real_steps(test_lengths[:50], 7)], dim=1)
    nodes = torch.cat([nn.Linear(10, 32)(test_regions[:50]), nn.Linear(len(WORDS), 32)(test_words[:50])], dim=1)
    found = [spread(nodes, real)]
    for _ in range(depth):
        nodes = step(nodes, edges)
        found.append(spread(nodes, real))
    return found if found[0] is None else [float(each.mean()) for each in found]


with torch.inference_mode():
    steps = {
        "convolution": lambda h, e: layers.GraphConvolution(32, 32)(h, e).relu(),
        "attention": lambda h, e: layers.GraphAttention(32, 32)(h, e)[0].relu(),
        "message passing": lambda h, e: layers.MessagePassing(32, 32)(h, e).relu(),
        "message passing, added, norm": lambda h, e: nn.LayerNorm(32)(h + layers.MessagePassing(32, 32)(h, e).relu()),
    }
    spreads = {name: spread_after(step, 16) for name, step in steps.items()}

# %% label="smoothing-draw"
if spreads["convolution"][0] is None:
    print("fill in exercise 4 to draw the curves")
else:
    show.curve(range(17), spreads, "layers", "spread: how much nodes differ", title="Over-smoothing", name="smoothing")

# %% [markdown] label="depth-text"
# Convolution and plain attention have nearly the same vector in all nodes after three or four layers. Message passing, whose nodes have a path of their own, holds out a layer or two longer: random weights shrink what differs, and biases, the same for all, remain. What slows this down is to **add** what was heard to what the node was, and to bring it back to size (layer normalisation). That is what the library's fusion does.
#
# Trained on our task, with one, two and four layers. "Convolution" has no path of a node's own, and nothing is added:

# %% label="depth-stored"
show.table(evaluate.Scores.stored("graph_fusion", "depth").rows());

# %% [markdown] label="depth-read"
# **One layer of attention is nearly enough,** since here all cells are one step away from all words; two are safer, four change nothing. **Plain convolution stays near 50% at any depth.** It lacks three things at once: weights that are learned, a path of the node's own, and the sum with what the node was. The curve alone does not explain it: after
# one layer attention is as smooth.

# %% [markdown] label="leak-text"
# **Edges that leak.** Graphs are often built over *examples*: join those whose pictures are alike, give each node whose label is known (those of training) that label, and let messages flow. Now split our examples at random, own and swapped captions mixed. The model below sees no picture and no word, only what it hears along edges between examples with the same picture.

# %% label="leak"
scene, label = np.tile(np.arange(n), 2), np.repeat([1.0, -1.0], n)  # example k of 2n: own captions, then swapped ones
rows = []
for name, groups in (("examples split at random", np.arange(2 * n)), ("scenes split", scene)):
    test, known = data.splits.grouped(groups.tolist(), (n // 2,), seed=0)
    labels = np.zeros(2 * n)
    labels[known] = label[known]
    heard = np.roll(labels, n)[:, None]  # of its only neighbour, the other caption of the same picture; 0 where not known
    parts = [(heard[i], label[i]) for i in (known[::2], known[1::2], test)]
    rows.append({"": name, "test accuracy, seeing nothing": evaluate.linear_probe(*parts, scaled=False).accuracy})
show.table(rows);

# %% [markdown] label="leak-read"
# **Nearly nine in ten, having seen nothing.** For three test examples of four the other caption of the same picture is in the training part; its label is known, and ours is the opposite. Where it is not, the model guesses. Split by scene, both captions go to the same side, no label arrives, and it is a coin toss again.

# %% [markdown] label="mask-text"
# **A forgotten mask.** Padding that is not declared becomes nodes: they hear, they are heard, and they count in the mean. Take five words and pad them to more and more; the caption stays the same.

# %% label="mask"
five = [i for i in range(both) if test_lengths[i] == 5]
rows = []
for extra in (0, 2, 8, 32):
    longer = functional.pad(test_words[five, :5], (0, 0, 0, extra))
    row = {"padding": extra}
    with torch.inference_mode():
        for name, said in (("lengths given", torch.full((len(five),), 5)), ("lengths forgotten", None)):
            answers = best(test_regions.repeat(2, 1, 1)[five], longer, said)
            row[name] = float(((answers > 0) == (torch.tensor(five) < len(test_things))).float().mean())
    rows.append(row)
show.table(rows);

# %% [markdown] label="mask-read"
# With lengths, padding changes nothing, to the last digit. Without them each pad is a node like any other, with the bias of its projection for content: it joins the chain, speaks to all cells, and counts in the mean. With a little padding, as in training batches, it may go unnoticed; in a batch beside one long sentence the answers drift. Nothing crashes. **Test it:** an answer may not change when its example is padded further.

# %% [markdown] label="quiz-text"
# ## 7 · Quiz
#
# Click the choice you think is right. Every choice explains itself, so click the wrong ones too.

# %% label="quiz"
quiz("graph_fusion")

# %% label="progress"
progress("graph_fusion")

# %% [markdown] label="end"
# ## Take away
#
# - A pooled vector forgets who belongs to whom; edges can say it. Without the edges between words, a graph is a bag too.
# - Message passing is a product with the adjacency matrix: batched, masked, no loop.
# - Add what a node hears to what it was, or depth makes all nodes the same.
# - Plain graph attention ranks all neighbours alike for everyone who looks. Its weights are no explanation of single words.
# - Give kinds of edges their own weights, before you add layers.
# - An edge between training and test can carry the answer. Split first, and by group; build the graph afterwards.
# - Context that could help does not always do so: compare with *no edges*, the same network otherwise.
#
# **With a GPU or more time.** `MMLEARN_PROFILE=gpu` learns from more scenes and for longer.
#
# ## Further reading
#
# - J. Gilmer, S. S. Schoenholz, P. F. Riley, O. Vinyals, G. E. Dahl (2017). Neural message passing for quantum chemistry. *ICML*, 1263–1272.
# - T. N. Kipf, M. Welling (2017). Semi-supervised classification with graph convolutional networks. *ICLR*.
# - W. L. Hamilton, R. Ying, J. Leskovec (2017). Inductive representation learning on large graphs. *NeurIPS*, 1024–1034.
# - P. Veličković, G. Cucurull, A. Casanova, A. Romero, P. Liò, Y. Bengio (2018). Graph attention networks. *ICLR*.
# - S. Brody, U. Alon, E. Yahav (2022). How attentive are graph attention networks? *ICLR*.
# - M. Schlichtkrull, T. N. Kipf, P. Bloem, R. van den Berg, I. Titov, M. Welling (2018). Modeling relational data with graph convolutional networks. *ESWC*, 593–607.
# - Q. Li, Z. Han, X.-M. Wu (2018). Deeper insights into graph convolutional networks for semi-supervised learning. *AAAI*, 3538–3545.
# - P. Anderson, X. He, C. Buehler, D. Teney, M. Johnson, S. Gould, L. Zhang (2018). Bottom-up and top-down attention for image captioning and visual question answering. *CVPR*, 6077–6086.
# - S. Poria, E. Cambria, D. Hazarika, N. Majumder, A. Zadeh, L.-P. Morency (2017). Context-dependent sentiment analysis in user-generated videos. *ACL*, 873–883.
