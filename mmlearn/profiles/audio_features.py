"""How much chapter 04 computes."""

LAPTOP = {
    "recordings": None,  # how many of the spoken digits of each pile; None is all of them
    "window": 256,  # samples of a frame: 32 milliseconds at 8,000 a second
    "hop": 128,  # samples from one frame to the next: 16 milliseconds
    "bands": 40,
    "kept": 13,  # coefficients of the MFCC
    "steps": 250,  # of training, for each network
    "batch": 128,
    "lr": 4e-3,
    "unseen": ["nicolas"],  # speakers held out live; the benchmark holds out each of the six
    "clips": {"train": 480, "val": 160, "test": 320},  # of the controlled world
    "stamps": 300,  # spoken descriptions that are decoded
    "seeds": 5,  # of the benchmark
}

GPU = LAPTOP | {"steps": 1200, "unseen": ["george", "jackson", "lucas", "nicolas", "theo", "yweweler"], "stamps": 1500}

SMOKE = LAPTOP | {
    "recordings": 120, "steps": 2, "batch": 8, "clips": {"train": 32, "val": 16, "test": 16}, "stamps": 24, "seeds": 1,
}  # fmt: skip

AMOUNTS = ("recordings", "steps", "batch", "clips", "stamps", "seeds")
