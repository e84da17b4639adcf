"""The models of chapter 02, trained as the chapter trains them: same texts, steps and settings, another seed each time."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from mmlearn import profiles, train
from mmlearn.features import text

SIZE = profiles.settings("02_text_features", "laptop")
Represent = Callable[[Sequence[str]], np.ndarray]


def reader(texts: Sequence, collate: Callable, batch: int) -> DataLoader:
    """Shuffled batches."""
    return DataLoader(texts, batch_size=batch, shuffle=True, collate_fn=collate)


def word_vectors(texts: list[str], vocabulary: text.Vocabulary, seed: int, steps: int | None = None) -> text.WordVectors:
    """Skip-gram with negative sampling, trained on `texts`."""
    size, steps = SIZE.skip_gram, steps or SIZE.skip_gram["steps"]
    keep = text.keep_probability(vocabulary.counts, SIZE.threshold)
    pairs = text.skip_gram_pairs([vocabulary.encode(one) for one in texts], SIZE.window, keep, np.random.default_rng(seed))
    pairs = pairs[torch.randperm(len(pairs), generator=torch.Generator().manual_seed(seed))]
    whole = len(pairs) // size["batch"] * size["batch"]
    batches = DataLoader(TensorDataset(pairs[:whole].view(-1, size["batch"], 2)), batch_size=1, shuffle=True)
    noise = torch.from_numpy(text.noise_distribution(vocabulary.counts))

    def loss(model: text.SkipGram, batch: list) -> torch.Tensor:
        centre, context = batch[0][0].T
        return model.loss(centre, context, text.draw_negatives(noise, context, SIZE.negatives))

    torch.manual_seed(seed)
    model = text.SkipGram(len(vocabulary), SIZE.dim)
    fit(model, batches, loss, steps, size["lr"], seed, schedule=train.one_cycle(steps))
    return text.WordVectors(vocabulary, model.vectors())


def networks(texts: list[str], vocabulary: text.Vocabulary, seed: int) -> dict[str, Represent]:
    """The LSTM before and after training, the small BERT and GPT with each way of pooling."""
    collate = partial(vocabulary.batch, longest=SIZE.longest, marks=True)
    torch.manual_seed(seed)
    lstm, control = (text.SentenceLSTM(vocabulary, SIZE.dim, SIZE.dim) for _ in range(2))
    found = {"LSTM, untrained": control.transform, "LSTM, next word": lstm.transform}
    size = SIZE.lstm
    batches = reader(texts, collate, size["batch"])
    guess, schedule = (lambda model, batch: model.next_word_loss(*batch)), train.one_cycle(size["steps"])
    fit(lstm, batches, guess, size["steps"], size["lr"], seed, schedule=schedule, clip=1.0)
    for name, make, size, loss, pools in (
        ("BERT", text.small_bert, SIZE.bert, lambda m, batch: text.masked_loss(m, *batch, vocabulary), ("cls", "mean")),
        ("GPT", text.small_gpt, SIZE.gpt, lambda m, batch: text.next_word_loss(m, *batch), ("last", "mean")),
    ):
        torch.manual_seed(seed)
        model = make(vocabulary, SIZE.dim, SIZE.layers, SIZE.heads, SIZE.longest)
        batches, schedule = reader(texts, collate, size["batch"]), train.one_cycle(size["steps"])
        fit(model, batches, loss, size["steps"], size["lr"], seed, schedule=schedule)
        found |= {f"{name}, {pool}": text.ContextEncoder(model, vocabulary, pool).transform for pool in pools}
    return found


class Answerer(nn.Module):
    """An LSTM that reads, and a linear layer that answers."""

    def __init__(self, vocabulary: text.Vocabulary, answers: int):
        super().__init__()
        self.reader, self.head = text.SentenceLSTM(vocabulary, SIZE.dim, SIZE.dim), nn.Linear(SIZE.dim, answers)

    def forward(self, ids: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        return self.head(self.reader(ids, lengths))


def answering(task: text.Task, vocabulary: text.Vocabulary, seed: int) -> Represent:
    """An LSTM that was trained with the labels of this very task."""
    answers = {label: i for i, label in enumerate(sorted(set(task[1])))}
    items = [(said, answers[label]) for said, label in zip(*task, strict=True)]

    def collate(batch: list) -> tuple:
        return (*vocabulary.batch([said for said, _ in batch]), torch.tensor([answer for _, answer in batch]))

    def loss(model: Answerer, batch: tuple) -> torch.Tensor:
        ids, lengths, wanted = batch
        return functional.cross_entropy(model(ids, lengths), wanted)

    torch.manual_seed(seed)
    model = Answerer(vocabulary, len(answers))
    fit(model, reader(items, collate, 64), loss, SIZE.answer, 1e-2, seed)
    return model.reader.transform


def fit(model: nn.Module, batches: DataLoader, loss: Callable, steps: int, lr: float, seed: int, **settings) -> None:
    """`train.fit` on the processor, without a bar."""
    train.fit(model, batches, loss, steps=steps, lr=lr, seed=seed, progress=False, device="cpu", **settings)
