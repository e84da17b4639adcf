"""Retrieval metrics, controls and the bootstrap: against other implementations, against simulation, on bad input."""

from math import comb

import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score
from torchmetrics.retrieval import RetrievalHitRate, RetrievalMAP, RetrievalMRR, RetrievalRecall

from mmlearn import evaluate


def random_task(n_queries=40, n_items=30, share=0.1, seed=0, levels=None):
    """A similarity and its relevant items; `levels` rounds to few values, so that there are ties."""
    rng = np.random.default_rng(seed)
    relevant = rng.random((n_queries, n_items)) < share
    relevant[np.arange(n_queries), rng.integers(n_items, size=n_queries)] = True
    similarity = rng.standard_normal((n_queries, n_items)) + relevant
    return (similarity if levels is None else np.round(similarity * levels) / levels), relevant


def torchmetrics_value(metric, similarity, relevant):
    """The exponential keeps the order; torchmetrics counts items of similarity 0 or less as not retrieved."""
    queries = torch.arange(len(similarity)).repeat_interleave(similarity.shape[1])
    return float(metric(torch.tensor(similarity).exp().flatten(), torch.tensor(relevant).flatten(), indexes=queries))


# Retrieval


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5])
def test_without_ties_the_metrics_equal_torchmetrics_and_scikit_learn(share):
    similarity, relevant = random_task(share=share)
    for k in (1, 5, 30):
        ours = evaluate.recall_at_k(similarity, k, relevant)
        assert ours == pytest.approx(torchmetrics_value(RetrievalHitRate(top_k=k), similarity, relevant), abs=1e-6)
    ours = evaluate.mean_average_precision(similarity, relevant)
    assert ours == pytest.approx(torchmetrics_value(RetrievalMAP(), similarity, relevant), abs=1e-6)
    theirs = [average_precision_score(r, s) for s, r in zip(similarity, relevant, strict=True)]
    assert ours == pytest.approx(np.mean(theirs), abs=1e-12)
    reciprocal = np.mean(1 / evaluate.ranks(similarity, relevant))
    assert reciprocal == pytest.approx(torchmetrics_value(RetrievalMRR(), similarity, relevant), abs=1e-6)


def test_recall_is_a_hit_rate_and_differs_from_the_share_found():
    """With one relevant item the two are the same; with several, R@k of retrieval across media asks for one of them."""
    single, right = random_task(share=0)
    share_found = torchmetrics_value(RetrievalRecall(top_k=5), single, right)
    assert evaluate.recall_at_k(single, 5, right) == pytest.approx(share_found, abs=1e-6)
    several, right = random_task(share=0.3)
    assert evaluate.recall_at_k(several, 5, right) > torchmetrics_value(RetrievalRecall(top_k=5), several, right)


def test_ties_score_what_random_order_scores_on_average():
    similarity, relevant = random_task(n_queries=6, n_items=12, share=0.2, levels=1)
    rng, hits, precision, ranks = np.random.default_rng(1), [], [], []
    for _ in range(1500):
        broken = similarity + 1e-6 * rng.random(similarity.shape)
        hits.append(evaluate.hits_at_k(broken, 3, relevant))
        precision.append(evaluate.mean_average_precision(broken, relevant))
        ranks.append(evaluate.ranks(broken, relevant))
    np.testing.assert_allclose(evaluate.hits_at_k(similarity, 3, relevant), np.mean(hits, axis=0), atol=0.05)
    np.testing.assert_allclose(evaluate.ranks(similarity, relevant), np.mean(ranks, axis=0), atol=0.2)
    assert evaluate.mean_average_precision(similarity, relevant) == pytest.approx(np.mean(precision), abs=0.008)


@pytest.mark.parametrize("value", [0.0, 1.0, -np.inf])
def test_a_constant_similarity_scores_exactly_chance(value):
    constant = np.full((40, 40), value)
    assert evaluate.recall_at_k(constant) == pytest.approx(evaluate.chance(40))
    assert evaluate.median_rank(constant) == 20.5
    relevant = evaluate.same_label(np.arange(40) // 4, np.arange(40) // 4)
    assert evaluate.recall_at_k(constant, (1, 5, 40), relevant) == pytest.approx(evaluate.chance(40, (1, 5, 40), 4))


def test_chance_is_exact():
    assert evaluate.chance(500) == pytest.approx({1: 1 / 500, 5: 5 / 500, 10: 10 / 500})
    assert evaluate.chance(10, 3, relevant=2) == pytest.approx(1 - (8 * 7 * 6) / (10 * 9 * 8))
    assert evaluate.chance(10, 10, relevant=1) == 1
    assert evaluate.chance(50, 5, relevant=5) == pytest.approx(1 - comb(45, 5) / comb(50, 5))


def test_perfect_and_worst_similarity():
    assert evaluate.recall_at_k(np.eye(20)) == {1: 1, 5: 1, 10: 1}
    assert evaluate.mean_average_precision(np.eye(20)) == 1
    assert evaluate.recall_at_k(-np.eye(20), 19) == 0
    assert evaluate.median_rank(-np.eye(20)) == 20


def test_forms_of_relevant_and_similarity_agree():
    rng = np.random.default_rng(0)
    pictures = np.repeat(np.arange(6), 5)
    similarity = rng.standard_normal((30, 6))
    expected = evaluate.recall_at_k(similarity, (1, 3), evaluate.same_label(pictures, np.arange(6)))
    for relevant in (pictures, pictures.tolist(), [[i] for i in pictures], torch.tensor(pictures)):
        assert evaluate.recall_at_k(similarity, (1, 3), relevant) == expected
    assert evaluate.recall_at_k(torch.tensor(similarity), (1, 3), pictures) == expected
    captions = [np.flatnonzero(pictures == i) for i in range(6)]
    backward = evaluate.recall_at_k(similarity.T, 1, captions)
    assert backward == pytest.approx(np.mean(pictures[similarity.argmax(axis=0)] == np.arange(6)))


def test_report_scores_both_directions_and_their_mean():
    similarity, relevant = random_task(30, 30, share=0)
    relevant |= np.eye(30, dtype=bool)
    report = evaluate.retrieval_report(similarity, (1, 5), relevant, ("text → image", "image → text"))
    assert report["text → image"]["R@5"] == evaluate.recall_at_k(similarity, 5, relevant)
    assert report["image → text"]["mAP"] == evaluate.mean_average_precision(similarity.T, relevant.T)
    mean = (report["text → image"]["median rank"] + report["image → text"]["median rank"]) / 2
    assert report["both"]["median rank"] == mean
    assert "text → image" in str(report)
    assert report._repr_markdown_().count("\n") == 4


def test_cosine_similarity():
    A, B = np.array([[3.0, 4.0], [0.0, 0.0]]), torch.tensor([[6.0, 8.0], [-4.0, 3.0]])
    np.testing.assert_allclose(evaluate.cosine_similarity(A, B), [[1, 0], [0, 0]], atol=1e-12)
    with pytest.raises(ValueError, match="equal numbers of columns; got 2 and 3"):
        evaluate.cosine_similarity(A, np.ones((2, 3)))
    with pytest.raises(ValueError, match="A holds NaN"):
        evaluate.cosine_similarity(A * np.nan, B)


@pytest.mark.parametrize(
    ("similarity", "k", "relevant", "words"),
    [
        (np.where(np.eye(4), np.nan, 1), 1, None, "similarity holds NaN values in 4 of its 4 rows"),
        (np.ones(4), 1, None, "similarity must have two dimensions"),
        (np.ones((0, 4)), 1, None, "similarity is empty"),
        (np.ones((3, 4)), 1, None, "relevant is needed where similarity is not square"),
        (np.ones((4, 4)), 5, None, "k must be a whole number from 1 to 4, the number of items; got 5"),
        (np.ones((4, 4)), (1, 0), None, "k must be .* got 0"),
        (np.ones((4, 4)), 1.5, None, "k must be .* got 1.5"),
        (np.ones((4, 4)), 1, np.eye(5, dtype=bool), r"relevant must be a bool matrix of shape \(4, 4\)"),
        (np.ones((4, 4)), 1, np.eye(4), "relevant must be a bool matrix"),
        (np.ones((4, 4)), 1, np.eye(4, k=1, dtype=bool), "relevant leaves query 3 without a relevant item"),
        (np.ones((4, 4)), 1, [[0], [1], [], [2]], "relevant leaves query 2 without"),
        (np.ones((4, 4)), 1, [0, 1, 2], "relevant must have one entry a query, 4; got 3"),
        (np.ones((4, 4)), 1, [0, 1, 2, 4], "item numbers from 0 to 3; query 3 has 4"),
        (np.ones((4, 4)), 1, [0, 1, -1, 2], "query 2 has -1"),
        (np.ones((4, 4)), 1, [0.0, 1.0, 2.0, 3.0], "relevant must hold item numbers"),
    ],
)
def test_bad_retrieval_input(similarity, k, relevant, words):
    with pytest.raises(ValueError, match=words):
        evaluate.recall_at_k(similarity, k, relevant)


def test_a_report_needs_a_relevant_query_for_every_item():
    with pytest.raises(ValueError, match="item, asked the other way round, 2 without"):
        evaluate.retrieval_report(np.ones((2, 3)), (1,), [0, 1])
    with pytest.raises(ValueError, match="relevant must be from 1 to n_items=5"):
        evaluate.chance(5, 1, relevant=0)
    with pytest.raises(ValueError, match="one label a row"):
        evaluate.same_label(np.ones((2, 2)), np.ones(2))


# Controls


def nearest_mean(train, test, seed):
    """A classifier of concatenated views: the class whose training mean is nearest."""
    rows, new = (np.column_stack([data[v] for v in ("image", "text")]) for data in (train, test))
    means = np.stack([rows[train["label"] == c].mean(axis=0) for c in (0, 1)])
    guess = ((new[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
    return {"accuracy": (guess == test["label"]).mean()}


def labelled_views(n, seed, text_noise=1.0):
    """The image tells the label; the text tells it too unless its noise is large."""
    rng = np.random.default_rng(seed)
    label = rng.integers(2, size=n)
    signal = (2.0 * label - 1)[:, None]
    image, text = rng.standard_normal((n, 3)), rng.standard_normal((n, 2))
    return {"image": image + signal, "text": text * text_noise + signal, "label": label}


def test_controls_of_a_classifier_show_which_view_it_lives_on():
    train, test = labelled_views(1000, 0, text_noise=1e3), labelled_views(1000, 1, text_noise=1e3)
    train["text"], test["text"] = train["text"] / 1e3, test["text"] / 1e3
    chance = {"accuracy": evaluate.majority(train["label"], test["label"])}
    scores = evaluate.controls(nearest_mean, train, test, targets=["label"], chance=chance, seeds=range(3))
    assert list(scores.values) == [
        "as it is",
        "shuffled pairs",
        "image alone",
        "without image",
        "image shuffled",
        "text alone",
        "without text",
        "text shuffled",
        "chance",
    ]
    accuracy = {name: scores[name]["accuracy"] for name in scores.values}
    assert accuracy["as it is"] > 0.9
    assert accuracy["image alone"] == pytest.approx(accuracy["as it is"], abs=0.02)
    for ruined in ("text alone", "without image", "image shuffled", "chance"):
        assert accuracy[ruined] == pytest.approx(0.5, abs=0.06)
    assert accuracy["text shuffled"] == pytest.approx(accuracy["as it is"], abs=0.02)
    assert scores.spread("image shuffled")["accuracy"] > 0
    assert scores.spread("chance")["accuracy"] == 0


def product_of_views(train, test, seed):
    """Retrieval by a map from text to image learned by least squares."""
    weights = np.linalg.lstsq(train["text"], train["image"], rcond=None)[0]
    similarity = evaluate.cosine_similarity(test["text"] @ weights, test["image"])
    return {"R@1": evaluate.recall_at_k(similarity, 1)}


def test_controls_of_retrieval_fall_to_chance():
    rng = np.random.default_rng(0)
    image = rng.standard_normal((600, 20))
    text = image @ rng.standard_normal((20, 20)) + 0.1 * rng.standard_normal((600, 20))
    train = {"text": torch.tensor(text[:400]), "image": image[:400]}
    test = {"text": torch.tensor(text[400:]), "image": image[400:]}
    scores = evaluate.controls(product_of_views, train, test, chance={"R@1": evaluate.chance(200, 1)})
    assert list(scores.values) == ["as it is", "shuffled pairs", "without text", "without image", "chance"]
    assert scores["as it is"]["R@1"] > 0.9
    for row in ("without text", "without image", "chance"):
        assert scores[row]["R@1"] == pytest.approx(1 / 200, abs=1e-9)
    assert scores["shuffled pairs"]["R@1"] < 0.04
    bars = scores.bars("R@1")
    assert [bar["kind"] for bar in bars] == ["method", "control", "control", "control", "chance"]
    assert "0.005 ± 0.000" in str(scores)


def test_controls_keep_the_rows_of_the_others_and_blank_by_kind():
    seen = []

    def spy(train, test, seed):
        seen.append((train, test))
        return {"score": 0.0}

    data = {"x": np.arange(12.0).reshape(6, 2), "tokens": np.arange(6), "caption": np.array(list("abcdef"))}
    evaluate.controls(spy, data, data, seeds=[0])
    assert len(seen) == 5
    shuffled = seen[1][0]
    np.testing.assert_array_equal(shuffled["x"], data["x"])
    assert sorted(shuffled["tokens"]) == list(range(6)) and list(shuffled["tokens"]) != list(range(6))
    np.testing.assert_array_equal(seen[2][1]["x"], np.tile(data["x"].mean(axis=0), (6, 1)))
    assert not seen[3][1]["tokens"].any()
    assert set(seen[4][1]["caption"]) == {""}
    np.testing.assert_array_equal(seen[4][0]["caption"], data["caption"])


def test_majority():
    assert evaluate.majority([0, 1, 1], torch.tensor([1, 0, 0, 0])) == 0.25
    assert evaluate.majority(["a", "b", "b"], ["b", "b"]) == 1
    with pytest.raises(ValueError, match="at least one label"):
        evaluate.majority([], [1])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"test": {"x": np.ones((3, 2))}}, r"same views; got \['x', 'y'\] and \['x'\]"),
        ({"train": {"x": np.ones((3, 2)), "y": np.ones((4, 2))}}, "views of train must have equal numbers of rows"),
        ({"test": {"x": np.ones((0, 2)), "y": np.ones((0, 2))}}, "views of test must have equal numbers"),
        ({"targets": ["z"]}, "targets must leave a view"),
        ({"targets": ["x", "y"]}, "targets must leave a view"),
        ({"seeds": []}, "seeds is empty"),
    ],
)
def test_bad_controls(changes, words):
    views = {"x": np.ones((3, 2)), "y": np.ones((3, 2))}
    with pytest.raises(ValueError, match=words):
        evaluate.controls(**{"run": lambda *_: {}, "train": views, "test": views, **changes})


# Bootstrap


def test_the_interval_covers_the_true_difference_as_often_as_it_says():
    rng, covered, rejected, trials = np.random.default_rng(0), 0, 0, 400
    for trial in range(trials):
        item = rng.standard_normal(80)
        a, b = item + 0.3 + 0.5 * rng.standard_normal(80), item + 0.5 * rng.exponential(size=80) - 0.5
        found = evaluate.paired_bootstrap(a, b, n_resamples=800, seed=trial)
        covered += found.low <= 0.3 <= found.high
        same = evaluate.paired_bootstrap(a - 0.3, b, n_resamples=800, seed=trial)
        rejected += same.p_value < 0.05
    assert 0.91 <= covered / trials <= 0.975
    assert 0.02 <= rejected / trials <= 0.09


def test_pairing_makes_small_differences_visible():
    rng = np.random.default_rng(0)
    item = rng.standard_normal(200)
    found = evaluate.paired_bootstrap(item + 0.05, item + 0.1 * rng.standard_normal(200))
    assert 0 < found.low < found.difference < found.high < 0.1
    assert found.p_value < 0.001
    assert "p = " in str(found) and "95% interval" in str(found)


def test_equal_systems_and_order():
    scores = np.random.default_rng(0).random(50)
    same = evaluate.paired_bootstrap(scores, scores, n_resamples=200)
    assert (same.difference, same.low, same.high, same.p_value) == (0, 0, 0, 1)
    other = np.random.default_rng(1).random(50)
    forward, backward = evaluate.paired_bootstrap(scores, other), evaluate.paired_bootstrap(other, scores)
    assert forward.difference == -backward.difference
    assert forward.low == pytest.approx(-backward.high)
    assert evaluate.paired_bootstrap(torch.tensor(scores), other) == forward
    assert forward.p_value == backward.p_value


def test_groups_are_drawn_together():
    rng = np.random.default_rng(0)
    a = np.repeat(rng.standard_normal(40), 5)
    alone = evaluate.paired_bootstrap(a, np.zeros(200))
    grouped = evaluate.paired_bootstrap(a, np.zeros(200), groups=np.repeat([f"g{i:02}" for i in range(40)], 5))
    assert grouped.n == 40 and alone.n == 200
    assert (grouped.high - grouped.low) / (alone.high - alone.low) == pytest.approx(np.sqrt(5), rel=0.1)
    per_group = evaluate.paired_bootstrap(a[::5], np.zeros(40))
    assert (grouped.low, grouped.high) == pytest.approx((per_group.low, per_group.high))


def test_memory_is_bounded_and_the_result_is_the_same_in_pieces(monkeypatch):
    a, b = np.random.default_rng(0).random((2, 60))
    whole = evaluate.paired_bootstrap(a, b, n_resamples=1000)
    monkeypatch.setattr("mmlearn.evaluate.bootstrap._AT_ONCE", 700)
    assert evaluate.paired_bootstrap(a, b, n_resamples=1000) == whole


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"a": [1.0, np.nan, 0.0]}, "a holds NaN or infinite values, the first at item 1"),
        ({"b": [1.0, 2.0]}, "same items; got 3 and 2"),
        ({"a": np.ones((3, 1))}, "a must be one number an item"),
        ({"a": [], "b": []}, "a must be one number an item"),
        ({"a": [1.0], "b": [2.0]}, "at least 2 items"),
        ({"groups": ["x", "x", "x"]}, "at least 2 items, or groups"),
        ({"groups": ["x", "y"]}, "groups must be one label an item"),
        ({"n_resamples": 0}, "n_resamples must be at least 1"),
        ({"level": 95}, "level between 0 and 1; got 10000 and 95"),
        ({"a": ["x", "y", "z"]}, "a must be one number an item"),
    ],
)
def test_bad_bootstrap_input(changes, words):
    with pytest.raises(ValueError, match=words):
        evaluate.paired_bootstrap(**{"a": [1.0, 2.0, 3.0], "b": [1.0, 1.0, 1.0], **changes})
