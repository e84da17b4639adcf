"""Chapter 05: rows of its benchmark again, and its quiz."""

import json
import math

import numpy as np
import pytest

from mmlearn import data
from mmlearn.exercises import quiz


def stored(part):
    return json.loads(data.resource("results/matching_and_retrieval.json").read_text(encoding="utf-8"))["figures"][part]


@pytest.fixture(scope="module")
def real():
    from benchmarks import start_here

    try:
        return start_here.vectors()
    except data.DataUnavailable as reason:
        pytest.skip(str(reason))


def test_a_row_of_the_bridge_again(real):
    """Borrowing captions is exact: nothing depends on a seed but the split."""
    from benchmarks import matching_and_retrieval as benchmark
    from mmlearn import evaluate

    pairs, X, Y = real
    test, val, train = benchmark.split(pairs.groups, 0)
    live = benchmark.both(benchmark.bridged(X, Y, train, val, test, evaluate.cosine_similarity))
    row = stored("bridge")["MiniLM, cosine"]
    for metric in ("R@1", "R@10", "mAP"):
        assert math.isclose(live[metric], row[metric][0], abs_tol=0.004), metric


def test_rows_of_the_table_of_aligners_run(real):
    """Two of them on one split, with test vectors hidden while they learn."""
    from benchmarks import align_matching_and_retrieval as rows
    from benchmarks import matching_and_retrieval as benchmark
    from benchmarks import start_here

    pairs, X, Y = real
    test, val, train = benchmark.split(pairs.groups, 0)
    hidden = [np.array(V) for V in (X, Y)]
    for V in hidden:
        V[test] = np.nan
    for name in ("bridge of words: neighbours' captions", "CCA, weighted + inverted softmax*"):
        similarity = rows.ALIGNERS[name](*hidden, train, val, 0)
        for V, whole in zip(hidden, (X, Y), strict=True):
            V[test] = whole[test]
        assert start_here.recall(similarity(test)) > 0.2, name
        for V in hidden:
            V[test] = np.nan


def test_the_tables_say_what_the_chapter_says():
    direct, bridge, hubs, hashing = (stored(part) for part in ("direct", "bridge", "hubs", "hashing"))
    chance = direct["random guessing"]["R@10"][0]
    assert all(np.mean(row["R@10"]) < 2 * chance for row in direct.values())
    assert np.mean(bridge["TF-IDF, cosine"]["R@10"]) > 5 * chance
    assert np.mean(bridge["CCA (MiniLM)"]["R@10"]) > np.mean(bridge["MiniLM, cosine"]["R@10"])
    assert np.mean(bridge["MiniLM, cosine, shuffled pairs"]["R@10"]) < 2 * chance
    assert np.mean(hubs["CCA + inverted softmax*"]["skewness of N10"]) < np.mean(hubs["CCA"]["skewness of N10"])
    for bits in ("64 bits", "256 bits"):
        better, plain = (np.mean(hashing[name][bits]) for name in ("ITQ", "signs of CCA"))
        assert np.mean(hashing["real numbers, as many"][bits]) > better > plain


def test_search_is_as_quick_as_was_asked_and_equal():
    for name, row in stored("speed").items():
        assert np.median(row["time, ours / faiss"]) <= 1.5, name
        assert max(row["ids that differ"]) == 0, name
    assert set(stored("growth")["ours, one at a time"]) > {"1,000", "1,000,000"}


def test_clusters_are_made_of_centres_that_stay():
    from benchmarks import search_at_scale

    a, b = (search_at_scale.clusters(500, seed) for seed in (0, 1))
    assert a.dtype == np.float32 and a.shape == (500, search_at_scale.WIDTH) and not np.array_equal(a, b)
    centres = search_at_scale.normal(search_at_scale.CLUSTERS, search_at_scale.WIDTH, 0)
    away = ((a[:50, None] - centres) ** 2).sum(2).min(1)
    assert away.mean() == pytest.approx(0.25 * search_at_scale.WIDTH, rel=0.15)


def test_every_choice_of_the_quiz_explains_itself(capsys):
    quiz("matching_and_retrieval")
    said = capsys.readouterr().out
    assert said.count("✓") == 5 and said.count("✗") == 10
