"""How much chapter 05 computes."""

LAPTOP = {
    "pairs": None,  # how many pictures with words; None is all of them
    "pixels": 224,  # side of a picture as the encoder sees it
    "val": 400,  # pairs to choose with; training gets the rest
    "test": 500,
    "reduced": 64,  # numbers to which both views are cut by PCA
    "borrowed": [1, 3, 5, 10, 20, 40],  # how many neighbours' captions to choose from
    "components": 128,
    "scenes": {"train": 600, "test": 200},
    "scene_components": 64,
    "dimensions": [2, 4, 8, 16, 32, 64, 128],  # of the random points whose hubs are counted
    "points": 1000,
    "bits": [16, 32, 64, 128, 256],
    "rounds": 30,  # of the rotation's search
    "items": 20000,  # of the small search in cells
    "cells": 200,
    "careless": 3,  # random splits
    "tries": 1000,  # methods that know nothing
    "phrases": ["a red fruit", "an insect", "a musical instrument"],
}  # fmt: skip

GPU = LAPTOP | {"pixels": 288, "scenes": {"train": 5000, "test": 1000}, "items": 200000, "cells": 1000}

SMOKE = LAPTOP | {
    "pairs": 200, "val": 30, "test": 40, "reduced": 8, "borrowed": [1, 3], "components": 16, "scenes": {"train": 60, "test": 30},
    "scene_components": 8, "dimensions": [2, 32], "points": 100, "bits": [8, 16], "rounds": 3, "items": 500, "cells": 10,
    "careless": 1, "tries": 20,
}  # fmt: skip

AMOUNTS = (
    "pairs", "val", "test", "reduced", "borrowed", "components", "scenes", "scene_components", "dimensions", "points", "bits",
    "rounds", "items", "cells", "careless", "tries",
)  # fmt: skip
