"""How much chapter 02 computes."""

LAPTOP = {
    "scenes": 6000,  # generated captions to learn from; the real ones are added where they can be had
    "least": 2,  # how often a word must occur to be one of the vocabulary
    "dim": 64,  # width of word vectors and of every network
    "window": 3,  # words to each side that count as neighbours
    "negatives": 5,  # drawn words for each true neighbour
    "steps_words": 1500,  # of training, for each model
    "batch_words": 1024,  # pairs of neighbours
    "steps_lstm": 400,
    "steps_bert": 700,
    "steps_gpt": 500,
    "batch": 64,  # captions
    "layers": 2,
    "heads": 4,
    "probe": {"train": 1500, "val": 400, "test": 800},  # captions of each generated task
    "seeds": 5,  # of the benchmark
}

GPU = LAPTOP | {
    "scenes": 40000, "dim": 128, "layers": 4, "steps_words": 6000, "steps_lstm": 3000, "steps_bert": 6000,
    "steps_gpt": 4000, "batch": 128,
}  # fmt: skip

SMOKE = LAPTOP | {
    "scenes": 200, "steps_words": 2, "steps_lstm": 2, "steps_bert": 2, "steps_gpt": 2, "batch": 8, "batch_words": 32,
    "probe": {"train": 60, "val": 20, "test": 30}, "seeds": 1,
}  # fmt: skip

AMOUNTS = ("scenes", "steps_words", "steps_lstm", "steps_bert", "steps_gpt", "batch", "batch_words", "probe", "seeds")
