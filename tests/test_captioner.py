"""Pictures to captions, whole: what is seen, what is learned, what is written, and bad input."""

import pytest
import torch

from mmlearn import data
from mmlearn.features.text import PAD
from mmlearn.generate.caption import (
    AttentionDecoder,
    Captioner,
    CaptionVocabulary,
    LSTMDecoder,
    Memory,
    PictureRegions,
    PictureVector,
    TransformerDecoder,
    as_regions,
    attention_penalty,
    word_loss,
)

KINDS = [(LSTMDecoder, PictureVector), (AttentionDecoder, PictureRegions), (TransformerDecoder, PictureRegions)]


@pytest.fixture(scope="module")
def scenes():
    """20 scenes of one thing, half of them with an English caption and half with a Chinese one."""
    pairs = data.load("scenes", split="train", n=20, seed=0, size=32, objects=1, detail=1.0)
    languages = ["en"] * 10 + ["zh"] * 10
    captions = [pairs.caption(i, language) for i, language in enumerate(languages)]
    vocabulary = CaptionVocabulary.of({"en": captions[:10], "zh": captions[10:]})
    return pairs.images(), captions, languages, vocabulary, vocabulary.batch(captions, languages)


def made(kind, seeing, vocabulary, dim=48, **options):
    torch.manual_seed(0)
    return Captioner(kind(len(vocabulary), dim, dim, **options), vocabulary, seeing(dim, width=8))


@pytest.mark.parametrize(("kind", "seeing"), KINDS)
def test_every_parameter_gets_a_gradient_and_the_loss_is_that_of_its_parts(scenes, kind, seeing):
    images, _, _, vocabulary, tokens = scenes
    model = made(kind, seeing, vocabulary)
    looks = kind is not LSTMDecoder
    parts = model(images, tokens, penalty=0.3 if looks else 0.0)
    if looks:
        logits, weights = model.decoder.look(model.memory(images), tokens[:, :-1])
        asked = tokens[:, 1:]
        torch.testing.assert_close(parts["words"], word_loss(logits, asked))
        everywhere = torch.ones(20, 16, dtype=torch.bool)
        torch.testing.assert_close(parts["looks"], attention_penalty(weights, asked != PAD, everywhere))
        torch.testing.assert_close(parts["loss"], parts["words"] + 0.3 * parts["looks"])
    parts["loss"].backward()
    still = {name for name, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0}
    assert {name for name in still if not name.endswith("key.bias")} == set()  # zero but for rounding


def test_several_captions_a_picture_are_learned_side_by_side(scenes):
    """The loss of three captions a picture is that of each picture three times."""
    images, captions, languages, vocabulary, tokens = scenes
    model = made(*KINDS[1], vocabulary).eval()
    once = model(images[:5], tokens[:15])["loss"]
    torch.testing.assert_close(once, model(images[:5].repeat_interleave(3, dim=0), tokens[:15])["loss"])


def test_scheduled_sampling_reads_its_own_words(scenes):
    images, _, _, vocabulary, tokens = scenes
    model = made(*KINDS[1], vocabulary).eval()
    forced = model(images, tokens)["loss"]
    torch.testing.assert_close(model(images, tokens, truth=1.0)["loss"], forced)
    own = [model(images, tokens, truth=0.0, generator=torch.Generator().manual_seed(s))["loss"] for s in (0, 0, 1)]
    assert own[0] == own[1] != own[2] and own[0] != forced
    own[0].backward()
    assert model.decoder.say.weight.grad.abs().sum() > 0


def test_regions_that_were_made_before_pass_through(scenes):
    *_, vocabulary, tokens = scenes
    torch.manual_seed(0)
    model = Captioner(AttentionDecoder(len(vocabulary), 7, 16), vocabulary)
    maps = torch.randn(4, 7, 3, 2)
    regions = as_regions(maps)
    assert regions.shape == (4, 6, 7) and torch.equal(regions[1, 3], maps[1, :, 1, 1])
    assert torch.equal(model.memory(regions).regions, regions)
    said = model.captions(regions, "zh", longest=5)
    padded = Memory(torch.cat([regions, regions], dim=1), torch.tensor([[True] * 6 + [False] * 6] * 4))
    assert len(said) == 4 and model.captions(padded, "zh", at_once=3, longest=5) == said
    vectors = Captioner(LSTMDecoder(len(vocabulary), 7, 16), vocabulary)
    assert vectors(torch.randn(4, 7), tokens[:4])["loss"].isfinite()


@pytest.mark.parametrize("side", [1, 9, 32, 48, 64])
def test_pictures_of_any_size_are_seen(side):
    images = torch.randint(0, 256, (2, 3, side, side + 3), dtype=torch.uint8)
    torch.manual_seed(0)
    regions, vector = PictureRegions(8, width=4)(images), PictureVector(8, width=4)(images)
    assert isinstance(regions, Memory) and regions.regions.shape == (2, -(-side // 8) * -(-(side + 3) // 8), 8)
    assert vector.regions.shape == (2, 1, 8) and regions.real.all() and regions.regions.isfinite().all()


def test_regions_know_where_they_are():
    """A picture of one grey: what differs between its inner regions is their place alone."""
    torch.manual_seed(0)
    grid = PictureRegions(8, width=4).eval().maps(torch.full((1, 3, 96, 96), 0.5))[0, :, 3:9, 3:9]
    flat = grid.flatten(1)
    assert flat.std(dim=1).max() > 1e-3


@pytest.mark.parametrize("kind", [AttentionDecoder, TransformerDecoder])
def test_maps_show_a_look_for_every_word(scenes, kind):
    images, captions, _, vocabulary, _ = scenes
    model = made(kind, PictureRegions, vocabulary).train()
    words, weights = model.maps(images[0], captions[0])
    assert words[-1] == "<end>" and len(words) == len(weights) and weights.shape[1] == 16 and model.training
    torch.testing.assert_close(weights.sum(dim=1), torch.ones(len(words)))
    words, weights = model.maps(images[0], language="zh")
    assert len(words) == len(weights) == len(model.write(images[:1], "zh").tokens[0, 0])


def test_writing_leaves_the_model_as_it_was_and_does_not_depend_on_the_batch(scenes):
    images, _, _, vocabulary, _ = scenes
    model = made(*KINDS[1], vocabulary)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    said = model.captions(images, "zh", "beam", width=3, longest=6)
    assert said == model.captions(images, "zh", "beam", at_once=3, width=3, longest=6) and model.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert len(model.captions(images[:0])) == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m, x, t: m.captions(x, "fr"), "language is 'fr'"),
        (lambda m, x, t: m.captions(x, how="best"), "how is 'best'"),
        (lambda m, x, t: m.captions(x, at_once=0), "at_once is 0"),
        (lambda m, x, t: m.captions(x[:, :1]), r"images has shape \(20, 1, 32, 32\)"),
        (lambda m, x, t: m.captions(x[0]), "images has shape"),
        (lambda m, x, t: m(x, t[:7]), "multiple of the 20 pictures"),
        (lambda m, x, t: m(x, t[:, :1]), "t at least 2"),
        (lambda m, x, t: m(x, t, truth=-0.1), "truth is -0.1"),
        (lambda m, x, t: Captioner(LSTMDecoder(9, 48), m.vocabulary), "decoder was made for 9 words"),
        (lambda m, x, t: Captioner(m.decoder, m.vocabulary, PictureRegions(5, 4)), "regions of width 5"),
    ],
)
def test_what_does_not_fit_is_named(scenes, call, message):
    images, _, _, vocabulary, tokens = scenes
    with pytest.raises(ValueError, match=message):
        call(made(*KINDS[1], vocabulary), images, tokens)


def test_who_does_not_look_has_no_maps_and_no_penalty(scenes):
    images, _, _, vocabulary, tokens = scenes
    model = made(*KINDS[0], vocabulary)
    with pytest.raises(ValueError, match="LSTMDecoder looks at no regions"):
        model(images, tokens, penalty=1.0)
    with pytest.raises(ValueError, match="it has no maps"):
        model.maps(images[0])


def test_the_benchmark_of_the_cache_measures_something():
    from benchmarks import captioning_cache

    figures = captioning_cache.measure(pictures=6, train_pictures=16, steps=2, dim=16, repeats=1, at_once=4, longest=8)
    assert figures["same captions"] == 1.0 and figures["without cache, with = 1"] > 0 and figures["pictures"] == 6
