"""How much chapter 14 computes."""

LAPTOP = {
    "scenes": {"train": 2000, "val": 500, "test": 1000},
    "digits": {"train": 3500, "val": 500, "test": 1000},
    "shares": [0.0, 0.2, 0.4, 0.6, 0.8, 1.0],  # of pixels that are noise
    "decibels": [20, 10, 0, -6, -12, -18, -24, -30],
    "steps": 300,
    "moments": [10, 30, 100, 300],  # steps after which a network is looked into
    "guesses": 30,
}  # fmt: skip

GPU = LAPTOP | {
    "scenes": {"train": 10000, "val": 1000, "test": 4000}, "steps": 1500, "moments": [10, 30, 100, 300, 1000], "guesses": 100,
    "shares": [i / 10 for i in range(11)],
}  # fmt: skip

SMOKE = LAPTOP | {
    "scenes": {"train": 160, "val": 60, "test": 80}, "digits": {"train": 120, "val": 40, "test": 60}, "shares": [0.0, 0.5, 1.0],
    "decibels": [10, -12], "steps": 3, "moments": [1, 3], "guesses": 3,
}  # fmt: skip

AMOUNTS = ("scenes", "digits", "shares", "decibels", "steps", "moments", "guesses")
