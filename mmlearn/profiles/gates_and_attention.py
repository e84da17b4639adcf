"""How much chapter 11 computes."""

LAPTOP = {
    "witnesses": {"train": 3000, "val": 600, "test": 1000},
    "noise": {"train": 5000, "val": 1000, "test": 2000},
    "questions": {"train": 4000, "test": 800},
    "lazy": {"train": 3000, "test": 1000},
    "xor": {"train": 3000, "val": 500, "test": 1000},
    "xor_steps": 600,
    "steps": 300,  # of the other fusions of vectors
    "width": 64,  # of what is fused
    "batch": 64,  # of sequences
    "question_steps": 400,
    "every": 1,  # each how many-th stamp is taken
    "stamps": (150, 90),  # for the test, and to choose with
    "stamp_steps": 160,
}  # fmt: skip

GPU = LAPTOP | {
    "witnesses": {"train": 20000, "val": 2000, "test": 4000}, "noise": {"train": 20000, "val": 2000, "test": 5000},
    "questions": {"train": 20000, "test": 2000}, "lazy": {"train": 10000, "test": 3000},
    "steps": 1000, "width": 128, "question_steps": 2000, "stamp_steps": 400,
}  # fmt: skip

SMOKE = LAPTOP | {
    "witnesses": {"train": 80, "val": 40, "test": 40}, "noise": {"train": 100, "val": 50, "test": 50},
    "questions": {"train": 40, "test": 20}, "lazy": {"train": 60, "test": 40},
    "xor": {"train": 60, "val": 40, "test": 40}, "xor_steps": 3, "steps": 4, "width": 16, "batch": 16,
    "question_steps": 3, "every": 6, "stamps": (25, 15), "stamp_steps": 3,
}  # fmt: skip

AMOUNTS = (
    "witnesses", "noise", "questions", "lazy", "xor", "xor_steps", "steps", "width", "batch", "question_steps", "every",
    "stamps", "stamp_steps",
)  # fmt: skip
