"""How much chapter 10 computes."""

LAPTOP = {
    "scenes": {"train": 3000, "val": 500, "test": 1000},
    "steps": 600,  # of every classifier
    "bits_steps": 250,  # of those that see nothing but two noisy bits
    "digits": None,  # how many pairs of each split; None is all of them
    "components": 64,  # of the space that pictures, captions and voices share
    "folds": 5,
}  # fmt: skip

GPU = LAPTOP | {"scenes": {"train": 10000, "val": 1000, "test": 5000}, "steps": 2000}

SMOKE = LAPTOP | {
    "scenes": {"train": 60, "val": 30, "test": 40}, "steps": 3, "bits_steps": 3, "digits": {"train": 60, "val": 20, "test": 20},
    "components": 8, "folds": 2,
}  # fmt: skip

AMOUNTS = ("scenes", "steps", "bits_steps", "digits", "components", "folds")
