"""How much chapter 08 computes."""

LAPTOP = {
    "scenes": {"train": 4000, "val": 500, "test": 500},
    "batch": 128,
    "batches": [32, 128, 512],
    "steps": 150,  # of the small runs, each of which shows one thing
    "long_steps": 300,  # of those that are given more time
    "sigmoid_steps": 650,  # of the loss that waits longest
    "clip_steps": 240,
    "control_steps": 60,
    "doubles": 2000,  # scenes with few different captions
    "doubles_steps": 200,
    "shots": [1, 2, 4, 8, 16, 32],
    "pairs": None,  # how many stamps and clipart; None is all of them
    "pixels": 224,
    "val": 400,
    "test": 500,
    "head_steps": 240,
    "head_batch": 512,
    "fashion": 300,
    "phrases": ["a bird", "a musical instrument", "something to eat"],
}  # fmt: skip

GPU = LAPTOP | {
    "scenes": {"train": 20000, "val": 1000, "test": 1000}, "batch": 512, "clip_steps": 3000, "control_steps": 500,
    "fashion": 2000,
}  # fmt: skip

SMOKE = LAPTOP | {
    "scenes": {"train": 240, "val": 160, "test": 60}, "batch": 32, "batches": [8, 32], "steps": 3, "long_steps": 4,
    "sigmoid_steps": 4, "clip_steps": 2, "control_steps": 2, "doubles": 120, "doubles_steps": 3, "shots": [1, 2],
    "pairs": 200, "val": 30, "test": 40, "head_steps": 3, "head_batch": 64, "fashion": 20,
}  # fmt: skip

AMOUNTS = (
    "scenes", "batch", "batches", "steps", "long_steps", "sigmoid_steps", "clip_steps", "control_steps", "doubles",
    "doubles_steps", "shots", "pairs", "val", "test", "head_steps", "head_batch", "fashion",
)  # fmt: skip
