"""How much chapter 13 computes."""

LAPTOP = {
    "scenes": {"train": 3000, "test": 400},
    "detector_steps": 600,
    "width": 64,  # of a node
    "batch": 128,
    "steps": 600,
    "looked": 100,  # scenes whose weights are counted
    "moment_steps": 150,
    "table_steps": 600,
}

GPU = LAPTOP | {"scenes": {"train": 10000, "test": 2000}, "detector_steps": 2000, "steps": 3000, "looked": 500}

SMOKE = LAPTOP | {
    "scenes": {"train": 60, "test": 50}, "detector_steps": 3, "width": 8, "batch": 16, "steps": 12, "looked": 3,
    "moment_steps": 2, "table_steps": 3,
}  # fmt: skip

AMOUNTS = ("scenes", "detector_steps", "width", "batch", "steps", "looked", "moment_steps", "table_steps")
