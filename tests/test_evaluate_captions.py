"""BLEU and CIDEr against sacrebleu and pycocoevalcap, on random words and on the captions of scenes; on bad input."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocoevalcap.cider.cider_scorer import CiderScorer
from sacrebleu.metrics import BLEU
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a
from sacrebleu.tokenizers.tokenizer_zh import TokenizerZh

from mmlearn import evaluate
from mmlearn.data.scenes import say, world
from mmlearn.data.scenes.captions import plan
from mmlearn.data.scenes.chance import Chooser

SIGNS = st.text(st.sampled_from("aZ09 .,-'!?&;\"()/:_~[]{}@#%\n<>quotampltgskiped"), max_size=40)
MIXED = st.text(
    st.one_of(st.sampled_from("一只红色的猫，。！？“”—…「」、（）ａ０ abc 1.5,-&/"), st.characters(codec="utf-8")), max_size=40
)
some = settings(max_examples=60, deadline=None, derandomize=True)
WORDS = st.lists(st.sampled_from("abcd"), max_size=9)
# Hypotheses and references of few words, so that n-grams repeat and agree; some captions are empty.
EXAMPLES = st.lists(st.tuples(WORDS, st.lists(WORDS, min_size=1, max_size=4)), min_size=1, max_size=6)


def both(examples):
    hypotheses, references = zip(*examples, strict=True)
    return list(hypotheses), list(references)


def as_text(captions):
    return [" ".join(words) for words in captions]


def sacre_bleu(hypotheses, references, n=4, tokenize="none", **options):
    """sacrebleu takes references by rank, with None where an example has fewer."""
    most = max(len(each) for each in references)
    ranked = [[each[rank] if rank < len(each) else None for each in references] for rank in range(most)]
    metric = BLEU(max_ngram_order=n, tokenize=tokenize, smooth_method="none", force=True, **options)
    return metric.corpus_score(hypotheses, ranked).score / 100


def coco_cider(hypotheses, references):
    if not any("".join(each) for each in references):
        return np.zeros(len(hypotheses))  # there theirs stops with an error
    scorer = CiderScorer()
    for one, right in zip(hypotheses, references, strict=True):
        scorer += (one, right)
    return scorer.compute_score()[1]


def slow_cider(hypotheses, references, corpus=None, clip=False, sigma=6.0):
    """The paper's equations over a dense vector of every n-gram that occurs, one n at a time."""
    corpus = references if corpus is None else corpus
    scores = np.zeros(len(hypotheses))
    for n in range(1, 5):
        every = [words for each in [hypotheses, *references, *corpus] for words in each]
        cut = {tuple(w): [tuple(w[i : i + n]) for i in range(len(w) - n + 1)] for w in every}
        places = {gram: i for i, gram in enumerate(sorted({gram for grams in cut.values() for gram in grams}))}
        having = [sum(any(gram in cut[tuple(w)] for w in each) for each in corpus) for gram in places]
        idf = np.log(len(corpus) / np.maximum(1, np.array(having, float)))
        vector = {w: np.bincount([places[gram] for gram in grams], minlength=len(places)) * idf for w, grams in cut.items()}
        for i, one in enumerate(hypotheses):
            for right in references[i]:
                g, h = vector[tuple(one)], vector[tuple(right)]
                norm = np.linalg.norm(g) * np.linalg.norm(h)
                dot = np.minimum(g, h) @ h * math.exp(-((len(one) - len(right)) ** 2) / 2 / sigma**2) if clip else g @ h
                scores[i] += 10 * dot / norm / 4 / len(references[i]) if norm > 0 else 0
    return scores


@pytest.fixture(scope="module", params=["en", "zh"])
def scenes(request):
    """Captions of 120 scenes: four sayings are references, a fifth, of every third the next scene's, the hypothesis."""
    truths = list(world.draw(world.Kind(), 121, 3).facts())
    said = [[say(plan(truth, Chooser(5 * i + j)), request.param, 7 * i + j) for j in range(5)] for i, truth in enumerate(truths)]
    hypotheses = [said[i + (i % 3 == 0)][4] for i in range(120)]
    tokenize = {"en": evaluate.tokenize_13a, "zh": evaluate.tokenize_zh}[request.param]
    return request.param, tokenize, hypotheses, [each[:4] for each in said[:120]]


# Tokenisers


@some
@given(SIGNS)
def test_13a_splits_as_sacrebleu_does(text):
    assert evaluate.tokenize_13a(text) == Tokenizer13a()(text).split()


@some
@given(st.one_of(MIXED, SIGNS))
def test_chinese_is_split_as_sacrebleu_does(text):
    assert evaluate.tokenize_zh(text) == TokenizerZh()(text).split()


def test_what_tokenisers_are_for():
    text = "A man's well-known 2-year-old dog, at 3.5 m."
    assert evaluate.tokenize_13a(text) == ["A", "man's", "well-known", "2", "-", "year-old", "dog", ",", "at", "3.5", "m", "."]
    assert evaluate.tokenize_plain(text) == ["a", "man's", "well-known", "2", "year-old", "dog", "at", "3.5", "m"]
    assert evaluate.tokenize_zh("一只red的猫。") == ["一", "只", "red", "的", "猫", "。"]
    assert evaluate.tokenize_plain("...") == evaluate.tokenize_13a("  ") == []


# BLEU


@some
@given(EXAMPLES, st.integers(1, 4))
def test_corpus_bleu_equals_sacrebleu(examples, n):
    hypotheses, references = both(examples)
    theirs = sacre_bleu(as_text(hypotheses), [as_text(each) for each in references], n)
    assert evaluate.corpus_bleu(hypotheses, references, n) == pytest.approx(theirs, abs=1e-9)
    assert evaluate.corpus_bleu(as_text(hypotheses), [as_text(r) for r in references], (n,), str.split)[n] == pytest.approx(
        theirs
    )


@some
@given(EXAMPLES, st.integers(1, 4), st.sampled_from([0.5, 1.0]))
def test_sentence_bleu_equals_sacrebleu(examples, n, add):
    hypotheses, references = both(examples)
    metric = BLEU(max_ngram_order=n, tokenize="none", smooth_method="add-k", smooth_value=add, effective_order=True)
    theirs = [metric.sentence_score(" ".join(h), as_text(r)).score / 100 for h, r in examples]
    assert evaluate.sentence_bleu(hypotheses, references, n, add) == pytest.approx(theirs, abs=1e-9)


def test_bleu_of_captions_equals_sacrebleu(scenes):
    language, tokenize, hypotheses, references = scenes
    ours = evaluate.corpus_bleu(hypotheses, references, tokenize=tokenize)
    theirs = {n: sacre_bleu(hypotheses, references, n, {"en": "13a", "zh": "zh"}[language]) for n in (1, 2, 3, 4)}
    assert ours == pytest.approx(theirs, abs=1e-9) and 0.1 < ours[4] < ours[1] < 0.99
    assert evaluate.corpus_bleu([r[0] for r in references], references, 4, tokenize) == 1


def test_bleu_by_hand():
    """Papineni's own example of clipping, 2/7 of the words; and half as many words as the reference: exp(1 - 2)."""
    assert evaluate.corpus_bleu(["the the the the the the the"], [["the cat is on the mat"]], 1) == pytest.approx(2 / 7)
    assert evaluate.corpus_bleu(["a b"], [["a b c d"]], 2) == pytest.approx(math.exp(-1))
    assert evaluate.bleu_counts(["a b c"], [["a b", "a b c d"]], 2).tolist() == [[3, 2, 3, 2, 3, 2]]  # the shorter of 2 and 4


def test_a_corpus_is_no_mean_of_its_captions(scenes):
    _, tokenize, hypotheses, references = scenes
    counts = evaluate.bleu_counts(hypotheses, references, tokenize=tokenize)
    assert counts.shape == (120, 10) and counts.dtype == np.int64
    for part in (slice(0, 40), slice(40, 120), [3, 3, 7]):
        chosen = np.arange(120)[part]
        whole = evaluate.corpus_bleu([hypotheses[i] for i in chosen], [references[i] for i in chosen], tokenize=tokenize)
        for n, score in whole.items():
            assert evaluate.bleu_from_counts(counts[chosen].sum(axis=0), n) == pytest.approx(score, abs=1e-12)
    single = evaluate.bleu_from_counts(counts, add=1)
    assert single == pytest.approx(evaluate.sentence_bleu(hypotheses, references, tokenize=tokenize))
    said, right = ["a", "x x x"], [["a"], ["y y y"]]
    assert evaluate.corpus_bleu(said, right, 1) == pytest.approx(1 / 4) and evaluate.sentence_bleu(said, right, 1).mean() == 1 / 2


def test_an_empty_hypothesis_is_a_defined_result():
    references = [["a red star"], ["a blue star"]]
    assert set(evaluate.corpus_bleu(["", ""], references).values()) == {0.0}
    assert evaluate.sentence_bleu(["", "a blue star"], references).tolist() == [0, 1]
    assert evaluate.cider_d(["", "a blue star"], references)[0] == evaluate.cider([[], ["a"]], references)[0] == 0
    assert evaluate.corpus_bleu([""], [[""]], 1) == 0
    half = evaluate.corpus_bleu(["", "a blue star"], references, 1)
    assert half == pytest.approx(math.exp(1 - 6 / 3))  # all words right, half of them missing


# CIDEr


@some
@given(EXAMPLES)
def test_cider_d_equals_pycocoevalcap(examples):
    hypotheses, references = both(examples)
    theirs = coco_cider(as_text(hypotheses), [as_text(each) for each in references])
    assert evaluate.cider_d(hypotheses, references) == pytest.approx(theirs, abs=1e-9)


def test_cider_d_of_captions_equals_pycocoevalcap(scenes):
    _, tokenize, hypotheses, references = scenes
    split = [" ".join(tokenize(one)) for one in hypotheses], [[" ".join(tokenize(one)) for one in each] for each in references]
    ours = evaluate.cider_d(hypotheses, references, tokenize)
    assert ours.shape == (120,) and ours == pytest.approx(coco_cider(*split), abs=1e-9)
    right, wrong = np.arange(120) % 3 != 0, np.arange(120) % 3 == 0
    assert ours[right].mean() > 2 * ours[wrong].mean()


@some
@given(EXAMPLES, st.lists(st.lists(WORDS, min_size=1, max_size=3), min_size=1, max_size=4))
def test_cider_is_the_papers_equations(examples, corpus):
    hypotheses, references = both(examples)
    for known in (None, corpus):
        plain = evaluate.cider(hypotheses, references, corpus=known)
        assert plain == pytest.approx(slow_cider(hypotheses, references, known), abs=1e-9)
        clipped = evaluate.cider_d(hypotheses, references, corpus=known, sigma=2.0)
        assert clipped == pytest.approx(slow_cider(hypotheses, references, known, clip=True, sigma=2.0), abs=1e-9)


def test_repeating_the_rare_word_pays_with_cider_and_not_with_cider_d():
    references = [["a red star on the left"], ["a blue moon on the left"], ["a red moon on the left"]]
    said = ["star star star star star star", "a blue moon on the left", "a red moon on the left"]
    plain, clipped = evaluate.cider(said, references), evaluate.cider_d(said, references)
    assert plain[0] > 3 * clipped[0] > 0
    assert plain[1:] == pytest.approx([10, 10]) and clipped[1:] == pytest.approx([10, 10])


def test_a_part_is_scored_as_within_the_whole():
    references = [["a red star"], ["a blue moon"], ["a red moon", "the red moon"], ["a green star"]]
    said = ["a red moon", "a blue star", "the red star", "a star"]
    assert evaluate.cider_d(said[:2], references[:2], corpus=references) == pytest.approx(evaluate.cider_d(said, references)[:2])
    assert evaluate.cider_d(said[:1], references[:1]).tolist() == [0]  # one example alone: nothing in it is rare


# The bootstrap of a corpus's figure


def test_the_bootstrap_of_sums_equals_that_of_means():
    """A mean is the ratio of two sums, so both ways must tell the same of the same scores, groups included."""
    rng = np.random.default_rng(0)
    a, b, groups = rng.random(60), rng.random(60), np.repeat(np.arange(20), 3)
    ones = np.ones(60)
    for each in (None, groups):
        plain = evaluate.paired_bootstrap(a, b, 2000, groups=each)
        sums = evaluate.paired_bootstrap(
            np.stack([a, ones], 1), np.stack([b, ones], 1), 2000, groups=each, statistic=lambda s: s[:, 0] / s[:, 1]
        )
        assert sums.n == plain.n and sums.p_value == plain.p_value
        assert (sums.difference, sums.low, sums.high) == pytest.approx((plain.difference, plain.low, plain.high), abs=1e-12)


def test_the_bootstrap_compares_bleu_of_two_systems(scenes):
    _, tokenize, hypotheses, references = scenes
    better = [references[i][0] if i % 4 == 0 else one for i, one in enumerate(hypotheses)]
    a, b = (evaluate.bleu_counts(said, references, tokenize=tokenize) for said in (better, hypotheses))
    found = evaluate.paired_bootstrap(a, b, 500, statistic=evaluate.bleu_from_counts)
    exact = [evaluate.corpus_bleu(said, references, 4, tokenize) for said in (better, hypotheses)]
    assert found.difference == pytest.approx(exact[0] - exact[1]) and 0 < found.low < found.difference < found.high
    assert found.p_value < 0.01 and found.n == 120
    same = evaluate.paired_bootstrap(b, b, 50, statistic=evaluate.bleu_from_counts)
    assert (same.low, same.high, same.p_value) == (0, 0, 1)


# Bad input


@pytest.mark.parametrize("score", [evaluate.corpus_bleu, evaluate.sentence_bleu, evaluate.cider, evaluate.cider_d])
@pytest.mark.parametrize(
    ("hypotheses", "references", "said"),
    [
        ([], [], "hypotheses is empty"),
        (["a", "b"], [["a"]], "references must have one list a hypothesis, 2; got 1"),
        (["a", "b"], [["a"], []], r"references\[1\] is empty; every example needs at least one"),
        (["a"], ["a star"], r"references\[0\] must be a list; got 'a star'"),
        ("a star", [["a star"]], "hypotheses must be a list; got 'a star'"),
        (["a", None], [["a"], ["b"]], r"hypotheses\[1\] must be a string or a list of words; got NoneType"),
        (["a"], [[3]], r"references\[0\]\[0\] must be a string or a list of words; got int"),
    ],
)
def test_bad_captions_get_one_sentence(score, hypotheses, references, said):
    with pytest.raises(ValueError, match=said):
        score(hypotheses, references)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: evaluate.corpus_bleu(["a"], [["a"]], 0), "n must be a whole number at least 1; got 0"),
        (lambda: evaluate.corpus_bleu(["a"], [["a"]], ()), "n is empty"),
        (lambda: evaluate.sentence_bleu(["a"], [["a"]], add=-1), "add must be at least 0; got -1"),
        (lambda: evaluate.bleu_from_counts(np.ones(10), 5), "n must be a whole number from 1 to 4.* got 5"),
        (lambda: evaluate.bleu_from_counts(np.ones(3)), r"counts must be rows of bleu_counts; got float64 of shape \(3,\)"),
        (lambda: evaluate.cider_d(["a"], [["a"]], sigma=0), "sigma must be above 0; got 0"),
        (lambda: evaluate.cider(["a"], [["a"]], corpus=[]), "corpus is empty"),
        (lambda: evaluate.cider(["a"], [["a"]], corpus=["a star"]), r"corpus\[0\] must be a list; got 'a star'"),
        (lambda: evaluate.paired_bootstrap([1, 2], [2, 1], statistic=sum), "a must be one row of numbers an item"),
        (
            lambda: evaluate.paired_bootstrap(np.eye(2), np.eye(2), statistic=lambda sums: sums),
            "statistic must make one finite number of each row of sums",
        ),
        (lambda: evaluate.paired_bootstrap(np.eye(2), np.eye(3)[:2], statistic=sum), "scores of the same items; got .2, 2. and"),
    ],
)
def test_bad_options_get_one_sentence(call, said):
    with pytest.raises(ValueError, match=said):
        call()
