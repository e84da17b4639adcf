"""Who says what a made picture shows and what a made sound says: two classifiers, trained on real ones only."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlearn.generate.cross.losses import word_loss
from mmlearn.generate.cross.pairs import SLOTS, Triples
from mmlearn.generate.cross.sound import BANDS, FRAMES
from mmlearn.generate.gan import SceneReader, as_pictures

NOISE = 0.15  # of what the judges are trained on, at most: made media are never quite clean


class Ear(nn.Module):
    """Pictures of sounds (b, 1, 32, 48) -> which colour and which shape they name.

    Args:
        width: channels of the first layer.
    """

    def __init__(self, width: int = 16):
        super().__init__()
        widths = [1, width, 2 * width, 4 * width]
        layers = []
        for a, b in zip(widths, widths[1:], strict=False):
            layers += [nn.Conv2d(a, b, 4, stride=2, padding=1, bias=False), nn.BatchNorm2d(b), nn.ReLU()]
        self.filters = nn.Sequential(*layers, nn.Flatten())
        self.answer = nn.Linear(4 * width * (BANDS // 8) * (FRAMES // 8), sum(SLOTS[:2]))

    def features(self, sounds: Tensor) -> Tensor:
        """What was heard, (b, dim): for distances between sets of sounds."""
        return self.filters(sounds)

    def forward(self, sounds: Tensor) -> Tensor:
        """Logits of colour and shape, (b, 16)."""
        return self.answer(functional.dropout(self.features(sounds), 0.2, self.training))


@torch.no_grad()
def heard(ear: Ear, sounds: Tensor) -> Tensor:
    """The words that are heard, (b, 2): colour and shape.

    Raises:
        ValueError: sounds of another shape.
    """
    if sounds.ndim != 4 or tuple(sounds.shape[1:]) != (1, BANDS, FRAMES):
        raise ValueError(f"sounds has shape {tuple(sounds.shape)}; accepted is (b, 1, {BANDS}, {FRAMES})")
    slots = ear.eval()(sounds).split(SLOTS[:2], dim=1)
    return torch.stack([slot.argmax(1) for slot in slots], dim=1)


@torch.no_grad()
def recognised(eye: SceneReader, images: Tensor) -> Tensor:
    """The words for the one thing that is seen, (b, 3): colour, shape, place; the place where something is likeliest."""
    shapes, colours = eye.eval()(as_pictures(images))
    nothing = SLOTS[1]
    place = (shapes[..., :nothing].amax(2) - shapes[..., nothing]).argmax(1)
    row = torch.arange(len(place))
    return torch.stack([colours[row, place].argmax(1), shapes[row, place, :nothing].argmax(1), place], dim=1)


def ear_loss(ear: Ear, batch: Any) -> Tensor:
    """Cross-entropy of colour and shape, from sounds with a little noise."""
    batch = Triples(*batch)
    return word_loss(ear(noisy(batch.sound)), batch.words[:, :2])


def eye_loss(eye: SceneReader, batch: Any) -> Tensor:
    """Cross-entropy of what stands at each of the nine places, and of the thing's colour, from pictures with a little noise."""
    batch = Triples(*batch)
    row, place = torch.arange(len(batch.words)), batch.words[:, 2]
    shapes, colours = eye(((noisy(batch.image) + 1) / 2).clamp(0, 1))
    stands = torch.full(shapes.shape[:2], SLOTS[1])
    stands[row, place] = batch.words[:, 1]
    shape = functional.cross_entropy(shapes.flatten(0, 1), stands.flatten())
    return 2 * shape + functional.cross_entropy(colours[row, place], batch.words[:, 0])


def noisy(x: Tensor) -> Tensor:
    """With noise of its own strength for each example, from none to NOISE."""
    return x + NOISE * torch.rand(len(x), 1, 1, 1, device=x.device) * torch.randn_like(x)
