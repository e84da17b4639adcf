"""How much chapter 17 computes."""

LAPTOP = {
    "scenes": 4000,  # of one thing, to learn from
    "real": 1000,  # test scenes, beside which generated pictures are held
    "ring_steps": 800,
    "plain_steps": 120,  # of the generator without a condition
    "steps": 250,  # of the generator of classes
    "batch": 48,
    "width": 16,
    "noise": 32,
    "lr": 3e-3,  # of both players
    "average": 0.95,  # of the generator's weights
    "each": 8,  # pictures of every class that are judged
    "flow_steps": 8,  # in which noise is carried to a picture
}  # fmt: skip

GPU = LAPTOP | {
    "scenes": 40_000, "ring_steps": 3000, "plain_steps": 2000, "steps": 4000, "batch": 128, "width": 32, "average": 0.99,
    "lr": 1e-3, "each": 32, "flow_steps": 20,
}  # fmt: skip

SMOKE = LAPTOP | {"scenes": 160, "real": 140, "ring_steps": 8, "plain_steps": 2, "steps": 2, "batch": 16, "each": 2,
                  "flow_steps": 1}  # fmt: skip

AMOUNTS = ("scenes", "real", "ring_steps", "plain_steps", "steps", "batch", "each", "flow_steps")
