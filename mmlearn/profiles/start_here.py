"""How much chapter 00 computes."""

LAPTOP = {
    "pairs": None,  # how many pictures with words; None is all of them
    "pixels": 224,  # side of a picture as the encoder sees it
    "val": 400,  # pairs to choose with; training gets the rest
    "test": 500,
    "components": 128,
    "choices": [64, 128, 256, 384],  # numbers of directions to choose from
    "scenes": {"train": 600, "test": 200},
    "scene_components": 64,
    "seeds": 3,  # of the controls, and of the careless splits
    "phrases": ["a red fruit", "an insect", "a musical instrument"],
    "asked": 4,  # pictures for which words are looked up
}  # fmt: skip

GPU = LAPTOP | {"pixels": 288, "scenes": {"train": 5000, "test": 1000}}

SMOKE = LAPTOP | {
    "pairs": 200, "val": 30, "test": 40, "components": 16, "choices": [8, 16], "scenes": {"train": 60, "test": 30},
    "scene_components": 8, "seeds": 2,
}  # fmt: skip

AMOUNTS = ("pairs", "val", "test", "components", "choices", "scenes", "scene_components", "seeds")
