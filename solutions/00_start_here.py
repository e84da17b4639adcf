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
# # 00 · Start here: a cross-media search engine in ten minutes
#
# **Type a phrase, get pictures. Give a picture, get phrases.** You build the engine that does both, from a few thousand captioned
# pictures, on your own computer, with one exact method from 1936 and no training loop at all.
#
# ![Three phrases, and the pictures that the finished engine finds for each](../data/pictures/start_here.png)
#
# *What you will have at the end: three phrases typed, and what was found among pictures the engine had never seen. Pictures: Open Clip Art
# Library, public domain.*

# %% [markdown] label="objectives"
# **After this chapter you can**
#
# - say why vectors from two encoders cannot be compared, and make them comparable;
# - build a search across media, and measure it with recall at k;
# - put controls beside a score, and say which of them would have caught which mistake;
# - find your way around this course.
#
# **You need** Python with NumPy, and an idea of what a matrix product is. Terms in English and Chinese:
# [glossary · 术语表](../GLOSSARY.md). Whose pictures these are, and what they do to people: [data ethics](../ETHICS.md).

# %% [markdown] label="card" tags=["card"]
# Filled in by the builder.

# %% label="setup" tags=["setup"]
import numpy as np

from mmlearn import data, evaluate, features, profiles, show, widgets
from mmlearn.align import CCA, csls
from mmlearn.exercises import check, hint, progress, quiz

size = profiles.settings("00_start_here")

# %% [markdown] label="how"
# ## How this course works
#
# Run the cells from top to bottom (*Shift+Enter*). Some cells are **exercises**: a function with a hole in it. Fill the hole, run the
# cell, and the `check` below it says ✓, or ✗ with the likely mistake, or ○ if you have not begun. `hint("start_here.top_k")`
# gives a hint; ask again for a bigger one. `progress()` shows how far you are.
#
# Nothing waits for you: whatever follows an exercise uses the library's own version, so you can skip one and come back.

# %% [markdown] label="pairs-text"
# ## 1 · Pictures, words, and a search that fails
#
# Our material is **pairs**: a picture and the words that belong to it. Children know the first kind, *Tux Paint stamps*; office workers
# of the 2000s the second, the *Open Clip Art Library*, where the words are a title and the tags its artist gave.
#
# The next cell fetches both (the card above says how much), or says in a sentence why it cannot. Then it goes on with generated
# *scenes*, and so does the rest of the chapter.

# %% label="pairs"
pairs = data.captioned_pictures(n=size.pairs)
print(pairs)

# %% label="look"
may_be_printed = np.array(pairs.sources) != "stamps"  # clipart is in the public domain, scenes are ours
some = np.random.default_rng(4).permutation(np.flatnonzero(may_be_printed))[:12]
show.pictures(pairs.images(some), [pairs.captions[i] for i in some], title="Twelve of our pairs", name="pairs");

# %% [markdown] label="split-text"
# Three piles, as always. We **learn** on *train*, **choose** on *val*, and **report** on *test*, which the engine never sees before.
# Near-duplicates — the same frog twice, once mirrored — belong to one **group**, and a group never straddles two piles. Section 6 shows
# what happens otherwise.

# %% label="split"
test, val, train = data.splits.grouped(pairs.groups, (size.test, size.val), seed=0)
print(f"{len(train)} pairs to learn from, {len(val)} to choose with, {len(test)} to report on")

# %% [markdown] label="encode-text"
# A computer compares vectors, so each medium goes through a **pretrained encoder**, a network that somebody else trained: EfficientNet-Lite0
# (on photographs and the names of what they show) for pictures, MiniLM (on sentences) for words. Neither ever saw one of our pictures with
# its caption.
#
# First time: a minute or two. After that the vectors come from the cache.

# %% label="encode"
image_encoder = features.pretrained.image(size=size.pixels)
text_encoder = features.pretrained.text()

X = features.encode(image_encoder, pairs.column("image"))  # (n, 1280): a row is a picture
Y = features.encode(text_encoder, pairs.captions)  # (n, 384):  a row is a caption
print("pictures", X.shape, "· captions", Y.shape)

# %% [markdown] label="naive-text"
# The naive search: both are lists of numbers, so cut the longer ones to the length of the shorter and compare. If that worked, the
# picture of a test caption would be near the top among the 500 test pictures.

# %% label="naive"
naive = evaluate.cosine_similarity(Y[test], X[test][:, : Y.shape[1]])  # (captions, pictures)
rows = {
    "": ["naive", "random guessing"],
    "R@1": [evaluate.recall_at_k(naive, 1), evaluate.chance(len(test), 1)],
    "R@10": [evaluate.recall_at_k(naive, 10), evaluate.chance(len(test), 10)],
}
show.table(rows);

# %% [markdown] label="naive-fails"
# **R@10** is the share of queries whose right answer is among the first ten. The naive search does no better than guessing.
#
# Nothing is wrong with the vectors. But number 17 of a picture vector may say *roundness* and number 17 of a caption vector *politeness*:
# the two encoders chose their axes without knowing of each other. We need a space in which both speak the same language.

# %% [markdown] label="idea"
# ## 2 · The idea: directions on which both views agree
#
# Take a direction $a$ in picture space and a direction $b$ in caption space. For pair $i$ with picture $x_i$ and caption $y_i$ they give
# two numbers, $a^\top x_i$ and $b^\top y_i$. If over all pairs these two numbers rise and fall together, we have found something that
# pictures *and* words talk about: perhaps *is it an animal?*
#
# **Canonical correlation analysis** (CCA, 典型相关分析; Hotelling, 1936) finds the pair of directions with the highest correlation,
#
# $$\max_{a,\,b}\ \operatorname{corr}(Xa,\ Yb),$$
#
# then the next, uncorrelated with the first, and so on, $k$ times. Stacked as columns they form two matrices:
#
# $$\underbrace{X}_{n\times 1280}\ \underbrace{A}_{1280\times k}\quad\text{and}\quad\underbrace{Y}_{n\times 384}\ \underbrace{B}_{384\times k},$$
#
# and now a picture and a caption are both $k$ numbers with the *same* meaning. Chapter 06 derives it. Here you need to know only that the answer is exact: whiten
# each view, then one singular value decomposition.

# %% [markdown] label="build"
# ## 3 · Build it
#
# The library brings CCA. The search around it is yours.

# %% [markdown] label="cosine-text" exercise="start_here.cosine_similarity" difficulty=1 minutes=5
# How alike are two vectors, whatever their lengths? The cosine of the angle between them:
# $\cos(a, b) = \frac{a^\top b}{\lVert a\rVert\,\lVert b\rVert}$. Write it for all rows of `A` against all rows of `B` at once.


# %% label="cosine" exercise="start_here.cosine_similarity"
def cosine_similarity(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """A (n, d), B (m, d) -> (n, m): entry (i, j) is the cosine of row i of A and row j of B."""
    ### BEGIN SOLUTION
    A = A / np.linalg.norm(A, axis=1, keepdims=True)
    B = B / np.linalg.norm(B, axis=1, keepdims=True)
    return A @ B.T
    ### END SOLUTION


# %% label="cosine-check" tags=["nbval-check-output"]
check("start_here.cosine_similarity", cosine_similarity)

# %% [markdown] label="top-text" exercise="start_here.top_k" difficulty=1 minutes=5
# A query has a score for every picture. Which are the `k` best? Give their *indices*, the best first.


# %% label="top" exercise="start_here.top_k"
def top_k(scores: np.ndarray, k: int) -> np.ndarray:
    """scores (n,) -> (k,) indices of the k largest scores, the largest first."""
    ### BEGIN SOLUTION
    return np.argsort(-scores)[:k]
    ### END SOLUTION


# %% label="top-check" tags=["nbval-check-output"]
check("start_here.top_k", top_k)

# %% [markdown] label="recall-text" exercise="start_here.recall_at_k" difficulty=2 minutes=10
# Now the number that judges. Row `i` of `similarity` holds the scores of query `i`, and the right item for query `i` is item `i`. For what share of the
# queries is the right item among the first `k`? (You may assume that no two scores are equal.)


# %% label="recall" exercise="start_here.recall_at_k"
def recall_at_k(similarity: np.ndarray, k: int) -> float:
    """similarity (n, n) -> share of rows i in which fewer than k entries are above entry (i, i)."""
    ### BEGIN SOLUTION
    right = np.diag(similarity)[:, None]  # (n, 1)
    better = (similarity > right).sum(axis=1)  # (n,) items that rank before the right one
    return float(np.mean(better < k))
    ### END SOLUTION


# %% label="recall-check" tags=["nbval-check-output"]
check("start_here.recall_at_k", recall_at_k)

# %% [markdown] label="listing-text"
# ### The listing
#
# This is the whole of CCA in the library. `whitener` makes the columns of a view uncorrelated with variance one; what two whitened views have in
# common is then one matrix, and its singular vectors are the directions. `reg`, the *ridge*, adds some variance to every column, so that directions
# in which the data hardly vary cannot be blown up to fit noise: section 6 shows what happens without it.

# %% label="listing"
show.source(CCA._solution.func);

# %% [markdown] label="mine-text"
# Put together: fit on the training pairs, embed everything, compare. Once exercises 1 and 2 show ✓, set `mine = True` to search with *your* two
# functions.

# %% label="engine"
mine = False
compare = cosine_similarity if mine else evaluate.cosine_similarity
best = top_k if mine else lambda scores, k: np.argsort(-scores)[:k]

cca = CCA(n_components=size.components, reg=1.0).fit(X[train], Y[train])
A, B = cca.transform(X, Y)  # (n, k) pictures, (n, k) captions: one space


def find_pictures(phrase: str, among: np.ndarray, k: int = 5) -> tuple:
    """The k pictures (of `among`) that fit a phrase best: their indices and scores."""
    query = cca.transform(text_encoder([phrase]), view=1)  # (1, k)
    scores = np.asarray(compare(query, A[among]))[0]  # (len(among),)
    order = np.asarray(best(scores, k))
    return among[order], scores[order]


# %% label="recall-cca"
similarity = evaluate.cosine_similarity(B[test], A[test])
show.table(evaluate.retrieval_report(similarity, names=("caption → picture", "picture → caption")).rows());

# %% [markdown] label="recall-cca-text"
# From nothing to this in one decomposition, and nearly half of all queries find their partner among the first ten of 500. *Median rank* is where the right picture typically stands among all test pictures; *mAP*
# is explained in chapter 05. Is it good? A number alone cannot say. The next section puts it where the truth is known.

# %% [markdown] label="scenes-text"
# ## 4 · On the controlled world
#
# `scenes` are generated: we know everything in each picture, and each caption says all of it. So we know the **ceiling** too: where two test scenes have
# the same description, nobody can tell which one a caption was made for. And we add **controls**, the same experiment without the thing we believe in:
#
# - **shuffled pairs**: fit after giving every training picture somebody else's caption, several times;
# - **without picture**, **without caption**: one view blanked out at test time;
# - **chance**: random guessing, exactly.

# %% label="scenes"
world = {split: data.load("scenes", split=split, n=n, objects=1, detail=1.0) for split, n in size.scenes.items()}
SX = {split: features.encode(image_encoder, scenes.images()) for split, scenes in world.items()}
SY = {split: features.encode(text_encoder, scenes.column("caption")) for split, scenes in world.items()}
show.pictures(world["test"].images()[:4], world["test"].column("caption")[:4], columns=4, title="Four scenes", name="scenes");

# %% label="scenes-ceiling"
descriptions = [str(facts) for facts in world["test"].column("facts")]
twins = np.array([descriptions.count(d) for d in descriptions])  # how many test scenes fit the same description
ceiling = {f"R@{k}": float(np.mean(np.minimum(1, k / twins))) for k in (1, 10)}
print("the best any method could reach:", {name: round(value, 3) for name, value in ceiling.items()})


# %% label="scenes-controls"
def run(train: dict, test: dict, seed: int) -> dict:
    """Fit on training scenes; recall of test captions. CCA is exact, so nothing depends on the seed."""
    fitted = CCA(n_components=size.scene_components, reg=0.1).fit(train["picture"], train["caption"])
    A, B = fitted.transform(test["picture"], test["caption"])
    return {f"R@{k}": evaluate.recall_at_k(evaluate.cosine_similarity(B, A), k) for k in (1, 10)}


views = {split: {"picture": SX[split], "caption": SY[split]} for split in world}
guessing = {f"R@{k}": evaluate.chance(len(SX["test"]), k) for k in (1, 10)}
table = evaluate.controls(run, views["train"], views["test"], chance=guessing, seeds=range(size.seeds))
table.add("ceiling", [ceiling], kind="ceiling")
show.table(table.rows());

# %% [markdown] label="scenes-read"
# Read it from below. The ceiling is not 1, since some scenes are twins. Shuffled pairs, a missing view and guessing agree: whatever CCA
# scores above them comes from the *pairing*. And at R@1 there is much room between CCA and the ceiling: EfficientNet was trained to say
# *what* is in a picture, not *where* it is or how its surface looks. Chapter 03 measures what an encoder throws away.

# %% [markdown] label="real-text"
# ## 5 · On real pictures
#
# Two numbers are still arbitrary: how many directions `k`, and how much ridge. We try several on the **validation** pairs. The test pairs have
# no say in it: the best of twenty scores is partly luck, and luck must not be reported.

# %% label="choose"
ridges, sizes = [0.1, 0.3, 1.0, 3.0, 10.0], size.choices
# The same pairs, solved anew for every ridge without reading them again.
fits = {reg: CCA(n_components=max(sizes), reg=reg).merge(cca) for reg in ridges}


def compared(reg: float, k: int, pile: np.ndarray, power: int = 0) -> np.ndarray:
    """Captions against pictures along the first k directions, each weighted by its correlation to this power."""
    A, B = fits[reg].transform(X[pile], Y[pile])
    weights = fits[reg].correlations_[:k] ** power
    return evaluate.cosine_similarity(B[:, :k] * weights, A[:, :k] * weights)


def recall_on_val(reg: float, k: int, power: int = 0) -> float:
    S = compared(reg, k, val, power)
    return (evaluate.recall_at_k(S, 10) + evaluate.recall_at_k(S.T, 10)) / 2


# %% label="choose-table"
recalls = {(reg, k): recall_on_val(reg, k) for reg in ridges for k in sizes}
show.table([{"R@10": f"ridge {reg}", **{f"k = {k}": recalls[reg, k] for k in sizes}} for reg in ridges])
reg, k = max(recalls, key=recalls.get)
print(f"chosen on validation pairs: k = {k}, reg = {reg}")

# %% label="final"
cca = CCA(n_components=k, reg=reg).fit(X[train], Y[train])
A, B = cca.transform(X, Y)
plain = evaluate.cosine_similarity(B[test], A[test])
show.table(evaluate.retrieval_report(plain, names=("caption → picture", "picture → caption")).rows());

# %% [markdown] label="better-text"
# ### Two cheap improvements
#
# **Weighted directions.** The cosine counts all $k$ directions alike, but the last ones hardly agree with anything. Multiplying each coordinate by its
# correlation makes the doubtful ones quiet (Gong et al., 2014). Ridge and `k` are chosen for it anew.
#
# **Hubs.** In many dimensions some pictures are near to everything, and crowd out the right answers. CSLS (Conneau et al., 2018) takes from each similarity what
# query and item have with their neighbours anyway: $2\cos(q, i) - r(q) - r(i)$. It looks at all queries together, so it suits a
# benchmark better than a search box. It is marked with a star below.

# %% label="better"
weighted_recalls = {(reg, k): recall_on_val(reg, k, power=1) for reg in ridges for k in sizes}
reg_w, k_w = max(weighted_recalls, key=weighted_recalls.get)
print(f"chosen on validation pairs, with weights: k = {k_w}, reg = {reg_w}")

weighted = compared(reg_w, k_w, test, power=1)
rows = [
    {"": name, **evaluate.retrieval_report(S)["both"]}  # mean of both directions
    for name, S in {"CCA": plain, "+ weights": weighted, "+ weights + CSLS*": csls(weighted)}.items()
]
results = show.table(rows)
hits = {name: (evaluate.hits_at_k(S, 10) + evaluate.hits_at_k(S.T, 10)) / 2
        for name, S in {"weighted": weighted, "plain": plain}.items()}
kin = np.array(pairs.groups)[test]  # near-duplicates are drawn together: they are not independent
print("R@10, weighted less plain:", evaluate.paired_bootstrap(hits["weighted"], hits["plain"], groups=kin))

# %% [markdown] label="honest-text"
# Did weighting help? The *paired bootstrap* draws the test queries again ten thousand times and says in which range the difference lies: if zero
# is inside, this split cannot tell. One split can also be kind or unkind, so here is the **honest table**: five splits, both
# directions, everything chosen on validation pairs, controls at the end.

# %% label="honest"
show.table(evaluate.Scores.stored("start_here").rows());

# %% [markdown] label="honest-read"
# *(From `python -m benchmarks.start_here`; mean ± standard deviation over five splits. A test of the course measures one row anew.)*
#
# What it says:
#
# - **The ridge is worth more than any cleverness.** With the same number of directions R@10 is 22% without it, 47% with it.
# - **Weights and CSLS together add about four points** of R@10 (51%), about one standard deviation of the splits. A linear map trained with the
#   contrastive loss of chapter 08, with settings fixed beforehand and only its stopping step chosen, does no better here than CCA; adding the two gains
#   nothing more. Chapter 08 will tune it.
# - **The *leaky split* rows are not results.** They are the same methods after a careless split, and look far better: 60 to 64% instead of 47 to 51%, and almost twice
#   the R@1. Section 6 shows why. Before you compare your number with somebody else's, look at how the data were split.
# - **Each view alone is chance**, as it must be: without the query, no order of the pictures suits everyone.

# %% [markdown] label="search-text"
# ### Now search
#
# Only among test pictures, which the engine has never seen. (Printed here are public-domain pictures only; your own searches further down
# show all.)

# %% label="search"
shelf = np.array([i for i in test if may_be_printed[i]])
phrases = size.phrases if pairs.name != "scenes" else ["a red circle", "a large blue star", "a green square"]
found = [find_pictures(phrase, shelf) for phrase in phrases]
show.retrieval(
    phrases,
    [pairs.images(indices) for indices, _ in found],
    [[pairs.captions[i].split(" (")[0] for i in indices] for indices, _ in found],
    [scores for _, scores in found],
    name="results",
);

# %% [markdown] label="search-picture-text"
# The other way round: give a picture, get words. A green frame marks the caption that really is its own. Some of the others are fair answers, some
# are plainly wrong: four pictures drawn at random, not chosen.

# %% label="search-picture"
asked = np.random.default_rng(1).choice(shelf, size.asked, replace=False)
scores = evaluate.cosine_similarity(A[asked], B[shelf])
first = [best(row, 5) for row in scores]
show.retrieval(
    list(pairs.images(asked)),
    None,
    [[pairs.captions[shelf[j]] for j in order] for order in first],
    [row[order] for row, order in zip(scores, first, strict=True)],
    [shelf[order] == i for i, order in zip(asked, first, strict=True)],
    name="captions",
);

# %% [markdown] label="failures-text"
# ### Where it fails
#
# Successes are easy to pick. Here are the worst: the test captions whose own picture stands furthest down. Look for reasons. A name that
# no sentence model knows? A word in Italian, which MiniLM hardly read? A picture that shows something else than its title says?

# %% label="failures"
S = evaluate.cosine_similarity(B[shelf], A[shelf])
rank = evaluate.ranks(S)
worst = np.argsort(-rank)[:6]
show.pictures(
    pairs.images(shelf[worst]),
    [f"place {rank[i]:.0f} of {len(shelf)}: “{pairs.captions[shelf[i]]}”" for i in worst],
    columns=4,
    name="failures",
);

# %% [markdown] label="widget-text"
# ### Yours to type
#
# Type a phrase and press Enter. Try "something to eat", then people and professions, and look at who appears. (Where no notebook is running, you see one search as a
# figure.)


# %% label="widget" tags=["private-media"]
def search(phrase: str) -> tuple:
    """What the widget calls: pictures, their captions, their scores."""
    indices, scores = find_pictures(phrase, test, k=10)
    return pairs.images(indices), [pairs.captions[i] for i in indices], scores


widgets.search(search, examples=phrases);

# %% [markdown] label="mixed-text" exercise="start_here.mixed_query" difficulty=3 minutes=15
# The library cannot do this one. Ask with a picture **and** a phrase at once: *like this, but a bird*. Both are vectors of one space, so a query
# between them is a weighted sum: `weight` 0 is the picture alone, 1 the phrase alone. See to it that neither side outweighs the other only because its
# vector is long, and bring the sum back to length one.


# %% label="mixed" exercise="start_here.mixed_query"
def mixed_query(picture: np.ndarray, phrase: np.ndarray, weight: float) -> np.ndarray:
    """picture (k,), phrase (k,), weight in [0, 1] -> (k,) of length one, between the two."""
    ### BEGIN SOLUTION
    picture = picture / np.linalg.norm(picture)
    phrase = phrase / np.linalg.norm(phrase)
    mixed = (1 - weight) * picture + weight * phrase
    return mixed / np.linalg.norm(mixed)
    ### END SOLUTION


# %% label="mixed-check" tags=["nbval-check-output"]
check("start_here.mixed_query", mixed_query)

# %% label="mixed-try"
picture, phrase = find_pictures("a bird", shelf)[0][0], "a machine"
query = mixed_query(A[picture], cca.transform(text_encoder([phrase]), view=1)[0], 0.5)
if query is None:
    print("fill in the exercise above to see what a mixed query finds")
else:
    others = shelf[shelf != picture]
    scores = evaluate.cosine_similarity(query[None], A[others])[0]
    order = best(scores, 5)
    captions = [pairs.captions[i] for i in others[order]]
    show.retrieval(pairs.images([picture])[0], pairs.images(others[order]), captions, scores[order],
                   title=f"this, and “{phrase}”", name="mixed")

# %% [markdown] label="wrong-ridge-text"
# ## 6 · What goes wrong
#
# **Without a ridge.** 1,664 columns and 2,645 pairs: with so much freedom CCA finds agreement in the noise of these very pairs. Look at the correlation along
# the first eight directions, on pairs it learnt from and on others, and at what that does to the search.

# %% label="wrong-ridge"
rows = []
for reg_tried in (0.0, reg):
    fitted = CCA(n_components=k, reg=reg_tried).merge(cca)
    for name, pile in (("train", train[: len(test)]), ("test", test)):
        P, Q = fitted.transform(X[pile], Y[pile])
        along = [np.corrcoef(P[:, c], Q[:, c])[0, 1] for c in range(8)]
        recall = evaluate.recall_at_k(evaluate.cosine_similarity(Q, P), 10)
        rows.append({"reg": str(reg_tried), "on": name, "correlation, first 8": np.mean(along), "R@10": recall})
show.table(rows);

# %% [markdown] label="wrong-leak-text"
# **A leak.** Now we split at random, ignoring the groups. Copies, mirrored twins and numbered series fall on both sides; the engine has seen almost
# the same picture with almost the same words. R@1 nearly doubles, and nothing has been learnt better. Reviewers rarely see this one, since the code is perfectly
# ordinary.

# %% label="wrong-leak"
def test_recall(train, test) -> dict:
    """R@1 and R@10, mean of both directions."""
    A, B = CCA(n_components=k, reg=reg).fit(X[train], Y[train]).transform(X[test], Y[test])
    S = evaluate.cosine_similarity(B, A)
    return {f"R@{n}": (evaluate.recall_at_k(S, n) + evaluate.recall_at_k(S.T, n)) / 2 for n in (1, 10)}


apart, leaky = [], []
for seed in range(size.seeds):
    shut, _, learn = data.splits.grouped(pairs.groups, (size.test, size.val), seed=seed)
    apart.append(test_recall(learn, shut))
    order = np.random.default_rng(seed).permutation(len(pairs))
    leaky.append(test_recall(order[: len(learn)], order[len(order) - len(shut) :]))
splits = evaluate.Scores()
splits.add("groups kept apart", apart)
splits.add("at random", leaky)
show.table(splits.rows());

# %% [markdown] label="map"
# ## The map of the field
#
# What you built is one of five things one can do with several media. The names are those of Baltrušaitis, Ahuja and Morency (2019).
#
# | | the question | in this chapter | chapters |
# |---|---|---|---|
# | **represent** 表示 | what does a vector keep of its medium? | two pretrained encoders | 01–04 |
# | **align** 对齐 | which parts of two media belong together? | CCA | 05–09 |
# | **fuse** 融合 | how do several media decide together? | the mixed query, a first taste | 10–15 |
# | **translate** 转换 | how does one medium become another? | we *found* captions; writing them comes later | 16–18 |
# | **co-learn** 协同学习 | how does one medium help to learn about another? | captions taught us about pictures | 08, 09 |
#
# Where next? [01 primer](01_primer.ipynb) if a training loop is new to you. In a hurry: 06 CCA, 08 contrastive, 10 fusion protocol, 16 captioning.

# %% [markdown] label="quiz-text"
# ## 7 · Quiz
#
# Click the choice you think is right. Every choice explains itself, so click the wrong ones too.

# %% label="quiz"
quiz("start_here")

# %% label="progress"
progress("start_here")

# %% [markdown] label="end"
# ## Take away
#
# - Vectors of two encoders are incomparable until something has seen **pairs**.
# - CCA is exact, quick and has two numbers to choose. **Choose on validation, report on test.**
# - A score without controls is an opinion: beside it belong chance, shuffled pairs and, where it is known, the ceiling.
# - A split that tears twins apart flatters every method.
# - An engine trained on pairs repeats what the pairs say, stereotypes included.
#
# **With a GPU or more time.** `MMLEARN_PROFILE=gpu` uses larger pictures. Where a model hub can be reached, try
# `features.pretrained.image("clip")` and `.text("clip")`: two encoders trained together on 400 million pairs, with which even the naive
# search works. Why? Chapter 08.
#
# ## Further reading
#
# - H. Hotelling (1936). Relations between two sets of variates. *Biometrika* 28, 321–377.
# - D. R. Hardoon, S. Szedmak, J. Shawe-Taylor (2004). Canonical correlation analysis: an overview with application to learning methods. *Neural
#   Computation* 16, 2639–2664.
# - Y. Gong, Q. Ke, M. Isard, S. Lazebnik (2014). A multi-view embedding space for modeling internet images, tags, and their semantics. *IJCV* 106, 210–233.
# - A. Conneau, G. Lample, M. Ranzato, L. Denoyer, H. Jégou (2018). Word translation without parallel data. *ICLR*.
# - M. Tan, Q. V. Le (2019). EfficientNet: rethinking model scaling for convolutional neural networks. *ICML*.
# - N. Reimers, I. Gurevych (2019). Sentence-BERT: sentence embeddings using Siamese BERT-networks. *EMNLP*.
# - T. Baltrušaitis, C. Ahuja, L.-P. Morency (2019). Multimodal machine learning: a survey and taxonomy. *IEEE TPAMI* 41, 423–443.
