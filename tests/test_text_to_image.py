"""Chapter 17: its quiz, that its exercises speak of the library's own functions, and that its figures stand."""

import torch
from torch import nn

from mmlearn import evaluate
from mmlearn.exercises import quiz
from mmlearn.exercises.engine.registry import find
from mmlearn.generate import checkpoint, flow, gan
from mmlearn.generate.gan import verdict, world
from mmlearn.generate.recipes import scene_reader, sentence_flow, sentence_gan


def answer(name, *arguments):
    """What the check of an exercise expects."""
    return find(f"text_to_image.{name}").reference(*arguments)


def test_the_exercises_are_the_librarys_own():
    real, fake, other = torch.randn(3, 6).unbind()
    assert torch.allclose(answer("matching_hinge", real, fake, other), gan.discriminator_loss(real, fake, other))
    torch.manual_seed(0)
    critic = gan.Discriminator(5, 16, 4).eval()
    x, y = torch.randn(4, 3, 16, 16), torch.randn(4, 5)
    score = answer("projection", critic.features(x), y, critic.real.weight[0], critic.fits.weight) + critic.real.bias
    assert torch.allclose(score, critic(x, y), atol=1e-5)
    points = gan.points_on_ring(1000)
    assert answer("modes_covered", points, gan.centres(), 0.3, 25) == gan.coverage(points).modes

    class Turn(nn.Module):
        def forward(self, x, t, condition=None):
            return 0.5 * x.flip(-1)

    x = torch.randn(2, 3, 8, 8)
    many = answer("carried", lambda x, t: 0.5 * x.flip(-1), x, 2000)
    assert torch.allclose(flow.flow(Turn(), x, steps=20), many, atol=1e-3)


def test_the_shipped_generators_give_the_stored_figures():
    judge = checkpoint.load(checkpoint.shipped("scene_reader"), scene_reader.build)
    _, said = gan.every(2)
    texts = [f"A {s.things[0].colour} {s.things[0].shape}." for s in said]
    real = world.one_thing("test", len(said)).images()
    stored = evaluate.Scores.stored("text_to_image", "sentences")
    for name, recipe in {"GAN": sentence_gan, "flow matching": sentence_flow}.items():
        model = checkpoint.load(checkpoint.shipped(recipe.__name__.split(".")[-1]), recipe.build)
        row = verdict.compare(judge, model.paint(texts), said, real)
        assert abs(row["obeys"] - stored[name]["obeys"]) < 0.08, name


def test_the_generator_of_classes_reaches_its_figure():
    both = evaluate.Scores.stored("text_to_image", "classes").values["projection, hinge, mismatched"]["obeys"]
    assert len(both) == 5 and sorted(both)[2] >= 0.9 and min(both) >= 0.8


def test_every_choice_of_the_quiz_explains_itself(capsys):
    quiz("text_to_image")
    said = capsys.readouterr().out
    assert said.count("✓") == 5 and said.count("✗") == 10
