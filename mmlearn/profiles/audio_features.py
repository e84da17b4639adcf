"""How much chapter 04 computes."""

LAPTOP = {
    "recordings": None,  # how many of the spoken digits; None is all of them
    "seconds": 1.0,  # what is longer is cut before a network or a probe sees it
    "mels": 40,
    "coefficients": 13,  # of the MFCC
    "net": {"channels": 32, "hidden": 64, "dropout": 0.3},
    "epochs": 12,
    "batch": 64,
    "lr": 3e-3,
    "speakers": ["theo"],  # held out live, one after the other; the benchmark holds out each of the six
    "words": {"repeats": 40},  # how often each speaker says each word of the controlled world
    "stamps": 240,  # spoken descriptions decoded
    "seeds": 3,
}

GPU = LAPTOP | {"epochs": 20, "speakers": ["george", "jackson", "lucas", "nicolas", "theo", "yweweler"], "stamps": None}

SMOKE = LAPTOP | {
    "recordings": 240, "epochs": 1, "words": {"repeats": 3}, "stamps": 24, "seeds": 1,
    "net": {"channels": 8, "hidden": 8, "dropout": 0.0},
}  # fmt: skip
