"""Using a trained generator: say what is known, get all of it made; and go from one medium to the other and back."""

import torch
from torch import Tensor

from mmlearn.generate.cross.networks import IMAGE, SOUND, CrossGenerator, Made, Seen
from mmlearn.generate.cross.pairs import SLOTS, UNKNOWN

AT_ONCE = 256  # scenes


def known(
    image: Tensor | None = None, sound: Tensor | None = None, words: Tensor | None = None, *,
    image_seen: Tensor | None = None, sound_seen: Tensor | None = None, n: int | None = None,
) -> Seen:  # fmt: skip
    """What is known, checked; what is not given is hidden.

    Args:
        image: (n, 3, 32, 32), from -1 to 1; what is hidden in it may be anything, NaN too.
        sound: (n, 1, 32, 48), likewise; `pictures_of_sound` makes it.
        words: (n, 3) indices of colour, shape and place, -1 for an unknown one.
        image_seen, sound_seen: masks (n, 1, h, w), 1 where seen, 0 where hidden; all of it is seen where not given.
        n: how many, where nothing is known at all.

    Raises:
        ValueError: nothing is given, not even n; another shape or number; a value that is seen is not from -1 to 1; a mask that
            is not 0 and 1; a word out of its slot.
    """
    given = [part for part in (image, sound, words) if part is not None]
    if not given and n is None:
        raise ValueError("image, sound and words are all missing; give one of them, or n, to make n scenes from noise alone")
    count = len(given[0]) if given else n
    if any(len(part) != count for part in given) or count < 1:
        raise ValueError(f"image, sound and words have {[len(p) for p in given]} scenes; accepted are equal numbers, at least 1")
    said = torch.full((count, len(SLOTS)), UNKNOWN) if words is None else words
    slots = tuple(said.shape[1:]) == (3,) and not said.is_floating_point()
    if not slots or ((said < UNKNOWN) | (said >= torch.tensor(SLOTS))).any():
        raise ValueError(f"words has shape {tuple(said.shape)}; accepted are whole numbers (n, 3), from -1 and below {SLOTS}")
    media = (("image", image, image_seen, IMAGE), ("sound", sound, sound_seen, SOUND))
    (picture, picture_mask), (noise, noise_mask) = (_medium(*medium, count) for medium in media)
    return Seen(picture, noise, said, picture_mask, noise_mask)


def _medium(name: str, x: Tensor | None, seen: Tensor | None, shape: tuple, n: int) -> tuple[Tensor, Tensor]:
    """A medium's values with zeros where hidden, and its mask."""
    if x is None:
        return torch.zeros(n, *shape), torch.zeros(n, 1, *shape[1:])
    seen = torch.ones(n, 1, *shape[1:]) if seen is None else seen
    if tuple(x.shape) != (n, *shape) or tuple(seen.shape) != (n, 1, *shape[1:]):
        shapes = f"{name} has shape {tuple(x.shape)} and {name}_seen {tuple(seen.shape)}"
        raise ValueError(f"{shapes}; accepted are {(n, *shape)} and {(n, 1, *shape[1:])}")
    if not ((seen == 0) | (seen == 1)).all():
        raise ValueError(f"{name}_seen has values other than 0, hidden, and 1, seen")
    x = torch.where(seen > 0, x, 0.0)
    if not (x.abs() <= 1 + 1e-6).all():
        raise ValueError(f"{name} has values beyond -1 and 1, or NaN, where it is seen; accepted are floats from -1 to 1")
    return x.float(), seen.float()


@torch.no_grad()
def make(generator: CrossGenerator, seen: Seen, seed: int = 0, draw: bool = True, noise: Tensor | None = None) -> Made:
    """All media of scenes of which something is known, or nothing.

    Args:
        generator: trained; it is left in evaluation mode.
        seen: as `known` gives it.
        seed: of the noise and of the words that are drawn.
        draw: draw hidden words by chance; False takes the likeliest.
        noise: (n, noise_dim), in place of noise of chance.
    """
    n = len(seen.words)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        noise = torch.randn(n, generator.noise_dim) if noise is None else noise
        parts = []
        for start in range(0, n, AT_ONCE):
            some = slice(start, start + AT_ONCE)
            parts.append(generator.eval()(Seen(*(part[some] for part in seen)), noise[some], draw=draw))
    return Made(*(torch.cat(column) for column in zip(*parts, strict=True)))


def there_and_back(generator: CrossGenerator, start: Tensor, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Sounds made into pictures and these into sounds again, or the other way round: (half-way, back).

    Raises:
        ValueError: `start` is neither images nor sounds.
    """
    first, other = ("image", "sound") if tuple(start.shape[1:]) == IMAGE else ("sound", "image")
    half = getattr(make(generator, known(**{first: start}), seed), other)
    return half, getattr(make(generator, known(**{other: half}), seed + 1), first)


def named_alike(a: Tensor, b: Tensor) -> Tensor:
    """Whether two media name the same colour and shape, (n,) bool; of words (n, 2) or (n, 3)."""
    return (a[:, :2] == b[:, :2]).all(1)
