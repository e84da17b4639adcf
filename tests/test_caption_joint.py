"""Vision, fusion and language together; plain captions; regions of photographs; the captioner that comes with the course."""

import pytest
import torch

from mmlearn import data
from mmlearn.data.scenes import Facts, Thing
from mmlearn.features import pretrained
from mmlearn.generate import checkpoint
from mmlearn.generate.caption import (
    Captioner,
    CaptionVocabulary,
    JointTraining,
    PictureRegions,
    RegionEncoder,
    TransformerDecoder,
    naming_loss,
    plain_caption,
    plain_captions,
    share_true,
    words_of,
)
from mmlearn.generate.recipes import captioner as recipe


@pytest.fixture(scope="module")
def scenes():
    return data.load("scenes", split="test", n=60, seed=0, size=48, objects=2)


def joint(vocabulary, **options):
    torch.manual_seed(0)
    decoder = TransformerDecoder(len(vocabulary), 16, 16, layers=1, heads=2)
    return JointTraining(Captioner(decoder, vocabulary, PictureRegions(16, 4)), **options)


@pytest.mark.parametrize("objects", [1, 2, 3])
@pytest.mark.parametrize("language", ["en", "zh", "fr"])
def test_a_plain_caption_says_all_of_one_scene_and_is_true_of_no_other(objects, language):
    facts = data.load("scenes", split="train", n=40, seed=0, size=32, objects=objects).column("facts")
    captions = plain_captions(facts, language)
    found = share_true(captions, facts, language)
    assert found["relation"] == 1 and found["things"] == objects
    assert share_true(captions, facts[1:] + facts[:1], language)["relation"] < 0.1
    assert captions == plain_captions(facts, language), "the same again"


def test_a_plain_caption_can_leave_attributes_out():
    facts = Facts((Thing("star", "red", "small", "plain", "top left"), Thing("ring", "blue", "large", "dotted", "bottom right")))
    assert plain_caption(facts) == "A small plain red star to the left of a large dotted blue ring."
    assert plain_caption(facts, said=("colour",)) == "A red star to the left of a blue ring."
    with pytest.raises(ValueError, match="weight"):
        plain_caption(facts, said=("weight",))
    with pytest.raises(ValueError, match="whole truth"):
        plain_caption(Facts((Thing("star"),)))


def test_the_words_of_a_picture_are_those_of_all_its_captions():
    vocabulary = CaptionVocabulary(["a", "red", "star", "ring"])
    tokens = vocabulary.batch(["a red star", "a star", "ring", "a"])
    held = words_of(tokens, len(vocabulary), vocabulary.marks, pictures=2)
    assert held.tolist() == [[1, 1, 1, 0], [1, 0, 0, 1]]


def test_naming_asks_the_surest_real_region():
    logits = torch.zeros(1, 3, 2)
    logits[0, 1], logits[0, 2] = torch.tensor([4.0, -4.0]), 9.0  # the third is padding
    real, held = torch.tensor([[True, True, False]]), torch.tensor([[1.0, 0.0]])
    expected = torch.nn.functional.softplus(torch.tensor([-4.0, 0.0])).sum()
    torch.testing.assert_close(naming_loss(logits, real, held), expected)
    with pytest.raises(ValueError, match="held"):
        naming_loss(logits, real, torch.ones(1, 3))


def test_the_loss_is_the_weighted_sum_of_its_parts_and_reaches_every_weight(scenes):
    captions = {code: plain_captions(scenes.column("facts"), code) for code in ("en", "zh")}
    vocabulary = CaptionVocabulary.of(captions)
    tokens = [vocabulary.batch(texts, code) for code, texts in captions.items()]
    model = joint(vocabulary, vision=0.3, fusion=0.2)
    parts = model(scenes.images(), *tokens)
    torch.testing.assert_close(parts["loss"], parts["words"] + 0.3 * parts["vision"] + 0.2 * parts["fusion"])
    parts["loss"].backward()
    still = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert not [name for name in still if not name.endswith("key.bias")]
    bare = joint(vocabulary, vision=0.0)
    assert set(bare(scenes.images(), *tokens)) == {"loss", "words"}
    assert len(list(bare.parameters())) == len(list(bare.captioner.parameters())), "no weight that no loss reaches"


def test_the_words_of_two_languages_count_alike(scenes):
    captions = {code: plain_captions(scenes.column("facts"), code) for code in ("en", "zh")}
    vocabulary = CaptionVocabulary.of(captions)
    model = joint(vocabulary, vision=0.0).eval()
    each = [model(scenes.images(), vocabulary.batch(texts, code))["loss"] for code, texts in captions.items()]
    both = model(scenes.images(), *(vocabulary.batch(texts, code) for code, texts in captions.items()))["loss"]
    torch.testing.assert_close(both, torch.stack(each).mean())


def test_bad_input_gets_one_sentence(scenes):
    vocabulary = CaptionVocabulary(["a"])
    with pytest.raises(ValueError, match="vision is -1"):
        joint(vocabulary, vision=-1.0)
    with pytest.raises(ValueError, match="no encoder"):
        JointTraining(Captioner(TransformerDecoder(len(vocabulary), 16, 16), vocabulary))
    with pytest.raises(ValueError, match="captions is empty"):
        joint(vocabulary)(scenes.images())


def test_the_captioner_that_comes_with_the_course_says_what_is_true_in_two_languages(scenes):
    path = checkpoint.shipped("captioner")
    assert path.stat().st_size < 5_000_000
    made = checkpoint.read(path).made
    assert made["command"].startswith("python -m mmlearn.generate.recipes captioner --steps")
    model = checkpoint.load(path, recipe.build)
    for language in recipe.LANGUAGES:
        found = share_true(model.captions(scenes.images(), language), scenes.column("facts"), language)
        assert found["attributes"] >= 0.99 and found["relation"] >= 0.98, (language, found)


def test_the_recipe_goes_on_to_the_same_weights_after_an_interruption(tmp_path, monkeypatch):
    monkeypatch.setattr(recipe, "BATCH", 8)
    whole, config = recipe.train(4, 0, None, pictures=32)
    resume = tmp_path / "captioner.resume"
    real_fit = recipe.fit

    def halted(model, loader, loss, *, steps, every, **options):
        return real_fit(model, loader, loss, steps=steps, every=2, **options)

    def loss_that_stops(model, loader, loss, **options):
        calls = []

        def stopping(m, batch):
            calls.append(1)
            if len(calls) == 4:
                raise KeyboardInterrupt
            return loss(m, batch)

        return halted(model, loader, stopping, **options)

    monkeypatch.setattr(recipe, "fit", loss_that_stops)
    with pytest.raises(KeyboardInterrupt):
        recipe.train(4, 0, resume, pictures=32)
    assert resume.exists()
    monkeypatch.setattr(recipe, "fit", halted)
    again, _ = recipe.train(4, 0, resume, pictures=32)
    for name, weight in whole.state_dict().items():
        assert torch.equal(weight, again.state_dict()[name]), name
    assert set(recipe.build(config).state_dict()) == set(whole.state_dict())


def test_regions_of_photographs_want_the_network_whose_maps_they_are():
    encoder = pretrained.image(size=96)
    with pytest.raises(ValueError, match="96 pixels"):
        RegionEncoder(encoder)
    regions = RegionEncoder(pretrained.image())(torch.zeros(1, 3, 40, 60, dtype=torch.uint8))
    assert regions.shape == (1, 49 * 320)
