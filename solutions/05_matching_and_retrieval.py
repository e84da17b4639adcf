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
# # 05 · Matching and retrieval: find it, measure it, find it fast
#
# **You build the search that image–text systems were before they had a common space, see where it ends, learn to measure any search so that the number can be believed, and
# make it many times smaller and faster.**
#
# ![Share of the true nearest items that are found, against time a query, for three indexes of a million items](../data/pictures/matching_and_retrieval.png)
#
# *A million items: what is lost for how much speed. You build one of the three in section 7, where the figure is drawn.*

# %% [markdown] label="objectives"
# **After this chapter you can**
#
# - build the classical image–text recipe (features, a similarity, a ranking), and say exactly what it cannot do;
# - compute and read R@k, median rank and mAP, in both directions, with several right answers, and with ties;
# - find hubs, and repair them in two ways;
# - turn vectors into a few bytes, and search a million items exactly and approximately;
# - recognise three leaks that make an evaluation lie.
#
# **You need** chapter 00, which used CCA (canonical correlation analysis) as a black box, and so do we once more: chapter 06 opens it. From 02 come bag of words and TF-IDF, from 01 the
# singular value decomposition. Terms in English and Chinese: [glossary · 术语表](../GLOSSARY.md).

# %% [markdown] label="card" tags=["card"]
# Filled in by the builder.

# %% label="setup" tags=["setup"]
import numpy as np

from mmlearn import align, data, evaluate, features, layers, profiles, show, widgets
from mmlearn.align import CCA, csls, inverted_softmax
from mmlearn.exercises import check, hint, progress, quiz
from mmlearn.features import text

size = profiles.settings("05_matching_and_retrieval")

# %% [markdown] label="pairs-text"
# ## 1 · A recipe that fails
#
# For many years image–text matching had this recipe: take features of the picture, features of the text, a measure of similarity, and rank. Let us cook it, on the pairs of chapter 00
# (Tux Paint stamps and the Open Clip Art Library), with pictures as EfficientNet vectors and three kinds of text vectors.
#
# Whatever learns (a vocabulary, rare words' weights) learns from *training* captions alone. Section 8 shows what happens otherwise.

# %% label="pairs"
pairs = data.captioned_pictures(n=size.pairs)
test, val, train = data.splits.grouped(pairs.groups, (size.test, size.val), seed=0)
known = [pairs.captions[i] for i in train]
image_encoder, text_encoder = features.pretrained.image(size=size.pixels), features.pretrained.text()
X = features.encode(image_encoder, pairs.column("image"))  # (n, 1280): a row is a picture
Y = features.encode(text_encoder, pairs.captions)  # (n, 384):  a row is a caption
texts = {
    "bag of words": text.BagOfWords(min_texts=2).fit(known).transform(pairs.captions),  # (n, words)
    "TF-IDF": text.TfIdf(min_texts=2).fit(known).transform(pairs.captions),
    "MiniLM": Y,
}
print(f"{len(train)} pairs to learn from, {len(val)} to choose with, {len(test)} to report on; {texts['TF-IDF'].shape[1]} words")

# %% [markdown] label="measures-text"
# Three measures of how alike two vectors $a$ and $b$ of $d$ numbers are, larger meaning more alike ($\bar a$ is the mean of $a$'s own $d$ numbers):
#
# | | formula | what it ignores |
# |---|---|---|
# | Euclid | $-\lVert a - b\rVert$ | nothing |
# | cosine | $\frac{a^\top b}{\lVert a\rVert\,\lVert b\rVert}$ | the vectors' lengths |
# | Pearson | the cosine of $a - \bar a$ and $b - \bar b$ | lengths, and a constant added to all numbers |
#
# On vectors of length one the first two rank alike, since $\lVert a - b\rVert^2 = 2 - 2\,a^\top b$. And where a vector's numbers have mean zero anyway, the last two are the same.

# %% [markdown] label="pearson-text" exercise="matching_and_retrieval.pearson_similarity" difficulty=1 minutes=5
# **Exercise 1.** Pearson's correlation of every row of `A` with every row of `B`: each row loses *its own* mean, then it is a cosine. (No row in the check is constant.)


# %% label="pearson" exercise="matching_and_retrieval.pearson_similarity"
def pearson_similarity(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """A (n, d), B (m, d) -> (n, m): entry (i, j) is the correlation of row i of A with row j of B, from -1 to 1."""
    ### BEGIN SOLUTION
    A, B = (V - V.mean(axis=1, keepdims=True) for V in (A, B))
    A, B = (V / np.linalg.norm(V, axis=1, keepdims=True) for V in (A, B))
    return A @ B.T
    ### END SOLUTION


# %% label="pearson-check" tags=["nbval-check-output"]
check("matching_and_retrieval.pearson_similarity", pearson_similarity)

# %% label="pearson-listing"
show.source(evaluate.pearson_similarity);

# %% [markdown] label="mine-text"
# The library's version also bears a constant row, which has no direction: it is similar to nothing. Once exercises 1 and 2 show ✓, set `mine = True`, and the searches of this chapter use *your* two functions. (From exercise 3 on it calls the library's; exercise 8, which the library does not have, runs as you wrote it.)

# %% label="mine"
mine = False
MEASURES = {
    "Euclid": evaluate.euclidean_similarity,
    "cosine": evaluate.cosine_similarity,
    "Pearson": pearson_similarity if mine else evaluate.pearson_similarity,
}


def recall(S: np.ndarray, k: int = 10) -> float:
    """R@k, the mean of both directions: down the rows captions ask for pictures, down the columns pictures for captions."""
    return (evaluate.recall_at_k(S, k) + evaluate.recall_at_k(S.T, k)) / 2


# %% [markdown] label="direct-text"
# The two views have 1,280 and a few hundred or thousand columns. So we give both the same number of columns, by principal components (whitened, so that all count alike), compare, and rank. **R@10** is the share of the 500 test
# queries that find their partner among the first ten.

# %% label="direct"
P = layers.PCA(size.reduced, True).fit(X[train]).transform(X[test])  # (test, reduced)
rows = []
for name, T in texts.items():
    Q = layers.PCA(size.reduced, True).fit(T[train]).transform(T[test])
    rows.append({"R@10": name, **{measure: recall(similarity(Q, P)) for measure, similarity in MEASURES.items()}})
show.table([*rows, {"R@10": "random guessing", **dict.fromkeys(MEASURES, evaluate.chance(len(test), 10))}]);

# %% [markdown] label="direct-read"
# Nine combinations, and all of them guess. Some lie below 0.020, some above: which axis of the pictures meets which of the captions is an accident, and accidents go both ways. No formula can help: each treats number 17 of a picture and number 17 of a caption as the same thing, and nobody ever told them to be. What the recipe compares well is
# what lies in **one** space: pictures with pictures, captions with captions.

# %% [markdown] label="bridge-text"
# ## 2 · A bridge of words
#
# So let us stay within a space as long as we can. We have training pictures *with* captions. To give a new picture words, look at its nearest training pictures and **borrow their captions**; then compare text with text:
#
# $$\underbrace{\text{picture}}_{\text{new}} \;\to\; \underbrace{\text{its } m \text{ nearest pictures}}_{\text{in picture space}} \;\to\; \underbrace{\text{their captions}}_{\text{in text space}} \;\leftrightarrow\; \text{caption}.$$
#
# Several systems of the 2000s and 2010s worked like this (Makadia, Pavlovic and Kumar, 2008, propagated labels; Ordonez, Kulkarni and Berg, 2011, whole captions).

# %% [markdown] label="borrow-text" exercise="matching_and_retrieval.borrow" difficulty=2 minutes=10
# **Exercise 2.** `similarity[i, j]` says how alike new picture $i$ and training picture $j$ are, `texts[j]` is the text vector of training picture $j$'s caption. Give each new picture the plain **mean** of the text vectors of its `m` most
# similar training pictures. (A new picture is never among the training pictures, so its nearest is not itself.) The library has no such function. (No two similarities in a row are equal.)


# %% label="borrow" exercise="matching_and_retrieval.borrow"
def borrow(similarity: np.ndarray, texts: np.ndarray, m: int) -> np.ndarray:
    """similarity (n, N), texts (N, d) -> (n, d): the mean text vector of each new picture's m nearest training pictures."""
    ### BEGIN SOLUTION
    near = np.argsort(-similarity, axis=1)[:, :m]  # (n, m) numbers of training pictures
    return texts[near].mean(axis=1)
    ### END SOLUTION


# %% label="borrow-check" tags=["nbval-check-output"]
check("matching_and_retrieval.borrow", borrow)


# %% label="bridge"
def borrowed(similarity: np.ndarray, texts: np.ndarray, m: int) -> np.ndarray:
    """The same as exercise 2 asks for."""
    return borrow(similarity, texts, m) if mine else texts[np.argsort(-similarity, axis=1)[:, :m]].mean(axis=1)


alike = {pile: evaluate.cosine_similarity(X[rows], X[train]) for pile, rows in (("val", val), ("test", test))}


def bridged(T: np.ndarray, similarity, pile: str, m: int) -> np.ndarray:
    """Captions against pictures that borrowed words: both are vectors of the same text space."""
    return similarity(T[val if pile == "val" else test], borrowed(alike[pile], T[train], m))


rows = []
for name, T in texts.items():
    row = {"R@10": name}
    for measure, similarity in MEASURES.items():
        m = max(size.borrowed, key=lambda m: recall(bridged(T, similarity, "val", m)))  # chosen on validation pairs
        row |= {measure: f"{recall(bridged(T, similarity, 'test', m)):.3f} (m = {m})"}
    rows.append(row)
show.table(rows);

# %% [markdown] label="bridge-read"
# Nothing was trained, and captions and pictures find each other far more often than by chance.
#
# Why does **Euclid** do so badly with counted words, and as well as the others with MiniLM? A suspicion: some test captions hold no word that the vocabulary knows. Their vector is 0, and they lie as near to a picture as its borrowed mean is short. Without them:

# %% label="zeros"
rows = []
for name in ("bag of words", "TF-IDF"):
    T = texts[name]
    for which, keep in (("all captions", np.ones(len(test), bool)), ("those with a known word", np.linalg.norm(T[test], axis=1) > 0)):
        matrices = {measure: bridged(T, MEASURES[measure], "test", 5)[np.ix_(keep, keep)] for measure in ("Euclid", "cosine")}
        rows.append({"R@10, m = 5": f"{name}, {which}", "pairs": int(keep.sum()), **{measure: recall(M) for measure, M in matrices.items()}})
show.table(rows);

# %% [markdown] label="zeros-read"
# (Compare within a row: fewer pairs are a smaller gallery, in which everybody finds more.) Twenty-eight captions that say nothing stood before the right one for many a picture. They are our first *hubs*; section 5 has more. With TF-IDF next to nothing else is left of the difference. With bags of words something is: long captions
# have long vectors, and a plain distance takes length for meaning. MiniLM's captions are never zero and all have length one, so there the measures nearly agree. And cosine and Pearson hardly differ anywhere: a vector of counts has its mean near zero because nearly all of its numbers are 0, and MiniLM's means are near zero too.
#
# Now beside it a **common space**, learnt from the same pairs: CCA of chapter 00, still as a black box.

# %% label="cca"
cca = CCA(n_components=size.components, reg=1.0).fit(X[train], Y[train])
A, B = cca.transform(X[test], Y[test])  # (test, components) each: one space
S = evaluate.cosine_similarity(B, A)  # (captions, pictures)
m = max(size.borrowed, key=lambda m: recall(bridged(Y, evaluate.cosine_similarity, "val", m)))
bridge = bridged(Y, evaluate.cosine_similarity, "test", m)
show.table([{"": name, "R@1": recall(one, 1), "R@10": recall(one)}
            for name, one in {"bridge of words (MiniLM, cosine)": bridge, "common space (CCA)": S}.items()]);

# %% [markdown] label="cca-read"
# On this split there is little between them: the bridge is ahead at R@1, CCA at R@10. But the bridge can say of a new picture only what was said of its neighbours, and its neighbours are those that look alike in *everything*. It cannot know that the roundness of a picture predicts the word *ball*, and that its brown background predicts
# nothing. A common space can: it weighs each direction of one view by what it tells about the other. Five splits, both ways:

# %% label="bridge-stored"
show.table([row for row in evaluate.Scores.stored("matching_and_retrieval", "bridge").rows() if "Pearson" not in row[""]]);

# %% [markdown] label="bridge-stored-read"
# *(From `python -m benchmarks.matching_and_retrieval bridge`; mean ± standard deviation over five splits; m, ridge and directions chosen on validation pairs; Pearson is left out, since it differs from cosine by half a point at most. "Word vectors, mean" are skip-gram vectors trained on the training captions, as in chapter 02.)* The better the
# text vectors, the better the bridge: R@10 0.33 by bags of words, 0.35 by TF-IDF, 0.42 by MiniLM's sentence vectors. Word vectors learnt from 2,600 short captions add nothing to a bag of words. The common space finds 0.47, five points more than the best bridge; at R@1 it is one point, no more than the spread of the splits.

# %% [markdown] label="measure-text"
# ## 3 · How good is a ranking?
#
# We have used R@10 as if it were obvious. Let a query have a ranking of $n$ items, of which some are **relevant**.
#
# | | for one query | over all queries |
# |---|---|---|
# | **R@k** | 1 if a relevant item is among the first $k$ | mean |
# | **median rank** | place of the first relevant item | median |
# | **mAP** | *average precision*: walk down the list; at each relevant item note the share of relevant ones so far | mean |
#
# In cross-media retrieval "recall at k" asks for *one* of the right items. Elsewhere this is called hit rate, and recall is the share of the right ones that were found. Where each query has one right item, they agree, and average precision is 1 / its place.

# %% [markdown] label="precision-text" exercise="matching_and_retrieval.average_precision" difficulty=3 minutes=15
# **Exercise 3.** Average precision of one query: the mean, over its relevant items, of the precision at each one's place. The precision at place $p$ is the number of relevant items among the first $p$, divided by $p$; places count from 1. (No ties, and at least one
# relevant item.)


# %% label="precision" exercise="matching_and_retrieval.average_precision"
def average_precision(scores: np.ndarray, relevant: np.ndarray) -> float:
    """scores (n,), relevant (n,) bool -> one number in (0, 1]; 1 if all relevant items come first."""
    ### BEGIN SOLUTION
    right = relevant[np.argsort(-scores)]  # (n,) from the best place to the last
    precision = np.cumsum(right) / np.arange(1, len(right) + 1)
    return float(precision[right].mean())
    ### END SOLUTION


# %% label="precision-check" tags=["nbval-check-output"]
check("matching_and_retrieval.average_precision", average_precision)

# %% [markdown] label="directions-text"
# **Both directions.** A matrix of similarities holds two searches: along a row a caption looks for pictures, along a column a picture for captions. They differ, and a paper that reports one has chosen it. Here with each measure:

# %% label="directions"
show.table(evaluate.retrieval_report(S, names=("caption → picture", "picture → caption")).rows());

# %% [markdown] label="ties-text"
# ### A model that is right 100% of the time
#
# What if two scores are *equal*? Here is a model that gives every pair the number 0. We ask: for what share of queries is **no item better** than the right one?

# %% label="ties" tags=["nbval-check-output"]
constant = np.zeros((500, 500))
nothing_better = (constant > np.diag(constant)[:, None]).sum(axis=1) == 0
print(f"R@1, if equals count in our favour: {nothing_better.mean():.0%}")
print(f"R@1, expected over a random order of equals: {evaluate.recall_at_k(constant, 1):.1%}")
print(f"R@1, pessimistic: {evaluate.recall_at_k(constant, 1, ties='pessimistic'):.0%}")

# %% [markdown] label="ties-read"
# One line of perfectly ordinary code, and a model that knows nothing has a perfect score. It happens by accident: a network that collapsed to one vector, vectors rounded to half precision, a ReLU that made all scores zero, binary codes. So say what becomes of equals:
#
# - **expected** (this course's default): the mean over all orders of the equals. Knowing nothing scores chance, exactly.
# - **pessimistic**: every equal stands before the right one. In doubt, against the method.

# %% [markdown] label="pessimistic-text" exercise="matching_and_retrieval.pessimistic_ranks" difficulty=2 minutes=10
# **Exercise 4.** The right item of query $i$ is item $i$. Give each query the **pessimistic** rank of its right item: 1 plus the number of *other* items that score as much or more. Ranks begin at 1.


# %% label="pessimistic" exercise="matching_and_retrieval.pessimistic_ranks"
def pessimistic_ranks(similarity: np.ndarray) -> np.ndarray:
    """similarity (n, n) -> (n,) ranks; row i holds the scores of query i, its right item is number i."""
    ### BEGIN SOLUTION
    right = np.diag(similarity)[:, None]  # (n, 1)
    return (similarity >= right).sum(axis=1)  # the right item counts itself: that is the 1
    ### END SOLUTION


# %% label="pessimistic-check" tags=["nbval-check-output"]
check("matching_and_retrieval.pessimistic_ranks", pessimistic_ranks)

# %% [markdown] label="ranks-listing-text"
# **The listing.** Both rules in one line each. With $g$ items above, $e$ irrelevant and $a$ relevant ones tied, the expected place of the first relevant one is $g + 1 + \frac{e}{a+1}$: the $a$ relevant ones cut the $e$ others into $a + 1$ stretches, and the first
# stretch stands before. And a gallery smaller than $k$ is refused, since R@10 among eight items is 100% for everyone:

# %% label="ranks-listing"
show.source(evaluate.ranks)
try:
    evaluate.recall_at_k(np.eye(8), 10)
except ValueError as reason:
    print(reason)

# %% [markdown] label="scenes-text"
# ## 4 · On the controlled world: several captions a picture
#
# Real collections have several captions a picture; Flickr8k has five. Our **scenes** have as many as we like: here two wordings in English and two in French, so a picture has four right captions, a caption one right picture. `relevant` says so.
#
# Each training picture appears four times, once beside each caption. Test scenes with the same description are **twins** that no caption can tell apart. So nobody can have the right one first every time, and the mean of 1 / (number of twins) is the **ceiling** of R@1.

# %% label="scenes"
LANGUAGES = ("en", "fr")
world = {split: data.load("scenes", split=split, n=n, objects=1, detail=1.0, languages=LANGUAGES, paraphrases=2)
         for split, n in size.scenes.items()}
views, owner = {}, {}
for split, scenes in world.items():
    said = [caption for captions in scenes.column("captions") for caption in captions]  # 2 English, 2 French a picture
    pictures = features.encode(image_encoder, scenes.images())
    owner[split] = np.repeat(np.arange(len(scenes)), 4)  # which picture each caption belongs to
    views[split] = {"picture": pictures[owner[split]], "caption": features.encode(text_encoder, said)}
language = np.tile(["en", "en", "fr", "fr"], len(world["test"]))
first = world["test"][0]
print(*first["captions"], sep="\n")
show.pictures([first["image"]], ["its four captions are above"], columns=3, name="scenes");


# %% label="scenes-run"
def run(train: dict, test: dict, seed: int) -> dict:
    """Fit on training scenes; captions against pictures, of which each caption has one and each picture four captions."""
    fitted = CCA(n_components=size.scene_components, reg=0.1).fit(train["picture"], train["caption"])
    A, B = fitted.transform(test["picture"], test["caption"])
    S = evaluate.cosine_similarity(B, A[::4])  # (captions, pictures): pictures were repeated
    right = evaluate.same_label(owner["test"], np.arange(S.shape[1]))  # bool, of the same shape
    found = {f"{name} → picture": evaluate.recall_at_k(S[language == code], 1, right[language == code])
             for name, code in (("English", "en"), ("French", "fr"))}
    back = {"picture → any caption": evaluate.recall_at_k(S.T, 1, right.T), "its mAP": evaluate.mean_average_precision(S.T, right.T)}
    return {**found, **back}


descriptions = [str(facts) for facts in world["test"].column("facts")]
twins = np.array([descriptions.count(d) for d in descriptions])  # how many test scenes fit the same description
top = {name: float(np.mean(1 / twins)) for name in ("English → picture", "French → picture")}
table = evaluate.controls(run, views["train"], views["test"], seeds=range(2))
table.add("chance", [{**dict.fromkeys(top, evaluate.chance(len(twins), 1)), "picture → any caption": evaluate.chance(4 * len(twins), 1, 4)}], "chance")
table.add("ceiling", [top], "ceiling")
show.table(table.rows());

# %% [markdown] label="scenes-read"
# Read the columns, all R@1 but the last. (± is the spread over two seeds, which change nothing but how the controls shuffle.)
#
# - **French finds as much as English**, although MiniLM is a model of English: half the training captions were French, and what is left of these few words is enough for CCA. The four points between them are what luck may do with 400 captions each. Only a column for each language can say so.
# - **"Any of four" is the easiest**, though by chance it is no easier than "the one": one of 800 captions with four right ones, one of 200 pictures with one. One caption that is badly understood does no harm while another is found. So a number for pictures → captions
#   must not be compared with one for captions → pictures, nor with one from a collection with five captions a picture.
# - **mAP** asks for *all four*: it is below the R@1 of the same rankings, since a picture that finds one caption first may find its last one late.
# - Shuffled pairs and blanked views fall to chance. What is above comes from the pairing. What is missing up to 0.93, the ceiling, is the method's; the rest nobody can have.

# %% [markdown] label="hub-text"
# ## 5 · On real pictures: who is found by everyone?
#
# Back to stamps and clipart, in CCA's space. Three searches among the test pictures (public-domain ones, so that they can be printed), by the bridge of words and by CCA:

# %% label="search"
may_be_printed = np.array([pairs.sources[i] != "stamps" for i in test])  # clipart is in the public domain, scenes are ours
shelf = np.flatnonzero(may_be_printed)  # places within test
phrases = size.phrases if pairs.name != "scenes" else ["a red circle", "a large blue star", "a green square"]
asked = text_encoder(phrases)  # (phrases, 384), as its numbers come
asked = np.asarray(asked.detach() if hasattr(asked, "detach") else asked)
found = {
    "bridge": evaluate.cosine_similarity(asked, borrowed(alike["test"], Y[train], m))[:, shelf],
    "CCA": evaluate.cosine_similarity(cca.transform(asked, view=1), A)[:, shelf],
}
for name, scores in found.items():
    order = np.argsort(-scores, axis=1)[:, :5]
    show.retrieval(phrases, [pairs.images(test[shelf[o]]) for o in order],
                   [[pairs.captions[test[shelf[i]]].split(" (")[0] for i in o] for o in order],
                   list(np.take_along_axis(scores, order, axis=1)), title=f"by {name}", name=f"search-{name.lower()}");

# %% [markdown] label="hub-idea"
# Successes and failures both: a bouquet as a red fruit in both, a fish among the bridge's insects, a sword among its instruments; Christmas balls for CCA, and a knot. Now turn the question round: not *what does this caption find?* but **which pictures are found, and how often?** For an item $i$ let $N_k(i)$ be the number of queries that have it among their $k$ nearest. All together make $k \times$ queries, so the mean
# is fixed. In many dimensions $N_k$ becomes badly unequal: a few **hubs** (枢纽) are near to everything, and at worst many items are found by nobody (Radovanović, Nanopoulos and Ivanović, 2010).

# %% [markdown] label="occurrence-text" exercise="matching_and_retrieval.k_occurrences" difficulty=2 minutes=10
# **Exercise 5.** Count $N_k$: for each *item* (column), how many *queries* (rows) have it among their `k` most similar items? Every item gets a number, 0 included. (No ties.)


# %% label="occurrence" exercise="matching_and_retrieval.k_occurrences"
def k_occurrences(similarity: np.ndarray, k: int) -> np.ndarray:
    """similarity (queries, items) -> (items,) counts that add up to k × queries."""
    ### BEGIN SOLUTION
    found = np.argsort(-similarity, axis=1)[:, :k]  # (queries, k) numbers of items
    return np.bincount(found.ravel(), minlength=similarity.shape[1])
    ### END SOLUTION


# %% label="occurrence-check" tags=["nbval-check-output"]
check("matching_and_retrieval.k_occurrences", k_occurrences)

# %% label="hubs"
N = evaluate.k_occurrences(S, 10)  # (pictures,): found by how many captions?
print(f"mean {N.mean():.1f}, largest {N.max():.0f}, found by nobody: {np.mean(N == 0):.0%}; skewness {evaluate.hub_skewness(S, 10):.2f}")
most = shelf[np.argsort(-N[shelf], kind="stable")[:6]]  # of those that may be printed
finds = np.argsort(-S, axis=1)[:, :10]  # (captions, 10)
words = [{w for w in pairs.captions[i].lower().replace(",", " ").replace(".", " ").split() if len(w) > 3} for i in test]
akin = [sum(not words[q].isdisjoint(words[i]) for q in np.flatnonzero((finds == i).any(axis=1))) for i in most]
show.pictures(pairs.images(test[most]), [f"{pairs.captions[test[i]].split(' (')[0]}\nfound by {N[i]:.0f},\n{a} share a word with it" for i, a in zip(most, akin, strict=True)],
              columns=3, title=f"Found by the most captions (of {len(test)})", name="hubs");

# %% [markdown] label="dimension-text"
# (Of the 500 test pictures, only those that may be printed.) Is whatever is found often a hub? Look at who finds it, and how many of them share a word of four letters or more with the picture's caption. Five of the six are flags, found mostly by captions of *flags*, of which there are 53: a popular subject, rightly found. The **strawberry** is another thing: of its 26 captions only about half have a word in common with it. Among the others are two staplers,
# two insects, a mermaid. That is a hub. And nobody is left out here: of 500 pictures each is found by somebody.
#
# The usual measure is the **skewness** of $N_k$: the mean of $(N_k - \text{mean})^3$, divided by the cube of the standard deviation. It is near 0 if all are found about equally often, and large with a long tail of hubs.
#
# Is it our data's fault? Take points that are pure noise, Gaussian in $d$ dimensions, and let each look for its ten nearest others by Euclid:


# %% label="dimension"
def skewness_of_noise(d: int, seed: int) -> float:
    """Hubs among random points, each a query among all others."""
    points = np.random.default_rng(seed).standard_normal((size.points, d))
    S = evaluate.euclidean_similarity(points, points)
    np.fill_diagonal(S, -np.inf)  # nobody finds itself
    return evaluate.hub_skewness(S, 10)


skew = np.array([[skewness_of_noise(d, seed) for d in size.dimensions] for seed in range(3)])
show.curve(size.dimensions, skew, "dimensions", "skewness of N₁₀", log="x", title="Hubs in pure noise (three seeds, ± one standard deviation)", name="dimension");

# %% [markdown] label="dimension-read"
# It is geometry. In many dimensions all distances from the *centre* are nearly equal, but not quite, and a point a little nearer to the centre is a little nearer to *everybody*. A little is enough to enter thousands of lists.
#
# Two repairs, both of which look at all queries at once (hence the star beside their scores: they suit a benchmark better than a search box):
#
# - **CSLS**: $2\,s(q, i) - r(q) - r(i)$, with $r$ the mean similarity to the nearest neighbours on the other side. A hub has a large $r(i)$ (Conneau et al., 2018).
# - **Inverted softmax**: an item's attention is a fixed budget that it divides among the queries, $\frac{e^{\beta s(q, i)}}{\sum_{q'} e^{\beta s(q', i)}}$; $\beta > 0$ says how sharply (Smith et al., 2017). An ordinary softmax, over items, would change no query's ranking.

# %% label="hub-listing"
show.source(inverted_softmax);

# %% label="hub-repair"
V, W = cca.transform(X[val], Y[val])
S_val = evaluate.cosine_similarity(W, V)
beta = max((5, 10, 20, 40, 80), key=lambda b: evaluate.recall_at_k(inverted_softmax(S_val, b), 10))
near = max((5, 10, 20), key=lambda n: evaluate.recall_at_k(csls(S_val, n), 10))
rows = []
for name, repaired in {"cosine": S, f"CSLS*, {near} neighbours": csls(S, near), f"inverted softmax*, β = {beta}": inverted_softmax(S, beta)}.items():
    N = evaluate.k_occurrences(repaired, 10)
    rows.append({"caption → picture": name, "skewness": evaluate.hub_skewness(repaired, 10), "largest": f"{N.max():.0f}",
                 "found by nobody": f"{np.mean(N == 0):.1%}", "R@10": evaluate.recall_at_k(repaired, 10)})
show.table(rows)
show.table(evaluate.Scores.stored("matching_and_retrieval", "hubs").rows());

# %% [markdown] label="hub-read"
# *(Below: five splits, both ways, from `python -m benchmarks.matching_and_retrieval hubs`; settings chosen on validation pairs. "Weighted" lets each direction of CCA's space count by its correlation. "Random order" ranks by chance: so much skewness, and so large a count, mean nothing yet.)* Both repairs take about a quarter or more off the greatest hub's count, and the
# inverted softmax halves the skewness; CSLS lowers it for plain CCA, and leaves it for the weighted one. Both raise the mean R@10 by one to three points, less than one standard deviation of the splits, but in the same direction for either space. One split alone may say otherwise, as above.
#
# **The part's table.** Chapters 05 to 09 report every aligner by one protocol: same vectors, same five splits, 500 test pairs, both directions, everything chosen on 400 validation pairs. Here are the rows of this chapter beside plain CCA:

# %% label="part"
ours = ("CCA", "bridge of words: neighbours' captions", "codes of 256 bits (CCA-ITQ)", "CCA, weighted + inverted softmax*", "naive: vectors cut to one length",
        "shuffled pairs: CCA", "random guessing")
show.table([row for row in evaluate.Scores.stored("alignment", "table").rows() if row[""] in ours]);

# %% [markdown] label="hash-text"
# ## 6 · Sixty-four bits
#
# A vector of 256 float32 numbers takes 1,024 bytes; a million of them a gigabyte. A **binary code** of 64 bits takes eight bytes, and the distance of two codes, the number of bits in which they differ (**Hamming distance**, 汉明距离), is two machine instructions.
#
# Where do bits come from? The signs of the coordinates: $b = \operatorname{sign}(v) \in \{-1, 1\}^k$. That loses least where the points lie near the corners of the cube $\{-1, 1\}^k$. CCA's axes are no better for that than any others, and turning the space changes no cosine. So **turn it until the
# points lie near corners** (iterative quantisation, ITQ; Gong and others, 2013). With $V$ $(n, k)$ the points, $R$ $(k, k)$ a rotation (or a reflection: any matrix with $R^\top R = I$) and $B$ $(n, k)$ corners,
#
# $$\min_{B, R}\ \lVert B - V R\rVert^2 .$$
#
# Two steps in turn, neither of which can make it worse. *Rotation fixed:* the nearest corners are $B = \operatorname{sign}(VR)$. *Corners fixed:* the best rotation is $R = U W^\top$, from the singular value decomposition $V^\top B = U S W^\top$ (the orthogonal Procrustes
# problem; Schönemann, 1966).

# %% [markdown] label="itq-text" exercise="matching_and_retrieval.itq_step" difficulty=3 minutes=15
# **Exercise 6.** One round: from the points `V` and the rotation `R`, first the corners `B` nearest to `V @ R` (±1), then the rotation that brings `V` nearest to these. Give the new rotation. It may also mirror: orthogonal is all that is asked. (No entry of `V @ R` is 0.)


# %% label="itq" exercise="matching_and_retrieval.itq_step"
def itq_step(V: np.ndarray, R: np.ndarray) -> np.ndarray:
    """V (n, k), R (k, k) -> the new R (k, k), orthogonal, such that V @ R lies near to corners."""
    ### BEGIN SOLUTION
    B = np.where(V @ R >= 0, 1.0, -1.0)  # (n, k)
    U, _, Wt = np.linalg.svd(V.T @ B)
    return U @ Wt
    ### END SOLUTION


# %% label="itq-check" tags=["nbval-check-output"]
check("matching_and_retrieval.itq_step", itq_step)

# %% [markdown] label="itq-try-text"
# To see it: four clouds in two dimensions, whose middles lie at the tips of a square that stands on a corner, on the axes. So signs cut through them. First the clouds before and after ITQ, then the mean squared distance of a point to its nearest corner (±1, ±1), whatever the angle.

# %% label="itq-try"
square = np.random.default_rng(0).standard_normal((300, 2)) * [0.5, 0.15] + np.random.default_rng(1).choice([-1, 1], (300, 2)) @ [[1, 1], [-1, 1]] * 0.7
ends = {name: square @ align.itq_rotation(square, rounds) for name, rounds in (("random start", 0), ("after 20 rounds", 20))}
none, after = np.full(len(square), np.nan), ends["after 20 rounds"]
show.curve(np.r_[square[:, 0], after[:, 0]], {"as they are": np.r_[square[:, 1], none], "after 20 rounds": np.r_[none, after[:, 1]]},
           "first number", "second number", joined=False, title="Four clouds", name="clouds")
angles = np.arange(0, 91, 3)
turned = [square @ [[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]] for t in np.radians(angles)]
errors = [float(((np.sign(Z) - Z) ** 2).sum(axis=1).mean()) for Z in turned]
levels = {name: float(((np.sign(Z) - Z) ** 2).sum(axis=1).mean()) for name, Z in ends.items()}
show.curve(angles, errors, "turned by, degrees", "squared distance to the corner", levels=levels, title="Four clouds, turned", name="itq");

# %% [markdown] label="hamming-text" exercise="matching_and_retrieval.hamming_distances" difficulty=2 minutes=10
# **Exercise 7.** Codes come packed, eight bits a byte. In how many *bits* does each code of `A` differ from each of `B`? (`np.bitwise_count` counts the ones in an integer.)


# %% label="hamming" exercise="matching_and_retrieval.hamming_distances"
def hamming_distances(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """A (n, bytes), B (m, bytes), both uint8 -> (n, m) whole numbers from 0 to 8 × bytes."""
    ### BEGIN SOLUTION
    different = A[:, None] ^ B  # (n, m, bytes): a 1 where two bits differ
    return np.bitwise_count(different).sum(axis=2)
    ### END SOLUTION


# %% label="hamming-check" tags=["nbval-check-output"]
check("matching_and_retrieval.hamming_distances", hamming_distances)

# %% [markdown] label="hash-listing-text"
# **The listing.** The library's rotation is exercise 6 in a loop from a random start. Its distances take 64 bits at a time. `CrossModalHash` is an aligner like CCA: it fits a CCA, weights each direction by its correlation, turns, and `codes` packs the signs.

# %% label="hash-listing"
show.source(align.itq_rotation)
show.source(align.hamming_distances);

# %% label="hash-run"
hashes = {bits: align.CrossModalHash(bits, reg=1.0, iterations=size.rounds).fit(X[train], Y[train]) for bits in size.bits}
rows = []
for bits, model in hashes.items():
    D = align.hamming_distances(model.codes(Y[test], view=1), model.codes(X[test], view=0))  # (captions, pictures)
    rows.append({"bits": bits, "bytes an item": bits // 8, "R@10, codes": recall(-D),
                 "ties pessimistic": float(np.mean([evaluate.recall_at_k(T, 10, ties="pessimistic") for T in (-D, -D.T)])),
                 "R@10, real numbers": recall(evaluate.cosine_similarity(*model.transform(X[test], Y[test])).T)})
show.table(rows);

# %% [markdown] label="hash-read"
# With few bits there are few distances: 16 bits know 17. Most pictures are tied with others. "R@10, codes" counts equals as in a random order, "ties pessimistic" puts all of them before the right one, and the gap between these two columns is what the tie rule alone decides. So a number for short codes without its tie rule says little.
# (The real numbers reach 0.50 with 128 directions, where CCA of section 2 had 0.455 with as many: here each direction is weighted by its correlation.)
#
# Five splits, each kind of code against its length:

# %% label="hash-stored"
stored = evaluate.Scores.stored("matching_and_retrieval", "hashing")
lengths = [int(name.split()[0]) for name in stored.values["ITQ"]]
kinds = ("real numbers, as many", "ITQ, query real", "ITQ", "random rotation", "signs of CCA", "ITQ, shuffled pairs")
show.curve(lengths, {kind: np.array(list(stored.values[kind].values())).T for kind in kinds}, "bits, or real numbers", "R@10",
           log="x", title="What a code keeps (five splits)", name="hashing");

# %% [markdown] label="hash-stored-read"
# *(From `python -m benchmarks.matching_and_retrieval hashing`; bands: ± one standard deviation; equals count as in a random order; random guessing is at 0.02, where the shuffled pairs lie. "Query real" compares a query's numbers with the items' bits, by their inner product. All but "signs of CCA" have CCA's directions weighted by their correlation first.)*
#
# - At every length, turning until the points lie near corners (ITQ) keeps more than a *random* turn, and both more than no turn. 64 bits, eight bytes, reach 0.38, where 64 real numbers, 256 bytes, reach 0.47. 256 bits reach 0.44.
# - **Signs of CCA** get *worse* from 64 bits on. Its last directions are mostly noise, and a sign gives each of them the same say as the first. A turn mixes the strong directions into every bit.
# - **A real query** against binary items costs no storage, since only items are stored, and wins back two to four points.

# %% [markdown] label="widget-text"
# ### Turn the number of bits
#
# Two of the phrases, answered by codes of more and more bits. Equals stand in the order of their numbers: look at 16 bits, where most of what is shown is tied, and the order says nothing. (Where no notebook is running, you see one figure.)


# %% label="widget"
def by_codes(bits: int):
    """The five pictures nearest to each phrase, by codes of so many bits."""
    model = hashes[bits]
    distances, near = align.hamming_search(model.codes(asked[:2], view=1), model.codes(X[test[shelf]], view=0), 5)
    captions = [[pairs.captions[test[shelf[i]]].split(" (")[0] for i in row] for row in near]
    differ = [[f"{d:.0f} bits differ" for d in row] for row in distances]
    return show.retrieval(phrases[:2], [pairs.images(test[shelf[row]]) for row in near], captions, differ, title=f"Codes of {bits} bits")


widgets.slider(by_codes, size.bits, "bits", start=size.bits[-1], name="bits");

# %% [markdown] label="scale-text"
# ## 7 · A million items
#
# **Exact search** compares a query with everything: $n$ items of $d$ numbers cost $n \times d$ multiplications, which is one matrix product, the thing computers do best. Two things are left to get right: memory (1,000 queries × 1,000,000 items are 4 GB of scores, so go **block by block**), and the
# ten best of a million without sorting a million. The library's trick: once ten good ones are known, hardly any score of a later block beats the tenth, so *one comparison* settles nearly all: it is the first line below, where `best[0][:, -1:]` are the worst scores kept so far. The rest sorts the few that passed in among them.

# %% label="search-listing"
from mmlearn.align.search import _merged  # what the index does with every block of scores

show.source(_merged, "else:");

# %% label="search-speed"
speed = evaluate.Scores.stored("matching_and_retrieval", "speed")
show.table(speed.rows())
grown = evaluate.Scores.stored("matching_and_retrieval", "growth")
counts = [int(name.replace(",", "")) for name in grown.values["ours, one at a time"]]
show.curve([n / 1000 for n in counts], {name: list(row.values()) for name, row in ((n, grown[n]) for n in grown.values if "ids" not in n)}, "thousand items of 256 numbers", "ms a query",
           log="xy", title="Exact search grows with the items", name="growth");

# %% [markdown] label="search-read"
# *(From `python -m benchmarks.matching_and_retrieval speed growth`: one thread, timed by the processor's own clock, 100,000 items × 256 numbers above, 10 nearest; faiss is the library most people use for this. A ratio below 1 would mean that ours is quicker.)* The same items in the same order: "ids that
# differ" is 0 everywhere. faiss, compiled for this one purpose, is ahead by less than half. And nearly straight lines from 10,000 items on: ten times the items, seven to sixteen times the time. Many queries at once are cheaper each, since every item that was fetched from memory serves them all: ours gains with a hundred, faiss with a thousand.

# %% [markdown] label="ivf-text"
# ### Not looking everywhere
#
# To be quicker than that line one must not look at everything. The simplest index is the **inverted file** (倒排索引, IVF; Jégou, Douze and Schmid, 2011, section IV): cluster the items once into cells around centres; for a query find the `nprobe` nearest *centres* and compare with the items of those cells only. What lies just
# across a border that was not opened is missed: the answer is **approximate**.

# %% [markdown] label="probe-text" exercise="matching_and_retrieval.probe_search" difficulty=4 minutes=20
# **Exercise 8.** The library has only exact search, so write this one. `cell[i]` is the number of item $i$'s cell, `centres[c]` the centre of cell $c$. Open the `nprobe` cells whose centres are nearest to the query, and give the numbers of the `k` items in them nearest to it, by Euclid, the nearest first; fewer, if the opened cells
# hold fewer. (No ties.)


# %% label="probe" exercise="matching_and_retrieval.probe_search"
def probe_search(query: np.ndarray, items: np.ndarray, cell: np.ndarray, centres: np.ndarray, nprobe: int, k: int) -> np.ndarray:
    """query (d,), items (n, d), cell (n,) whole numbers, centres (cells, d) -> numbers of at most k items."""
    ### BEGIN SOLUTION
    opened = np.argsort(((centres - query) ** 2).sum(axis=1))[:nprobe]
    among = np.flatnonzero(np.isin(cell, opened))  # the items that lie there
    near = np.argsort(((items[among] - query) ** 2).sum(axis=1))[:k]
    return among[near]
    ### END SOLUTION


# %% label="probe-check" tags=["nbval-check-output"]
check("matching_and_retrieval.probe_search", probe_search)

# %% label="probe-try"
rng = np.random.default_rng(0)
middles = rng.standard_normal((size.cells, 32))
items, queries = (middles[rng.integers(size.cells, size=n)] + 0.5 * rng.standard_normal((n, 32)) for n in (size.items, 50))
centres = items[rng.choice(len(items), size.cells, replace=False)]  # a rough clustering: items as centres
cell = align.FlatIndex(centres, "euclidean").search(items, 1)[1][:, 0]
truth = align.FlatIndex(items, "euclidean").search(queries, 10)[1]
rows = []
for nprobe in (1, 2, 5, 10, size.cells):
    answers = [probe_search(query, items, cell, centres, nprobe, 10) for query in queries]
    if answers[0] is None:
        break
    hit = np.mean([len(np.intersect1d(a, t)) / 10 for a, t in zip(answers, truth, strict=True)])
    seen = np.mean([np.isin(cell, np.argsort(((centres - q) ** 2).sum(1))[:nprobe]).mean() for q in queries])
    rows.append({"cells opened": nprobe, "items compared": f"{seen:.1%}", "of the true ten": f"{hit:.1%}"})
show.table(rows or [{"": "fill in the exercise above to see what cells save"}]);

# %% [markdown] label="faiss-text"
# Items picked at random are rough centres. **faiss**, which the tables above compare with, finds better ones by $k$-means ($k$ here the number of cells) and searches the same way. Its index on the same items:

# %% label="faiss"
import faiss

faiss.omp_set_num_threads(1)
index = faiss.IndexIVFFlat(faiss.IndexFlatL2(32), 32, size.cells)  # the centres are searched exactly, then the cells
index.train(items.astype(np.float32))  # finds the centres
index.add(items.astype(np.float32))
rows = []
for index.nprobe in (1, 2, 5, 10):
    near = index.search(queries.astype(np.float32), 10)[1]
    hit = np.mean([len(np.intersect1d(a, t)) / 10 for a, t in zip(near, truth, strict=True)])
    rows.append({"cells opened": index.nprobe, "of the true ten, faiss": f"{hit:.1%}"})
show.table(rows);

# %% [markdown] label="faiss-read"
# The same ten cells hold more of the truth when their centres lie where the items do. Good cells are worth the seconds they take to find.

# %% [markdown] label="approximate-text"
# ### What speed costs
#
# Three indexes of faiss on up to a million made-up vectors of 64 numbers in 2,000 clusters of unequal size: **IVF** (as above, with twice $\sqrt n$ cells); **HNSW**, a graph in which each item has links to near ones (16 here, twice as many in the lowest layer) and a search walks from friend to better friend (Malkov and Yashunin, 2020); **IVF-PQ**, cells in which each vector is
# kept as 16 bytes by product quantisation. Each has a knob, `nprobe` or `efSearch`: more work, fewer misses. One query at a time, one thread.


# %% label="approximate"
table = evaluate.Scores.stored("matching_and_retrieval", "approximate")


def trade(chosen: dict[str, str]) -> tuple[list[float], dict[str, list[float]]]:
    """Label -> beginning of the rows' names; gives the times, and each one's recall there (NaN elsewhere)."""
    rows = {label: [table[n] for n in table.values if n.startswith(start)] for label, start in chosen.items()}
    times = sorted({row["ms a query"] for several in rows.values() for row in several})
    at = {label: {row["ms a query"]: row["recall"] for row in several} for label, several in rows.items()}
    return times, {label: [one.get(t, np.nan) for t in times] for label, one in at.items()}


for title, chosen, name in (
    ("A million items", {n: f"1,000,000 {n} " for n in ("IVF", "HNSW", "IVF-PQ")}, "tradeoff"),
    ("IVF as the items grow", {f"{n} items": f"{n} IVF nprobe" for n in ("10,000", "100,000", "1,000,000")}, "tradeoff-growth"),
):
    show.curve(*trade(chosen), "ms a query", "share of the true ten nearest", log="x", title=title, name=name)

# %% label="approximate-table"
names = [n for n in table.values if n.startswith("1,000,000")] + ["100,000 exact", "100,000 IVF nprobe 8", "100,000 HNSW efSearch 40"]
show.table([{"": n, "recall": f"{table[n]['recall']:.3f}", "ms a query": f"{table[n]['ms a query']:.2g}",
             "bytes an item": f"{table[n]['bytes an item']:.0f}", "seconds to build": f"{table[n].get('seconds to build', 0):.0f}"} for n in names])
show.table(evaluate.Scores.stored("matching_and_retrieval", "memory").rows());

# %% [markdown] label="approximate-read"
# - **IVF** serves these clusters best: it opens 8 of its 2,000 cells and finds 99% of the true ten, in about an eightieth of the time that comparing with everything takes.
# - **HNSW** gets nine in ten at its best here, and takes longest to build. Do not conclude that graphs are bad: tight made-up clusters suit cells, while a graph's links mostly stay within a cluster. Its links have not grown with the items, either: with 100,000 items it is level with IVF (last rows: 0.99 in the same time). On your own
#   vectors, measure.
# - **IVF-PQ** keeps a vector in a tenth of the bytes and stays below 60%, however many cells are opened. What it misses does not lie across a border: 16 bytes cannot tell near neighbours apart. In practice one takes the best hundred by such codes and compares these once more, by their real numbers.
# - **As the items grow** from 100,000 to a million, exact search takes about ten times as long, and IVF about twice as long for the same 98%. With 10,000 items, and 200 cells for 2,000 clusters, it finds less with each cell: a query's ten nearest then belong to several clusters.
#
# The last table: a million items as binary codes and as real numbers, exact search, one query at a time. 64 bits take a 128th of the memory and about a tenth of the time; faiss's compiled loop takes a tenth of ours again.

# %% [markdown] label="wrong-text"
# ## 8 · What goes wrong: three leaks
#
# A leak lets something of the test pairs into what was learnt or chosen. Here are the three commonest of this trade, run and measured. Each is one line of ordinary code.
#
# **Leak 1: words of the test captions.** `TfIdf().fit(all_captions)`. The vocabulary and the weights have then seen the test set.

# %% label="leak-words"
words = {"training captions": texts["TF-IDF"], "all captions": text.TfIdf(min_texts=2).fit(pairs.captions).transform(pairs.captions)}
rows = []
for source, T in words.items():
    m_words = max(size.borrowed, key=lambda m: recall(bridged(T, evaluate.cosine_similarity, "val", m)))
    rows.append({"vocabulary from": source, "words": T.shape[1],
                 "bridge, R@10": recall(bridged(T, evaluate.cosine_similarity, "test", m_words))})
show.table(rows);

# %% [markdown] label="leak-words-read"
# Nearly 300 words more, and not one hit more: the bridge cannot borrow a word that no training caption has. The leak is there and does nothing. A method that *learns* from the word vectors has more to gain; the last table of this section shows one.

# %% [markdown] label="leak-twins-text"
# **Leak 2: twins on both sides.** A random split puts one of two near-duplicates into training, the other into test. Chapter 00 showed it; here it is once more, since it is the largest.


# %% label="leak-twins"
def by_split(learn: np.ndarray, shut: np.ndarray) -> dict:
    """CCA with fixed settings: R@1 and R@10, mean of both directions."""
    A, B = CCA(n_components=size.components, reg=1.0).fit(X[learn], Y[learn]).transform(X[shut], Y[shut])
    S = evaluate.cosine_similarity(B, A)
    return {"R@1": recall(S, 1), "R@10": recall(S)}


splits = {"groups kept apart": [], "at random": []}
for seed in range(size.careless):
    shut, _, learn = data.splits.grouped(pairs.groups, (size.test, size.val), seed=seed)
    splits["groups kept apart"].append(by_split(learn, shut))
    order = np.random.default_rng(seed).permutation(len(pairs))
    splits["at random"].append(by_split(order[: len(learn)], order[len(order) - len(shut) :]))
table = evaluate.Scores()
for name, runs in splits.items():
    table.add(name, runs)
show.table(table.rows());

# %% [markdown] label="leak-choice-text"
# **Leak 3: choosing on test.** Try many things, report the best. Here are many "methods" that know *nothing*: each ranks the pictures at random. We keep the one with the best R@10 on 100 test captions, as one keeps the best seed, ridge or prompt; then we try it on 100 other captions. The gallery holds 100 pictures, so ten in a hundred is chance: 0.100.

# %% label="leak-choice"
rng = np.random.default_rng(0)
places = rng.integers(1, 101, size=(size.tries, 2, 100))  # where each method puts the right one of 100: (methods, halves, queries)
scored = (places <= 10).mean(axis=2)  # R@10 of each method on each half
lucky = scored[:, 0].argmax()
show.table([{"R@10": "mean of all", "on the captions chosen by": scored[:, 0].mean(), "on others": scored[:, 1].mean()},
            {"R@10": f"best of {size.tries}", "on the captions chosen by": scored[lucky, 0], "on others": scored[lucky, 1]}]);

# %% [markdown] label="leaks-text"
# The same on five splits:

# %% label="leaks-stored"
show.table(evaluate.Scores.stored("matching_and_retrieval", "leaks").rows());

# %% [markdown] label="leaks-read"
# *(From `python -m benchmarks.matching_and_retrieval leaks`. Read the rows in pairs. The vocabulary's method is CCA on TF-IDF reduced to 200 numbers by a truncated singular value decomposition, which all captions may shape; "chosen on" means ridge and number of directions, among ten settings (the table of section 2 tried twenty, and has 0.471); "100" and "500" are queries, and as
# many pictures.)*
#
# - **Words of the test captions:** about two points of R@10 with all training pairs, about half a point with 500. Less than the spread of the splits, and more than many a paper's gain.
# - **Twins:** thirteen points of R@10, and R@1 doubles. By far the largest here, since these collections are full of series.
# - **Choosing on test:** one point, with ten settings to choose from and 500 test pairs. Many settings and few queries are worse: the best of 1,000 that know nothing has twice the R@10 of chance, on 100 queries as on 500, and falls back to chance on others.

# %% [markdown] label="quiz-text"
# ## 9 · Quiz
#
# Click the choice you think is right. Every choice explains itself, so click the wrong ones too.

# %% label="quiz"
quiz("matching_and_retrieval")

# %% label="progress"
progress("matching_and_retrieval")

# %% [markdown] label="end"
# ## Take away
#
# - A similarity compares within one space. Across two as different as pictures and words, no formula works; pairs have to say what belongs to what.
# - Borrowing the neighbours' captions is an honest baseline without any training. A common space beats it, here by five points of R@10.
# - R@k needs its gallery, its number of right answers and its tie rule beside it; and both directions.
# - Hubs are geometry, and cheap to repair where all queries are at hand.
# - A turned space loses least when only its signs are kept. Keep the query real, and it loses less still.
# - Exact search is one matrix product and one comparison. An index trades the last per cents for speed: measure both.
# - Leaks do not raise errors. Keep twins together, and the test set out of every choice.
#
# **With a GPU or more time.** `MMLEARN_PROFILE=gpu` uses larger pictures and ten times the items in the search by cells. Then move `nprobe` and the number of cells: where is the best trade, and why about the square root of the number of items?
#
# ## Further reading
#
# - A. Makadia, V. Pavlovic, S. Kumar (2008). A new baseline for image annotation. *ECCV*.
# - V. Ordonez, G. Kulkarni, T. L. Berg (2011). Im2Text: describing images using 1 million captioned photographs. *NIPS*.
# - M. Hodosh, P. Young, J. Hockenmaier (2013). Framing image description as a ranking task. *JAIR* 47, 853–899.
# - F. McSherry, M. Najork (2008). Computing information retrieval performance measures efficiently in the presence of tied scores. *ECIR*.
# - M. Radovanović, A. Nanopoulos, M. Ivanović (2010). Hubs in space: popular nearest neighbors in high-dimensional data. *JMLR* 11, 2487–2531.
# - A. Conneau, G. Lample, M. Ranzato, L. Denoyer, H. Jégou (2018). Word translation without parallel data. *ICLR*.
# - S. L. Smith, D. H. P. Turban, S. Hamblin, N. Y. Hammerla (2017). Offline bilingual word vectors, orthogonal transformations and the inverted softmax. *ICLR*.
# - P. H. Schönemann (1966). A generalized solution of the orthogonal Procrustes problem. *Psychometrika* 31, 1–10.
# - Y. Gong, S. Lazebnik, A. Gordo, F. Perronnin (2013). Iterative quantization: a Procrustean approach to learning binary codes for large-scale image retrieval. *IEEE TPAMI* 35, 2916–2929.
# - H. Jégou, M. Douze, C. Schmid (2011). Product quantization for nearest neighbor search. *IEEE TPAMI* 33, 117–128.
# - Y. A. Malkov, D. A. Yashunin (2020). Efficient and robust approximate nearest neighbor search using hierarchical navigable small world graphs. *IEEE TPAMI* 42, 824–836.
# - M. Douze and others (2024). The Faiss library. arXiv:2401.08281.
