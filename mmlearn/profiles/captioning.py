"""How much chapter 16 computes."""

LAPTOP = {
    "scenes": {"train": 8000, "test": 500},
    "steps": 1000,  # of eyes and decoder together, from zero
    "batch": 32,  # small, at a high rate: as good as 800 steps of 64 at 4e-3, in two thirds of the time
    "width": 12,  # channels of the eyes' first stage
    "lr": 6e-3,
    "vision": 0.3,  # how much the vision loss counts
    "fusion": 0.1,  # how much the fusion loss counts, where there is one
    "decoder_scenes": 3000,  # for decoders whose eyes are frozen
    "decoder_steps": 250,
    "decoder_lr": 4e-3,
    "photographs": 240,
    "photograph_steps": 100,
}  # fmt: skip

GPU = LAPTOP | {
    "scenes": {"train": 60000, "test": 2000}, "steps": 6000, "batch": 64, "lr": 4e-3, "width": 32,
    "decoder_scenes": 20000, "decoder_steps": 2000, "photographs": 6000, "photograph_steps": 4000,
}  # fmt: skip

SMOKE = LAPTOP | {
    "scenes": {"train": 200, "test": 20}, "steps": 4, "decoder_scenes": 100, "decoder_steps": 3, "photographs": 24,
    "photograph_steps": 3,
}  # fmt: skip

AMOUNTS = ("scenes", "steps", "decoder_scenes", "decoder_steps", "photographs", "photograph_steps")
