"""What fusions make of modalities that are missing, noisy, lying or too easy: the tables of chapter 14, over five seeds.

    python -m benchmarks.when_modalities_fail [missing | noise | "scenes noise" | conflict | shortcut | mosi]
"""

import functools
import sys
from collections.abc import Callable

import numpy as np
import torch
from sklearn.utils.class_weight import compute_sample_weight
from torch.nn import functional

from benchmarks import record
from benchmarks.fusion_tasks import mosi as mosi_task
from benchmarks.fusion_tasks import stretches
from mmlearn import data, evaluate, fusion
from mmlearn.data import scenes, seen_heard_digits
from mmlearn.features import audio
from mmlearn.features.text import BagOfWords

SEEDS = range(5)
MEDIA, FLIPS = ("image", "caption", "speech"), (0.10, 0.15, 0.20)
ROWS = {"train": 2000, "val": 500, "test": 1000}
SHARES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
DECIBELS = (20, 10, 0, -6, -12, -18, -24, -30)
COMPARED = ("joint", "late", "attention")
DROPOUT, GUESSES = 0.3, 30

Split = dict[str, list[np.ndarray]]
Labels = dict[str, np.ndarray]


def trained(name: str, views: Split, labels: Labels, seed: int, **options) -> fusion.Classifier:
    """The chapter's recipe: 300 steps, the best moment on the validation rows."""
    model = fusion.Classifier(name, steps=300, seed=seed, **options)
    return model.fit(views["train"], labels["train"], validation=(views["val"], labels["val"]))


def of(views: Split, *modalities: int) -> Split:
    """Some of the modalities."""
    return {split: [view[m] for m in modalities] for split, view in views.items()}


def without(views: list, m: int, instead: np.ndarray | None = None) -> list:
    """The same views with another one, or None, in the place of view m."""
    return [instead if k == m else view for k, view in enumerate(views)]


# scenes --------------------------------------------------------------------------------------------------------------


@functools.cache
def drawn_scenes(seed: int) -> tuple[dict[str, scenes.Scenes], Split, Labels]:
    """Pictures, captions and tones that show one bit, each wrong with its probability."""
    flip = dict(zip(MEDIA, FLIPS, strict=True))
    options = dict(size=32, objects=1, detail=0.0, paraphrases=1, speech="tones", task="redundant", flip=flip)
    parts = {split: data.load("scenes", split=split, n=n, seed=seed, **options) for split, n in ROWS.items()}
    words = BagOfWords().fit(parts["train"].column("caption"))
    views = {s: [pixels(p.images()), words.transform(p.column("caption")), sounds(p)] for s, p in parts.items()}
    return parts, views, {split: pairs.labels for split, pairs in parts.items()}


def pixels(pictures: torch.Tensor) -> np.ndarray:
    """Pictures (n, 3, side, side) made 8 × 8: (n, 192)."""
    return functional.adaptive_avg_pool2d(pictures.float() / 255, 8).flatten(1).numpy()


def sounds(pairs: scenes.Scenes, samples: int = 40_960) -> np.ndarray:
    """The tones, 1.9 seconds each: log-mel in 32 bands and 12 stretches of time."""
    waves = (np.asarray(wave)[:samples] for wave in pairs.column("speech"))
    waves = np.stack([np.pad(wave, (0, samples - len(wave))) for wave in waves])
    spectra = np.asarray(audio.log_mel(waves, pairs.sample_rate, window=512, hop=256, bands=32))
    cut = spectra[:, :, : spectra.shape[2] // 12 * 12]
    return cut.reshape(len(cut), 32, 12, -1).mean(axis=3).reshape(len(cut), -1)


def noisy(pictures: torch.Tensor, share: float, seed: int) -> torch.Tensor:
    """Pictures in which this share of pixels is of random colours."""
    dice = torch.Generator().manual_seed(seed)
    hit = torch.rand(len(pictures), 1, *pictures.shape[2:], generator=dice) < share
    return torch.where(hit, torch.randint(0, 256, pictures.shape, generator=dice, dtype=torch.uint8), pictures)


def noisy_views(parts: dict, views: Split, split: str, share: float | None, seed: int) -> list[np.ndarray]:
    """The views with noise in the pictures; a share of its own for each picture if None is given."""
    pictures = parts[split].images()
    shares = np.random.default_rng(seed + 1).random(len(pictures)) if share is None else [share] * len(pictures)
    seen = torch.cat([noisy(one[None], s, i) for i, (one, s) in enumerate(zip(pictures, shares, strict=True))])
    return [pixels(seen), *views[split][1:]]


def scenes_noise(seed: int) -> dict[str, dict[str, float]]:
    """Accuracy at rising shares of noise, and the share from which on caption and voice alone are better."""
    parts, views, labels = drawn_scenes(seed)
    spoilt = {split: noisy_views(parts, views, split, None, seed) for split in ("train", "val")}
    seen = {share: noisy_views(parts, views, "test", share, seed) for share in SHARES}
    y, rest = labels["test"], trained("joint", of(views, 1, 2), labels, seed)
    alone = rest.score(views["test"][1:], y)
    rows = {}
    for name, some, share in (
        ("joint", views, 0.0), ("joint, modality dropout", views, DROPOUT), ("joint, noise in training", spoilt, 0.0),
        ("late", views, 0.0), ("attention", views, 0.0),
    ):  # fmt: skip
        model = trained(name.split(",")[0], some, labels, seed, modality_dropout=share)
        curve = [model.score(seen[share], y) for share in SHARES]
        rows[name] = {f"{share:.0%}": value for share, value in zip(SHARES, curve, strict=True)}
        rows[name]["below from"] = min(evaluate.crossing(SHARES, curve, [alone] * len(SHARES)), 1.0)
    return rows | {"caption and voice alone": {f"{share:.0%}": alone for share in SHARES}}


def conflict(seed: int) -> dict[str, dict[str, float]]:
    """Accuracy on all scenes, on those in which the modalities contradict each other, and where only one lies."""
    parts, views, labels = drawn_scenes(seed)
    y, shown = labels["test"], parts["test"].shown
    unlike = np.ptp(shown, axis=1) > 0
    liars = {medium: (shown[:, m] != y) & (np.delete(shown, m, 1) == y[:, None]).all(1) for m, medium in enumerate(MEDIA)}
    said = {name: trained(name, views, labels, seed).predict(views["test"]) for name in (*COMPARED, "scalar_gated", "similarity")}
    said["best possible decision"] = best = parts["test"].task.decide()[tuple(shown.T)]
    return {
        name: {
            "all": np.mean(p == y), "contradictions": np.mean((p == y)[unlike]),
            **{f"only the {medium} lies": np.mean((p == y)[rows]) for medium, rows in liars.items()},
            "as the best": np.mean(p == best),
        }
        for name, p in said.items()
    }  # fmt: skip


def framed(parts: dict, views: Split, split: str, agrees: float, seed: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Picture and caption with a frame whose colour agrees with the label this often; which colour."""
    y = parts[split].labels
    cue = np.where(np.random.default_rng(seed).random(len(y)) < agrees, y, 1 - y)
    pictures = torch.tensor([[255, 255, 0], [0, 255, 255]], dtype=torch.uint8)[cue][:, :, None, None].repeat(1, 1, 32, 32)
    pictures[:, :, 2:-2, 2:-2] = parts[split].images()[:, :, 2:-2, 2:-2]
    return [pixels(pictures), views[split][1]], cue


def shortcut(seed: int) -> dict[str, dict[str, float]]:
    """Accuracy where the frame agrees with the label in 97% of the scenes, as in training, and where it is random."""
    parts, views, labels = drawn_scenes(seed)
    made = {split: framed(parts, views, split, 0.97, 10 * seed + i) for i, split in enumerate(ROWS)}
    changed, y = framed(parts, views, "test", 0.5, 10 * seed + 9)[0], labels["test"]
    as_it_comes = ({split: some for split, (some, _) in made.items()}, labels)
    even = {}
    for split in ("train", "val"):
        weights = compute_sample_weight("balanced", 2 * labels[split] + made[split][1])
        even[split] = np.random.default_rng(seed).choice(len(weights), len(weights), p=weights / weights.sum())
    balanced = ({s: [v[rows] for v in made[s][0]] for s, rows in even.items()}, {s: labels[s][rows] for s, rows in even.items()})
    rows = {}
    for name in ("joint", "late"):
        for how, (some, told), share in (
            ("", as_it_comes, 0.0), (", modality dropout", as_it_comes, DROPOUT), (", balanced", balanced, 0.0),
            (", balanced, and dropout", balanced, DROPOUT),
        ):  # fmt: skip
            model = trained(name, some, told, seed, modality_dropout=share)
            rows[name + how] = {"as in training": model.score(made["test"][0], y), "random": model.score(changed, y),
                                "caption only": model.score(without(changed, 0), y)}  # fmt: skip
    witnesses = ("image", "caption", "frame")
    biased, fair = (scenes.Task("redundant", witnesses, (*FLIPS[:2], flip), (0, 0, 0)) for flip in (0.03, 0.5))
    fooled = float(np.take_along_axis(fair.joint(), biased.decide()[None], 0).sum())
    rows["best possible in training"] = {"as in training": biased.ceiling(), "random": fooled}
    return rows | {"best possible once random": {"random": fair.ceiling(), "caption only": fair.ceiling(("caption",))}}


# real data -----------------------------------------------------------------------------------------------------------


@functools.cache
def drawn_digits(seed: int) -> tuple[dict, Split, Labels]:
    """Digits seen and heard, the sound at 10 decibels."""
    clean = data.seen_and_heard(seed=seed, snr=np.inf)
    views = {split: [part.images, in_noise(part.waves, 10.0, 100 * seed + i)] for i, (split, part) in enumerate(clean.items())}
    return clean, views, {split: part.labels for split, part in clean.items()}


def in_noise(waves: np.ndarray, snr: float, seed: int) -> np.ndarray:
    return stretches(seen_heard_digits.with_noise(waves, snr, np.random.default_rng(seed)))


def missing(seed: int) -> dict[str, dict[str, float]]:
    """Accuracy with nothing missing, without the image, without the sound; several fusions, several things in its place."""
    _, views, labels = drawn_digits(seed)
    test, y = views["test"], labels["test"]
    alone = [trained("early", of(views, m), labels, seed).score([test[m]], y) for m in (0, 1)]
    rows = {"trained without it": {"image missing": alone[1], "sound missing": alone[0]}}
    imputer = fusion.CrossModalImputer(reg=1.0).fit(views["train"])
    for name in ("late", "gated", "product"):
        model, dropped = (trained(name, views, labels, seed, modality_dropout=share) for share in (0.0, DROPOUT))
        rows[name] = {"all there": model.score(test, y)}
        rows[f"{name}, modality dropout"] = {"all there": dropped.score(test, y)}
        for m, column in enumerate(("image missing", "sound missing")):
            rows[name][column] = model.score(without(test, m), y)
            rows[f"{name}, modality dropout"][column] = dropped.score(without(test, m), y)
            for how, accuracy in in_place(model, views, y, imputer, m).items():
                rows.setdefault(f"{name}, {how}", {})[column] = accuracy
    return rows


def in_place(
    model: fusion.Classifier, views: Split, y: np.ndarray, imputer: fusion.CrossModalImputer, m: int
) -> dict[str, float]:
    """Accuracy with zeros, the mean, a guess, and the mean answer to many guesses in the place of modality m."""
    test, train = views["test"], views["train"]
    guess = imputer.transform(without(test, m))[m]
    errors = train[m] - imputer.transform(without(train, m))[m]
    some = errors[np.random.default_rng(0).choice(len(errors), GUESSES)]
    answer = np.mean([model.predict_proba(without(test, m, guess + error)) for error in some], axis=0)
    mean = np.tile(train[m].mean(axis=0), (len(y), 1))
    places = {"zeros": np.zeros_like(test[m]), "mean": mean, "guess": guess}
    found = {name: model.score(without(test, m, instead), y) for name, instead in places.items()}
    return found | {f"{GUESSES} guesses": float((answer.argmax(1) == y).mean())}


def noise(seed: int) -> dict[str, dict[str, float]]:
    """Accuracy at falling signal-to-noise ratios, and the ratio from which on the image alone is better."""
    clean, views, labels = drawn_digits(seed)
    mixed = {split: [clean[split].images, in_many_noises(clean[split].waves, seed)] for split in ("train", "val")}
    heard = {snr: in_noise(clean["test"].waves, snr, 1000 + seed) for snr in DECIBELS}
    y, pictures = labels["test"], views["test"][0]
    image = trained("early", of(views, 0), labels, seed).score([pictures], y)
    models = {"sound alone": trained("early", of(views, 1), labels, seed)}
    for name in ("late", "gated"):
        for how, some, share in (("", views, 0.0), (", modality dropout", views, DROPOUT), (", noise in training", mixed, 0.0)):
            models[name + how] = trained(name, some, labels, seed, modality_dropout=share)
    rows = {"image alone": {f"{snr} dB": image for snr in DECIBELS}}
    for name, model in models.items():
        curve = [model.score([heard[snr]] if name == "sound alone" else [pictures, heard[snr]], y) for snr in DECIBELS]
        from_here = evaluate.crossing([-snr for snr in DECIBELS], curve, [image] * len(curve))
        rows[name] = {f"{snr} dB": value for snr, value in zip(DECIBELS, curve, strict=True)}
        rows[name]["below from (dB)"] = max(-from_here, float(DECIBELS[-1]))  # never: written as the last level
    return rows


def in_many_noises(waves: np.ndarray, seed: int) -> np.ndarray:
    """Every sound at a ratio of its own, from the quietest to the loudest noise."""
    levels = np.random.default_rng(seed + 3).uniform(DECIBELS[-1], DECIBELS[0], len(waves))
    return np.concatenate([in_noise(wave[None], snr, i) for i, (wave, snr) in enumerate(zip(waves, levels, strict=True))])


def mosi(seed: int) -> dict[str, dict[str, float]]:
    """Sentiment with each modality missing in turn, masked or guessed."""
    task = mosi_task(seed)
    views, labels = {s: list(part.views) for s, part in task.items()}, {s: part.labels for s, part in task.items()}
    test, y, media = views["test"], labels["test"], ("text", "audio", "video")
    commonest = float((y == np.bincount(labels["train"]).argmax()).mean())
    rows = {"commonest label of training": {f"{medium} missing": commonest for medium in media}}
    others = [trained("late", of(views, *(k for k in range(3) if k != m)), labels, seed) for m in range(3)]
    seen = [[x for k, x in enumerate(test) if k != m] for m in range(3)]
    rows["trained without it"] = {f"{x} missing": others[m].score(seen[m], y) for m, x in enumerate(media)}
    imputer = fusion.CrossModalImputer(reg=1.0).fit(views["train"])
    for name in ("late", "gated"):
        for how, share in (("", 0.0), (", modality dropout", DROPOUT)):
            model = trained(name, views, labels, seed, modality_dropout=share)
            rows[name + how] = {"all": model.score(test, y)}
            rows[name + how] |= {f"{x} missing": model.score(without(test, m), y) for m, x in enumerate(media)}
            if not share:
                filled = {f"{x} missing": model.score(imputer.transform(without(test, m)), y) for m, x in enumerate(media)}
                rows[name + ", guessed"] = filled
    return rows


TABLES: dict[str, Callable[[int], dict[str, dict[str, float]]]] = {
    "missing": missing, "noise": noise, "scenes noise": scenes_noise, "conflict": conflict, "shortcut": shortcut, "mosi": mosi,
}  # fmt: skip
CONTROLS = {"trained without it", "caption and voice alone", "image alone", "sound alone"}


def kind(row: str) -> str:
    """What a row of a table is."""
    if row.startswith("best possible"):
        return "ceiling"
    return "chance" if row.startswith("commonest") else "control" if row in CONTROLS else "method"


def table(name: str) -> dict:
    """One table over all seeds, as `Scores.stored` reads it."""
    runs, scores = [TABLES[name](seed) for seed in SEEDS], evaluate.Scores()
    for row in runs[0]:
        fixed = row.startswith("best possible") and name == "shortcut"  # exact: the same whatever the seed
        scores.add(row, [run[row] for run in (runs[:1] if fixed else runs)], kind(row))
    return scores.figures()


def main() -> None:
    for name in sys.argv[1:] or TABLES:
        record.merge("when_modalities_fail", {name: table(name)}, SEEDS)


if __name__ == "__main__":
    main()
