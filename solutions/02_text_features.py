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
# # 02 · Text features: from counting words to reading them
#
# **Turn sentences into vectors: count words, learn word vectors, train an LSTM, a small BERT and a small GPT yourself, borrow a big model, and measure for each
# what it keeps and what it throws away.**
#
# ![Bars: how well each representation answers which of two things is on the left](../data/pictures/text_features.png)
#
# *What you will have at the end: “a red circle left of a blue square” and “a blue square left of a red circle” have the same words. Which
# representations know the difference?*

# %% [markdown] label="objectives"
# **After this chapter you can**
#
# - cut a text into words, count them, and weigh them (TF-IDF);
# - learn a vector for every word from nothing but captions, and say which analogies hold and which do not;
# - read padded batches of sentences so that the padding changes nothing;
# - train a small BERT and a small GPT, look at their attention, and pool their states;
# - choose a text feature by measurement.
#
# **You need** [chapter 01](01_primer.ipynb): cross-entropy, a training loop, the LSTM, attention. Terms in English and Chinese:
# [glossary · 术语表](../GLOSSARY.md).

# %% [markdown] label="card" tags=["card"]
# Filled in by the builder.

# %% label="setup" tags=["setup"]
import numpy as np
import torch
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from mmlearn import data, evaluate, features, profiles, show, train, widgets
from mmlearn.data.scenes.captions import say
from mmlearn.exercises import check, hint, progress, quiz
from mmlearn.features import text

size = profiles.settings("02_text_features")

# %% [markdown] label="twins-text"
# ## 1 · Two captions that a count cannot tell apart
#
# The oldest way to make a vector of a text: count its words. Every word of the vocabulary has a column, every text a row. This is the **bag
# of words** (词袋).

# %% label="twins" tags=["nbval-check-output"]
twins = ["A red circle left of a blue square.", "A blue square left of a red circle."]
bag = text.BagOfWords().fit(twins)
rows = [{"": caption, **dict(zip(bag.vocabulary_, row.astype(int), strict=True))}
        for caption, row in zip(twins, bag.transform(twins), strict=True)]
show.table(rows);

# %% [markdown] label="twins-fail-text"
# Equal rows. The two captions describe different pictures, and nothing that comes *after* this vector can find out which. What a
# representation has thrown away, no classifier brings back.
#
# Let us measure that. A **probe** (探针) is a linear classifier on frozen vectors (chapter 01): it finds what a representation has ready. We ask
# three questions of generated captions, whose truth we know:
#
# - **colour**: one thing; which of eight colours has it?
# - **new words**: one thing; is it small or large? While it learns, the probe reads *small* and *large*; in the test, *little* and *big*.
# - **order**: two things, captions in pairs of twins as above; which colour has the one on the left?
#
# Each question has three piles of captions, as in chapter 00: the probe *learns* on the first, chooses its ridge on the second, and is scored once on the third. (*Violet* counts as purple:
# a world has one truth and several words.)

# %% label="tasks"
tasks = {"colour": text.colour_task, "new words": text.new_words_task, "order": text.order_task}
piles = {name: [task(split, n) for split, n in size.probe.items()] for name, task in tasks.items()}
for name, (learn, _, test) in piles.items():
    print(name)
    for pile, (captions, labels), i in (("learn", learn, 0), ("learn", learn, 1), ("test", test, 1)):
        print(f"   {pile:6}{captions[i]}  →  {labels[i]}")

# %% label="measure"
found = []  # one row for every representation of this chapter


def measure(name: str, represent) -> None:
    """Probe `represent` (texts -> (n, d)) with every question; put its row below those before."""
    row = {"": name}
    for task, parts in piles.items():
        X = [represent(texts) for texts, _ in parts]
        varies = X[0].std(axis=0) > 0  # a column that never changes decides nothing, and costs time
        row[task] = evaluate.linear_probe(*((x[:, varies], labels) for x, (_, labels) in zip(X, parts, strict=True))).accuracy
    found.append(row)


def news(rows: int = 1) -> None:
    """Show the last rows, below the best of those before them."""
    best = {task: max(row[task] for row in found[:-rows]) for task in piles}
    show.table([{"": "best so far", **best}, *found[-rows:]])


guess = {task: evaluate.majority(parts[0][1], parts[2][1]) for task, parts in piles.items()}
found.append({"": "always the commonest answer", **guess})
seen = [caption for parts in piles.values() for caption in parts[0][0]]
bag = text.BagOfWords().fit(seen)
measure("bag of words", bag.transform)
show.table(found);

# %% [markdown] label="bag-read"
# **Keeps** every word, with its count. **Throws away** order, completely: it knows the two colours, picks one, and is right in exactly one half of the
# cases. And a word is a column of its own, so *little* has nothing to do with *small*: on new words it can only guess (a little below one
# half here: chance, not knowledge).
#
# Both can be repaired. Not always by what you might expect.

# %% [markdown] label="idea"
# ## 2 · The idea: from columns to context
#
# Three steps lead away from counting. Each repairs one loss, and each costs something.
#
# | | a text becomes | what is new | learned from |
# |---|---|---|---|
# | bag of words, TF-IDF 词袋 | counts of its words, weighed | | counting |
# | word embeddings 词向量 | the mean of its words' vectors | words used alike are near | which words stand near which |
# | recurrent encoder 循环编码器 | the state after the last word | order *can* be kept | guessing the next word |
# | contextual embeddings 上下文词向量 | a vector for every word *in its sentence* | a word's sense depends on its neighbours | guessing hidden or next words |
# | sentence embeddings 句向量 | one vector, made to be compared | meaning across wordings | a billion pairs of sentences |
#
# Nobody labels anything in that last column: the text is its own teacher. This is **self-supervision** (自监督).

# %% [markdown] label="tokens-text"
# ### Before anything else: what is a word?
#
# Every text is **tokenised** (分词) first, and what is lost here is lost for good. This course's rules, said once:
#
# | | rule | lost |
# |---|---|---|
# | case | lower case | Turkey and turkey |
# | accents | kept, in one spelling of Unicode (NFC) | nothing; *côté* and *cote* stay two words |
# | punctuation | dropped; hyphens cut; an English apostrophe inside a word stays | questions, irony |
# | numbers | words like others | that 7 is near 8 |
# | unknown words | in counts: left out. In networks: all one mark, `<unknown>` | which word it was |
# | French | cut after an apostrophe: *l'* + *image* | |
# | Chinese | every character is a token, since there are no spaces | where words begin |

# %% label="tokens" tags=["nbval-check-output"]
samples = [("en", "The dog's mid-sized, isn't it?"), ("en", "Route 66, 100% red!"),
           ("fr", "Aujourd'hui, l'image montre une étoile."), ("zh", "图里有一个红色的小圆形。"), ("en", "图里有一个红色的小圆形。"), ("en", "?!")]
show.table([{"rules": language, "text": sample, "tokens": " · ".join(text.tokenize(sample, language))}
            for language, sample in samples]);

# %% [markdown] label="corpus-text"
# Look at the fifth row: Chinese under English rules is one long word, which no vocabulary knows. The last text has no words at all. Both happen in
# practice, so everything below has a defined answer for them.
#
# Now something to learn from: captions of generated scenes, and, where they can be had, those of stamps and clipart. A word must occur
# at least `size.least` times to get a place in the **vocabulary** (词表). Its first five places are marks, not words: `<pad>`, `<unknown>`, `<mask>`, `<start>`, `<end>`. (`size` holds the
# numbers of the profile: how many captions, how wide, how many steps.)


# %% label="corpus"
def get_corpus() -> list[str]:
    """Generated captions, and the real ones if they can be had."""
    try:
        return text.corpus(size.captions)
    except data.DataUnavailable as reason:
        print(f"{reason}\n\nThe chapter goes on with generated captions.")
        return text.corpus(size.captions, real=False)


corpus = get_corpus()
vocabulary = text.Vocabulary.of(corpus, min_count=size.least)
known = vocabulary.counts.sum() / sum(len(text.tokenize(caption)) for caption in corpus)
print(f"{len(corpus)} texts; {vocabulary}, which cover {known:.1%} of all words\n")
print("most frequent:", *vocabulary.words[5:17], "\nrarest:", *vocabulary.words[-8:])

# %% label="zipf"
counts = vocabulary.counts[5:]
show.curve(np.arange(1, len(counts) + 1), counts, "rank of the word", "how often it occurs", log="xy",
           title="A few words are everywhere, most are rare", name="zipf");

# %% [markdown] label="zipf-read"
# Three pieces: a plateau of some fifty words that every generated caption draws from, a cliff, and, where real captions can be had, the long straight tail of their words. Such a tail
# is found in every real corpus (Zipf, 1949). It is why we weigh words, and why rare ones are hard to learn.

# %% [markdown] label="tfidf-text"
# ## 3 · Build it
#
# ### 3.1 Weighing words: TF-IDF
#
# *a* is in every caption and says nothing; *giraffe* is in one and says it all. The **inverse document frequency** (逆文档频率; Spärck Jones,
# 1972) of word $w$ among $n$ texts, of which $\mathrm{df}_w$ have the word, is here, in scikit-learn's smoothed form,
#
# $$\mathrm{idf}_w = \ln\frac{1 + n}{1 + \mathrm{df}_w} + 1 .$$
#
# A text is then the row of its counts times these weights, $x_w = \mathrm{count}_w \cdot \mathrm{idf}_w$, scaled to length 1, so that a long text is
# not louder than a short one. Shapes: counts $(n, V)$, idf $(V,)$, result $(n, V)$.

# %% [markdown] label="tfidf-exercise" exercise="text_features.tfidf" difficulty=2 minutes=10
# Turn counts into TF-IDF. A text without any known word is a row of zeros, and should stay one.


# %% label="tfidf" exercise="text_features.tfidf"
def tfidf(counts: np.ndarray) -> np.ndarray:
    """counts (n, V) -> (n, V): weighed by idf, every row of length one (or zero)."""
    ### BEGIN SOLUTION
    df = (counts > 0).sum(axis=0)
    idf = np.log((1 + len(counts)) / (1 + df)) + 1
    weighed = counts * idf
    length = np.linalg.norm(weighed, axis=1, keepdims=True)
    return weighed / np.where(length == 0, 1, length)
    ### END SOLUTION


# %% label="tfidf-check" tags=["nbval-check-output"]
check("text_features.tfidf", tfidf)

# %% [markdown] label="hint-text"
# Stuck? Each exercise has three hints, each bigger than the one before.

# %% label="hint"
hint("text_features.tfidf")

# %% [markdown] label="tfidf-listing-text"
# The library's own, on top of its bag of words:

# %% label="tfidf-listing"
show.source(text.TfIdf)
show.source(text.smooth_idf)
show.source(text.unit_rows);

# %% label="tfidf-search"
weigher = text.TfIdf(min_texts=size.least).fit(corpus)
shelf = sorted(set(corpus[: size.captions]))  # the generated ones
query = "the red star at the top"
for name, model in {"counts": text.BagOfWords().fit(shelf), "TF-IDF": weigher}.items():
    similarity = evaluate.cosine_similarity(model.transform([query]), model.transform(shelf))[0]
    print(f"{name}:", *(shelf[i] for i in np.argsort(-similarity)[:4]), sep="\n   ")

# %% [markdown] label="tfidf-search-read"
# *the* and *at* are in half of all captions. The plain count lets them vote like *star*; with TF-IDF the first answers have what was asked for, the star.

# %% label="tfidf-measure"
measure("TF-IDF", text.TfIdf().fit(seen).transform)
measure("counts of one to three words in a row", text.BagOfWords(ngrams=3).fit(seen).transform)
news(2)
print(f"{len(text.BagOfWords().fit(seen).vocabulary_)} words, {len(text.BagOfWords(ngrams=3).fit(seen).vocabulary_)} runs of words")

# %% [markdown] label="tfidf-read"
# **TF-IDF keeps** what a bag keeps, and how telling each word is, which makes it the search engine's first choice to this day. It **throws away** order and
# likeness of words, as before: weights change no column into another.
#
# The last row counts also pairs and triples of words that stand in a row (n-grams, 文法元组), and it keeps order: *red circle left* is a column of its own. So order is no monopoly of
# networks. The price stands below the table, and it grows: a triple that was never seen has no column, and what stands four words apart never meets.

# %% [markdown] label="words-text"
# ### 3.2 A vector for every word
#
# *You shall know a word by the company it keeps* (Firth, 1957). *Little* and *small* have different letters, but stand beside the same words.
# **Skip-gram** (Mikolov et al., 2013) makes vectors of that. Every word $w$ has two: $u_w$ when it stands in the centre, and $v_w$ when it is a
# neighbour, both in $\mathbb{R}^{d}$. Their dot product shall say whether two words stand near each other:
#
# $$P(\text{near} \mid w, c) = \sigma(u_w^\top v_c), \qquad \sigma(x) = \frac{1}{1 + e^{-x}} .$$
#
# For each true neighbour $c$ we draw $k$ words $n_1 \dots n_k$ at random, the **negatives** (负样本), and minimise
#
# $$-\log \sigma(u_w^\top v_c) \;-\; \sum_{i=1}^{k} \log \sigma(-u_w^\top v_{n_i}) .$$
#
# True pairs are pulled together, random ones pushed apart. Without the pushing, all vectors would soon be alike.

# %% [markdown] label="negatives-exercise" exercise="text_features.negative_sampling_loss" difficulty=3 minutes=15
# Write this loss for a batch of `b` pairs, as the mean over the batch. Early in training scores are small, later not: see to it that a score of −200
# does not give infinity. (`functional` is `torch.nn.functional`.)


# %% label="negatives" exercise="text_features.negative_sampling_loss"
def negative_sampling_loss(centre: torch.Tensor, context: torch.Tensor, negatives: torch.Tensor) -> torch.Tensor:
    """centre (b, d), context (b, d), negatives (b, k, d) -> the loss, one number."""
    ### BEGIN SOLUTION
    true = (centre * context).sum(-1)  # (b,)
    false = (negatives @ centre[..., None])[..., 0]  # (b, k)
    return -(functional.logsigmoid(true) + functional.logsigmoid(-false).sum(-1)).mean()
    ### END SOLUTION


# %% label="negatives-check" tags=["nbval-check-output"]
check("text_features.negative_sampling_loss", negative_sampling_loss)

# %% [markdown] label="words-listing-text"
# The library's model is two tables of vectors. Two details from the paper: negatives are drawn with the probability $\propto \mathrm{count}^{3/4}$, and
# very frequent words are skipped now and then, so that *a* does not fill every window.

# %% label="words-listing"
show.source(text.SkipGram);

# %% [markdown] label="mine-text"
# Set `mine = True` to go on with your own functions: the loss of exercise 2, which you have just written, and those of exercises 6 (`mean_pool`) and 7 (`next_word_loss`), so write these
# two before you run the cells that follow them.
#
# Three settings: `size.window` is how many words to each side count as neighbours, `size.negatives` the $k$ of the formula, and words with more than a share of `size.threshold` of
# all words are skipped now and then.

# %% label="skip-gram"
mine = False
keep = text.keep_probability(vocabulary.counts, size.threshold)
pairs = text.skip_gram_pairs([vocabulary.encode(caption) for caption in corpus], size.window, keep, np.random.default_rng(0))
pairs = pairs[torch.randperm(len(pairs), generator=torch.Generator().manual_seed(0))]
whole = len(pairs) // size.skip_gram["batch"] * size.skip_gram["batch"]
batches = DataLoader(TensorDataset(pairs[:whole].view(-1, size.skip_gram["batch"], 2)), batch_size=1, shuffle=True)
noise = torch.from_numpy(text.noise_distribution(vocabulary.counts))
word_loss = negative_sampling_loss if mine else text.negative_sampling_loss


def skip_gram_loss(model, batch):
    """The loss of one batch of pairs, with negatives drawn anew."""
    centre, context = batch[0][0].T
    drawn = text.draw_negatives(noise.to(context.device), context, size.negatives)
    return word_loss(model.centre(centre), model.context(context), model.context(drawn))


torch.manual_seed(0)
skip_gram = text.SkipGram(len(vocabulary), size.dim)
settings = {"steps": size.skip_gram["steps"], "lr": size.skip_gram["lr"]}
history = train.fit(skip_gram, batches, skip_gram_loss, schedule=train.one_cycle(settings["steps"]), **settings)
print(f"{len(pairs)} pairs; loss {np.mean(history.loss[:20]):.2f} at first, {np.mean(history.loss[-20:]):.2f} at the end")

# %% [markdown] label="neighbours-text"
# **Neighbours.** Nobody told it what a colour is. (The first three words come from generated captions, the others from real ones, where these can be had.)

# %% label="neighbours"
words = text.WordVectors(vocabulary, skip_gram.vectors())
asked = [word for word in ("red", "circle", "little", "cat", "car", "flag", "music") if word in vocabulary]
show.table([{"word": word, "nearest (cosine)": ", ".join(f"{w} {c:.2f}" for w, c in words.neighbours(word, 5))}
            for word in asked]);

# %% label="likeness"
some = ["red", "green", "blue", "circle", "star", "ring", "small", "little", "big", "left", "right", "top"]
vectors = np.stack([words.vector(word) for word in some])
show.heatmap(evaluate.cosine_similarity(vectors, vectors), some, some, label="cosine",
             title="Words used alike have vectors alike", name="likeness");

# %% [markdown] label="analogies-text"
# **Analogies.** “*a* is to *b* as *c* is to …” is answered by the word nearest to $b - a + c$. The famous examples look like magic, so let us be
# strict. By custom the three given words are not allowed as answers. The last column lifts that ban (Linzen, 2016).

# %% label="analogies"
questions = [("small", "little", "large", "big"), ("left", "right", "top", "bottom"), ("above", "below", "left", "right"),
             ("stripes", "striped", "dots", "dotted"), ("moon", "crescent", "purple", "violet"),
             ("cat", "animal", "apple", "fruit"), ("trumpet", "music", "lemon", "fruit")]
rows = []
for a, b, c, wanted in questions:
    if {a, b, c} <= vocabulary.index.keys():
        best, free = words.analogy(a, b, c)[0][0], words.analogy(a, b, c, exclude=False)[0][0]
        rows.append({"a : b = c : ?": f"{a} : {b} = {c} : ?", "we want": wanted, "answer": best,
                     "": "✓" if best == wanted else "✗", "all words allowed": free})
show.table(rows)
print(f"{sum(row[''] == '✓' for row in rows)} of {len(rows)} with the custom, "
      f"{sum(row['all words allowed'] == row['we want'] for row in rows)} without it")

# %% [markdown] label="analogies-read"
# In our run about half hold, and none without the custom: then the nearest word to $b - a + c$ is mostly $b$ or $c$ itself. Is it the analogy that
# works, or is the wanted word simply the nearest neighbour of $c$ anyway? Opposites keep the same company, so *left* lies beside *right*.
#
# Eight questions settle nothing. So here are three sets: *striped : stripes = dotted : dots*, *small : little = purple : violet*, *car : cars = tree : trees*. Five trainings each, and a
# control that ignores $a$ and $b$:

# %% label="analogies-stored"
show.table(evaluate.Scores.stored("text_features", "analogies").rows());

# %% [markdown] label="sentence-text"
# *(From `python -m benchmarks.text_features analogies`; in brackets, how many questions.)* Nearly half of the first two sets, hardly any plural: plurals are rare in our captions, and a rare word
# has a poor vector. The control gets fewer, so the arithmetic does add something. But lift the custom, and next to nothing remains.
#
# Word vectors know *kinds*. The parallelograms of the textbooks need billions of words, and generous rules.
#
# **A sentence** can now be the mean of its words' vectors. What does that keep?

# %% label="words-measure"
measure("mean of word vectors", words.transform)
news()

# %% [markdown] label="words-read"
# **Keeps** the words, in 64 numbers, and what *kind* each is. **Throws away** order, still: a sum does not know in which order it was added up.
#
# And **new words**? Do not believe the number above, however it came out for you. *Small* and *large* stand in the same company, as the picture of cosines shows: company
# says that *little* is a size, but not *which*. The random start decides on which side it falls. The table in section 7 has five trainings; their spread tells luck from
# knowledge.
#
# Opposites are neighbours in every space that was learnt from company. Remember that before you search with one.

# %% [markdown] label="sif-exercise" exercise="text_features.sif" difficulty=3 minutes=15
# There is no SIF in the library: this is yours alone. In a plain mean, *a* and *the* count as much as *giraffe*. Arora, Liang and Ma (2017) weigh each word by
# $\frac{a}{a + p_w}$, where $p_w$ is the word's share of all words and $a$ a small constant, and then take out what all sentences have in common:
#
# 1. $X_i = \frac{1}{\text{words in text } i} \sum_w \mathrm{count}_{iw} \, \frac{a}{a + p_w} \, u_w$, shape $(n, d)$, with $u_w$ the vector of word $w$;
# 2. $X - X r r^\top$, where $r$ is the first right singular vector of $X$: `np.linalg.svd(X)[2][0]`, without centring $X$ first.


# %% label="sif" exercise="text_features.sif"
def sif(counts: np.ndarray, vectors: np.ndarray, share: np.ndarray, a: float) -> np.ndarray:
    """counts (n, V), vectors (V, d), share (V,) -> (n, d). Every text has at least one word."""
    ### BEGIN SOLUTION
    X = (counts * (a / (a + share))) @ vectors / counts.sum(axis=1, keepdims=True)
    r = np.linalg.svd(X, full_matrices=False)[2][0]
    return X - np.outer(X @ r, r)
    ### END SOLUTION


# %% label="sif-check" tags=["nbval-check-output"]
check("text_features.sif", sif)

# %% [markdown] label="paraphrase-text"
# Does it help? Another kind of test, without any classifier: take two wordings of the same facts, and see how often the nearest of all second
# wordings is the right one (R@1, chapter 00).


# %% label="paraphrase"
worlds = data.load("scenes", split="test", n=size.probe["val"])
firsts = [say(worlds.said(i), seed=1) for i in range(len(worlds))]
seconds = [say(worlds.said(i), seed=2) for i in range(len(worlds))]


def found_again(represent) -> float:
    """R@1 of second wordings, asked for by the first ones."""
    return evaluate.recall_at_k(evaluate.cosine_similarity(represent(firsts), represent(seconds)), 1)


def with_sif(captions: list[str]) -> np.ndarray:
    """Your SIF vectors of captions."""
    counts = np.stack([np.bincount(vocabulary.encode(c), minlength=len(vocabulary)) for c in captions])
    return sif(counts, words.vectors, vocabulary.counts / vocabulary.counts.sum(), 1e-2)


again = {"TF-IDF": found_again(weigher.transform), "mean of word vectors": found_again(words.transform)}
if with_sif(firsts[:9]) is not None:
    again["SIF-weighted mean (yours)"] = found_again(with_sif)
show.table([{"": name, "R@1": value} for name, value in again.items()]);

# %% [markdown] label="paraphrase-read"
# In our run the weights help the mean (0.26 to 0.34), and TF-IDF wins by far (0.62): averaging blurs *which* words there were, and two wordings share many. (SIF takes its direction out of each of the
# two lists by itself.) Section 3.6 adds a model that was trained for this.

# %% [markdown] label="lstm-text"
# ### 3.3 Reading in order: a recurrent encoder
#
# An LSTM (chapter 01) reads one word after another and rewrites its state $h_t$ at each: $(h_t, c_t) = \mathrm{LSTM}(u_{w_t}, h_{t-1}, c_{t-1})$. After
# the last word, $h_T$ has seen everything, in order. It is the sentence's vector.
#
# Sentences in a batch have different lengths, so short ones are filled up with **padding** (填充): ids `(b, t)` and lengths `(b,)`. The state to take is the one
# after the last *real* word. PyTorch's own LSTM is given a *packed* batch for this; ours stops the state at the end of each sentence. Section 6 shows
# what happens to those who do neither.

# %% [markdown] label="last-exercise" exercise="text_features.last_state" difficulty=2 minutes=10
# Given the states after every step, with whatever numbers a careless network left on the padding, take the last real one of each sentence.


# %% label="last" exercise="text_features.last_state"
def last_state(states: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """states (b, t, d), lengths (b,), all at least 1 -> (b, d)."""
    ### BEGIN SOLUTION
    return states[np.arange(len(states)), lengths - 1]
    ### END SOLUTION


# %% label="last-check" tags=["nbval-check-output"]
check("text_features.last_state", last_state)

# %% label="lstm-listing"
show.source(text.SentenceLSTM);

# %% [markdown] label="lstm-train-text"
# What should it learn? No labels are needed: at every word it guesses the next. `vocabulary.batch` puts a `<start>` before each text and an `<end>` after it, and
# pads. All networks of this chapter read such batches.

# %% label="lstm"
reading = DataLoader(corpus, batch_size=size.lstm["batch"], shuffle=True,
                     collate_fn=lambda captions: vocabulary.batch(captions, size.longest, marks=True))


def perplexity(history) -> str:
    """e to the loss: among how many equally likely words the model feels it must choose."""
    return f"perplexity {np.exp(np.mean(history.loss[:3])):.0f} at first, {np.exp(np.mean(history.loss[-20:])):.1f} at the end"


torch.manual_seed(0)
lstm = text.SentenceLSTM(vocabulary, size.dim, size.dim)
untrained = text.SentenceLSTM(vocabulary, size.dim, size.dim).transform
settings = {"steps": size.lstm["steps"], "lr": size.lstm["lr"], "schedule": train.one_cycle(size.lstm["steps"]), "clip": 1.0}
print(perplexity(train.fit(lstm, reading, lambda model, batch: model.next_word_loss(*batch), **settings)))

# %% label="lstm-measure"
measure("LSTM, untrained", untrained)
measure("LSTM, next word", lstm.transform)
news(2)

# %% [markdown] label="lstm-read"
# A surprise. The LSTM *could* keep order, and its training was a success; yet after the last word its state hardly knows the colour any more, and the network with random
# weights, which forgets nothing on purpose, keeps more of everything. Why? The state is made for guessing the *next* word. After the colour come shape and place; for guessing those, and then the
# end, the colour no longer helps, so nothing in the training holds on to it.
#
# **Keeps** what the next word depends on. **Throws away** the rest, early words first. The architecture only says what a vector *can* keep; what it *does* keep is decided
# by its training. Section 4 asks the same network for the order, and it answers.

# %% [markdown] label="bert-text"
# ### 3.4 Words in context: a small BERT
#
# *Orange* is a colour, and a fruit. A contextual model gives every word a vector that depends on its sentence: attention (chapter 01) lets each token
# look at all others. BERT (Devlin et al., 2019) learns by filling gaps. Of the words, 15% are chosen; of these
#
# - 80% are replaced by `<mask>`,
# - 10% by a random word,
# - 10% stay as they are,
#
# and the model must say what stood there. Why not `<mask>` always? Because later, in use, no masks come, and the model should not think only where it sees one.

# %% [markdown] label="mask-exercise" exercise="text_features.mask_words" difficulty=3 minutes=15
# Chance is given, so that your answer can be checked: `u` and `v` are uniform in [0, 1). A word is **chosen** where `u < 0.15` *and* `maskable` is true (marks
# and padding are not). If chosen, it becomes `mask_id` where `v < 0.8`, the word in `other` where `0.8 ≤ v < 0.9`, and stays where `v ≥ 0.9`. The targets hold
# the original word where chosen, and −100, which cross-entropy ignores, elsewhere.


# %% label="mask" exercise="text_features.mask_words"
def mask_words(
    ids: np.ndarray, maskable: np.ndarray, u: np.ndarray, v: np.ndarray, other: np.ndarray, mask_id: int
) -> tuple[np.ndarray, np.ndarray]:
    """All arrays (b, t) -> what the model reads (b, t), and what it must say (b, t)."""
    ### BEGIN SOLUTION
    chosen = maskable & (u < 0.15)
    fate = np.where(v < 0.8, mask_id, np.where(v < 0.9, other, ids))
    return np.where(chosen, fate, ids), np.where(chosen, ids, -100)
    ### END SOLUTION


# %% label="mask-check" tags=["nbval-check-output"]
check("text_features.mask_words", mask_words)

# %% [markdown] label="bert-listing-text"
# The network is transformers' own `BertForMaskedLM`, only small. Around it is the loss. (`_asked` reads short texts apart from long ones, so that little is computed on padding,
# and hands back the states at the hidden places, with the words that stood there.)

# %% label="bert-listing"
show.source(text.small_bert)
show.source(text.masked_loss);

# %% label="bert"
torch.manual_seed(0)
bert = text.small_bert(vocabulary, size.dim, size.layers, size.heads, size.longest)
settings = {"steps": size.bert["steps"], "lr": size.bert["lr"], "schedule": train.one_cycle(size.bert["steps"])}
print(perplexity(train.fit(bert, reading, lambda model, batch: text.masked_loss(model, *batch, vocabulary), **settings)))


# %% label="gaps"
def fill(caption: str, k: int = 3) -> str:
    """The k words that BERT thinks likeliest for the word written as “_”."""
    before, after = (vocabulary.encode(part) for part in caption.split("_"))
    ids = torch.tensor([[text.START, *before, text.MASK, *after, text.END]])
    with torch.no_grad():
        chances = bert(input_ids=ids.to(bert.device)).logits[0, len(before) + 1].softmax(-1)
    return ", ".join(f"{vocabulary.words[i]} {chances[i]:.2f}" for i in chances.topk(k).indices)


for caption in ("there _ a red circle", "a blue star in the bottom right _", "a large heart with _ at the top",
                "a green heart _ of a red star", "an _ star"):
    print(f"{caption:45} {fill(caption)}")

# %% [markdown] label="attention-text"
# It is a beginner. In our run it fills with confidence only the stiffest phrase, *there is*; it knows what can come *with* a heart; that only *orange* can stand between *an* and *star* it has not
# noticed. BERT learns from 15% of the words it reads, the GPT below from all, so BERT needs more steps. The `gpu` profile takes eight thousand. (Its perplexity is over hidden words, so it cannot be
# compared with those of LSTM and GPT.)
#
# **Who looks at whom?** A row is the token that looks, a column what it looks at. Move the slider to another layer. Do not read too much into a map: attention
# says where a head looks, not why, and other maps can give the same answer (Jain and Wallace, 2019). In our run
# head 4 of layer 1 lets *red* and *left* look at *circle*; most heads have no job with a name.

# %% label="attention"
reader = text.ContextEncoder(bert, vocabulary, "mean")
caption = "a red circle left of a blue square"
maps, tokens = reader.attentions(caption), reader.tokens(caption)
widgets.slider(lambda layer: show.attention(maps[layer - 1], tokens, title=f"BERT, layer {layer}"),
               range(1, size.layers + 1), "layer", start=1, name="attention")

# %% label="orange"
def token_vector(caption: str, word: str, layer: int = -1) -> np.ndarray:
    """The vector that BERT has for a word in a caption."""
    states, _ = text.ContextEncoder(bert, vocabulary, layer=layer).states([caption])
    return states[0, reader.tokens(caption).index(word)].detach().cpu().numpy()


pairs_of_use = {"two colours": ("an orange circle at the top", "an orange star on the left"),
                "colour and fruit": ("an orange circle at the top", "orange, fruit, food")}
if "fruit" in vocabulary:
    cosine = lambda a, b: float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))  # noqa: E731
    show.table([{"“orange” used as": name, "one vector a word": 1.0,
                 **{f"BERT, layer {k}": cosine(*(token_vector(c, "orange", k) for c in both)) for k in range(1, size.layers + 1)}}
                for name, both in pairs_of_use.items()])

# %% [markdown] label="orange-read"
# A table of word vectors has one vector for *orange*, so the cosine is 1 whatever it means. In BERT two colours stay alike, and the fruit goes its own way.

# %% [markdown] label="pool-text"
# #### One vector for the sentence: pooling
#
# BERT gives a vector for every token, shape `(b, t, d)`. To get one for the sentence we **pool** (池化): take the first token (`<start>`, which the paper
# calls [CLS]), the mean over the real tokens, or the last one.

# %% [markdown] label="pool-exercise" exercise="text_features.mean_pool" difficulty=2 minutes=10
# Write the mean over the real tokens. `real` says which those are; do not count on their being the first ones. A text without any gives zeros.


# %% label="pool" exercise="text_features.mean_pool"
def mean_pool(states: np.ndarray, real: np.ndarray) -> np.ndarray:
    """states (b, t, d), real (b, t) bool -> (b, d)."""
    ### BEGIN SOLUTION
    total = np.where(real[..., None], states, 0).sum(axis=1)
    return total / np.maximum(real.sum(axis=1), 1)[:, None]
    ### END SOLUTION


# %% label="pool-check" tags=["nbval-check-output"]
check("text_features.mean_pool", mean_pool)


# %% label="bert-measure"
def my_pooling(captions: list[str]) -> np.ndarray:
    """BERT's states, pooled by your function."""
    states, real = reader.states(captions)
    return mean_pool(states.detach().cpu().numpy(), real.cpu().numpy())


measure("BERT, mean", my_pooling if mine else reader.transform)
news()

# %% [markdown] label="gpt-text"
# ### 3.5 A small GPT
#
# GPT (Radford et al., 2019) is the same machine with two changes: a token sees only what came *before* it (the causal mask of chapter 01), and it is trained
# as our LSTM was, to say the next word:
#
# $$-\frac{1}{N} \sum_{i} \log P(w_{i+1} \mid w_0 \dots w_i) ,$$
#
# where $N$ counts the words that are guessed.
#
# The model computes all its guesses at once: `logits (b, t, V)`, of which row $i$ is the guess after reading words $0 \dots i$.

# %% [markdown] label="next-exercise" exercise="text_features.next_word_loss" difficulty=3 minutes=15
# Write the loss: the mean over all real words that are guessed. The first word is not guessed, padding (which stands at the end, and holds any number) must not count, and what stands beside
# what is the whole difficulty.


# %% label="next" exercise="text_features.next_word_loss"
def next_word_loss(logits: torch.Tensor, ids: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
    """logits (b, t, V), ids (b, t), real (b, t) bool -> the loss, one number."""
    ### BEGIN SOLUTION
    keep = real[:, 1:]
    return functional.cross_entropy(logits[:, :-1][keep], ids[:, 1:][keep])
    ### END SOLUTION


# %% label="next-check" tags=["nbval-check-output"]
check("text_features.next_word_loss", next_word_loss)


# %% label="gpt"
def gpt_loss(model, batch):
    """The library's loss, or yours."""
    ids, lengths = batch
    if not mine:
        return text.next_word_loss(model, ids, lengths)
    real = torch.arange(ids.shape[1], device=ids.device) < lengths[:, None]
    return next_word_loss(model(input_ids=ids, attention_mask=real.long()).logits, ids, real)


torch.manual_seed(0)
gpt = text.small_gpt(vocabulary, size.dim, size.layers, size.heads, size.longest)
settings = {"steps": size.gpt["steps"], "lr": size.gpt["lr"], "schedule": train.one_cycle(size.gpt["steps"])}
print(perplexity(train.fit(gpt, reading, gpt_loss, **settings)))

# %% label="writes"
dice = torch.Generator().manual_seed(0)
for beginning in ("there is a", "a small red", "a picture of", "") * 2:
    written = text.continuation(gpt, vocabulary, beginning, temperature=0.7, generator=dice)
    print(f"{beginning:>12} |{written.removeprefix(beginning)}")

# %% label="gpt-measure"
for pool in ("mean", "last"):
    measure(f"GPT, {pool}", text.ContextEncoder(gpt, vocabulary, pool).transform)
news(2)

# %% [markdown] label="context-read"
# **Keep** (pooled by their mean) the words *and* a good part of their order: above one half, which no count of single words can reach. **Throw away** what the gap or the next word
# did not need. GPT's last token suffers like the LSTM's last state, and for the same reason; the mean over all tokens also has the early ones.
#
# These models read a few thousand short texts. What the same idea becomes with a billion sentences comes next.

# %% [markdown] label="big-text"
# ### 3.6 Big ones, by name
#
# BERT's and GPT-2's published weights come from a model hub. Where you can reach one, set `ask_hub = True` and the original BERT is
# measured like ours. It fetches 440 MB; the course does not need it.

# %% label="big"
ask_hub = False
if ask_hub:
    try:
        big = features.pretrained.text("bert")
        measure("BERT base (published), mean", lambda captions: features.encode(big, captions))
    except data.DataUnavailable as reason:
        print(reason)
else:
    print("not asked: set ask_hub = True to fetch BERT's published weights")

# %% [markdown] label="minilm-text"
# **Sentence embeddings.** A mean of BERT's states was never trained to be compared. Sentence-BERT (Reimers and Gurevych, 2019) trains the pooled vector
# itself: two sentences that mean the same should be near. MiniLM (Wang et al., 2020) is such a model, 384 numbers a text, trained on more than a billion pairs.
# It is the text encoder of chapter 00, and works offline.

# %% label="minilm"
minilm = features.pretrained.text()
meaning = lambda captions: features.encode(minilm, captions, progress=False)  # noqa: E731
measure("MiniLM", meaning)
show.table(found)
again |= {"MiniLM": found_again(meaning)}
show.table([{"": name, "R@1 of another wording": value} for name, value in again.items()]);

# %% [markdown] label="minilm-read"
# **Keeps** meaning across wordings, and nearly all of the order; *little* it has met elsewhere, among a billion sentences. **Throws away** exact words: section 5 has examples.

# %% [markdown] label="controlled-text"
# ## 4 · On the controlled world: can the order be learned?
#
# A probe asks what is *ready*. One may also train the encoder itself for the question: an LSTM reads the twins, now with labels, and the error flows back through
# all its weights. Its control reads the same words in a shuffled order. We know both **ceilings**: every caption says who is on the left, so the highest possible accuracy
# is 1; and without order nobody can pass one half.

# %% label="controlled"
answers = sorted(set(piles["order"][0][1]))


class Answerer(torch.nn.Module):
    """An LSTM that reads, and a linear layer that answers."""

    def __init__(self):
        super().__init__()
        self.reader = text.SentenceLSTM(vocabulary, size.dim, size.dim)
        self.head = torch.nn.Linear(size.dim, len(answers))

    def forward(self, captions):
        device = self.head.weight.device
        return self.head(self.reader(*(part.to(device) for part in vocabulary.batch(captions))))


# %% label="controlled-train"
def answered(change) -> float:
    """Train with labels on captions changed by `change`; accuracy on test captions changed alike."""
    (learn, labels), _, (test, truth) = piles["order"]
    items = [(change(caption), answers.index(label)) for caption, label in zip(learn, labels, strict=True)]
    loader = DataLoader(items, batch_size=64, shuffle=True)
    torch.manual_seed(0)
    model = Answerer()
    train.fit(model, loader, lambda model, batch: functional.cross_entropy(model(batch[0]), batch[1]), lr=1e-2, steps=size.answer)
    with torch.no_grad():
        said = model([change(caption) for caption in test]).argmax(-1).tolist()
    return float(np.mean([answers[i] == label for i, label in zip(said, truth, strict=True)]))


# %% label="controlled-run"
luck = np.random.default_rng(0)
in_order = answered(lambda caption: caption)
in_disorder = answered(lambda caption: " ".join(luck.permutation(text.tokenize(caption))))
bars = [{"name": row[""], "kind": "method", "value": row["order"]} for row in found[1:]]
bars += [{"name": "LSTM trained for this question", "kind": "method", "value": in_order},
         {"name": "the same, words shuffled", "kind": "control", "value": in_disorder},
         {"name": "ceiling of single words", "kind": "ceiling", "value": 0.5},
         {"name": "chance", "kind": "chance", "value": guess["order"]}]
show.bars_with_controls(bars, label="accuracy", title="Which colour is on the left?", name="text_features");

# %% [markdown] label="controlled-read"
# The same LSTM, *asked* for the order, learns it (in our run completely). With shuffled words it falls to one half: it is really the order that it uses. The encoders
# that were trained for something else lie anywhere between chance and nearly 1, and plain counting of triples is among the best of them.
#
# This is the chapter's lesson. **A representation keeps what its training needed.** If nothing in the training depends on order, do not count on finding it.

# %% [markdown] label="real-text"
# ## 5 · On real captions
#
# Titles of clipart, and the folder that a person put each drawing into: animals, food, tools … The folder's name is rarely in the title. Who has met *raccoon* in
# no training title must know from elsewhere that it is an animal.

# %% label="real"
try:
    folders = [text.category_task(split) for split in size.probe]
except data.DataUnavailable as reason:
    folders = None
    print(reason)
if folders:
    (learn, labels), _, (titles, truth) = folders
    rows = [{"": "always the commonest folder", "folder": evaluate.majority(labels, truth)}]
    right = {}
    for name, represent in {"TF-IDF": text.TfIdf().fit(learn).transform, "mean of word vectors": words.transform,
                            "BERT, mean": reader.transform, "MiniLM": meaning}.items():
        probe = evaluate.linear_probe(*((represent(titles), labels) for titles, labels in folders))
        right[name] = probe.right
        rows.append({"": name, "folder": probe.accuracy})
    show.table(rows)

# %% [markdown] label="real-look-text"
# Where does each win? Titles that MiniLM gets right and TF-IDF does not, and the other way round, drawn at random:

# %% label="real-look"
if folders:
    for good, bad in (("MiniLM", "TF-IDF"), ("TF-IDF", "MiniLM")):
        only = np.flatnonzero(right[good] & ~right[bad])
        some = np.random.default_rng(0).permutation(only)[:6]
        print(f"only {good} ({len(only)} of {len(titles)}):", *(f"{titles[i]}  →  {truth[i]}" for i in some), sep="\n   ")

# %% [markdown] label="real-read"
# Your own BERT, which read a few thousand captions, knows too few words to be of use here: what a small model cannot learn from its corpus, pooling does not add.
#
# **The first list** is mostly knowledge of the world: what the thing *is*. **The second** is mostly memory: a word, a series, a habit of one artist, which only exact words
# give away. Each is right where the other is wrong, so together they could do better than either. That is *fusion*, chapter 10.

# %% [markdown] label="languages-text"
# ### Three languages
#
# The generated captions come in English, French and Chinese, and say the same. MiniLM is an English model. What does it do with the others?

# %% label="languages"
trio = data.load("scenes", split="test", n=200, objects=(2, 3), languages=("en", "fr", "zh"), paraphrases=1)
english, french, chinese = zip(*trio.column("captions"), strict=True)
for caption in (english[0], french[0], chinese[0]):
    print(caption, "\n  ", *minilm.tokenizer.encode(caption).tokens)

# %% label="languages-measure"
rows = []
E, F, Z = (features.encode(minilm, list(captions), progress=False) for captions in (english, french, chinese))
for name, A, B in (("English ↔ French", E, F), ("English ↔ Chinese", E, Z)):
    S = evaluate.cosine_similarity(A, B)
    others = S[~np.eye(len(S), dtype=bool)]
    rows.append({"": name, "cosine, translations": S.diagonal().mean(), "cosine, strangers": others.mean(),
                 "R@1": evaluate.recall_at_k(S, 1), "chance": evaluate.chance(len(S), 1)})
for name, A in (("English among themselves", E), ("French among themselves", F), ("Chinese among themselves", Z)):
    others = evaluate.cosine_similarity(A, A)[~np.eye(len(A), dtype=bool)]
    rows.append({"": name, "cosine, strangers": others.mean()})
show.table(rows);

# %% [markdown] label="languages-read"
# A translation is hardly nearer than a stranger's caption, and is found 3 or 4 times in 200 where guessing finds 1. French falls to pieces of words; of Chinese the tokenizer knows some
# characters and turns the rest into `[UNK]`. What remains says mostly "this is French" or "this is Chinese".
#
# Is nothing left, or is it only not *aligned* with English? A probe that is trained on captions of each language can tell. So can this chapter's own methods, which
# learn from captions of the language, and are not English at all:

# %% label="languages-stored"
show.table(evaluate.Scores.stored("text_features", "languages").rows());

# %% [markdown] label="languages-stored-read"
# *(The question of colour, from `python -m benchmarks.text_features languages`.)* In French the pieces of words still tell the colours apart, all of them: different texts have
# different vectors, only no French word lies near its English one. In Chinese MiniLM is no better than the commonest answer: each of the eight colours becomes the same
# `[UNK]`. No error is raised, and every vector looks fine. **Check your tokenizer before you trust a score.** A bag of words, trained where it is used, has no such trouble.

# %% [markdown] label="leak-text"
# ## 6 · What goes wrong
#
# **Padding leaks.** The commonest bug in text code, and it raises no error. Here is an LSTM of PyTorch used carelessly: the batch is padded, the state is taken from the
# last column. Each caption is encoded alone, then in one batch with longer ones.

# %% label="leak"
captions = ["A red circle.", "A blue star on the left.",
            "There is a large red circle with stripes at the top left, and a small green heart."]
torch.manual_seed(0)
table, network = torch.nn.Embedding(len(vocabulary), 16), torch.nn.LSTM(16, 16, batch_first=True)


def careless(captions: list[str]) -> torch.Tensor:
    """The state in the last column, padding or not."""
    ids, _ = vocabulary.batch(captions)
    return network(table(ids))[0][:, -1]


def packed(captions: list[str]) -> torch.Tensor:
    """The state after the last real word: PyTorch's packed batches end each sentence where it ends."""
    ids, lengths = vocabulary.batch(captions)
    batch = torch.nn.utils.rnn.pack_padded_sequence(table(ids), lengths, batch_first=True, enforce_sorted=False)
    return network(batch)[1][0][-1]


# %% label="leak-show"
def alone_or_together(encode) -> list[float]:
    """How far each caption's vector moves when it gets company: the length of the difference, relative."""
    with torch.no_grad():
        alone, together = torch.cat([encode([caption]) for caption in captions]), encode(captions)
    return ((alone - together).norm(dim=1) / alone.norm(dim=1)).tolist()


ways = {"careless": careless, "packed": packed, "library's LSTM": lambda c: torch.from_numpy(lstm.transform(c)),
        "library's BERT, mean": lambda c: torch.from_numpy(reader.transform(c))}
moved = {name: alone_or_together(encode) for name, encode in ways.items()}
headings = [f"{len(text.tokenize(caption))} words" for caption in captions]
show.table([{"moved by company": name, **{h: f"{m:.0%}" for h, m in zip(headings, row, strict=True)}} for name, row in moved.items()]);

# %% [markdown] label="leak-read"
# Careless, a short caption's vector depends on *who else is in the batch*. Test results then change with the batch size, and a shuffled test set gives
# another score. The repair is one line, and so is the test: **encode alone, encode together, compare.** Keep that test with every encoder you write.

# %% [markdown] label="shift-text"
# **A loss too good to be true.** We forget to shift: step $i$ is asked for word $i$, which it has just read.

# %% label="shift"
def unshifted(model, batch):
    """Every token is asked for itself."""
    ids, lengths = batch
    real = torch.arange(ids.shape[1], device=ids.device) < lengths[:, None]
    return functional.cross_entropy(model(input_ids=ids, attention_mask=real.long()).logits[real], ids[real])


torch.manual_seed(0)
copier = text.small_gpt(vocabulary, size.dim, 1, size.heads, size.longest)
history = train.fit(copier, reading, unshifted, steps=size.copy, lr=1e-2)
print("a GPT that is asked for the word it has just read:", perplexity(history))
print("it writes:", text.continuation(copier, vocabulary, "there is a", words=8))

# %% [markdown] label="shift-read"
# The honest model of section 3.5 is far from such a perplexity after many more steps. This one has learnt to copy, and writes accordingly. When a number is much
# better than it can be, look for what the model was shown.

# %% [markdown] label="which-text"
# ## 7 · Which feature should I use?
#
# Every representation of this chapter, the same probe, five seeds where training draws random numbers. *Category* is the folder of section 5, by titles alone; *numbers* is the length of the
# vector; *ms* the milliseconds a text takes on one thread. “BERT, cls” is its first token.

# %% label="which"
rows = evaluate.Scores.stored("text_features", "probe").rows()
for row in rows:
    row["numbers"] = row.get("numbers", "").split(".")[0]
show.table(rows);

# %% [markdown] label="which-live-text"
# *(From `python -m benchmarks.text_features`.)* One row again, live, by the same protocol:

# %% label="which-live"
live = {}
for task, parts in piles.items():
    live[task] = evaluate.linear_probe(*((text.BagOfWords().fit(parts[0][0]).transform(t), y) for t, y in parts)).accuracy
stored = evaluate.Scores.stored("text_features", "probe")["bag of words"]
show.table([{"bag of words": "live", **live}, {"bag of words": "stored", **{task: stored[task] for task in live}}]);

# %% [markdown] label="which-read"
# What it says:
#
# - **Start with TF-IDF.** No training, a small part of a millisecond, and on real titles nothing that was trained here beats it. With labels, it is the number to beat.
# - **Count triples if order matters** and texts are short. Here only those counted that occur three times or more in the corpus, so many are missing; in section 3.1, with all triples of its
#   own captions, it did better still.
# - **Take a pretrained sentence encoder for meaning**: other wordings, new words, few labels. MiniLM has the best number in every column but order, where only a network trained for
#   that very question beats it. It costs hundreds of times the time of TF-IDF, and is blind outside its language.
# - **Train a reader for the question** if order decides and you have labels: the LSTM that was asked is right every time. On real titles, with few labels and many words, the
#   same recipe loses to TF-IDF.

# %% [markdown] label="which-warn"
# And what it warns of:
#
# - **Pooling matters as much as training.** GPT's mean beats its last token on colour, order and titles; [CLS], to which nothing in *our* training gave a task, is the worst of
#   BERT's.
# - **Never assume; probe.** The next-word LSTM is a proper network, properly trained, and on every one of these questions it is worse than the same network with random weights.
# - **Never trust one seed.** Look at *new words* of the word vectors: a mean little above one half, because one training in five got nearly everything right. What looks like
#   knowledge in one run is a coin that fell well.

# %% [markdown] label="quiz-text"
# ## 8 · Quiz
#
# Click the choice you think is right. Every choice explains itself, so click the wrong ones too.

# %% label="quiz"
quiz("text_features")

# %% label="progress"
progress("text_features")

# %% [markdown] label="end"
# ## Take away
#
# - Tokenising comes first, and what it loses is lost. Check it on *your* texts and languages.
# - Counts of words keep words and lose order and likeness. Counts of triples bring order, word vectors bring likeness of *kind*, networks that read can bring both.
# - A representation keeps what its training needed. Ask with a probe, and put controls beside the answer.
# - Padding must change nothing: encode alone, encode together, compare.
# - A pretrained sentence encoder knows words you never trained on, and fails silently on languages it never read.
#
# **With a GPU or more time.** `MMLEARN_PROFILE=gpu` trains on ten times as many captions, with wider and deeper models. Where a hub can be reached, put
# `ask_hub = True` in section 3.6, or try `features.pretrained.text("gpt2")`.
#
# ## Further reading
#
# - G. K. Zipf (1949). *Human Behavior and the Principle of Least Effort*. Addison-Wesley.
# - J. R. Firth (1957). A synopsis of linguistic theory 1930–1955. *Studies in Linguistic Analysis*, 1–32.
# - K. Spärck Jones (1972). A statistical interpretation of term specificity and its application in retrieval. *Journal of Documentation* 28, 11–21.
# - T. Mikolov, I. Sutskever, K. Chen, G. Corrado, J. Dean (2013). Distributed representations of words and phrases and their compositionality. *NIPS*.
# - T. Linzen (2016). Issues in evaluating semantic spaces using word analogies. *RepEval*.
# - S. Arora, Y. Liang, T. Ma (2017). A simple but tough-to-beat baseline for sentence embeddings. *ICLR*.
# - S. Hochreiter, J. Schmidhuber (1997). Long short-term memory. *Neural Computation* 9, 1735–1780.
# - J. Devlin, M.-W. Chang, K. Lee, K. Toutanova (2019). BERT: pre-training of deep bidirectional transformers for language understanding. *NAACL*.
# - A. Radford, J. Wu, R. Child, D. Luan, D. Amodei, I. Sutskever (2019). Language models are unsupervised multitask learners. Technical report, OpenAI.
# - N. Reimers, I. Gurevych (2019). Sentence-BERT: sentence embeddings using Siamese BERT-networks. *EMNLP*.
# - W. Wang, F. Wei, L. Dong, H. Bao, N. Yang, M. Zhou (2020). MiniLM: deep self-attention distillation for task-agnostic compression of pre-trained
#   transformers. *NeurIPS*.
# - S. Jain, B. C. Wallace (2019). Attention is not explanation. *NAACL*.
# - A. Conneau, G. Kruszewski, G. Lample, L. Barrault, M. Baroni (2018). What you can cram into a single vector: probing sentence embeddings for linguistic
#   properties. *ACL*.
