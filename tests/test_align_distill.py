"""Distillation: the losses against their formulas, and a student that learns from its teachers."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from mmlearn import data, train
from mmlearn.align import JointStudent, distillation_loss, relation_loss
from mmlearn.features.text import Vocabulary


@pytest.mark.parametrize("T", [0.5, 1.0, 4.0])
def test_it_is_the_divergence_times_the_temperatures_square(T):
    rng = np.random.default_rng(0)
    s, t = rng.standard_normal((2, 5, 7)) * 3
    p, q = (np.exp(x / T) / np.exp(x / T).sum(1, keepdims=True) for x in (t, s))
    expected = T**2 * (p * np.log(p / q)).sum(1).mean()
    assert distillation_loss(torch.from_numpy(s), torch.from_numpy(t), T).item() == pytest.approx(expected)


def test_it_is_stable_zero_for_equals_and_teaches_the_student_only():
    x = torch.tensor([[1e4, -1e4, 0.0]])
    assert distillation_loss(-x, x).isfinite() and distillation_loss(x + 5, x).item() == 0
    student, teacher = (torch.randn(3, 4, requires_grad=True) for _ in range(2))
    distillation_loss(student, teacher, 2.0).backward()
    assert student.grad.abs().max() > 0 and teacher.grad is None


def test_its_gradient_keeps_its_size_as_the_temperature_grows():
    student, teacher = torch.randn(2, 6, 10)
    sizes = []
    for T in (20.0, 40.0):
        x = student.clone().requires_grad_()
        distillation_loss(x, teacher, T).backward()
        sizes.append(x.grad.norm().item())
    assert sizes[1] == pytest.approx(sizes[0], rel=0.1)


def test_relations_leave_out_the_item_itself_and_are_blind_to_rotation():
    rng = np.random.default_rng(0)
    teacher = torch.from_numpy(rng.standard_normal((6, 5)))
    turn = torch.from_numpy(np.linalg.qr(rng.standard_normal((5, 5)))[0])
    assert relation_loss(3 * teacher @ turn, teacher).item() == pytest.approx(0, abs=1e-12)
    student = torch.from_numpy(rng.standard_normal((6, 3)))
    a, b = (functional.normalize(x) @ functional.normalize(x).T / 0.1 for x in (student, teacher))
    rows = []
    for i in range(6):
        keep = [j for j in range(6) if j != i]
        p, q = b[i, keep].softmax(0), a[i, keep].softmax(0)
        rows.append((p * (p / q).log()).sum())
    assert relation_loss(student, teacher).item() == pytest.approx(torch.stack(rows).mean().item())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: distillation_loss(torch.ones(2, 3), torch.ones(2, 4)), "equal"),
        (lambda: distillation_loss(torch.ones(3), torch.ones(3)), "equal"),
        (lambda: distillation_loss(torch.ones(2, 3), torch.ones(2, 3), 0.0), "temperature is 0"),
        (lambda: relation_loss(torch.ones(4, 3), torch.ones(5, 3)), "same n items"),
        (lambda: relation_loss(torch.ones(2, 3), torch.ones(2, 3)), "at least 3"),
        (lambda: relation_loss(torch.ones(3, 3), torch.ones(3, 3), -1.0), "temperature is -1"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_student_takes_its_teachers_neighbourhoods():
    pairs = data.load("scenes", split="train", n=20, seed=0, size=32)
    images, texts = pairs.images(), pairs.column("caption")
    torch.manual_seed(0)
    X, Y = torch.randn(20, 12), torch.randn(20, 8)
    loader = torch.utils.data.DataLoader(torch.arange(20), batch_size=20)
    apart = []
    for teachers in (None, [X, Y]):
        torch.manual_seed(1)
        model = JointStudent(Vocabulary.of(texts), dim=16, width=8, words=16)

        def loss(m, rows, teachers=teachers):
            said = None if teachers is None else [view[rows] for view in teachers]
            return m.loss(images[rows], [texts[i] for i in rows], said)

        train.fit(model, loader, loss, steps=30, lr=1e-2, progress=False, device="cpu")
        A, B = model.encode(images, texts, at_once=6)
        assert A.shape == B.shape == (20, 16)
        apart.append(relation_loss(torch.from_numpy(A), X).item())
    assert apart[1] < 0.7 * apart[0]
