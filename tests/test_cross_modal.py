"""One generator of pictures, sounds and words: its parts, exactly; its use, with bad input; and that it learns."""

import math

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from mmlearn import train
from mmlearn.generate import cross
from mmlearn.generate.cross import hiding, losses, networks
from mmlearn.generate.cross.sound import SAMPLES


@pytest.fixture(scope="module")
def world():
    """Scenes with tones for a voice: no synthesiser is needed."""
    return cross.load("train", n=48, takes=(0,), speech=False, only={"colour": ("red", "blue"), "shape": ("circle", "star")})


@pytest.fixture
def generator():
    torch.manual_seed(0)
    return cross.CrossGenerator(width=4, dim=16)


def test_the_picture_of_a_sound_can_be_heard_again():
    time = torch.arange(SAMPLES) / cross.RATE
    waves = torch.stack([0.5 * torch.sin(2 * math.pi * hz * time) * (time < 0.8) for hz in (440.0, 2000.0)])
    pictures = cross.pictures_of_sound(waves)
    assert pictures.shape == (2, 1, 32, 48) and pictures.amax((1, 2, 3)).tolist() == [1, 1] and pictures.min() == -1
    assert torch.allclose(pictures, cross.pictures_of_sound(waves / 10), atol=1e-4)  # loudness is not in it
    again = cross.pictures_of_sound(cross.sounds_of_picture(pictures))
    assert (again - pictures).abs().mean() < 0.08
    loudest = [sound[0, :, :30].mean(1).argmax().item() for sound in (*pictures, *again)]
    assert loudest[:2] == loudest[2:] and loudest[0] < loudest[1]


def test_sounds_are_made_to_fit_and_others_are_refused():
    assert cross.fitted([torch.ones(10), torch.ones(2 * SAMPLES)]).sum(1).tolist() == [10, SAMPLES]
    with pytest.raises(ValueError, match=r"waves has shape \(2, 100\)"):
        cross.pictures_of_sound(torch.zeros(2, 100))
    with pytest.raises(ValueError, match=r"accepted is \(n, 1, 32, 48\)"):
        cross.sounds_of_picture(torch.zeros(2, 1, 32, 40))


def test_the_world_names_in_its_sounds_what_its_pictures_show(world):
    assert world.image.shape == (48, 3, 32, 32) and world.sound.shape == (48, 1, 32, 48)
    assert set(world.words[:, 0].tolist()) <= {0, 4} and set(world.words[:, 1].tolist()) <= {0, 3}
    phrase = world.words[:, 0] * 8 + world.words[:, 1]
    sounds = [world.sound[phrase == p].flatten(1) for p in phrase.unique()]
    assert len(sounds) == 4 and not torch.allclose(sounds[0][0], sounds[1][0])
    for i in range(48):  # the thing has the colour that is said
        red, _, blue = (world.image[i] - world.image[i, :, 0, 0, None, None]).flatten(1).sum(1)
        assert (red > blue) == (world.words[i, 0] == 0)


def test_sentences_of_slots():
    assert cross.sentence(torch.tensor([1, 3, 4])) == "an orange star, centre"
    assert cross.sentence([-1, 0, -1]) == "a ? circle, ?"
    for bad in ([8, 0, 0], [0, 0], [0.0, 0, 0], [-2, 0, 0]):
        with pytest.raises(ValueError, match="accepted are three whole numbers"):
            cross.sentence(bad)


def test_the_hole_lies_over_the_place_and_the_gap_where_it_is_said():
    hidden = 1 - cross.hole(torch.arange(9), side=10)
    assert (hidden.flatten(1).sum(1) == 100).all()
    middles = [tuple((h[0].nonzero().float().mean(0) / (32 / 3)).int().tolist()) for h in hidden]
    assert middles == [divmod(place, 3) for place in range(9)]
    moved = 1 - cross.hole(torch.tensor([4]), side=10, shift=torch.tensor([[3, 0]]))
    assert torch.equal(moved, hidden[4:5].roll(3, 3))
    gap = 1 - cross.gap(torch.tensor([0, 40]), 20)
    assert gap.sum((1, 2, 3)).tolist() == [32 * 20, 32 * 8] and gap[0, 0, 0, :20].all() and gap[1, 0, 5, 40:].all()


def test_what_is_hidden_in_training_is_what_the_tasks_say(world):
    torch.manual_seed(0)
    seen, nothing = cross.hide(world, {"noise": ("none", "none", "none", 1.0), "gap": ("all", "part", "none", 1.0)})
    assert 10 < nothing.sum() < 38
    assert not seen.image_seen[nothing].any() and not seen.sound_seen[nothing].any() and (seen.words == -1).all()
    assert seen.image_seen[~nothing].all()
    assert ((seen.sound_seen[~nothing].mean((1, 2, 3)) * 48).round() == 28).all()
    assert {row[:3] for row in hiding.TASKS.values()} >= {("none",) * 3, ("none", "all", "none"), ("all", "none", "none")}


def test_what_is_hidden_changes_nothing(generator, world):
    """Not even NaN: what the generator makes depends on what is seen alone."""
    mask = cross.hole(world.words[:, 2])
    spoilt = torch.where(mask > 0, world.image, torch.nan)
    a = cross.make(generator, cross.known(image=world.image, image_seen=mask))
    b = cross.make(generator, cross.known(image=spoilt, image_seen=mask))
    assert torch.equal(a.image, b.image) and torch.equal(a.sound, b.sound)
    none = cross.make(generator, cross.known(n=48))
    hidden = cross.make(generator, cross.known(image=world.image, image_seen=0 * mask))
    assert torch.equal(none.image, hidden.image) and not torch.equal(none.image, a.image)


def test_known_words_stand_and_others_are_drawn(generator):
    words = torch.tensor([[2, -1, 5]]).expand(400, 3)
    made = cross.make(generator, cross.known(words=words))
    assert (made.indices()[:, 0] == 2).all() and (made.indices()[:, 2] == 5).all()
    share = torch.bincount(made.indices()[:, 1], minlength=8) / 400
    expected = made.logits[0, 8:16].softmax(0)
    assert (share - expected).abs().max() < 0.08 and made.words.sum(1).tolist() == [3] * 400
    likeliest = cross.make(generator, cross.known(words=words), draw=False)
    assert (likeliest.indices()[:, 1] == made.logits[:, 8:16].argmax(1)).all()


def test_gradients_reach_the_logits_through_drawn_words():
    logits = torch.zeros(5, 25, requires_grad=True)
    words = cross.straight_through(logits, draw=False)
    assert set(words.detach().unique().tolist()) == {0.0, 1.0}
    (words * torch.arange(25.0)).sum().backward()
    soft = torch.zeros(5, 25, requires_grad=True)
    parts = torch.cat([s.softmax(1) for s in soft.split(cross.SLOTS, 1)], 1)
    (parts * torch.arange(25.0)).sum().backward()
    assert torch.allclose(logits.grad, soft.grad, atol=1e-6)


def test_a_lie_differs_in_the_colour_or_the_shape_alone():
    words = torch.tensor([[0, 7, 8], [7, 0, 0]]).repeat(200, 1)
    lies = losses.one_wrong(words)
    changed = lies != words
    assert (changed.sum(1) == 1).all() and not changed[:, 2].any() and changed[:, :2].any(0).all()
    assert (lies >= 0).all() and (lies < torch.tensor(cross.SLOTS)).all()


def test_reconstruction_counts_as_the_weights_say(world):
    made = networks.Made(world.image + 0.1, world.sound - 0.2, *[torch.zeros(48, 25)] * 2)
    there = torch.tensor([[1.0, 0.0]]).repeat(48, 1)
    there[:24] = torch.nan
    got = losses.reconstruction(made, world, there, cross.Weights(reconstruction=10.0, unseen=5.0))
    assert got == pytest.approx((10 * 0.1 + 5 * 0.2) / 2 / 2, rel=1e-4)


def test_the_discriminator_scores_pairs(world):
    torch.manual_seed(0)
    d = cross.CrossDiscriminator(width=4, dim=8).eval()
    words = networks.one_hot(world.words)
    verdict = d(world.image, world.sound, words, words)
    scores = verdict.scores
    assert scores.shape == (48, 3)
    place = networks.one_hot(torch.stack([world.words[:, 0], world.words[:, 1], (world.words[:, 2] + 1) % 9], 1))
    moved = d(world.image, world.sound, place).scores
    assert not torch.allclose(moved[:, 0], scores[:, 0]) and torch.equal(moved[:, 1:], scores[:, 1:])  # sounds name no place
    other = d(world.image, world.sound.roll(1, 0), words).scores
    assert torch.allclose(other[:, 0], scores[:, 0], atol=1e-6) and torch.allclose(other[:, 2], verdict.wrong[:, 2], atol=1e-6)
    assert torch.equal(verdict.wrong[:, :2], scores[:, :2]) and not torch.allclose(other[:, 2], scores[:, 2])


def test_it_learns_and_every_weight_moves(world):
    torch.manual_seed(0)
    generator, discriminator = cross.CrossGenerator(4, 16), cross.CrossDiscriminator(4, 8)
    before = {name: p.detach().clone() for name, p in [*generator.named_parameters(), *discriminator.named_parameters()]}
    loader = DataLoader(TensorDataset(*world), 24, shuffle=True)
    weights = cross.Weights(contrastive=0.5)
    history = train.fit_gan(
        generator, discriminator, loader, cross.d_loss(weights), cross.g_loss(weights), steps=30, lr=(5e-3, 2e-3), progress=False,
        device="cpu",
    )  # fmt: skip
    now = dict([*generator.named_parameters(), *discriminator.named_parameters()])
    assert [name for name, p in before.items() if torch.equal(p, now[name])] == []
    assert set(history.parts) == {"words", "reconstruction", "adversarial", "contrastive", "discriminator"}
    assert history.parts["reconstruction"][-1] < 0.7 * history.parts["reconstruction"][0]
    assert history.parts["words"][-1] < history.parts["words"][0]


def test_an_autoencoder_needs_no_discriminator(world):
    torch.manual_seed(0)
    model = cross.CrossGenerator(4, 16, words_first=False)
    loader = DataLoader(TensorDataset(*world), 24, shuffle=True)
    history = train.fit(model, loader, cross.autoencoder_loss, steps=20, lr=5e-3, progress=False, device="cpu")
    assert history.loss[-1] < 0.8 * history.loss[0]


def test_there_and_back_is_the_same_medium(generator, world):
    half, back = cross.there_and_back(generator, world.sound[:3])
    assert half.shape == (3, 3, 32, 32) and back.shape == (3, 1, 32, 48)
    half, back = cross.there_and_back(generator, world.image[:3])
    assert half.shape == (3, 1, 32, 48) and back.shape == (3, 3, 32, 32)


BAD = [
    ({}, "all missing"),
    ({"image": torch.zeros(2, 3, 64, 64)}, r"image has shape \(2, 3, 64, 64\)"),
    ({"sound": torch.zeros(2, 1, 32, 40)}, r"sound has shape \(2, 1, 32, 40\)"),
    ({"image": torch.zeros(2, 3, 32, 32), "sound": torch.zeros(3, 1, 32, 48)}, "equal numbers"),
    ({"image": 3 * torch.ones(2, 3, 32, 32)}, "beyond -1 and 1"),
    ({"image": torch.full((2, 3, 32, 32), torch.nan)}, "or NaN"),
    ({"image": torch.zeros(2, 3, 32, 32), "image_seen": 0.5 * torch.ones(2, 1, 32, 32)}, "other than 0"),
    ({"words": torch.tensor([[9, 0, 0]])}, "from -1 and below"),
    ({"words": torch.zeros(2, 3)}, "whole numbers"),
    ({"n": 0}, "at least 1"),
]


@pytest.mark.parametrize(("given", "sentence"), BAD)
def test_bad_input_is_told_in_one_sentence(given, sentence):
    with pytest.raises(ValueError, match=sentence):
        cross.known(**given)


def test_repair_keeps_what_is_known_and_is_judged_where_it_was_hidden():
    given, made = torch.full((2, 3, 4, 4), torch.nan), torch.ones(2, 3, 4, 4)
    seen = torch.zeros(2, 1, 4, 4)
    seen[:, :, :2], given[:, :, :2] = 1, 0.5
    whole = cross.completed(given, made, seen)
    assert whole[:, :, :2].eq(0.5).all() and whole[:, :, 2:].eq(1).all()
    true = torch.zeros(2, 3, 4, 4)
    assert cross.hole_error(3 * made, true, seen).tolist() == [3, 3]
    assert cross.hole_error(made, true, torch.ones_like(seen)).tolist() == [0, 0]
    with pytest.raises(ValueError, match="do not fit"):
        cross.hole_error(made, true, seen[:1])


def test_judges_learn_the_world(world):
    torch.manual_seed(0)
    ear = cross.Ear(width=4)
    from mmlearn.generate.cross.judges import ear_loss

    train.fit(ear, DataLoader(TensorDataset(*world), 24, shuffle=True), ear_loss, steps=60, lr=1e-2, progress=False, device="cpu")
    assert (cross.heard(ear, world.sound) == world.words[:, :2]).float().mean() > 0.9
    with pytest.raises(ValueError, match="sounds has shape"):
        cross.heard(ear, world.image)


def test_the_frame_maker_begins_with_its_neighbours_and_learns():
    films = cross.gaps("train", n=16, takes=(0,), speech=False)
    maker = cross.FrameMaker(width=4, dim=8).eval()
    both = torch.tensor([[True, True]]).expand(16, 2)
    with torch.no_grad():
        assert torch.allclose(maker(films.before, films.after, films.sound, both), (films.before + films.after) / 2, atol=1e-6)
        spoilt = torch.full_like(films.sound, 0.7)
        quiet = torch.tensor([[False, False]]).expand(16, 2)
        a, b = (maker(films.before, x, s, quiet) for x, s in ((films.after, films.sound), (-films.after, spoilt)))
    assert torch.allclose(a, b, atol=1e-5)  # neither the frame after nor the voice is looked at
    loader = DataLoader(TensorDataset(*films), 8, shuffle=True)
    history = train.fit(maker, loader, cross.frame_loss, steps=60, lr=5e-3, progress=False, device="cpu")
    assert sum(history.loss[-10:]) < 0.9 * sum(history.loss[:10])
