"""Chapter 03's tables: what each representation of a picture is good for, what it is blind to, and at what cost.

    python -m benchmarks.image_features [equal] [fashion_mnist] [invariance] [video] [probe] [cost] [speed]

* equal: our HOG and our attention beside scikit-image's and torch's: the largest difference.
* fashion_mnist: test accuracy on all 10,000. The CNN sees 55,000 training pictures, or the fixed 10,000 of the others.
* invariance: how far a change moves a vector, 1 being as far as another picture is (`features.image.sensitivity`).
* video: which way a thing moves, from frames averaged or read in order; no order, no more than one in two.
* probe: one linear probe for all. Trained representations learn from the training part of the same pictures.
* cost: adds to the table of `probe` "numbers" and "ms an item", those of fashion_mnist's pictures, on one thread.
  EfficientNet's early stages are timed with the whole network.
* speed: seconds to train the CNN, on one thread and on two.

Nothing is chosen on test pictures. Numbers over seeds are lists; what no seed changes is measured once.
"""

import sys
import time

import numpy as np
import torch

from benchmarks import image_representations as these
from benchmarks import record
from benchmarks.image_representations import SIZE
from mmlearn import data, evaluate, features
from mmlearn.data import scenes
from mmlearn.features import image
from mmlearn.layers import attention, causal_mask

SEEDS = (0, 1, 2, 3, 4)
AMOUNTS = {"shift": 4, "rotate": 15, "scale": 0.8, "hue": 60, "grey": 1.0, "brightness": -0.3, "blur": 1.0}
UNITS = {"shift": "px", "rotate": "°", "scale": "×", "hue": "°", "grey": "", "brightness": "", "blur": "px"}


def equal() -> dict:
    """The largest difference to the library everyone trusts, relative to the largest number for HOG."""
    scores = evaluate.Scores()
    rng = np.random.default_rng(0)
    real = {"fashion_mnist": these.fashion().images[:200, 0], "stamps": these.stamps().images[:50]}
    pictures = {"random grey": rng.random((50, 61, 47)), "random colour": rng.random((50, 3, 64, 64)), **real}
    for name, batch in pictures.items():
        scores.add(f"HOG, {name}, scikit-image", [{"difference": hog_difference(batch)}])
    q, k, v = torch.randn(3, 8, 4, 50, 16, generator=torch.Generator().manual_seed(0))
    keys = torch.arange(50) < torch.tensor([50, 49, 30, 20, 10, 5, 2, 1])[:, None, None, None]
    for name, mask in {"no mask": None, "padding masked": keys, "causal mask": causal_mask(50)}.items():
        theirs = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        scores.add(f"attention, {name}, torch", [{"difference": float((attention(q, k, v, mask)[0] - theirs).abs().max())}])
    return digits(scores)


def digits(scores: evaluate.Scores) -> dict:
    """As `Scores.figures`, with as many digits as tiny numbers need."""
    return {
        name: {"kind": scores.kinds[name], **{m: [float(f"{x:.3g}") for x in v] for m, v in metrics.items()}}
        for name, metrics in scores.values.items()
    }


def hog_difference(pictures: np.ndarray) -> float:
    from skimage.feature import hog

    ours, axis = image.hog(pictures), -1 if pictures.ndim == 4 else None
    last = np.moveaxis(pictures, 1, -1) if pictures.ndim == 4 else pictures
    theirs = np.stack([hog(one, 9, (8, 8), (2, 2), block_norm="L2-Hys", channel_axis=axis) for one in last])
    return float(np.abs(ours - theirs).max() / theirs.max())


def fashion_mnist() -> dict:
    """The chapter's CNN on all training pictures and on 10,000; others with a linear probe on those 10,000."""
    scores, pool, few = evaluate.Scores(), these.fashion(), f"{SIZE.train:,} pictures"
    train, test = (data.load("fashion_mnist", split=split) for split in ("train", "test"))
    learners = {
        "own CNN, 55,000 pictures": lambda seed: own_cnn(train, seed),
        f"own CNN, {few}": lambda seed: these.taught(these.small_cnn, pool, seed),
    }
    for name, learn in learners.items():
        scores.add(name, [{"accuracy": right(learn(seed), test)} for seed in SEEDS])
    for name in ("EfficientNet, last", "HOG"):
        scores.add(f"{name} + linear probe, {few}", [{"accuracy": accuracies(name, pool)["fashion"][0]}])
    scores.add("guessing", [{"accuracy": 0.1}], "chance")
    return scores.figures()


def own_cnn(train: data.Pairs, seed: int) -> torch.nn.Module:
    torch.manual_seed(seed)
    model = these.small_cnn(10, 1, these.SIDE)
    return these.fitted(model, torch.from_numpy(train.grey), torch.from_numpy(train.labels()), SIZE.cnn, seed)


def right(model: torch.nn.Module, test: data.Pairs) -> float:
    with torch.inference_mode():
        found = torch.cat([model(part).argmax(1) for part in torch.from_numpy(test.grey).split(1000)])
    return float(np.mean(found.numpy() == test.labels()))


def efficientnet(images: np.ndarray) -> np.ndarray:
    return features.encode(these.efficientnet(), images, progress=False)


def invariance() -> dict:
    """Every representation × every change, on scenes; networks trained on other scenes' shapes."""
    scores, pool = evaluate.Scores(), these.scenes()
    pictures = pool.images[pool.split(0)[2][: SIZE.changed]]
    for name in these.NAMES:
        seeds = SEEDS if name in (*these.TAUGHT, "SIFT words") else SEEDS[:1]
        runs = []
        for seed in seeds:
            represent = these.function(name, pool, seed)
            moved = {c: image.sensitivity(represent, pictures, c, [a])[0] for c, a in AMOUNTS.items()}
            runs.append({f"{c} {AMOUNTS[c]} {UNITS[c]}".strip(): value for c, value in moved.items()})
        scores.add(name, runs)
    return scores.figures()


def video() -> dict:
    """Six motions from HOG of each frame: averaged, read in order, and what the order is worth."""
    sizes = {"frames": SIZE.frames, "size": SIZE.film_size}
    parts = [scenes.films(n, split, **sizes) for split, n in SIZE.films.items()]
    films, labels = [part.films().numpy() for part in parts], [part.labels() for part in parts]
    kinds = {"HOG": image.hog, "EfficientNet, last": efficientnet}
    scores, shuffled = evaluate.Scores(), np.random.default_rng(0)
    for name, represent in kinds.items():
        frames = [image.by_frame(represent, film) for film in films]
        mean = [image.mean_of_frames(x) for x in frames]
        found = evaluate.linear_probe(*zip(mean, labels, strict=True)).accuracy
        scores.add(f"{name}: mean of frames", [{"accuracy": found}])
        scores.add(f"{name}: read in order", [{"accuracy": read(frames, labels, seed)} for seed in SEEDS])
        if name == "HOG":
            mixed = [np.take_along_axis(x, shuffled.random(x.shape[:2]).argsort(1)[..., None], 1) for x in frames]
            scores.add("HOG: read in random order", [{"accuracy": read(mixed, labels, seed)} for seed in SEEDS], "control")
            first = [x[:, 0] for x in frames]
            found = evaluate.linear_probe(*zip(first, labels, strict=True)).accuracy
            scores.add("HOG: first frame alone", [{"accuracy": found}], "control")
    for name, value in parts[-1].ceilings().items():
        scores.add(name, [{"accuracy": value}], "ceiling")
    scores.add("guessing", [{"accuracy": 1 / len(scenes.MOTIONS)}], "chance")
    return scores.figures()


def read(frames: list[np.ndarray], labels: list[np.ndarray], seed: int) -> float:
    """Test accuracy of an LSTM that reads the frames."""
    torch.manual_seed(seed)
    model = image.ReadFrames(frames[0].shape[2], classes=len(scenes.MOTIONS))
    these.fitted(model, torch.from_numpy(frames[0]), torch.from_numpy(labels[0]), SIZE.reader, seed)
    with torch.inference_mode():
        return float(np.mean(model(torch.from_numpy(frames[2])).argmax(1).numpy() == labels[2]))


def probe() -> dict:
    """The shared protocol: every representation, on scenes, fashion_mnist and stamps."""
    scores = evaluate.Scores()
    pools = [these.scenes(), these.fashion(), these.stamps()]
    for name in these.NAMES:
        found = {column: runs for pool in pools for column, runs in accuracies(name, pool).items()}
        scores.kinds[name], scores.values[name] = "method", {column: np.array(runs) for column, runs in found.items()}
        print(name, found, flush=True)
    guess = {c: max(np.unique(y, return_counts=True)[1]) / len(y) for pool in pools for c, y in pool.labels.items()}
    scores.add("majority", [guess], "chance")
    return scores.figures()


def cost() -> dict:
    """The table of `probe` as stored, with the length of every vector, and the milliseconds it takes on one thread."""
    scores, pool = evaluate.Scores.stored("image_features", "probe"), these.fashion()
    shown, before = pool.images[:64], torch.get_num_threads()
    torch.set_num_threads(1)
    for name in these.NAMES:
        represent = these.untrained(name) if name in these.TAUGHT else these.function(name, pool, 0)
        numbers, taken = represent(shown[:1]).shape[1], evaluate.milliseconds(represent, shown)
        scores.values[name] |= {"numbers": np.array([numbers]), "ms an item": np.array([taken])}
    torch.set_num_threads(before)
    return scores.figures()


def accuracies(name: str, pool: these.Pool) -> dict[str, list[float]]:
    """Test accuracy of a probe a column of the pool, over seeds where they change anything."""
    seeds = SEEDS if pool.redrawn or name in (*these.TAUGHT, "SIFT words") else SEEDS[:1]
    found = {column: [] for column in pool.labels}
    for seed in seeds:
        X, parts = these.vectors(name, pool, seed), pool.split(seed)
        for column, y in pool.labels.items():
            found[column].append(evaluate.linear_probe(*((X[rows], y[rows]) for rows in parts)).accuracy)
    return found


def speed() -> dict:
    """Wall-clock seconds of training the CNN once, and what it reached, by threads."""
    scores, before = evaluate.Scores(), torch.get_num_threads()
    train, test = (data.load("fashion_mnist", split=split) for split in ("train", "test"))
    for threads in (1, 2):
        torch.set_num_threads(threads)
        start = time.perf_counter()
        model = own_cnn(train, 0)
        taken = time.perf_counter() - start
        scores.add(f"own CNN, {threads} threads", [{"seconds": taken, "accuracy": right(model, test)}])
    torch.set_num_threads(before)
    return scores.figures()


PARTS = {part.__name__: part for part in (equal, video, invariance, fashion_mnist, probe, cost, speed)}


def main() -> None:
    wanted = sys.argv[1:] or list(PARTS)
    if unknown := set(wanted) - set(PARTS):
        sys.exit(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    for name in wanted:
        table = "probe" if name == "cost" else name
        record.merge("image_features", {table: PARTS[name]()}, SEEDS)
        print(evaluate.Scores.stored("image_features", table), flush=True)


if __name__ == "__main__":
    main()
