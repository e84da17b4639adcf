"""Chapter 08: a spoken description finds its picture. Stamps, recordings in French, one voice a recording as they are.

French because English has 65 recordings in the package and French 676. The common space is that of weighted CCA between
pictures and English captions, learned on all stamps and clipart outside the held-out groups; it stays as it is. A
convolutional network learns to put the sound there, by InfoNCE towards the picture's vector and the caption's. Held out
are 200 stamps to test on and 76 to keep the best moment by, grouped so that near-duplicates stay together, in every
language. Most words of the test part are in no training recording: the row "words read" (the French words as text, by ridge
regression to the pictures) says how far hearing every word perfectly would lead.
"""

import functools

import numpy as np
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from benchmarks import start_here
from mmlearn import data, evaluate, train
from mmlearn.align import CCA, InfoNCE
from mmlearn.features import audio

SEEDS = (0, 1, 2, 3, 4)
TEST, VAL = 200, 76
TESTED = "fr"
LANGUAGES = {"French": ("fr",), "eight languages": ("fr", "es", "ca", "ro", "ru", "bg", "be", "el")}
K, REG = 128, 1.0
FRAMES = 200  # of 10 ms; the few longer descriptions are cut
STEPS, BATCH, LR, WIDTH = {"French": 400, "eight languages": 800}, 128, 3e-3, 160


@functools.cache
def stamps() -> data.Pairs:
    return data.load("stamps", split="all")


@functools.cache
def spectra(language: str) -> dict[int, Tensor]:
    """Number of a stamp -> log-mel spectrogram (40, t) of its description, made once."""
    paths = stamps().column("speech_path")
    waves = {i: audio.read(spoken[language])[: FRAMES * 160] for i, spoken in enumerate(paths) if language in spoken}
    waves = {i: wave for i, wave in waves.items() if len(wave) >= 1600}  # a tenth of a second is no description
    return {i: audio.log_mel(w[None], audio.RATE, window=400, hop=160, bands=40, low=60.0)[0] for i, w in waves.items()}


@functools.cache
def split(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Numbers of the stamps to test on, to choose by and to train on; all have a recording in French."""
    spoken = np.array(sorted(spectra(TESTED)))
    return tuple(spoken[part] for part in data.splits.grouped([stamps().groups[i] for i in spoken], (TEST, VAL), seed=seed))


@functools.cache
def space(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures and captions of all stamps in the common space, unit rows (n, K): learned without the held-out groups."""
    pairs, X, Y = start_here.vectors()
    test, val, _ = split(seed)
    held_out = {pairs.groups[i] for i in (*test, *val)}
    rows = [i for i, group in enumerate(pairs.groups) if group not in held_out]
    cca = CCA(K, reg=REG).fit(X[rows], Y[rows])
    n = len(stamps())
    weighted = [view * cca.correlations_ for view in cca.transform(X[:n], Y[:n])]
    return tuple(view / np.linalg.norm(view, axis=1, keepdims=True) for view in weighted)


class Heard(nn.Module):
    """A recording's place in the common space, and the loss that teaches it."""

    def __init__(self) -> None:
        super().__init__()
        self.network, self.criterion = audio.SpeechCNN(bands=40, classes=K, width=WIDTH, dropout=0.3), InfoNCE(0.1)

    def forward(self, log_mel: Tensor, lengths: Tensor) -> Tensor:
        return self.network(log_mel[..., : int(lengths.max())], lengths)


def loss(model: Heard, batch: list[Tensor]) -> Tensor:
    """InfoNCE from sound to picture and to caption; the same stamp in another language is no negative."""
    log_mel, lengths, pictures, captions, number = batch
    log_mel, lengths = audio.augment(log_mel, lengths)
    heard = model(log_mel, lengths)
    return (model.criterion([heard, pictures], number) + model.criterion([heard, captions], number)) / 2


def batched(items: list[tuple[Tensor, int]], seed: int) -> TensorDataset:
    """Spectrograms padded, their lengths, and where picture and caption lie."""
    log_mel = torch.stack([nn.functional.pad(s, (0, FRAMES + 1 - s.shape[1]), value=float(s.min())) for s, _ in items])
    number = torch.tensor([i for _, i in items])
    places = [torch.from_numpy(view[number.numpy()]).float() for view in space(seed)]
    return TensorDataset(log_mel, torch.tensor([s.shape[1] for s, _ in items]), *places, number)


def trained(languages: tuple[str, ...], steps: int, seed: int, shuffled: bool = False) -> Heard:
    """The network at its best moment by validation; `shuffled` trains it on recordings of other stamps."""
    _, val, train_rows = split(seed)
    own = dict(zip(train_rows, np.random.default_rng(seed).permutation(train_rows) if shuffled else train_rows, strict=True))
    items = [(spectra(one)[i], own[i]) for one in languages for i in train_rows if i in spectra(one)]
    torch.manual_seed(seed)
    model = Heard()
    optimizer = torch.optim.AdamW(model.parameters(), lr=LR, weight_decay=0.1)
    train.fit(
        model, DataLoader(batched(items, seed), batch_size=BATCH, shuffle=True, drop_last=True), loss, steps=steps,
        optimizer=optimizer, schedule=train.one_cycle(steps), clip=1.0, every=steps // 8, seed=seed, device="cpu",
        validate=lambda m: -evaluate.ranks(similarity(m, val, seed)).mean(), progress=False,
    )  # fmt: skip
    return model


@torch.no_grad()
def similarity(model: Heard, rows: np.ndarray, seed: int) -> np.ndarray:
    """French recordings (down) against the pictures (across) of these stamps."""
    log_mel, lengths, pictures, *_ = batched([(spectra(TESTED)[i], int(i)) for i in rows], seed).tensors
    return evaluate.cosine_similarity(model.eval()(log_mel, lengths), pictures)


def words_read(seed: int) -> np.ndarray:
    """The French captions as text against the pictures: bags of words, ridge regression, its strength chosen on validation."""
    test, val, rows = split(seed)
    texts = [record["translations"].get(TESTED, "") for record in stamps().records]
    bags = TfidfVectorizer(sublinear_tf=True).fit([texts[i] for i in rows]).transform(texts).toarray()
    pictures, K_train = space(seed)[0], bags[rows] @ bags[rows].T

    def found(asked: np.ndarray, ridge: float) -> np.ndarray:
        weights = np.linalg.solve(K_train + ridge * np.eye(len(rows)), pictures[rows])
        return evaluate.cosine_similarity(bags[asked] @ bags[rows].T @ weights, pictures[asked])

    best = min((0.1, 0.3, 1.0, 3.0), key=lambda ridge: evaluate.ranks(found(val, ridge)).mean())
    return found(test, best)


def report(S: np.ndarray) -> dict[str, float]:
    """Recall of a picture by its sound, and the median rank."""
    return {f"R@{k}": evaluate.recall_at_k(S, k) for k in (1, 5, 10)} | {"median rank": evaluate.median_rank(S)}


def heard(name: str, seeds: tuple[int, ...] = SEEDS, shuffled: bool = False) -> list[dict[str, float]]:
    """The network on every split, trained on these languages."""
    return [report(similarity(trained(LANGUAGES[name], STEPS[name], seed, shuffled), split(seed)[0], seed)) for seed in seeds]


def table(seeds: tuple[int, ...] = SEEDS) -> dict:
    """All rows but that of the other languages; every one on the same splits."""
    scores = evaluate.Scores()
    scores.add("heard", heard("French", seeds))
    print(scores, flush=True)
    scores.add("heard, trained on recordings of other stamps", heard("French", seeds, shuffled=True), "control")
    scores.add("words read: French text", [report(words_read(seed)) for seed in seeds], "ceiling")
    captions = [(space(seed), split(seed)[0]) for seed in seeds]
    read = [report(evaluate.cosine_similarity(views[1][test], views[0][test])) for views, test in captions]
    scores.add("words read: English text by MiniLM", read, "ceiling")
    lots = {f"R@{k}": evaluate.chance(TEST, k) for k in (1, 5, 10)}
    scores.add("random guessing", [lots | {"median rank": (TEST + 1) / 2}], "chance")
    return scores.figures()


def languages(seeds: tuple[int, ...] = SEEDS) -> dict:
    """The same with the recordings of seven other languages besides; asked in French."""
    scores = evaluate.Scores()
    scores.add("heard, trained on eight languages", heard("eight languages", seeds))
    return scores.figures()
