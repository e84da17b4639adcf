"""There and back: a sound made into a picture, and that into a sound again."""

from collections.abc import Callable
from copy import deepcopy

import numpy as np
import torch
from torch import Tensor, nn

from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import close
from mmlearn.exercises.engine.draws import normal
from mmlearn.exercises.engine.gradients import leaves


def cycle_loss(sounds: Tensor, images: Tensor, to_image: Callable, to_sound: Callable) -> Tensor:
    """Not in the library, so that it can be graded."""
    heard, seen = to_sound(to_image(sounds)), to_image(to_sound(images))
    return (heard - sounds).abs().mean() + (seen - images).abs().mean()


def layer(rng: np.random.Generator, inputs: int, outputs: int) -> nn.Module:
    """A linear layer and a tanh, with numbers of chance."""
    linear = nn.Linear(inputs, outputs, dtype=torch.float64)
    with torch.no_grad():
        linear.weight.copy_(normal(rng, outputs, inputs) / inputs**0.5)
        linear.bias.copy_(0.1 * normal(rng, outputs))
    return nn.Sequential(linear, nn.Tanh())


def cycle_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Batches of sounds and of pictures that are no pairs, of different numbers and widths."""
    p, q, n = {"standard": (4, 3, 5), "large": (30, 20, 40)}[variant]
    return [(normal(rng, n, p), normal(rng, n + 2, q), layer(rng, p, q), layer(rng, q, p)) for _ in range(2)]


def learners(value: Tensor) -> int:
    """How many weights a gradient reaches that is not zero."""
    found = leaves(value)
    pulls = torch.autograd.grad(value, found, allow_unused=True, retain_graph=True) if found else []
    return sum(pull is not None and bool(pull.abs().sum() > 0) for pull in pulls)


def pulls(value: Tensor) -> float:
    """The sizes of all gradients, added up."""
    found = leaves(value)
    gradients = torch.autograd.grad(value, found, allow_unused=True, retain_graph=True)
    return sum(float(g.abs().sum()) for g in gradients if g is not None)


def same_and_learns(got: Tensor, expected: Tensor) -> bool:
    """Equal numbers, and equal gradients to both networks."""
    return close(got, expected) and bool(leaves(got)) and learners(got) == learners(expected) and abs(
        pulls(got) - pulls(expected)) <= 1e-6 * max(1.0, pulls(expected))  # fmt: skip


def wrong(function: Callable) -> Callable[..., bool]:
    """For a mistake known by its number alone: the engine's copies of networks keep their numbers."""
    return lambda got, expected, *given: close(got, function(*deepcopy(given)))


def one_way(sounds: Tensor, images: Tensor, to_image: Callable, to_sound: Callable) -> Tensor:
    return (to_sound(to_image(sounds)) - sounds).abs().mean()


def other_way(sounds: Tensor, images: Tensor, to_image: Callable, to_sound: Callable) -> Tensor:
    return (to_image(to_sound(images)) - images).abs().mean()


def joint(sounds: Tensor, images: Tensor, to_image: Callable, to_sound: Callable) -> Tensor:
    off = [to_sound(to_image(sounds)) - sounds, to_image(to_sound(images)) - images]
    return torch.cat([one.flatten() for one in off]).abs().mean()


CYCLE_LOSS = Exercise(
    id="cross_modal_gan.cycle_loss",
    title="there and back again, both ways",
    reference=cycle_loss,
    cases=cycle_cases,
    variants=("standard", "large"),
    agrees=same_and_learns,
    mistakes=[
        Mistake("no-gradient", "the right number, but no gradient reaches the networks: was it turned into a plain number, or "
                "computed under no_grad?", when=lambda got, expected, *_: close(got, expected) and not leaves(got)),
        Mistake("detached", "the right number, but a half-way result was detached: of that journey only the second network "
                "learns. Both journeys should teach both", when=lambda got, expected, *_: close(got, expected)),
        Mistake("one-way", "only sounds travel. Pictures have to go to sound and back as well", when=wrong(one_way)),
        Mistake("other-way", "only pictures travel. Sounds have to go to picture and back as well", when=wrong(other_way)),
        Mistake("squared", "these are squares. The cycle loss is a mean of absolute differences",
                when=wrong(lambda s, i, f, g: (g(f(s)) - s).square().mean() + (f(g(i)) - i).square().mean())),
        Mistake("signed", "without the absolute value, too much and too little cancel",
                when=wrong(lambda s, i, f, g: (g(f(s)) - s).mean() + (f(g(i)) - i).mean())),
        Mistake("summed", "the differences were added up. Take the mean: a batch of twice the size would count twice",
                when=wrong(lambda s, i, f, g: (g(f(s)) - s).abs().sum() + (f(g(i)) - i).abs().sum())),
        Mistake("joint", "one mean was taken of all differences together, so the larger batch counts more. Take a mean of each "
                "journey, and add the two", when=wrong(joint)),
        Mistake("mean-first", "the mean was taken before the absolute value: too much and too little cancel within it",
                when=wrong(lambda s, i, f, g: (g(f(s)) - s).mean().abs() + (f(g(i)) - i).mean().abs())),
        Mistake("halved", "the two journeys are added, not averaged", when=wrong(lambda *given: cycle_loss(*given) / 2)),
    ],
    hints=(
        "Where does a sound arrive that is made into a picture, and that picture into a sound? Where should it?",
        "Two journeys: sounds through to_image, then to_sound; pictures through to_sound, then to_image. Compare each with "
        "where it "
        "set out.",
        "heard = to_sound(to_image(…))\nseen = …\nreturn (heard - sounds).abs().mean() + …",
    ),
)  # fmt: skip
