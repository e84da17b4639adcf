"""Pictures, English captions and French speech of stamps in one space: does a voice find its picture among 150?"""

import numpy as np
import torch

from mmlearn import data, evaluate, features
from mmlearn.align import GCCA
from mmlearn.features import audio

TEST, VAL = 150, 80
RIDGES, SIZES = (0.3, 1.0, 3.0), (16, 32)
NAMES = ("picture", "caption", "speech")
ASKED = (("speech", "picture"), ("speech", "caption"), ("caption", "picture"))
BY_VOICE, BY_CAPTION = "speech → picture, R@10", "caption → picture, R@10"  # what ridge and directions are chosen by


def moments(wave: torch.Tensor) -> np.ndarray:
    """(samples,) at 16 kHz -> three numbers a mel band: mean, spread, spread of the changes."""
    mel = audio.log_mel(wave, audio.RATE)[None]
    mel, length = audio.trim(mel, torch.tensor([mel.shape[-1]]))
    mel = audio.normalise(mel, length)[0, :, : int(length)]
    return torch.cat([mel.mean(1), mel.std(1), mel.diff(dim=1).std(1)]).numpy()


def views(language: str = "fr") -> tuple[list[np.ndarray], list]:
    """The three views of all stamps with a recording in this language, and their groups."""
    stamps = data.load("stamps", split="all")
    rows = [i for i, files in enumerate(stamps.column("speech_path")) if language in files]
    spoken = np.stack([moments(audio.read(stamps.sounds(i)["speech_path"][language])) for i in rows])
    captions = stamps.column("caption")
    pictures = features.encode(features.pretrained.image(size=224), stamps.images(rows))
    said = features.encode(features.pretrained.text(), [captions[i] for i in rows])
    return [pictures, said, spoken], [stamps.groups[i] for i in rows]


def recalls(gcca: GCCA, k: int, parts: list[np.ndarray]) -> dict[str, float]:
    """Along the first k directions; without speech, of pictures and captions alone."""
    embedded = {name: view[:, :k] for name, view in zip(NAMES, gcca.transform(parts), strict=False)}
    found = {}
    for query, answer in ASKED:
        if query not in embedded:
            continue
        S = evaluate.cosine_similarity(embedded[query], embedded[answer])
        found |= {f"{query} → {answer}, R@{n}": evaluate.recall_at_k(S, n) for n in (1, 10)}
    return found


def one_split(whole: list[np.ndarray], groups: list, seed: int, wrong: bool = False, by: str = BY_VOICE) -> dict[str, float]:
    """Ridge and directions chosen by `by` on validation stamps."""
    test, val, train = data.splits.grouped(groups, (TEST, VAL), seed)
    scaled = [(view - view[train].mean(0)) / (view[train].std(0) + 1e-6) for view in whole]
    learn = [view[train] for view in scaled]
    if wrong:
        learn[2] = np.random.default_rng(seed).permutation(learn[2])
    fits = [GCCA(max(SIZES), reg=reg).fit(learn) for reg in RIDGES]
    tried = [(gcca, k) for gcca in fits for k in SIZES]
    best = max(tried, key=lambda one: recalls(*one, [view[val] for view in scaled])[by])
    return recalls(*best, [view[test] for view in scaled])


def table(seeds) -> dict:
    whole, groups = views()
    scores = evaluate.Scores()
    scores.add("GCCA", [one_split(whole, groups, seed) for seed in seeds])
    by_caption = [one_split(whole, groups, seed, by=BY_CAPTION) for seed in seeds]
    scores.add("GCCA, chosen for captions → pictures", by_caption)
    scores.add("speech shuffled", [one_split(whole, groups, seed, wrong=True) for seed in seeds], "control")
    pair = [one_split(whole[:2], groups, seed, by=BY_CAPTION) for seed in seeds]
    scores.add("pictures and captions only", pair, "control")
    lots = {f"{q} → {a}, R@{k}": evaluate.chance(TEST, k) for q, a in ASKED for k in (1, 10)}
    scores.add("random guessing", [lots], "chance")
    print(scores)
    return scores.figures()
