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
# # 09 · Other alignments: a critic, a map, words that look, a teacher, another world
#
# **Five ways to bring media together that are neither CCA nor a contrastive loss alone; and at the end one table that says, for every aligner of
# chapters 05 to 09, what it found.**
#
# ![Two generated scenes of two things each, and for four words of each caption where in the picture the word looks](../data/pictures/other_alignments.png)
#
# *What you will have at the end of section 4: a caption whose words have found their places, though nobody told the network where anything is.*

# %% [markdown] label="objectives"
# **After this chapter you can**
#
# - reverse a gradient, and say what a discriminator of modalities sees that recall does not, and what removing it costs;
# - map one space onto another by ridge regression or by a rotation, and say why the direction of the map matters;
# - let words look for regions of a picture, draw where they look, and measure whether they look rightly;
# - teach a small student what two large teachers know of similarity;
# - move a classifier from drawings to photographs, and find out whether adapting it gains anything;
# - choose an aligner by a table instead of by its year.
#
# **You need** attention and the training loop of [chapter 01](01_primer.ipynb), recall at k and hubs of [chapter 05](05_matching_and_retrieval.ipynb), CCA
# ([06](06_cca.ipynb)) and InfoNCE ([08](08_contrastive.ipynb)). Terms in English and Chinese: [glossary · 术语表](../GLOSSARY.md).

# %% [markdown] label="card" tags=["card"]
# Filled in by the builder.

# %% label="setup" tags=["setup"]
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mmlearn import align, data, evaluate, features, profiles, show, train, widgets
from mmlearn.data import scenes
from mmlearn.exercises import check, hint, progress, quiz
from mmlearn.features.text import Vocabulary
from mmlearn.layers import reversal

size = profiles.settings("09_other_alignments")

# %% [markdown] label="problem-text"
# ## 1 · A coin toss that recall does not see
#
# Generated scenes of two things, and for each a caption that names colour and shape of both. The truth is known, so we can also write
# the **swapped** caption, in which the two colours have changed places: the same words, another picture.


# %% label="pairs"
def sentence(first: scenes.Thing, second: scenes.Thing) -> str:
    """Colour and shape of two things: "a red circle and a blue square"."""
    return " and ".join(f"{'an' if t.colour == 'orange' else 'a'} {t.colour} {t.shape}" for t in (first, second))


def swapped(first: scenes.Thing, second: scenes.Thing) -> str:
    """The same with the colours exchanged."""
    return sentence(first._replace(colour=second.colour), second._replace(colour=first.colour))


def two_things(split: str, n: int) -> tuple[Tensor, list]:
    """Pictures (n, 3, side, side) of two things, and those two, which differ in colour and in shape."""
    drawn = data.load("scenes", split=split, n=2 * n, objects=2, size=size.side, seed=0)
    things = [facts.things for facts in drawn.column("facts")]
    apart = [i for i, (a, b) in enumerate(things) if a.colour != b.colour and a.shape != b.shape][:n]
    return drawn.images()[apart], [things[i] for i in apart]


images, things = two_things("train", size.scenes["train"])
test_images, test_things = two_things("test", size.scenes["test"])
captions, test_captions = ([sentence(*pair) for pair in pairs] for pairs in (things, test_things))
show.pictures(test_images[:4], [f"{sentence(*t)}\n({swapped(*t)})" for t in test_things[:4]], columns=4,
              title="The caption, and in brackets the swapped one", name="scenes");

# %% [markdown] label="naive-text"
# The naive way is the way of the whole part so far: **one vector for the picture, one for the caption.** A picture becomes its pixels, coarsely; a caption counts
# its words; CCA makes the two comparable. We ask two questions: is the right picture found among the others, and does the picture prefer its own caption to the
# swapped one?

# %% label="naive"
vocabulary = Vocabulary.of(captions)


def counts(texts: list[str]) -> np.ndarray:
    """How often each word of the vocabulary stands in each text, (n, words)."""
    return np.stack([np.bincount(vocabulary.encode(text), minlength=len(vocabulary)) for text in texts]).astype(float)


def coarse(pictures: Tensor) -> np.ndarray:
    """Pictures made 12 x 12, as rows of 432 numbers."""
    return functional.adaptive_avg_pool2d(pictures.float() / 255, 12).flatten(1).numpy()


cca = align.CCA(n_components=12, reg=0.3).fit(coarse(images), counts(captions))
A = cca.transform(coarse(test_images), view=0)
own, other = (cca.transform(counts(texts), view=1) for texts in (test_captions, [swapped(*t) for t in test_things]))
one_vector = evaluate.cosine_similarity(own, A)
prefers = np.diag(one_vector) - np.diag(evaluate.cosine_similarity(other, A))  # 0: no preference at all
show.table([{"": "found among the first ten", "one vector each": evaluate.recall_at_k(one_vector, 10),
             "guessing": evaluate.chance(len(A), 10)},
            {"": "prefers its caption to the swapped one", "one vector each": np.mean((prefers > 0) + 0.5 * (prefers == 0)),
             "guessing": 0.5}]);

# %% [markdown] label="naive-fails"
# Recall is many times what guessing gives; it looks like a search engine. But on the second question it tosses a coin, and no training can help: **both captions are the same words without their
# order (a *bag of words*), so they have the very same vector.** (A tie counts as half.) Test pairs drawn at random hardly ever contain the swapped caption, so recall cannot see the failure.
#
# What a number does not ask, it does not see. Here is a second thing that recall does not ask: *can one still tell which medium a vector came from?*


# %% label="gap"
def told_apart(A: np.ndarray, B: np.ndarray, A_new: np.ndarray, B_new: np.ndarray) -> float:
    """Share of new vectors whose medium a fresh linear classifier, fitted on A and B, tells rightly; 0.5 is guessing."""
    unit = [V / np.linalg.norm(V, axis=1, keepdims=True) for V in (A, B, A_new, B_new)]
    parts = [(np.concatenate(pair), np.repeat([0, 1], [len(pair[0]), len(pair[1])])) for pair in (unit[:2], unit[2:])]
    half = len(parts[0][0]) // 4  # fitted on the first halves of A and B, its ridge chosen on the others
    first = np.r_[0:half, 2 * half : 3 * half]
    rest = np.setdiff1d(np.arange(len(parts[0][0])), first)
    return evaluate.linear_probe(*((parts[0][0][rows], parts[0][1][rows]) for rows in (first, rest)), parts[1]).accuracy


seen = cca.transform(coarse(images), view=0), cca.transform(counts(captions), view=1)
print(f"CCA's vectors: the medium of {told_apart(*seen, A, own):.0%} of new ones is told rightly; guessing gives 50%")

# %% [markdown] label="gap-read"
# CCA's vectors hardly betray where they came from: both views are centred, so their clouds lie around one point. What is *trained* may keep the media apart (the gap of [chapter 08](08_contrastive.ipynb)), and then a picture is nearer to any
# picture than to its own caption. Whether that does harm is another question; section 5 asks it.

# %% [markdown] label="idea"
# ## 2 · Five ideas
#
# All five bring a picture $x$ and a caption $y$ together. They differ in what they ask for.
#
# | | asks that | by |
# |---|---|---|
# | **a critic** (判别器) | nobody can tell whether a vector was a picture or a caption | a discriminator, and a reversed gradient |
# | **a map** (映射) | $f(x)$ is near to $y$; one space stays as it is | ridge regression, a rotation, a network |
# | **words that look** | each word finds its own part of the picture | attention from words to regions |
# | **a teacher** (蒸馏) | the student's neighbours are the teachers' neighbours | a divergence between rows of similarities |
# | **another world** (领域自适应) | what is learned on drawings holds for photographs | equal means and covariances, or again a critic |
#
# The first four align two media. The last aligns two *kinds* of one medium, and uses the same tools.

# %% [markdown] label="critic-text"
# ## 3 · Build them
#
# ### A critic to be fooled
#
# Two encoders make vectors $a_i$ (of pictures) and $b_i$ (of captions). A **discriminator** $D$ gives the probability that a vector was a picture, and learns by the
# cross-entropy $L_D$. The encoders want the opposite, *besides* their own loss $L$, with a weight $\lambda \ge 0$:
#
# $$\min_{D}\ L_D, \qquad \min_{\text{encoders}}\ L - \lambda\, L_D .$$
#
# Two optimizers that take turns would do. There is a neater way (Ganin et al., 2016). Put a layer $R$ between encoders and discriminator that does nothing on the way there and turns the gradient
# round on the way back. For any loss $\ell$,
#
# $$R(v) = v, \qquad \frac{\partial \ell}{\partial v} = -\lambda\, \frac{\partial \ell}{\partial R(v)} .$$
#
# Now *one* loss, $L + L_D$, and one backward pass do both: $D$ sits above $R$ and learns to tell the media apart; the encoders sit below and get the reversed gradient.

# %% [markdown] label="reverse-text" exercise="other_alignments.reverse_gradient" difficulty=3 minutes=15
# **Exercise 1.** Write $R$: give `x` back unchanged, and multiply the gradient that comes back by `-strength` (which is λ, a plain number of at least 0). PyTorch lets you write both directions yourself, in a
# class that inherits from `torch.autograd.Function`: a static `forward(context, x, strength)` and a static `backward(context, gradient)`, which gives one gradient for each argument of `forward` after the context, `None` for
# one that is no tensor. Such a class is called by `.apply(…)`.


# %% label="reverse" exercise="other_alignments.reverse_gradient"
def reverse_gradient(x: Tensor, strength: float) -> Tensor:
    """x of any shape -> the same numbers; on the way back, -strength times the gradient that arrives."""
    ### BEGIN SOLUTION
    class Reversal(torch.autograd.Function):
        @staticmethod
        def forward(context, x, strength):
            context.strength = strength
            return x.view_as(x)

        @staticmethod
        def backward(context, gradient):
            return -context.strength * gradient, None

    return Reversal.apply(x, strength)
    ### END SOLUTION

# %% label="reverse-check" tags=["nbval-check-output"]
check("other_alignments.reverse_gradient", reverse_gradient)

# %% [markdown] label="reverse-listing-text"
# **The listing.** What `align.Adversarial` trains with: InfoNCE of the pairs, and behind the reversal a small network, the discriminator, that is asked for the medium. It looks at vectors of length one (`unit`), since only their directions are compared in a
# search.

# %% label="reverse-listing"
show.source(align.PairsAndDiscriminator.forward)
show.source(reversal, start="class _Reversal");

# %% [markdown] label="map-text"
# ### A map of one space onto the other
#
# A common space is not the only way. Leave the captions where they are, and learn one map $W$ that takes a picture's row $x$ to the place of its caption: **ridge regression** from the rows of $X$ $(n, d)$ to those of $Y$ $(n, e)$,
#
# $$\min_W\ \lVert XW - Y\rVert^2 + \rho\,\lVert W\rVert^2,$$
#
# with sums over all entries and $\rho \ge 0$ (`reg`). Set the gradient, $2X^\top(XW - Y) + 2\rho W$, to zero (its 2 is that of two squares, and drops out).

# %% [markdown] label="ridge-text" exercise="other_alignments.ridge_map" difficulty=2 minutes=10
# **Exercise 2.** Write the solution. Rows are items; nothing is centred here; sums, not means.


# %% label="ridge" exercise="other_alignments.ridge_map"
def ridge_map(X: np.ndarray, Y: np.ndarray, reg: float) -> np.ndarray:
    """X (n, d), Y (n, e), reg > 0 -> W (d, e), for which |XW - Y|² + reg |W|² is least."""
    ### BEGIN SOLUTION
    return np.linalg.solve(X.T @ X + reg * np.eye(X.shape[1]), X.T @ Y)
    ### END SOLUTION

# %% label="ridge-check" tags=["nbval-check-output"]
check("other_alignments.ridge_map", ridge_map)

# %% [markdown] label="procrustes-text" exercise="other_alignments.procrustes" difficulty=3 minutes=15
# **Exercise 3.** A ridge map stretches and flattens as it likes, and what it flattens is lost. A more modest map may only **turn** the cloud (or mirror it): $Q$ with $Q^\top Q = I$. All lengths and angles within the cloud stay, so what the first
# encoder knew of similarity is kept; and since there is far less freedom, it cannot overfit as easily. The **orthogonal Procrustes problem** (Schönemann, 1966) is $\min_Q \lVert XQ - Y\rVert$ over orthogonal $Q$. For these,
#
# $$\lVert XQ - Y\rVert^2 = \lVert X\rVert^2 + \lVert Y\rVert^2 - 2\operatorname{trace}(Q^\top X^\top Y),$$
#
# so the trace has to be as large as possible. Solve it by an SVD. Nothing is centred, and a mirror is allowed. (Real views have unequal widths, 1,280 and 384 columns. In section 5 both are first reduced to the same
# number of principal components, and to the same size.)


# %% label="procrustes" exercise="other_alignments.procrustes"
def procrustes(X: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """X, Y (n, d) -> Q (d, d) with QᵀQ = I, for which |XQ - Y| is least."""
    ### BEGIN SOLUTION
    U, _, Vt = np.linalg.svd(X.T @ Y)
    return U @ Vt
    ### END SOLUTION

# %% label="procrustes-check" tags=["nbval-check-output"]
check("other_alignments.procrustes", procrustes)

# %% [markdown] label="map-direction-text"
# **Which way should the arrow point?** A regression is cautious: unsure, it says *something in the middle*, so what is mapped lies nearer to the mean than what it stands for. If the mapped vectors are the *queries*, nearly all of them stand in the middle and
# find the same few items that lie there too: hubs. If the mapped vectors are the *items*, and the queries keep their spread, no item has this advantage (Lazaridou et al., 2015; Shigeto et al., 2015).
#
# So to avoid hubs, rather map what is searched than what is asked. We search in both directions, so each map is once on the better and once on the worse side. Section 5 measures both, hubs and recall.
#
# **The listing.** `towards` says which view stays as it is: 1 maps pictures to captions, 0 captions to pictures. Views are centred, and `reg` is counted in units of the mean column's sum of squares, so that one number suits data of any size: the $\rho$ of exercise 2 is `reg` times that.

# %% label="map-listing"
show.source(align.RidgeMap.fit);

# %% [markdown] label="look-text"
# ### Words that look
#
# To say which colour belongs to which shape, do not press the picture into one vector. Leave it a grid of **regions**, the last maps of a convolutional network: $r$ rows $v_1 \dots v_r$. Leave the caption a row of **words** $w_1 \dots w_t$. Then each word
# *attends* to the regions (chapter 01), and is compared with what it found. All vectors have length one, $s$ is the **sharpness**:
#
# $$\alpha_{ij} = \operatorname{softmax}_j\,\big(s \cos(w_i, v_j)\big), \qquad c_i = \sum_j \alpha_{ij} v_j, \qquad \text{score} = \frac1t \sum_{i=1}^t \cos(w_i, c_i).$$
#
# This is *stacked cross attention* from text to image (Lee et al., 2018). It learns from pairs alone, with InfoNCE on the scores; nobody says where anything is.

# %% [markdown] label="attended-text" exercise="other_alignments.attended_similarity" difficulty=3 minutes=15
# **Exercise 4.** One caption and one picture. Make the rows of both of length one first; $c_i$ is the weighted sum of those, not brought back to length one (the cosine divides by its length).


# %% label="attended" exercise="other_alignments.attended_similarity"
def attended_similarity(words: Tensor, regions: Tensor, sharpness: float) -> tuple[Tensor, Tensor]:
    """words (t, d), regions (r, d) -> the score, one number, and the weights (t, r), each row of which sums to 1."""
    ### BEGIN SOLUTION
    w, r = functional.normalize(words, dim=1), functional.normalize(regions, dim=1)
    weights = (sharpness * w @ r.T).softmax(dim=1)
    return functional.cosine_similarity(w, weights @ r, dim=1).mean(), weights
    ### END SOLUTION

# %% label="attended-check" tags=["nbval-check-output"]
check("other_alignments.attended_similarity", attended_similarity)

# %% [markdown] label="padded-text" exercise="other_alignments.caption_scores" difficulty=4 minutes=20
# **Exercise 5.** A batch: `b` captions against `c` pictures, every caption in every picture. Captions have unequal lengths, so they are **padded** to `t` words; `real` says which are words (do not count on padding being at the end). Padding must not count in any mean, and since it may hold anything, NaN
# included, fill it before you compute: NaN · 0 is NaN. Every caption has at least one real word.


# %% label="padded" exercise="other_alignments.caption_scores"
def caption_scores(words: Tensor, real: Tensor, regions: Tensor, sharpness: float) -> Tensor:
    """words (b, t, d), real (b, t) bool, regions (c, r, d) -> (b, c): row i is caption i, column j picture j."""
    ### BEGIN SOLUTION
    words = words.masked_fill(~real[..., None], 0)
    w, r = functional.normalize(words, dim=-1), functional.normalize(regions, dim=-1)
    weights = (sharpness * torch.einsum("btd,crd->bctr", w, r)).softmax(dim=-1)
    found = torch.einsum("bctr,crd->bctd", weights, r)
    each = functional.cosine_similarity(w[:, None], found, dim=-1)  # (b, c, t), 0 on padding
    return (each * real[:, None]).sum(dim=-1) / real.sum(dim=1)[:, None]
    ### END SOLUTION

# %% label="padded-check" tags=["nbval-check-output"]
check("other_alignments.caption_scores", caption_scores)

# %% [markdown] label="sparse-text" exercise="other_alignments.sparse_attention" difficulty=3 minutes=15
# **Exercise 6.** The library cannot do this one. A softmax never says no: each region gets some weight. Let each word look at its `k` best regions only: the weights of those are the softmax over them (they sum to 1), all others are exactly 0. Cosines and sharpness as
# before; you may assume that no two cosines of a word are equal. Section 4 tries it out.


# %% label="sparse" exercise="other_alignments.sparse_attention"
def sparse_attention(words: Tensor, regions: Tensor, k: int, sharpness: float) -> Tensor:
    """words (t, d), regions (r, d), 1 <= k <= r -> weights (t, r) with exactly k above 0 in each row."""
    ### BEGIN SOLUTION
    scores = sharpness * functional.normalize(words, dim=1) @ functional.normalize(regions, dim=1).T
    least = scores.topk(k, dim=1).values[:, -1:]  # (t, 1)
    return scores.masked_fill(scores < least, -torch.inf).softmax(dim=1)
    ### END SOLUTION

# %% label="sparse-check" tags=["nbval-check-output"]
check("other_alignments.sparse_attention", sparse_attention)

# %% [markdown] label="look-listing-text"
# **The listing.** The library's function for whole batches. It never builds the comparison of words with what they found: $w_i^\top c_i$ is the weighted sum of cosines that are there already.

# %% label="look-listing"
show.source(align.attended_similarity);

# %% [markdown] label="teacher-text"
# ### A teacher
#
# EfficientNet and MiniLM know much and are large. A small network that must run on a telephone could learn from the pairs alone; it learns more if large ones tell it how sure they are (**knowledge distillation**, Hinton et al., 2015). Rows of logits, of
# the student $z$ and of the teacher $u$, are softened by a temperature $T$:
#
# $$p = \operatorname{softmax}(u / T), \quad q = \operatorname{softmax}(z / T), \qquad \text{loss} = T^2 \cdot \frac1n \sum_{i=1}^n \sum_j p_{ij}\,\big(\log p_{ij} - \log q_{ij}\big).$$
#
# The inner sum is the Kullback–Leibler divergence of row $i$. With high $T$ the *wrong* answers speak too: that a pear is rather like an apple and not at all like a tractor. $T^2$ makes up for gradients that shrink as $1/T^2$.
#
# Here a row of logits is one item's similarities with the others of its batch. So teachers of pictures and of words, whose spaces have nothing in common, can both teach one joint space: only *who is like whom* is handed on
# (Park et al., 2019; Tung and Mori, 2019).

# %% [markdown] label="distillation-text" exercise="other_alignments.distillation_loss" difficulty=3 minutes=15
# **Exercise 7.** Write the loss: natural logarithms, sum along a row, mean over rows, times $T^2$. It must hold for logits of ±10,000, where a probability rounds to 0; and the student learns from it, so a gradient must come back to `student`.


# %% label="distillation" exercise="other_alignments.distillation_loss"
def distillation_loss(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """student, teacher: logits (n, m) -> T² times the mean over rows of KL(softmax(teacher / T) from softmax(student / T))."""
    ### BEGIN SOLUTION
    log_p, log_q = (functional.log_softmax(x / temperature, dim=1) for x in (teacher, student))
    return temperature**2 * (log_p.exp() * (log_p - log_q)).sum(dim=1).mean()
    ### END SOLUTION

# %% label="distillation-check" tags=["nbval-check-output"]
check("other_alignments.distillation_loss", distillation_loss)

# %% [markdown] label="distillation-listing-text"
# **The listing.** The library applies it to similarities: every item's cosines with the *others* of its batch are one row of logits.

# %% label="distillation-listing"
show.source(align.relation_loss);

# %% [markdown] label="domain-text"
# ### Another world
#
# Labels for drawings are cheap (we draw them); labels for photographs are not. A classifier trained on drawings, the **source**, may fail on photographs, the **target**, if their features lie elsewhere and spread differently. **CORAL** (Sun, Feng and Saenko, 2016) gives the source
# features the target's mean and covariance, then trains on them:
#
# $$\tilde S = (S - \mu_S)\, C_S^{-1/2}\, C_T^{1/2} + \mu_T, \qquad C = \text{covariance} + \rho I.$$
#
# $C_S^{-1/2}$ whitens, $C_T^{1/2}$ colours. No target label is used. **DANN** (Ganin et al., 2016) trains features with a critic of *domains* behind the layer of exercise 1.

# %% [markdown] label="coral-text" exercise="other_alignments.coral" difficulty=4 minutes=20
# **Exercise 8.** Write CORAL. Covariances have the divisor n - 1 (as `np.cov`), `reg` is $\rho$ and is added to the diagonals of both; the roots are the symmetric ones, $C^{p} = V \Lambda^{p} V^\top$ from the eigenvectors.


# %% label="coral" exercise="other_alignments.coral"
def coral(source: np.ndarray, target: np.ndarray, reg: float) -> np.ndarray:
    """source (n, d), target (m, d), reg > 0 -> the source's rows (n, d) with the target's mean and covariance."""
    ### BEGIN SOLUTION
    def root(X, power):
        values, V = np.linalg.eigh(np.cov(X, rowvar=False) + reg * np.eye(X.shape[1]))
        return V * values**power @ V.T

    return (source - source.mean(axis=0)) @ root(source, -0.5) @ root(target, 0.5) + target.mean(axis=0)
    ### END SOLUTION

# %% label="coral-check" tags=["nbval-check-output"]
check("other_alignments.coral", coral)

# %% [markdown] label="domain-listing-text"
# **The listing.** The library's, which also refuses what cannot be whitened (`_power` is your root).

# %% label="domain-listing"
show.source(align.coral);

# %% [markdown] label="mine-text"
# Once the checks of exercises 4 and 8 show ✓, set `mine = True`: then what follows draws its maps and moves its features with *your* functions.

# %% label="mine"
mine = False
move_source = coral if mine else align.coral
print("maps are drawn, and features moved, by", "your functions" if mine else "the library's functions")


def look(words: Tensor, regions: Tensor, sharpness: float) -> Tensor:
    """Weights (t, r) of the words of one caption over the regions of one picture."""
    if mine:
        return attended_similarity(words, regions, sharpness)[1]
    return align.attended_similarity(words[None], torch.ones(1, len(words), dtype=torch.bool), regions[None], sharpness)[1][0, 0]

# %% [markdown] label="scenes-text"
# ## 4 · On scenes: which word looks where?
#
# `align.WordRegions` is a small convolutional network and a word reader (an LSTM each way, or else "red" could not know whose colour it is). A picture of 48 pixels becomes 6 × 6 regions. We train it on the pairs of section 1, for one to two minutes; and beside it its twin `pooled=True`, which has the very
# same parts, but compares the *mean* word with the *mean* region: one vector each, by a network that does read word order.

# %% label="look-train"
def trained(**options) -> align.WordRegions:
    """Words and regions, trained on the captioned scenes with InfoNCE."""
    torch.manual_seed(0)
    model = align.WordRegions(vocabulary, **options)
    loader = torch.utils.data.DataLoader(torch.arange(len(images)), batch_size=size.batch, shuffle=True, drop_last=True)
    train.fit(model, loader, lambda model, rows: model.loss(images[rows], [captions[i] for i in rows]), lr=2e-3,
              steps=size.look_steps, progress=False, device="cpu")
    return model


model, pooled = trained(), trained(pooled=True)  # words and regions; and the same parts, but one vector each
print("trained on", len(images), "captioned scenes,", size.look_steps, "steps of", size.batch, "pairs")

# %% label="look-maps"
def maps_of(tried: align.WordRegions, image: Tensor, caption: str, k: int | None = None, sharpness: float | None = None):
    """The words of a caption, and where each looks in a picture: (words, rows, columns). With k, at its k best regions."""
    with torch.inference_mode():
        (words, _), (regions, grid) = tried.words([caption]), tried.regions(image[None])
        weigh = look if k is None else lambda w, r, s: sparse_attention(w, r, k, s)
        weights = weigh(words[0], regions[0], tried.sharpness if sharpness is None else sharpness)
    return caption.split(), None if weights is None else weights.reshape(-1, *grid).numpy()


def draw(i: int, sharpness: float | None = None, name: str = "maps"):
    """Where the colour and shape words of test caption i look; the region with the largest weight is framed."""
    words, maps = maps_of(model, test_images[i], test_captions[i], sharpness=sharpness)
    told = [j for j, word in enumerate(words) if word not in ("a", "an", "and")]
    return show.overlay([test_images[i]] * len(told), [maps[j] for j in told], [words[j] for j in told], columns=4, veil=0.6,
                        framed=True, title=test_captions[i], name=f"{name}-{i}")


for i in (0, 1):
    draw(i)

# %% [markdown] label="pointing-text"
# Pretty pictures prove little: one finds four good ones in any model. **Pointing accuracy** (指向准确率) counts. A scene has nine places, three by three; a word points rightly if the region with its largest weight lies in the place of its thing. A word that points at random is right once
# in nine times, and as a harder control we also ask where the *untrained* network points.

# %% label="pointing"
def place_of(weights: np.ndarray) -> int:
    """Which of the nine places, in reading order, the largest of the weights (rows, columns) lies in."""
    at = np.unravel_index(weights.argmax(), weights.shape)
    row, column = (int(3 * (i + 0.5) / side) for i, side in zip(at, weights.shape, strict=True))
    return 3 * row + column


def pointing(tried: align.WordRegions) -> dict[str, float]:
    """The share of colour words, and of shape words, that look most into the place of their thing."""
    right = {"colour": [], "shape": []}
    for image, pair in zip(test_images, test_things, strict=True):
        _, maps = maps_of(tried, image, sentence(*pair))  # a colour shape and a colour shape
        for j, thing in enumerate(pair):
            for word, kind in ((4 * j + 1, "colour"), (4 * j + 2, "shape")):
                right[kind].append(place_of(maps[word]) == scenes.PLACES.index(thing.place))
    return {kind: float(np.mean(each)) for kind, each in right.items()}


def swap_test(tried: align.WordRegions) -> float:
    """How often a test picture scores its caption above the swapped one."""
    wins = []
    for image, pair in zip(test_images, test_things, strict=True):
        own, other = tried.scores(image[None], [sentence(*pair), swapped(*pair)])[:, 0]
        wins.append(own > other)
    return float(np.mean(wins))

# %% label="pointing-table"
def asked(name: str, tried: align.WordRegions) -> dict:
    """Recall, and the two questions of which recall knows nothing."""
    scores = tried.scores(test_images, test_captions)
    shares = {f"{kind} words point rightly": share for kind, share in pointing(tried).items()}
    return {"": name, "R@10": evaluate.recall_at_k(scores, 10), "own caption, not the swapped one": swap_test(tried), **shares}


untrained = align.WordRegions(vocabulary).eval()
rows = [asked(*each) for each in (("words and regions", model), ("one vector each", pooled), ("untrained", untrained))]
guess = {"R@10": evaluate.chance(len(test_images), 10), "own caption, not the swapped one": 0.5}
show.table([*rows, {"": "guessing", **guess, "colour words point rightly": 1 / 9, "shape words point rightly": 1 / 9}]);

# %% [markdown] label="pointing-read"
# The coin toss is over, and nobody ever said where a thing is: *which* caption belongs to *which* picture was enough, because a word that looks at the right place is more often right about the pair.
#
# The untrained network is the control that counts: if its words pointed as well, the maps would only show where a picture is not empty. It points a little better than one in nine, perhaps because random filters, too, answer to things rather than to an empty ground.
#
# The twin with one vector each is no fool either: it reads word order, and tells most captions from swapped ones, though not all. Its words even point, the colours above all, though it was trained on means. The product of two means is the mean over all words and regions of their products, so each
# word was compared with each region after all. What it lacks is the choice.
#
# The maps are coarse. A region stands for 8 × 8 pixels and sees a good way around them. A thing sits near the middle of a place of 2 × 2 regions, so it is cut by their edges, and the framed region, whichever of the four it is, lies
# some pixels beside the thing's centre. Here it is more often the lower right one than by chance. The grid itself is not shifted: every filter is padded alike on both sides, and a test of the library mirrors a picture to make sure. The preference was learned, and nothing forbade it; pointing asks for the place
# alone.
#
# The full measurement, five seeds, with controls. "Swapped" is the test with the exchanged colours, and the last two columns count pointing. Rows with "own captions" learn from scenes of one to three things and the captions those come with, longer and of many wordings:

# %% label="regions-stored"
show.table(evaluate.Scores.stored("other_alignments", "regions").rows());

# %% [markdown] label="regions-read"
# On captions as plain as ours the words miss hardly anything. On the scenes' own captions the twin is back at the coin toss, while words and regions still prefer the right caption three times out of four and point rightly five times out of six. (The twin's pointing was not counted there.) Trained on captions of *other* pictures, the same network with
# the same words is no better than the untrained one: it is the pairing that teaches where to look.

# %% [markdown] label="sparse-try-text"
# And your sparse attention? The best region stays the best, so pointing does not change; the maps do. Here at a sharpness of 3, at which a softmax over all regions is vague (the 9 of training hardly leaves anything to cut away). Above each map, the weight of its best region:

# %% label="sparse-try"
words, full = maps_of(model, test_images[0], test_captions[0], sharpness=3.0)
words, sparse = maps_of(model, test_images[0], test_captions[0], k=2, sharpness=3.0)
if sparse is None:
    print("fill in exercise 6 to see its maps")
else:
    shown = [(words[j], how, maps[j]) for j in (2, 6) for how, maps in (("all", full), ("2 best", sparse))]
    show.overlay([test_images[0]] * 4, [each for *_, each in shown], [f"{word}, {how}: {each.max():.0%}" for word, how, each in shown],
                 columns=4, veil=0.6, framed=True, name="sparse")

# %% [markdown] label="widget-text"
# ### Yours to move
#
# Sharpness by hand: the same trained words and regions, and where they look if $s$ is another number. At 0 they look everywhere alike; with a very large $s$ each takes a single region. Training used 9.


# %% label="widget"
def sharpened(sharpness: float):
    """The maps of a test caption at another sharpness."""
    return draw(0, sharpness, "sharpness")


widgets.slider(sharpened, [0.0, 1.0, 3.0, 9.0, 20.0, 60.0], "sharpness", start=9.0, name="sharpness")

# %% [markdown] label="real-text"
# ## 5 · On real pairs
#
# The stamps and clipart of chapter 00, through the same two encoders, split by groups of near-duplicates as ever.


# %% label="real"
pairs = data.captioned_pictures(n=size.pairs)
image_encoder = features.pretrained.image(size=size.pixels)
X = features.encode(image_encoder, pairs.column("image"))  # (n, 1280)
Y = features.encode(features.pretrained.text(), pairs.captions)  # (n, 384)
test, val, train_rows = data.splits.grouped(pairs.groups, (size.test, size.val), seed=0)
print(f"{len(train_rows)} pairs to learn from, {len(val)} to choose with, {len(test)} to report on")


# %% label="judged"
def both_ways(scores: np.ndarray) -> float:
    """R@10, the mean of both directions."""
    return (evaluate.recall_at_k(scores, 10) + evaluate.recall_at_k(scores.T, 10)) / 2


def judged(aligner) -> dict[str, float]:
    """What recall asks, and what the critic asks, of an aligner on test pairs. The fresh critic learns on validation pairs."""
    A, B = aligner.transform(X[test], view=0), aligner.transform(Y[test], view=1)
    fresh = told_apart(aligner.transform(X[val], view=0), aligner.transform(Y[val], view=1), A, B)
    return {"R@10": both_ways(evaluate.cosine_similarity(B, A)), "medium told apart": fresh, "gap": align.modality_gap(A, B)}


training = dict(n_components=size.width, dropout=0.3, steps=size.steps, batch=size.real_batch, every=size.steps // 4)
rows = [{"": "CCA", **judged(align.CCA(n_components=size.components, reg=1.0).fit(X[train_rows], Y[train_rows]))}]
critics = {}
for strength in (0.0, 0.3):
    aligner = align.Adversarial(strength=strength, **training)
    critics[strength] = aligner.fit(X[train_rows], Y[train_rows], validation=[X[val], Y[val]])
    rows.append({"": f"InfoNCE, a critic with strength {strength:g}", **judged(aligner)})
show.table(rows);

# %% [markdown] label="critic-read"
# **R@10** is the mean of both directions. **Medium told apart** is the accuracy of a *fresh* linear classifier on new pairs: 0.5 is guessing. (The critic that was trained along says nothing: it has been fought, and may be blind to what a fresh one sees.) **Gap** is the
# distance between the mean picture and the mean caption, all vectors of length one.
#
# One run is an anecdote. Here are five seeds, with strengths from none to far too much:

# %% label="critic-stored"
show.table(evaluate.Scores.stored("other_alignments", "discriminator").rows());

# %% [markdown] label="critic-lesson"
# *(Mean ± standard deviation over five splits and seeds. "Own accuracy" is that of the critic that was trained along, in its last 50 steps.)* Three things to learn, and none of them is that the critic won.
#
# - **Recall stays where it was,** about 45% at every strength. The critic costs next to nothing here, and brings nothing.
# - **A fresh critic is not fooled.** Without any fight it is right about 61% of the time; with one, between 59 and 72%, which from seed to seed swings by as much. Only at strength 1 is the difference clear, and there the media are told apart *more* easily. The gap does not close either. There was little to remove: both views are centred before training, so their clouds lie around one point to begin with.
# - **The critic that was fought is fooled** all the same: 70% when it only watches, about half when it is worked against. The encoders have left the one difference that this critic looks at, and made others on the way. So never report the accuracy of the critic you trained against.
#
# Perhaps there was too little to remove. Drawings and photographs, below, are told apart without fail: there the same layer gets its second chance.

# %% [markdown] label="maps-text"
# ### Maps, both ways
#
# A ridge map each way, its ridge chosen on validation pairs, and for each both searches: once what is mapped is searched (the items), once it asks (the queries). **Hubs** is chapter 05's skewness: how unevenly the items are spread over all lists of ten; 0 is even, and the larger, the more lists the same few
# items crowd. Items are compared by the cosine, as everywhere in this chapter, and by distance, for which the theory of section 3 was made.


# %% label="maps"
def best_map(towards: int) -> align.RidgeMap:
    """Of several ridges, the map that finds most validation pairs."""
    maps = [align.RidgeMap(reg, towards=towards).fit(X[train_rows], Y[train_rows]) for reg in (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)]
    scores = [evaluate.cosine_similarity(m.transform(Y[val], view=1), m.transform(X[val], view=0)) for m in maps]
    return maps[int(np.argmax([both_ways(S) for S in scores]))]


to_captions, to_pictures = best_map(1), best_map(0)
rows = []
for search in ("caption → picture", "picture → caption"):
    for name, mapping in (("pictures to captions", to_captions), ("captions to pictures", to_pictures)):
        A, B = mapping.transform(X[test], view=0), mapping.transform(Y[test], view=1)
        queries, items = (B, A) if search.startswith("caption") else (A, B)
        mapped = "items" if search.split()[-1] in name.split()[0] else "queries"  # what is searched, and what is mapped
        row = {"search": search, "map": name, "mapped": mapped}
        for how, similarity in (("cosine", evaluate.cosine_similarity), ("distance", evaluate.euclidean_similarity)):
            S = similarity(queries, items)
            row |= {f"R@10, {how}": evaluate.recall_at_k(S, 10), f"hubs, {how}": evaluate.hub_skewness(S, 10)}
        rows.append(row)
show.table(rows);

# %% [markdown] label="maps-read"
# Compare the two rows of a search. In both, **mapped items make fewer hubs than mapped queries**, as the theory says.
#
# By distance the harm is dramatic: mapped captions that ask for pictures nearly all find the same few. By the cosine, which does not ask how far out a vector lies, it is mild, and recall depends more on which map is the better
# regression; that is one reason to compare by cosines.
#
# Five splits, with a rotation and a network beside the ridge, by the cosine; the last column counts hubs among the pictures:

# %% label="maps-stored"
show.table(evaluate.Scores.stored("other_alignments", "mapping").rows());

# %% [markdown] label="maps-lesson"
# Over both searches together, pictures to captions is the better direction for the ridge map, 44% against 40%; the network, which may bend, is ahead of it by about two points (46%, and 44% the other way). The rotation, with the least freedom of all, stands between the two ridge maps. None
# is ahead of CCA with its 47%: CCA moves *both* spaces, and need not decide.

# %% [markdown] label="student-text"
# ### A student of two teachers
#
# `align.JointStudent` sees pixels and words, not vectors: a small convolutional network on pictures of 32 pixels, and a table of word vectors. It is trained on the same pairs by InfoNCE, once alone, and once with the similarities that EfficientNet and MiniLM see in its batch (their weight chosen on validation pairs). The ceiling is what CCA finds with the
# teachers' own vectors. Its training takes minutes, so here is the benchmark, on the same five splits; and below it what student and teachers cost, on one thread:

# %% label="student-stored"
show.table(evaluate.Scores.stored("other_alignments", "distillation").rows())
show.table(evaluate.Scores.stored("other_alignments", "distillation costs").rows());

# %% [markdown] label="student-read"
# Taught, the student finds about one point more than alone (19% against 18%, in each of the five splits a little more), and the right item is at place 70 in the middle instead of 85. That is a gain, and a small one: from fewer than 3,000 pairs, nobody learns from pixels and words what the teachers took from a million pictures and a
# billion sentences. **Distillation hands on who is like whom; it does not replace data.** What the student is for stands in the other table: it is some seventy times smaller, and a picture costs it a fraction of a millisecond.

# %% [markdown] label="domain-real-text"
# ### From drawings to photographs
#
# Scenes know the colour of what they show. Stamps do not say. Can a classifier of colours that learnt on drawings name the colour of a photograph?
#
# We need a yardstick: a stamp's label is the colour to which most of its vivid pixels are nearest, where there is a clear one. It is a rough one. Brown counts as orange, which is what brown is: dark orange. Of the 314 labelled stamps, 37 have a caption that names one colour, and 78% of those name the same.
#
# Both kinds of picture go through the same encoder. One half of the photographs may be looked at, without labels; the other half, of other groups, is asked. Labels of stamps are used for the score alone, and for two rows that say so.


# %% label="colour"
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink")
HUES = np.array([358, 31, 49, 138, 220, 275, 330]) / 360  # as scenes are painted


def colour_of(picture: np.ndarray) -> int:
    """The colour that 60% of a picture's vivid pixels are nearest to, as an index; -1 if there is none."""
    from matplotlib.colors import rgb_to_hsv

    hsv = rgb_to_hsv(np.asarray(picture).transpose(1, 2, 0) / 255).reshape(-1, 3)
    thing = (hsv[:, 1] > 0.1) | (hsv[:, 2] < 0.9)  # neither white nor nearly
    vivid = hsv[(hsv[:, 1] >= 0.3) & (hsv[:, 2] >= 0.3)]
    if len(vivid) < max(1, 0.2 * thing.sum()):
        return -1
    apart = np.abs(vivid[:, :1] - HUES)
    counts = np.bincount(np.minimum(apart, 1 - apart).argmin(axis=1), minlength=len(COLOURS))
    return int(counts.argmax()) if counts.max() >= 0.6 * len(vivid) else -1

# %% label="domain-photographs"
drawn = data.load("scenes", n=size.drawings, objects=1, only={"colour": COLOURS, "texture": ["plain"]})
drawings = features.encode(image_encoder, drawn.column("image"))
colours = np.array([COLOURS.index(drawn[i]["facts"].things[0].colour) for i in range(len(drawn))])
stamps = [i for i, source in enumerate(pairs.sources) if source == "stamps"]
stamps = [i for i in stamps if "cartoon" not in pairs[i]["labels"]["folder"]]  # those are drawings again
labels = np.array([colour_of(pairs[i]["image"].numpy()) for i in stamps], int)
photographs, labels = np.array(stamps, int)[labels >= 0], labels[labels >= 0]
print(f"{len(drawn)} drawings, whose colours are known; {len(photographs)} stamps of one clear colour")

# %% [markdown] label="domain-columns-text"
# **Look at the columns first.** A probe usually scales each column to variance 1 *on what it learns from*. Drawings leave many columns of the encoder all but silent, and on photographs these speak:

# %% label="domain-columns"
if len(photographs):
    spread, there_spread = drawings.std(axis=0), X[photographs].std(axis=0)
    speaking = spread > 0
    times = there_spread[speaking] / spread[speaking]
    print(f"a photograph's column varies {np.median(times):.1f} times as much as a drawing's (median); "
          f"more than 30 times as much: {np.mean(times > 30):.0%} of the columns")

# %% [markdown] label="domain-live-text"
# So each probe is fitted twice: on columns as they are, and on scaled ones. Its ridge is chosen on held-out *drawings*. **Balanced** is the mean over the colours of the share that is right: whoever always says one colour gets one in seven.

# %% label="domain-live"
def balanced(right: np.ndarray, y: np.ndarray) -> float:
    """The mean over the labels of the share that is right."""
    return float(np.mean([right[y == label].mean() for label in np.unique(y)]))


if len(photographs):
    asked, there = data.splits.grouped([pairs.groups[i] for i in photographs], (len(photographs) // 2,), seed=0)
    target, half, y = X[photographs], len(colours) * 3 // 4, labels[asked]
    moves = {"source only": drawings, "means and variances matched": align.match_moments(drawings, target[there]),
             "CORAL": move_source(drawings, target[there], 1.0)}
    rows = []
    for scaled in (False, True):
        for name, S in moves.items():
            parts = (S[:half], colours[:half]), (S[half:], colours[half:]), (target[asked], y)
            found = evaluate.linear_probe(*parts, scaled=scaled)
            rows.append({"": name + ", columns scaled" * scaled, "held-out drawings": found.validation,
                         "photographs": found.accuracy, "balanced": balanced(found.right, y)})
    right = y == np.bincount(labels[there]).argmax()
    show.table([*rows, {"": "commonest colour of the photographs", "photographs": right.mean(), "balanced": balanced(right, y)}])
else:
    print("The photographs are those of the stamps, which are not here; the table below was measured with them.")

# %% label="domain-look" tags=["private-media"]
if len(photographs):
    shown = np.random.default_rng(0).choice(len(photographs), min(10, len(photographs)), replace=False)
    show.pictures([pairs[photographs[i]]["image"] for i in shown], [COLOURS[labels[i]] for i in shown], columns=5,
                  title="Stamps, and the colour that their pixels say (with 78% of the captions)", name="stamps")

# %% label="domain-stored"
show.table(evaluate.Scores.stored("other_alignments", "domain").rows());

# %% [markdown] label="domain-read"
# *(Five seeds: other halves of the photographs, other drawings. "Validation" is where the ridge was chosen: held-out drawings, for the ceiling held-out photographs. "Ceiling" learns from about 120 labelled photographs. "Discriminator" is how often DANN's own critic is right.)*
#
# **The plain classifier, on columns as they are, is the best of all that see no label of a photograph:** 56%, balanced 49%. Always saying orange, the commonest colour of the stamps, gives 39%, balanced 14%. Matched means and variances come to 50%, CORAL to 49%; balanced they lie beside it, 47% and 49%. Here adapting gained nothing.
#
# **Scale the columns by the drawings, and the same classifier falls to 24%.** Nearly silent columns, blown up, drown the rest. Now matching "doubles" the accuracy (46%), and one could publish that. But it only mends what the scaling broke, and stays below the plain classifier. Held-out drawings would have warned a little: 97% with scaling, 99%
# without.
#
# **The ceiling is only 62%, and balanced it is *below* the drawings (36% against 49%):** photographs teach hardly any purple or pink, of which there are some twenty together among the 314. Drawings have every colour alike.
#
# **And the critic?** Its own network, without it, is at guessing (13%, against one in seven), while its two worlds are told apart without fail; the reversed gradient lifts it to about 38%, with swings of 15 points between seeds, which is what always saying orange gets (balanced it reaches 31%, against 14). After matching, the network alone makes
# 47%, and a critic only harms (38 to 41%). None of DANN's settings was chosen here, so this says that DANN is no remedy *off the shelf*; but nothing on its side reaches a linear classifier with a chosen ridge.
#
# So before you adapt anything: an honest baseline, without a scaling that the other world does not share.

# %% [markdown] label="table-text"
# ### The one table
#
# Every aligner of chapters 05 to 09 that takes vectors, on the *same* vectors, the same five grouped splits, 500 test pairs, both directions, everything chosen on validation pairs; mean ± standard deviation. While anything is learned or chosen, the rows of the test pairs hold NaN, so that nothing can peek. A star marks
# what looks at all queries together (it suits a benchmark better than a search box).
#
# The controls come last: vectors that were never aligned; one medium ranked by itself, whatever is asked; CCA without its ridge; and aligners trained on captions of *other* pictures. (Words and regions, and the student, need pixels and words instead of vectors; they have tables of their own above.)

# %% label="table"
table = evaluate.Scores.stored("alignment", "table")
last = {"method": 0, "control": 1, "chance": 2}  # the sort keeps the order of the chapters within each kind
show.table(sorted(table.rows(), key=lambda row: last[table.kinds[row[""]]]));

# %% [markdown] label="table-live-text"
# The same as a picture, best first; and one row of it live, on the first of the five splits:

# %% label="table-picture"
bars = sorted(table.bars("R@10"), key=lambda bar: (last[bar["kind"]], -bar["value"]))
show.bars_with_controls(bars, "R@10, ± standard deviation", name="table");

# %% label="table-live"
name = "ridge map, pictures to captions"
here = both_ways(evaluate.cosine_similarity(to_captions.transform(Y[test], view=1), to_captions.transform(X[test], view=0)))
show.table([{"": name, "R@10 here": here, "stored for this split": table.values[name]["R@10"][0]}]);

# %% [markdown] label="gains-text"
# Is a row really ahead of plain CCA, or lucky in its splits? The gain in R@10 over CCA on the *same* test pairs, with a 95% interval and a p-value from the paired bootstrap of chapter 00, which draws whole groups of near-duplicates. These are eighteen comparisons, of which one in twenty comes out
# below 0.05 by chance alone; so trust what lies below 0.05 / 18, about 0.003:

# %% label="gains"
gained = {row[""]: row for row in evaluate.Scores.stored("alignment", "gains").rows()}
best_first = [gained[bar["name"]] for bar in bars if bar["kind"] == "method" and bar["name"] in gained]
show.table([row | {"p": "< 0.001" if row["p"] == "0.000" else row["p"]} for row in best_first]);

# %% [markdown] label="table-read"
# Read it from below. **The controls find nothing**, so the protocol gives nothing away: shuffled pairs, one medium alone and unaligned vectors all lie at chance, about 2%. CCA without a ridge, at less than half of CCA, says what one forgotten number costs.
#
# Some rows carry names of earlier chapters. From 05: *bridge of words* gives a picture the captions of its neighbours; *codes of 256 bits* round vectors to signs; *inverted softmax* and *CSLS* repair hubs. From 08: *class names* are what the picture encoder thinks it sees, in words.
#
# Then the methods that see nothing but these vectors. **Kernel CCA** is first, six points above CCA, and it is solved, not trained. A contrastive loss on networks with one hidden layer is worth three points; with linear maps it and the triplet losses cannot be told from CCA, or lie a little below. To weight CCA's directions by their correlations costs a
# line and gives two points, the repair of hubs two to three more (the rows with a star). The linear maps stay below CCA, since they leave one space as it is; of the network map that is not certain (p = 0.19).
# The critic brings nothing: in its own table 45% with it and without; the contrastive rows above it had larger batches and more dropout.
#
# **The best row of all, 59%, has better *features*:** it writes down in words what the picture encoder thinks it sees ([chapter 08](08_contrastive.ipynb)), and adds up three methods. Between the sensible aligners of the plain vectors lie some fourteen points, and a missing ridge costs twenty-five. So start with the simplest, choose its numbers on validation
# pairs, and spend the time on features.

# %% [markdown] label="wrong-text"
# ## 6 · What goes wrong
#
# **The wrong sign.** It is tempting to write the loss as $L - \lambda L_D$ and to give it to one optimizer. Then the encoders walk uphill on $L_D$, as they should; but so does *the discriminator*, which learns to be wrong. Its loss should stay near $\ln 2 \approx 0.69$ or below;
# watch it.


# %% label="wrong-sign"
class OneMinus(torch.nn.Module):
    """InfoNCE minus the discriminator's loss, for all weights alike: the bug."""

    def __init__(self, right: torch.nn.Module):
        super().__init__()
        self.right = right

    def forward(self, embeddings: list[Tensor]) -> dict[str, Tensor]:
        rows = functional.normalize(torch.cat(list(embeddings)), dim=1)
        medium = torch.arange(2).repeat_interleave(len(embeddings[0]))
        told_apart = functional.cross_entropy(self.right.discriminator(rows), medium)
        return {"loss": self.right.pairs(embeddings) - told_apart, "discriminator": told_apart}


class WrongSign(align.Adversarial):
    def _criterion(self) -> torch.nn.Module:
        return OneMinus(super()._criterion())


wrong = WrongSign(**training).fit(X[train_rows], Y[train_rows])
rows = [{"": name, "the critic's loss, first step": fitted.history_.parts["discriminator"][0],
         "last steps": np.mean(fitted.history_.parts["discriminator"][-10:]), **judged(fitted)}
        for name, fitted in (("gradient reversal", critics[0.3]), ("one loss with a minus", wrong))]
show.table(rows);

# %% [markdown] label="wrong-sign-read"
# Its loss rises to about twice that of guessing: the critic has been *trained to be wrong*, and what the encoders learn from it is worth nothing. The medium is told apart more easily than without any critic (compare section 5). Recall hardly suffers,
# which is why such a bug lives long. **Repair:** one loss with a plus, and the reversal between encoders and critic.

# %% [markdown] label="wrong-strong-text"
# **Too strong a critic.** With a large λ, being indistinguishable pays more than being right. Both rows have a bold learning rate (0.005, five times the usual), and no best moment is kept, so that the end is seen; the second has a λ of 100 besides.

# %% label="wrong-strong"
rows = []
bold = training | {"lr": 5e-3, "weight_decay": 0.01}
for strength in (0.3, 100.0):
    fitted = align.Adversarial(strength=strength, **bold).fit(X[train_rows], Y[train_rows])
    loss = fitted.history_.parts["discriminator"][size.steps // 2 :]
    rows.append({"strength": f"{strength:g}", **judged(fitted), "the critic's loss, second half: from": min(loss), "to": max(loss)})
show.table(rows);

# %% [markdown] label="wrong-strong-read"
# The two chase each other: whenever the critic has found a difference, the encoders throw everything over to hide it, and it finds another. Its loss swings instead of resting near 0.69, the pairs are lost on the way, and a fresh critic *still* tells the media apart.
# **Repair:** a small λ, which grows from zero during training (as DANN's does), a modest learning rate, and the best moment kept by recall on validation pairs.

# %% [markdown] label="wrong-mask-text"
# **Attention without a mask.** One caption, scored in its own picture: alone, and in a batch beside a longer one. Who your neighbours in a batch are must not matter.

# %% label="wrong-mask"
short, long = "a " + test_things[0][0].colour + " " + test_things[0][0].shape, test_captions[0]
rows = []
with torch.inference_mode():
    regions = model.regions(test_images[:1])[0]
    for name, batch in (("alone", [short]), ("beside a longer caption", [short, long])):
        words, real = model.words(batch)
        rows.append({"": name, "with the mask": float(align.attended_similarity(words, real, regions)[0][0, 0]),
                     "without": float(align.attended_similarity(words, torch.ones_like(real), regions)[0][0, 0])})
show.table(rows);

# %% [markdown] label="wrong-mask-read"
# Without the mask, padding counts as words which find nothing much, and the score of the short caption changes with its company. In a ranking, short captions beside long ones lose; in training, the loss depends on how batches happened to be put together.
# Nothing crashes. **Repair:** fill padding before computing, and take the mean over real words (exercise 5). The test for it is the one above: a score may not depend on the neighbours.

# %% [markdown] label="quiz-text"
# ## 7 · Quiz
#
# Click the choice you think is right. Every choice explains itself, so click the wrong ones too.

# %% label="quiz"
quiz("other_alignments")

# %% label="progress"
progress("other_alignments")

# %% [markdown] label="end"
# ## Take away
#
# - Recall asks whether pairs lie together. It does not ask whether words sit at the right thing, or whether the media can still be told apart: **measure what you care about.**
# - A reversed gradient makes one backward pass serve two opposed wishes. Look at the critic's own loss, and judge by a *fresh* critic.
# - A map onto one space is the quickest aligner of all. Map what is searched rather than what is asked, and count hubs.
# - One vector cannot hold who has which colour; a grid of regions and a row of words can, and learn it from pairs alone. Count pointing, do not admire maps.
# - A teacher hands on who is like whom; it does not replace data.
# - Between two worlds, first make the plain baseline honest: columns not scaled by a world that leaves them silent, and beside it the commonest label *of the target*. Adapting may gain nothing then.
# - Choose an aligner by a table with controls, on your data, and start with the simplest that is within its error bars.
#
# **With a GPU or more time.** `MMLEARN_PROFILE=gpu` trains words and regions longer and on larger scenes.
#
# ## Further reading
#
# - Y. Ganin, E. Ustinova, H. Ajakan, P. Germain, H. Larochelle, F. Laviolette, M. Marchand, V. Lempitsky (2016). Domain-adversarial training of neural networks. *JMLR* 17(59), 1–35.
# - B. Wang, Y. Yang, X. Xu, A. Hanjalic, H. T. Shen (2017). Adversarial cross-modal retrieval. *ACM Multimedia*, 154–162.
# - W. Liang, Y. Zhang, Y. Kwon, S. Yeung, J. Zou (2022). Mind the gap: understanding the modality gap in multi-modal contrastive representation learning. *NeurIPS*.
# - P. H. Schönemann (1966). A generalized solution of the orthogonal Procrustes problem. *Psychometrika* 31, 1–10.
# - A. Lazaridou, G. Dinu, M. Baroni (2015). Hubness and pollution: delving into cross-space mapping for zero-shot learning. *ACL*, 270–280.
# - Y. Shigeto, I. Suzuki, K. Hara, M. Shimbo, Y. Matsumoto (2015). Ridge regression, hubness, and zero-shot learning. *ECML-PKDD*, 135–151.
# - A. Karpathy, L. Fei-Fei (2015). Deep visual-semantic alignments for generating image descriptions. *CVPR*, 3128–3137.
# - K.-H. Lee, X. Chen, G. Hua, H. Hu, X. He (2018). Stacked cross attention for image-text matching. *ECCV*, 212–228.
# - G. Hinton, O. Vinyals, J. Dean (2015). Distilling the knowledge in a neural network. arXiv:1503.02531.
# - W. Park, D. Kim, Y. Lu, M. Cho (2019). Relational knowledge distillation. *CVPR*, 3967–3976.
# - F. Tung, G. Mori (2019). Similarity-preserving knowledge distillation. *ICCV*, 1365–1374.
# - B. Sun, J. Feng, K. Saenko (2016). Return of frustratingly easy domain adaptation. *AAAI*, 2058–2065.
