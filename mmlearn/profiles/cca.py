"""How much chapter 06 computes."""

LAPTOP = {
    "pairs": None,  # how many pictures with words; None is all of them
    "pixels": 224,  # side of a picture as the encoder sees it
    "val": 400,  # pairs to choose with; training gets the rest
    "test": 500,
    "choices": [16, 64, 128, 256, 384],  # numbers of directions to choose from
    "ridges": [0.1, 0.3, 1.0, 3.0, 10.0],
    "columns": 40,  # of each view of the known world
    "counts": [60, 90, 120, 200, 400, 1000, 4000],  # of pairs there
    "seeds": 5,
    "permutations": 199,
    "trials": 200,  # known worlds in which the second correlation is tested
    "reduced": 40,  # columns of each real view in the permutation test
    "tested": 25,  # how many of their correlations
    "scenes": {"train": 600, "val": 200, "test": 200},
    "scene_components": 24,
    "ends": 4,  # pictures at either end of a direction
    "few": 200,  # pairs, where there are fewer of them than columns
}  # fmt: skip

GPU = LAPTOP | {
    "pixels": 288, "permutations": 999, "trials": 1000, "reduced": 100, "tested": 60,
    "scenes": {"train": 5000, "val": 500, "test": 1000},
}  # fmt: skip

SMOKE = LAPTOP | {
    "pairs": 200, "val": 30, "test": 40, "choices": [4, 8], "ridges": [0.3, 1.0], "columns": 10, "counts": [15, 40, 100],
    "seeds": 2, "permutations": 9, "trials": 3, "reduced": 8, "tested": 3, "scenes": {"train": 60, "val": 24, "test": 30},
    "scene_components": 6, "ends": 2, "few": 50,
}  # fmt: skip

AMOUNTS = (
    "pairs", "val", "test", "choices", "ridges", "columns", "counts", "seeds", "permutations", "trials", "reduced", "tested",
    "scenes", "scene_components", "ends", "few",
)  # fmt: skip
