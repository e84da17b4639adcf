"""Chapter 16: its quiz, its exercises against the library, and rows of its tables."""

import json

import pytest
import torch

from benchmarks import captioning
from mmlearn import data, evaluate
from mmlearn.exercises import quiz
from mmlearn.exercises.engine.registry import find
from mmlearn.generate.caption import (
    AttentionDecoder,
    Memory,
    TransformerDecoder,
    as_memory,
    decoding,
    word_loss,
)


def answer(name, *arguments):
    """What the check of an exercise expects."""
    return find(f"captioning.{name}").reference(*arguments)


def seen(b=3, n=4, d=6):
    return torch.randn(b, n, d, generator=torch.Generator().manual_seed(0))


def test_teacher_forcing_is_the_librarys_word_loss():
    torch.manual_seed(0)
    decoder, pictures = TransformerDecoder(9, 6, 8, layers=1, heads=2).eval(), seen()
    tokens = torch.tensor([[5, 6, 7, 4], [5, 8, 4, 0], [5, 4, 0, 0]])
    expected = word_loss(decoder(pictures, tokens[:, :-1]), tokens[:, 1:])
    torch.testing.assert_close(answer("teacher_forced", lambda given: decoder(pictures, given), tokens, 0), expected)


def test_attention_is_that_of_the_librarys_decoder():
    torch.manual_seed(0)
    decoder, h = AttentionDecoder(9, 6, 8, score_dim=5), torch.randn(3, 8)
    real = torch.tensor([[True] * 4, [True, False, True, False], [True] * 4])
    with torch.no_grad():
        memory = as_memory(Memory(seen(), real), 6)
        regions = decoder.see(memory.regions)
        found, weights = decoder._attend(h, regions, decoder.of_region(regions), real)
        b, gate = decoder.of_region.bias, torch.sigmoid(decoder.gate(h))
        widened = torch.cat([regions, torch.ones(3, 4, 1)], dim=2)  # the bias of U as one more number of each region
        U = torch.cat([decoder.of_region.weight, b[:, None]], dim=1)
        looked, expected = answer("attend", widened, h, U, decoder.of_state.weight, decoder.score.weight[0], real)
    torch.testing.assert_close(weights, expected)
    torch.testing.assert_close(found, gate * looked[:, :-1])


def test_a_step_of_beam_search_is_the_librarys_where_nothing_has_ended():
    torch.manual_seed(0)
    decoder, pictures = TransformerDecoder(12, 6, 8, layers=1, heads=2).eval(), seen()
    silent = torch.zeros(12, dtype=torch.bool)
    silent[4] = True  # nothing ends
    written = decoding.beam(decoder, pictures, 5, width=3, longest=1, silent=silent)
    with torch.no_grad():
        logp, _ = decoder.step(torch.full((3,), 5), decoder.start(pictures))
    logp[:, [0, 4]] = -torch.inf
    total = torch.tensor([[0.0, -torch.inf, -torch.inf]] * 3)
    best, _, word = answer(
        "beam_step", total, logp.log_softmax(-1)[:, None].expand(3, 3, 12), torch.zeros(3, 3, dtype=torch.bool), 0
    )
    torch.testing.assert_close(written.log_probability, best)
    assert torch.equal(written.tokens[:, :, 0], word)


def test_bleu_is_the_librarys():
    said = [["a", "red", "star"], ["the", "the", "ring", "on", "the", "left"]]
    right = [[["a", "red", "ring"], ["one", "red", "star", "here"]], [["a", "ring", "on", "the", "left"]]]
    for n in (1, 2, 3, 4):
        assert answer("bleu", said, right, n) == pytest.approx(evaluate.corpus_bleu(said, right, n), abs=1e-12)


def test_every_choice_of_the_quiz_explains_itself(capsys):
    quiz("captioning")
    said = capsys.readouterr().out
    assert said.count("✓") == 5 and said.count("✗") == 10


def test_the_row_of_the_captioner_in_chinese_comes_out_again():
    stored = evaluate.Scores.stored("captioning", "checkpoint")["Chinese"]
    found = captioning.judged(captioning.eyes(), captioning.scenes("test", 2000), "zh")
    assert found == pytest.approx({name: stored[name] for name in found}, abs=1e-6)


def test_photographs_are_captioned_better_than_by_their_nearest_neighbours():
    """What the chapter says of flickr8k, from the stored figures."""
    figures = json.loads(data.resource("results/captioning.json").read_text(encoding="utf-8"))["figures"]["flickr8k"]
    ours, *others = figures["table"].values()
    assert figures["photographs"] == 753
    for other in others:
        assert ours["BLEU-4"] > other["BLEU-4"] and ours["CIDEr"] > other["CIDEr"]
    nearest = figures["against"]["caption of the nearest photograph"]
    assert all(figure["low"] > 0 and figure["p"] < 0.01 for figure in nearest.values())
