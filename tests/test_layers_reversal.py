"""Gradient reversal: forward nothing happens, backward the gradient turns round."""

import pytest
import torch

from mmlearn.layers import reverse_gradient


@pytest.mark.parametrize("strength", [0, 0.3, 1, 2.5])
def test_the_gradient_is_turned_and_scaled(strength):
    x = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    y = reverse_gradient(x, strength)
    assert torch.equal(y, x)
    (y**3).sum().backward()
    torch.testing.assert_close(x.grad, -strength * 3 * x.detach() ** 2)


def test_what_is_above_learns_as_usual_and_what_is_below_the_opposite():
    below, above = torch.nn.Linear(3, 3), torch.nn.Linear(3, 1)
    x = torch.randn(5, 3)
    found = []
    for step in (lambda h: h, reverse_gradient):
        below.zero_grad(), above.zero_grad()
        above(step(below(x))).square().mean().backward()
        found.append([p.grad.clone() for p in (below.weight, above.weight)])
    torch.testing.assert_close(found[1][0], -found[0][0])
    torch.testing.assert_close(found[1][1], found[0][1])


@pytest.mark.parametrize("strength", [-1.0, float("inf"), float("nan")])
def test_a_strength_that_reverses_nothing_is_refused(strength):
    with pytest.raises(ValueError, match="strength is"):
        reverse_gradient(torch.ones(2), strength)
