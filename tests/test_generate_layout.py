"""Two things from a sentence: layouts, untrue layouts, networks that keep places, plans, and the figures of the checkpoint."""

import pytest
import torch

from mmlearn import evaluate, train
from mmlearn.data.scenes import COLOURS, PLACES, SHAPES, Facts, Thing, agrees, parse
from mmlearn.generate import checkpoint, gan
from mmlearn.generate.gan import layout, verdict, world
from mmlearn.generate.gan.reader import NOT_ASKED, NOTHING, places_of
from mmlearn.generate.recipes import scene_reader, text_to_image


def layouts(n=200):
    return places_of(world.two_things("val", n).worlds)


def facts(shape, colour):
    """A row of a layout as facts."""
    there = [k for k in range(9) if shape[k] != NOTHING]
    return Facts(tuple(Thing(SHAPES[shape[k]], COLOURS[colour[k]], None, None, PLACES[k]) for k in there))


@pytest.fixture(scope="module")
def model():
    return checkpoint.load(checkpoint.shipped("text_to_image"), text_to_image.build)


def test_a_map_has_ones_where_things_stand():
    shape, colour = layouts(50)
    y = gan.layout_map(shape, colour)
    assert y.shape == (50, 17, 3, 3)
    for i in range(50):
        for k in range(9):
            ones = [shape[i, k].item()] + ([9 + colour[i, k].item()] if shape[i, k] != NOTHING else [])
            assert y[i, :, k // 3, k % 3].nonzero()[:, 0].tolist() == ones


def test_untrue_layouts_are_wrong_about_one_thing_and_all_ways_occur():
    torch.manual_seed(0)
    shape, colour = layouts()
    before = shape.clone(), colour.clone()
    other_shape, other_colour = gan.untrue(shape, colour)
    assert torch.equal(shape, before[0]) and torch.equal(colour, before[1]), "the true ones stay as they are"
    seen = set()
    for row in zip(shape.tolist(), colour.tolist(), other_shape.tolist(), other_colour.tolist(), strict=True):
        true, false = facts(*row[:2]), facts(*row[2:])
        assert true != false and len(true.things) == len(false.things) == 2
        if sorted(t._replace(place=None) for t in true.things) == sorted(t._replace(place=None) for t in false.things):
            seen.add("moved" if {t.place for t in true.things} != {t.place for t in false.things} else "exchanged")
        else:
            (a, b), = [(a, b) for a, b in zip(true.things, false.things, strict=True) if a != b]
            assert a.place == b.place and (a.shape == b.shape) != (a.colour == b.colour)
            seen.add("shape" if a.colour == b.colour else "colour")
    assert seen == {"moved", "exchanged", "shape", "colour"}


def test_untrue_layouts_differ_even_of_two_things_that_look_the_same():
    torch.manual_seed(0)
    shape, colour = torch.full((300, 9), NOTHING), torch.full((300, 9), NOT_ASKED)
    shape[:, [0, 8]], colour[:, [0, 8]] = 3, 5
    other = torch.stack(gan.untrue(shape, colour))
    assert (other != torch.stack([shape, colour])).any(dim=0).any(dim=1).all()


def test_a_place_chooses_scale_and_shift_around_itself_only():
    torch.manual_seed(0)
    norm, x, y = gan.SpatialNorm(4).eval(), torch.randn(1, 4, 12, 12), torch.rand(1, 17, 3, 3)
    other = y.clone()
    other[:, :, 0, 0] = torch.rand(17)
    changed = (norm(x, y) != norm(x, other)).any(dim=1)[0]
    assert changed[:4, :4].all() and not changed[6:].any() and not changed[:, 6:].any()


def test_a_score_is_of_the_picture_and_of_each_place():
    torch.manual_seed(0)
    critic = gan.LayoutDiscriminator(4).eval()
    x, (one, two) = torch.randn(5, 3, 32, 32), (gan.layout_map(*gan.untrue(*layouts(5))) for _ in range(2))
    first, second = critic(x, one, two)
    assert torch.equal(first, critic(x, one)[0]) and torch.equal(second, critic(x, two)[0])
    seen = critic.downs(x)
    expected = critic.real(seen.flatten(1))[:, 0]
    for row in range(3):
        for column in range(3):
            square = seen[:, :, row : row + 2, column : column + 2].flatten(1)
            expected = expected + (square * critic.fits(one[:, :, row, column])).sum(dim=1)
    assert torch.allclose(first, expected, atol=1e-5)


def test_the_game_teaches_both_players(capsys):
    scenes = world.two_things("val", 64)
    torch.manual_seed(0)
    generator, critic = gan.LayoutGenerator(8, 4), gan.LayoutDiscriminator(4)
    before = [p.clone() for p in (generator.out.weight, critic.fits.parametrizations.weight.original)]
    loader = text_to_image.batches(scenes.images(), *places_of(scenes.worlds))
    history = train.fit_gan(generator, critic, loader, *gan.layout_game(8), steps=2, device="cpu", progress=False)
    after = generator.out.weight, critic.fits.parametrizations.weight.original
    assert len(history.loss) == 2 and not any(torch.equal(a, b) for a, b in zip(before, after, strict=True))


def test_two_things_never_share_a_place_and_chances_are_kept():
    torch.manual_seed(0)
    where = gan.Whereabouts(4)
    vectors = torch.randn(1, 4).expand(20_000, -1)
    drawn = where.draw(vectors)
    assert (drawn[:, 0] != drawn[:, 1]).all()
    share = torch.bincount(drawn[:, 0] * 9 + drawn[:, 1], minlength=81) / len(drawn)
    assert (share - where(vectors[:1]).softmax(dim=1)[0]).abs().max() < 0.01
    places = torch.tensor([[3, 7], [8, 0]])
    expected = -where(vectors[:2]).log_softmax(dim=1)[[0, 1], [34, 72]].mean()
    assert torch.allclose(where(vectors[:2], places), expected)


@pytest.mark.parametrize("way", ["relation", "places", "things"])
def test_sentences_are_true_of_their_scenes_and_know_the_places(way):
    scenes = world.two_things("val", 60)
    found = world.described(scenes, way)
    for said, text, places, truth in zip(found.said, found.texts, found.places.tolist(), scenes.column("facts"), strict=True):
        assert agrees(said, truth) and parse(text) == said
        for thing, place in zip(said.things, places, strict=True):
            assert any(t.place == PLACES[place] and (t.shape, t.colour) == (thing.shape, thing.colour) for t in truth.things)


def test_a_plan_does_what_the_sentence_says(model):
    for way, least in (("relation", 0.9), ("places", 0.85), ("things", 0.97)):
        prompts = world.described(world.two_things("test", 200), way)
        torch.manual_seed(0)
        shape, colour = (x.tolist() for x in model.plan(prompts.texts))
        right = [agrees(said, facts(*row)) for said, *row in zip(prompts.said, shape, colour, strict=True)]
        assert sum(right) / len(right) >= least, way


def test_what_is_left_open_is_drawn_by_chance(model):
    text = "A red circle above a blue star."
    torch.manual_seed(0)
    shape, _ = model.plan([text] * 100)
    assert len({tuple(row) for row in shape.tolist()}) > 10
    assert torch.equal(model.paint([text] * 3, seed=1), model.paint([text] * 3, seed=1))
    assert not torch.equal(model.paint([text], seed=1), model.paint([text], seed=2))


def test_prompts_it_cannot_serve_are_refused_in_a_sentence(model):
    for prompt, sentence in (
        ("", "has no words"),
        ("A mauve circle above a blue star.", "words that this model never read: 'mauve'"),
        ("A red circle.", "does not name two things"),
    ):
        with pytest.raises(ValueError, match=sentence):
            model.paint([prompt])
    with pytest.raises(TypeError):
        model.paint("A red circle above a blue star.")


def test_the_checkpoint_reaches_its_figures_and_gives_the_stored_ones(model):
    stored = evaluate.Scores.stored("text_to_image", "two")
    assert stored["a relation"]["objects"] >= 0.85 and stored["a relation"]["everything"] >= 0.75
    judge = checkpoint.load(checkpoint.shipped("scene_reader"), scene_reader.build)
    prompts = world.described(world.two_things("test", 250, seed=1), "relation")
    share = verdict.share_obeyed(prompts.said, verdict.read(judge, model.paint(prompts.texts, seed=9)))
    for name in ("objects", "everything"):
        assert abs(share[name] - stored["a relation"][name]) < 0.06, name


def test_maps_are_stretched_to_the_middle_of_their_cells():
    stretched = layout.stretched(torch.eye(3)[None, None], 9)[0, 0]
    assert torch.allclose(stretched[1::3, 1::3], torch.eye(3), atol=1e-6)
