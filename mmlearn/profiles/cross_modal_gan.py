"""How much chapter 18 computes."""

LAPTOP = {
    "scenes": 2000,  # of four colours and four shapes, for the model that is trained live
    "takes": (0, 1),  # recordings of each phrase by each voice
    "steps": 176,
    "every": 44,  # steps from one look to the next
    "test": 300,  # scenes on which everything is judged
    "resamples": 2000,
    "films": 300,
}  # fmt: skip

GPU = LAPTOP | {"scenes": 6000, "takes": (0, 1, 2, 3), "steps": 3000, "every": 300, "test": 1000, "films": 1000}

SMOKE = LAPTOP | {"scenes": 130, "takes": (0,), "steps": 3, "every": 2, "test": 24, "resamples": 100, "films": 12}

AMOUNTS = ("scenes", "takes", "steps", "every", "test", "resamples", "films")
