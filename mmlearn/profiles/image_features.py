"""How much chapter 03 computes."""

LAPTOP = {
    "scenes": {"train": 1500, "val": 500, "test": 500},  # one thing each: pictures for the controlled world
    "scene_pixels": 128,  # side of a scene as the pretrained network sees it
    "fashion": {"train": 6000, "val": 1000, "test": 2000},  # pictures for what is trained and probed live
    "cnn_epochs": 4,
    "vit_epochs": 4,
    "batch": 64,
    "lr": 2e-3,
    "vit": {"patch": 7, "dim": 48, "depth": 3, "heads": 4},
    "stamp_pixels": 160,
    "smallest": 40,  # categories of stamps with fewer pictures are left out
    "words": 64,  # visual words that the keypoints' descriptors are counted in
    "films": {"train": 600, "val": 200, "test": 300},
    "frames": 8,
    "film_epochs": 8,
    "seeds": 3,
}  # fmt: skip

GPU = LAPTOP | {
    "fashion": {"train": 55000, "val": 5000, "test": 10000}, "scenes": {"train": 10000, "val": 1000, "test": 2000},
    "cnn_epochs": 8, "vit_epochs": 20, "batch": 256, "vit": {"patch": 4, "dim": 96, "depth": 4, "heads": 4},
    "scene_pixels": 224, "stamp_pixels": 224, "words": 256, "films": {"train": 4000, "val": 500, "test": 1000},
}  # fmt: skip

SMOKE = LAPTOP | {
    "scenes": {"train": 120, "val": 60, "test": 60}, "fashion": {"train": 200, "val": 100, "test": 100},
    "cnn_epochs": 1, "vit_epochs": 1, "words": 8, "films": {"train": 40, "val": 20, "test": 20}, "film_epochs": 1, "seeds": 1,
}  # fmt: skip

AMOUNTS = ("scenes", "fashion", "cnn_epochs", "vit_epochs", "words", "films", "film_epochs", "seeds")
