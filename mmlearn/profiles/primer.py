"""How much chapter 01 computes."""

LAPTOP = {
    "race_steps": 60,
    "epochs": 12,  # of the network on digits
    "symbols": 8,
    "length": 20,  # of a sequence whose first symbol must be remembered
    "sequences": 4000,
    "memory_steps": 250,
    "lookup_steps": 300,
    "broken_steps": 150,  # of the runs that go wrong on purpose
}  # fmt: skip

GPU = LAPTOP | {"length": 60, "memory_steps": 1000, "lookup_steps": 1000}

SMOKE = LAPTOP | {
    "race_steps": 5, "epochs": 1, "length": 6, "sequences": 200, "memory_steps": 4, "lookup_steps": 4, "broken_steps": 3,
}  # fmt: skip

AMOUNTS = ("race_steps", "epochs", "length", "sequences", "memory_steps", "lookup_steps", "broken_steps")
