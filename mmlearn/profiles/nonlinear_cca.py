"""How much chapter 07 computes."""

LAPTOP = {
    "points": 400,  # of the first toy, half of them held out
    "stream": 20_000,  # points of the same toy for random features
    "digits": {"train": 2000, "val": 500, "test": 2000},
    "digit_kernel_pairs": 1000,
    "digit_steps": 600,
    "hidden": (512, 256),
    "scenes": {"train": 400, "test": 150},
    "components": 16,
    "pixels": 224,
    "stamps": None,  # how many spoken stamps; None is all of them
    "test": 150,
    "val": 80,
    "pairs": None,  # pictures with words; None is all of them
    "pairs_test": 500,
    "pairs_val": 400,
    "kernel_pairs": 1000,  # of them to learn from
    "kernel_components": 128,
}  # fmt: skip

GPU = LAPTOP | {
    "digits": {"train": 20_000, "val": 1000, "test": 2000}, "digit_kernel_pairs": 4000, "digit_steps": 1500,
    "hidden": (1024, 512), "scenes": {"train": 4000, "test": 500}, "kernel_pairs": 2600,
}  # fmt: skip

SMOKE = LAPTOP | {
    "points": 60, "stream": 300, "digits": {"train": 120, "val": 60, "test": 60}, "digit_kernel_pairs": 60, "digit_steps": 3,
    "scenes": {"train": 40, "test": 20}, "components": 4, "stamps": 60, "test": 16, "val": 10,
    "pairs": 200, "pairs_test": 40, "pairs_val": 30, "kernel_pairs": 60, "kernel_components": 8,
}  # fmt: skip

AMOUNTS = (
    "points", "stream", "digits", "digit_kernel_pairs", "digit_steps", "scenes", "components", "stamps", "test", "val",
    "pairs", "pairs_test", "pairs_val", "kernel_pairs", "kernel_components",
)  # fmt: skip
