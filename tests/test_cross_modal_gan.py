"""Chapter 18: its quiz, that its exercises speak of the library's own parts, and that the stored figures are the checkpoint's."""

import pytest
import torch

from mmlearn import evaluate
from mmlearn.data.scenes import espeak
from mmlearn.exercises import quiz
from mmlearn.exercises.engine.registry import find
from mmlearn.generate import checkpoint, cross
from mmlearn.generate.cross.networks import one_hot


def answer(name, *arguments):
    """What the check of an exercise expects."""
    return find(f"cross_modal_gan.{name}").reference(*arguments)


def test_the_exercises_are_the_librarys_own_parts():
    torch.manual_seed(0)
    d = cross.CrossDiscriminator(width=4, dim=8).eval()
    image, sound = torch.rand(5, 3, 32, 32), torch.rand(5, 1, 32, 48)
    words = one_hot(torch.zeros(5, 3, dtype=torch.long))
    verdict = d(image, sound, words, words)
    pairs = answer("pair_scores", d.see(image), d.hear(sound), d.left.weight, d.right.weight)
    assert torch.allclose(pairs, torch.stack([verdict.scores[:, 2], verdict.wrong[:, 2]], 1), atol=1e-5)
    logits = torch.randn(50, 25)
    words = cross.straight_through(logits, draw=False)
    first = answer("straight_through", logits[:, :8], torch.zeros(50, 8))
    assert torch.allclose(words[:, :8], first)


def test_noise_on_the_arc_keeps_its_length():
    a, b = torch.nn.functional.normalize(torch.randn(2, 6, 40, dtype=torch.float64), dim=-1)
    for t in (0.0, 0.3, 1.0):
        assert torch.allclose(answer("slerp", a, b, t).norm(dim=1), torch.ones(6, dtype=torch.float64))


def test_every_choice_of_the_quiz_explains_itself(capsys):
    quiz("cross_modal_gan")
    said = capsys.readouterr().out
    assert said.count("✓") == 5 and said.count("✗") == 10


@pytest.mark.skipif(not espeak.installed(), reason="the shipped model knows speech only")
def test_the_shipped_model_does_what_the_chapter_says():
    """Half of the stored first seed's scenes: the media agree, and either is made from the other."""
    model = checkpoint.load(checkpoint.shipped("cross_modal"), cross.build)
    truth = cross.load("test", 500, (9,), seed=0).take(torch.arange(250))
    stored = evaluate.Scores.stored("cross_modal_gan", "hour").values["shipped"]
    noise, painted = cross.make(model.generator, cross.known(n=250)), cross.make(model.generator, cross.known(sound=truth.sound))
    said = cross.make(model.generator, cross.known(image=truth.image))
    seen = cross.recognised(model.eye, noise.image)
    found = {
        "picture = sound": cross.named_alike(seen, cross.heard(model.ear, noise.sound)),
        "heard → painted": cross.named_alike(cross.recognised(model.eye, painted.image), truth.words),
        "seen → said": cross.named_alike(cross.heard(model.ear, said.sound), truth.words),
    }
    for metric, right in found.items():
        assert right.float().mean().item() == pytest.approx(stored[metric][0], abs=0.06), metric
        assert stored[metric].mean() >= 0.8
