"""How much chapter 15 computes."""

LAPTOP = {
    "scenes": {"train": 4000, "test": 1000},
    "scene_steps": 300,
    "explained": 40,  # scenes whose decision every method explains
    "digits": {"train": 3500, "val": 500, "test": 1000},
    "steps": 400,
    "width": 256,  # of the network that is made smaller
    "more_steps": 200,  # after pruning
    "trials": 200,  # of a model that is calibrated by construction
    "stamps": None,  # how many stamps; None is all of them
    "stamp_steps": 300,
}

GPU = LAPTOP | {"scenes": {"train": 20000, "test": 4000}, "scene_steps": 1500, "explained": 200}

SMOKE = LAPTOP | {
    "scenes": {"train": 200, "test": 40}, "scene_steps": 3, "explained": 2, "digits": {"train": 200, "val": 60, "test": 60},
    "steps": 3, "width": 16, "more_steps": 2, "trials": 3, "stamps": 200, "stamp_steps": 3,
}  # fmt: skip

AMOUNTS = (
    "scenes", "scene_steps", "explained", "digits", "steps", "width", "more_steps", "trials", "stamps", "stamp_steps",
)  # fmt: skip
