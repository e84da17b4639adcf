"""Chapter 02: its exercises agree with the library, its table's live row, its quiz."""

import json

import numpy as np
import torch

from mmlearn import data, evaluate, profiles
from mmlearn.exercises import quiz
from mmlearn.exercises.text_features import masks, negatives, next_word, summing_up, weighing
from mmlearn.features import text

SIZE = profiles.settings("02_text_features", "laptop")


def captions(n=40):
    return data.load("scenes", split="val", n=n).column("caption")


def test_the_exercise_s_tfidf_is_the_library_s():
    counts = text.BagOfWords().fit(captions()).transform(captions())
    np.testing.assert_allclose(weighing.tfidf(counts), text.TfIdf().fit(captions()).transform(captions()), rtol=1e-5, atol=1e-6)


def test_the_exercise_s_losses_are_the_library_s():
    torch.manual_seed(0)
    c, o, n = torch.randn(7, 5), torch.randn(7, 5), torch.randn(7, 4, 5)
    assert torch.allclose(negatives.negative_sampling_loss(c, o, n), text.negative_sampling_loss(c, o, n))
    vocabulary = text.Vocabulary.of(captions())
    ids, lengths = vocabulary.batch(captions(6), marks=True)
    gpt = text.small_gpt(vocabulary, 16, 1, 2, 64)
    real = torch.arange(ids.shape[1]) < lengths[:, None]
    logits = gpt(input_ids=ids, attention_mask=real.long()).logits
    assert torch.allclose(next_word.next_word_loss(logits, ids, real), text.next_word_loss(gpt, ids, lengths), rtol=1e-5)


def test_the_exercise_s_pools_are_the_library_s():
    (states, lengths), _ = summing_up.state_cases(np.random.default_rng(0), "standard")[1:]
    real = np.arange(states.shape[1]) < lengths[:, None]
    tensors = torch.from_numpy(states), torch.from_numpy(real)
    np.testing.assert_allclose(summing_up.mean_pool(states, real), text.pool(*tensors, "mean").numpy())
    np.testing.assert_allclose(summing_up.last_state(states, lengths), text.pool(*tensors, "last").numpy())


def test_the_exercise_masks_as_many_words_as_the_library():
    """The same shares of words chosen, hidden, replaced and left, over many words."""
    vocabulary = text.Vocabulary.of(captions())
    ids = torch.randint(len(text.SPECIALS), len(vocabulary), (200, 100), generator=torch.Generator().manual_seed(0))
    rng = np.random.default_rng(0)
    others = rng.integers(len(text.SPECIALS), len(vocabulary), ids.shape)
    u, v = rng.random(ids.shape), rng.random(ids.shape)
    mine = masks.mask_words(ids.numpy(), np.ones(ids.shape, bool), u, v, others, text.MASK)
    theirs = text.mask_words(ids, torch.ones_like(ids, dtype=torch.bool), vocabulary)
    for inputs, targets in (mine, [part.numpy() for part in theirs]):
        chosen = targets != -100
        assert np.array_equal(targets[chosen], ids.numpy()[chosen])
        assert np.isclose(chosen.mean(), 0.15, atol=0.01)
        assert np.isclose((inputs[chosen] == text.MASK).mean(), 0.8, atol=0.03)
        assert np.isclose((inputs[chosen] == targets[chosen]).mean(), 0.1, atol=0.03)
        assert np.array_equal(inputs[~chosen], ids.numpy()[~chosen])


def test_twins_have_one_bag_so_that_counts_are_right_in_half():
    parts = [text.order_task(split, 60) for split in ("train", "val", "test")]
    bag = text.BagOfWords().fit(parts[0][0])
    first, second = (bag.transform(parts[2][0][i::2]) for i in (0, 1))
    assert np.array_equal(first, second)
    assert all(a != b for a, b in zip(parts[2][1][::2], parts[2][1][1::2], strict=True))
    probe = evaluate.linear_probe(*((bag.transform(texts), labels) for texts, labels in parts))
    assert probe.accuracy <= 0.5


def test_every_choice_of_the_quiz_explains_itself(capsys):
    quiz("text_features")
    said = capsys.readouterr().out
    assert said.count("✓") == 5 and said.count("✗") >= 10


def test_the_row_shown_from_the_benchmark_is_measured_again():
    """The bag of words: one representation, all generated questions, from scratch."""
    stored = json.loads(data.resource("results/text_features.json").read_text(encoding="utf-8"))["figures"]["probe"]
    for task in (text.colour_task, text.new_words_task, text.order_task):
        parts = [task(split, n) for split, n in SIZE.probe.items()]
        bag = text.BagOfWords().fit(parts[0][0])
        live = evaluate.linear_probe(*((bag.transform(texts), labels) for texts, labels in parts)).accuracy
        column = task.__name__.removesuffix("_task").replace("_", " ")
        assert np.isclose(live, np.mean(stored["bag of words"][column]), atol=0.005), column
