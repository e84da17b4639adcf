"""How much chapter 12 computes."""

LAPTOP = {
    "scenes": {"train": 2000, "val": 400, "test": 800},
    "steps": 300,  # of every fusion on scenes
    "width": 32,  # of the fused vector
    "projected": 16,  # what each modality is brought to before the outer product
    "tables": 200,  # of hash tables, for the error of a sketch
    "digits": None,  # pairs of digits; None is all of them
    "digits_steps": 400,
    "table_steps": 600,  # of the row of the table that is run live, as stored
}  # fmt: skip

GPU = LAPTOP | {"scenes": {"train": 20000, "val": 1000, "test": 2000}, "steps": 2000, "projected": 32, "digits_steps": 1500}

SMOKE = LAPTOP | {
    "scenes": {"train": 160, "val": 40, "test": 40}, "steps": 4, "tables": 10, "digits": {"train": 150, "val": 40, "test": 40},
    "digits_steps": 4, "table_steps": 4,
}  # fmt: skip

AMOUNTS = ("scenes", "steps", "tables", "digits", "digits_steps", "table_steps")
