"""How much chapter 09 computes."""

LAPTOP = {
    "side": 48,  # pixels of a scene
    "scenes": {"train": 2000, "test": 200},
    "batch": 32,  # captioned scenes
    "look_steps": 200,  # of words that look for regions
    "pairs": None,  # how many pictures with words; None is all of them
    "pixels": 224,  # side of a picture as the encoder sees it
    "val": 400,
    "test": 500,
    "components": 128,  # of CCA
    "width": 128,  # of what is trained on real pairs
    "steps": 120,
    "real_batch": 256,
    "drawings": 400,  # scenes from which colours are learnt
}  # fmt: skip

GPU = LAPTOP | {
    "side": 64, "scenes": {"train": 10000, "test": 500}, "batch": 64, "look_steps": 2000, "steps": 400, "drawings": 2000,
}  # fmt: skip

SMOKE = LAPTOP | {
    "scenes": {"train": 40, "test": 12}, "batch": 8, "look_steps": 2, "pairs": 160, "val": 40, "test": 40, "components": 12,
    "width": 16, "steps": 4, "real_batch": 32, "drawings": 40,
}  # fmt: skip

AMOUNTS = ("scenes", "batch", "look_steps", "pairs", "val", "test", "components", "width", "steps", "real_batch", "drawings")
