"""Words and their counts and vectors: exact where a definition exists, and safe with any text."""

import math
import subprocess
import sys

import numpy as np
import pytest
import torch

from mmlearn import data
from mmlearn.features import text

ODD = ["", "   \n", "😀 !!", "سلام يا عالم", "图里有红色的圆形", "zzz qqq", "\x00\u200d", "a" * 10_000]
CAPTIONS = ["A red circle on the left.", "A big blue circle.", "a Blue square, and a red star!", "A star on the right."]


def test_importing_the_package_loads_no_torch():
    code = "import sys; from mmlearn.features import text; dir(text); sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
    assert all(hasattr(text, name) for name in text.__all__)
    with pytest.raises(AttributeError, match="no attribute 'word2vec'"):
        _ = text.word2vec


@pytest.mark.parametrize(
    "said, language, words",
    [
        ("The dog’s ball: don't!", "en", ["the", "dog's", "ball", "don't"]),
        ("Mid-sized, 2 dots_and É", "en", ["mid", "sized", "2", "dots", "and", "é"]),
        ("E\u0301toile", "en", ["étoile"]),
        ("L'image d’un œuf aujourd'hui", "fr", ["l'", "image", "d'", "un", "œuf", "aujourd'hui"]),
        ("图里左边有 RED 的圆形。", "zh", ["图", "里", "左", "边", "有", "red", "的", "圆", "形"]),
        ("图里 red", "en", ["图里", "red"]),
        ("'' ' -- …", "en", []),
    ],
)
def test_the_stated_rules(said, language, words):
    assert text.tokenize(said, language) == words


@pytest.mark.parametrize(
    "call, error, said",
    [
        (lambda: text.tokenize(None), TypeError, "text is NoneType"),
        (lambda: text.tokenize("a", "de"), ValueError, "language is 'de'; accepted are 'en', 'fr', 'zh'"),
        (lambda: text.Vocabulary.of("a dog"), TypeError, "texts is one text"),
        (lambda: text.Vocabulary.of(None), TypeError, "texts is NoneType"),
        (lambda: text.Vocabulary.of([]), ValueError, "texts is empty"),
        (lambda: text.Vocabulary.of(["a", None]), TypeError, "text 1 is NoneType"),
        (lambda: text.Vocabulary.of(["a"]).batch(["a"], longest=2, marks=True), ValueError, "longest is 2; accepted is 3"),
        (lambda: text.BagOfWords().fit("a dog"), TypeError, "texts is one text"),
        (lambda: text.BagOfWords().fit(["", " !"]), ValueError, "no term"),
        (lambda: text.BagOfWords(ngrams=0).fit(["a"]), ValueError, "ngrams is 0"),
        (lambda: text.TfIdf("de").fit(["a"]), ValueError, "language is 'de'"),
        (lambda: text.TfIdf().fit(["a"]).transform([]), ValueError, "texts is empty"),
        (lambda: text.skip_gram_pairs([[5, 6]], window=0), ValueError, "window is 0"),
        (lambda: text.noise_distribution(np.array([0, 0, 7])), ValueError, "at least 2"),
        (lambda: text.WordVectors(text.Vocabulary.of(["a b"]), np.ones((3, 4))), ValueError, "vectors has 3 rows"),
        (lambda: text.learn_merges({"a": 1}, -1), ValueError, "merges is -1"),
    ],
)
def test_what_is_not_accepted_is_named(call, error, said):
    with pytest.raises(error, match=said):
        call()


def test_a_vocabulary_knows_its_words_by_falling_count():
    v = text.Vocabulary.of(CAPTIONS, min_count=2)
    assert v.words == [*text.SPECIALS, "a", "blue", "circle", "on", "red", "star", "the"]
    assert v.counts.tolist() == [0] * 5 + [5, 2, 2, 2, 2, 2, 2]
    assert text.Vocabulary.of(CAPTIONS, size=1).words[5:] == ["a"]
    assert v.encode("a GREEN circle <mask>") == [5, text.UNKNOWN, 7, text.UNKNOWN]
    assert v.decode(v.encode("A red star!")) == "a red star" and "circle" in v and "green" not in v
    assert text.Vocabulary.of(["红色"], "zh").decode([5, 6]) in ("红色", "色红")


def test_a_batch_is_padded_framed_and_cut():
    v = text.Vocabulary.of(["a b c d"])
    ids, lengths = v.batch(["a b c d", "", "b"], longest=4, marks=True)
    a, b, *_ = v.encode("a b")
    assert ids.tolist() == [[3, a, b, 4], [3, 4, 0, 0], [3, b, 4, 0]] and lengths.tolist() == [4, 2, 3]
    ids, lengths = v.batch(["", "!"])
    assert ids.tolist() == [[0], [0]] and lengths.tolist() == [0, 0] and ids.dtype == torch.int64


def captions():
    """Real ones where they can be had, beside generated ones."""
    texts = data.load("scenes", n=300).column("caption")
    try:
        return texts + data.load("stamps", split="train").column("caption")
    except data.DataUnavailable:
        return texts


@pytest.mark.parametrize("ngrams", [1, 2])
@pytest.mark.parametrize("min_texts", [1, 3])
def test_counts_and_weights_are_scikit_learns(ngrams, min_texts):
    from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

    texts = [*captions(), "", "a a a a"]
    same = {"ngram_range": (1, ngrams), "min_df": min_texts, "tokenizer": text.tokenize}
    same |= {"token_pattern": None, "lowercase": False}
    for ours, theirs in (
        (text.BagOfWords(min_texts=min_texts, ngrams=ngrams), CountVectorizer(**same)),
        (text.TfIdf(min_texts=min_texts, ngrams=ngrams), TfidfVectorizer(**same)),
    ):
        got, expected = ours.fit_transform(texts), theirs.fit_transform(texts).toarray()
        assert ours.vocabulary_ == theirs.vocabulary_ and got.dtype == np.float32
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(ours.idf_, theirs.idf_, rtol=1e-12)


def test_where_scikit_learns_own_words_differ_from_ours():
    """Its pattern drops words of one letter and cuts at apostrophes; with ours on such words nothing else differs."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    assert TfidfVectorizer().build_analyzer()("A dog's 2 toys") == ["dog", "toys"]
    assert text.tokenize("A dog's 2 toys") == ["a", "dog's", "2", "toys"]
    texts = ["the red circle", "the blue circle blue", "square"]
    np.testing.assert_allclose(text.TfIdf().fit_transform(texts), TfidfVectorizer().fit_transform(texts).toarray(), rtol=1e-4)


def test_odd_texts_are_zeros_and_estimators_can_be_cloned():
    from sklearn.base import clone

    for make in (text.BagOfWords, text.TfIdf):
        model = clone(make(min_texts=2)).fit(CAPTIONS)
        assert not model.transform(ODD[:6]).any() and np.isfinite(model.transform(ODD)).all()
    assert model.get_params() == {"language": "en", "min_texts": 2, "ngrams": 1}


def test_subsampling_and_noise_are_the_papers():
    counts = np.array([0, 100, 900, 0, 9000])
    np.testing.assert_allclose(text.keep_probability(counts, 1e-2), [1, 1, math.sqrt(1e-2 / 0.09), 1, math.sqrt(1e-2 / 0.9)])
    expected = np.array([0, 100**0.75, 900**0.75, 0, 9000**0.75])
    np.testing.assert_allclose(text.noise_distribution(counts), expected / expected.sum())


def test_pairs_are_all_neighbours_and_nothing_across_texts():
    pairs = text.skip_gram_pairs([[5, 6, 7], [8], [], [9, 1, 5]], window=1)
    assert sorted(pairs.tolist()) == [[5, 6], [5, 9], [6, 5], [6, 7], [7, 6], [9, 5]]  # 1 is unknown, so 9 meets 5
    whole = text.skip_gram_pairs([[5, 6, 7, 8]], window=99)
    assert sorted(whole.tolist()) == sorted([i, j] for i in (5, 6, 7, 8) for j in (5, 6, 7, 8) if i != j)
    assert text.skip_gram_pairs([[], [5]], window=2).shape == (0, 2)
    keep = np.ones(10)
    keep[6] = 0
    assert text.skip_gram_pairs([[5, 6, 7]], 1, keep).tolist() == [[5, 7], [7, 5]]


def test_negatives_follow_the_noise_and_never_hit_the_context():
    noise = np.array([0, 0.5, 0.3, 0.2])
    context = torch.tensor([1, 2] * 5000)
    drawn = text.draw_negatives(noise, context, 4, torch.Generator().manual_seed(0))
    assert drawn.shape == (10000, 4) and not (drawn == context[:, None]).any() and (drawn > 0).all()
    share = (drawn[context == 1] == 2).float().mean().item()
    assert abs(share - 0.6) < 0.02  # 0.3 / (0.3 + 0.2)


def test_the_loss_is_equation_4():
    torch.manual_seed(0)
    model = text.SkipGram(6, 3)
    torch.nn.init.normal_(model.context.weight)
    torch.nn.init.normal_(model.centre.weight)
    centre, context, negatives = torch.tensor([5, 2]), torch.tensor([3, 4]), torch.tensor([[1, 2], [3, 3]])
    u, v = model.centre.weight.detach().double(), model.context.weight.detach().double()
    expected = 0.0
    for c, o, ns in zip(centre, context, negatives, strict=True):
        expected -= math.log(1 / (1 + math.exp(-(u[c] @ v[o]))))
        expected -= sum(math.log(1 / (1 + math.exp(u[c] @ v[n]))) for n in ns)
    assert model.loss(centre, context, negatives).item() == pytest.approx(expected / 2, rel=1e-5)
    assert model.vectors().shape == (6, 3)


def test_words_of_one_role_become_neighbours():
    """Two families of words that never mix: each word's neighbours are of its own."""
    rng = np.random.default_rng(0)
    families = [["red", "green", "blue", "grey"], ["dog", "cat", "cow", "pig"]]
    texts = [" ".join(rng.choice(families[i % 2], 3)) for i in range(400)]
    v = text.Vocabulary.of(texts)
    torch.manual_seed(0)
    model, noise = text.SkipGram(len(v), 8), text.noise_distribution(v.counts)
    pairs = text.skip_gram_pairs([v.encode(t) for t in texts], window=2)
    optimizer = torch.optim.Adam(model.parameters(), 0.05)
    for _ in range(60):
        loss = model.loss(pairs[:, 0], pairs[:, 1], text.draw_negatives(noise, pairs[:, 1], 3))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    vectors = text.WordVectors(v, model.vectors())
    for family in families:
        assert {word for word, _ in vectors.neighbours(family[0], 3)} == set(family[1:])


def test_neighbours_analogies_and_means():
    v = text.Vocabulary.of(["king queen man woman apple"])
    place = {"king": (2, 1), "queen": (2, -1), "man": (1, 1), "woman": (1, -1), "apple": (-3, 0.1)}
    table = np.array([(9, 9)] * 5 + [place[word] for word in v.words[5:]], float)  # the marks would be near to all
    vectors = text.WordVectors(v, table)
    assert vectors.analogy("man", "woman", "king")[0][0] == "queen"
    found = [word for word, _ in vectors.neighbours("apple", 99)]
    assert len(found) == 4 and found[-1] in ("king", "queen")
    assert all(word != "man" for word, _ in vectors.analogy("man", "woman", "king", k=9))
    assert {"man", "woman", "king"} <= {word for word, _ in vectors.analogy("man", "woman", "king", k=9, exclude=False)}
    np.testing.assert_allclose(vectors.transform(["man, apple and zebra", *ODD[:7]]), [(-1, 0.55)] + [(0, 0)] * 7, rtol=1e-6)
    for bad in ("zebra", "<pad>", ""):
        with pytest.raises(ValueError, match=f"word is '{bad}', which is none of the 5 known words"):
            vectors.neighbours(bad)


def test_merges_are_those_of_the_tokenizers_library():
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    counts = {"low": 5, "lower": 2, "newest": 6, "widest": 3, "lowest": 1, "red": 9, "circle": 7, "circles": 4, "banana": 2}
    ours = text.learn_merges(counts, 25)
    theirs = Tokenizer(models.BPE())
    theirs.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    letters = {c for word in counts for c in "▁" + word}
    trainer = trainers.BpeTrainer(vocab_size=len(letters) + 25, show_progress=False)
    theirs.train_from_iterator([" ".join(["▁" + word] * n) for word, n in counts.items()], trainer)
    for word in [*counts, "newer", "wildest", "ananas"]:
        assert text.split_word(word, ours) == theirs.encode("▁" + word).tokens
        assert "".join(text.split_word(word, ours)) == "▁" + word


def test_merges_stop_when_all_is_joined_and_split_what_was_never_seen():
    assert text.learn_merges({"ab": 1}, 10) == [("a", "b"), ("▁", "ab")]
    assert text.split_word("xy", [("a", "b")]) == ["▁", "x", "y"] and text.split_word("", []) == ["▁"]
    assert text.learn_merges({}, 3) == []
