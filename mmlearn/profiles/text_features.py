"""How much chapter 02 computes."""

LAPTOP = {
    "captions": 4000,  # generated ones to learn from; the real ones are added where they can be had
    "least": 3,  # how often a word must occur to be one of the vocabulary
    "dim": 64,  # width of word vectors and of every network
    "window": 4,  # words to each side that count as neighbours
    "threshold": 1e-2,  # share of all words above which a word is skipped now and then
    "negatives": 5,  # drawn words for each true neighbour
    "skip_gram": {"steps": 1200, "batch": 1024, "lr": 2e-2},
    "lstm": {"steps": 160, "batch": 64, "lr": 1e-2},
    "bert": {"steps": 600, "batch": 64, "lr": 3e-3},
    "gpt": {"steps": 260, "batch": 64, "lr": 3e-3},
    "answer": 150,  # steps of the LSTM that is trained with labels
    "copy": 40,  # steps of the GPT that is asked the wrong thing
    "longest": 32,  # tokens of a text; what is longer is cut
    "layers": 2,
    "heads": 4,
    "probe": {"train": 2000, "val": 500, "test": 1000},  # captions of each generated task
    "seeds": 5,  # of the benchmark
}

GPU = LAPTOP | {
    "captions": 40000, "dim": 128, "layers": 4,
    "skip_gram": {"steps": 8000, "batch": 4096, "lr": 5e-3},
    "lstm": {"steps": 3000, "batch": 128, "lr": 2e-3},
    "bert": {"steps": 8000, "batch": 128, "lr": 5e-4},
    "gpt": {"steps": 5000, "batch": 128, "lr": 5e-4},
}  # fmt: skip

SMOKE = LAPTOP | {
    "captions": 200,
    "skip_gram": {"steps": 2, "batch": 32, "lr": 5e-3},
    "lstm": {"steps": 2, "batch": 8, "lr": 3e-3},
    "bert": {"steps": 2, "batch": 8, "lr": 1e-3},
    "gpt": {"steps": 2, "batch": 8, "lr": 1e-3}, "answer": 2, "copy": 2,
    "probe": {"train": 60, "val": 20, "test": 30}, "seeds": 1,
}  # fmt: skip

AMOUNTS = ("captions", "skip_gram", "lstm", "bert", "gpt", "answer", "copy", "probe", "seeds")
