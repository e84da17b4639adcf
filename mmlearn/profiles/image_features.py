"""How much chapter 03 computes."""

LAPTOP = {
    "scenes": {"train": 1000, "val": 300, "test": 300},  # one thing each: the controlled world
    "scene_pixels": 128,  # side of a scene as the pretrained network sees it
    "train": 10_000, "val": 2_000, "test": 10_000,  # fashion_mnist, in the table at the end
    "cnn": {"width": 16, "steps": 1200, "batch": 64, "lr": 1e-2},  # on all of fashion_mnist, in the table at the end
    "live": {"train": 6_000, "val": 1_000, "test": 2_000},  # fashion_mnist, for what is trained in the chapter itself
    "live_cnn": {"width": 16, "steps": 280, "batch": 64, "lr": 1e-2},
    "shape_cnn": {"steps": 200, "batch": 50, "lr": 3e-3},  # trained on scenes, to tell their shape
    "vit": {"patch": 7, "dim": 48, "depth": 3, "heads": 4, "steps": 400, "batch": 64, "lr": 2e-3},
    "films": {"train": 600, "val": 200, "test": 400}, "frames": 8, "film_size": 32,
    "reader": {"steps": 200, "batch": 50, "lr": 3e-3},
    "words": 64,  # visual words that keypoints are counted in
    "drawings": 40,  # pieces of clipart in which keypoints are found
    "stamp_size": 96,
    "every": 1,  # take every stamp; 6 would take every sixth
    "smallest": 40,  # categories of stamps with fewer pictures are left out
    "changed": 200,  # pictures that are shifted, turned, scaled and recoloured
    "seeds": 3,
}  # fmt: skip

GPU = LAPTOP | {
    "scenes": {"train": 10_000, "val": 1_000, "test": 2_000}, "scene_pixels": 256,
    "live": {"train": 55_000, "val": 5_000, "test": 10_000},
    "live_cnn": {"width": 64, "steps": 3_000, "batch": 256, "lr": 6e-3},
    "shape_cnn": {"steps": 1_000, "batch": 100, "lr": 3e-3},
    "vit": {"patch": 4, "dim": 128, "depth": 6, "heads": 4, "steps": 5_000, "batch": 256, "lr": 1e-3},
    "films": {"train": 4_000, "val": 500, "test": 1_000}, "reader": {"steps": 1_000, "batch": 100, "lr": 3e-3},
    "words": 256, "stamp_size": 224,
}  # fmt: skip

SMOKE = LAPTOP | {
    "scenes": {"train": 60, "val": 30, "test": 30}, "live": {"train": 200, "val": 100, "test": 100},
    "train": 200, "val": 100, "test": 100, "words": 8, "changed": 12, "drawings": 4, "every": 6, "seeds": 1,
    "cnn": {"width": 8, "steps": 2, "batch": 32, "lr": 6e-3}, "live_cnn": {"width": 8, "steps": 2, "batch": 32, "lr": 3e-3},
    "shape_cnn": {"steps": 2, "batch": 20, "lr": 3e-3},
    "vit": {"patch": 7, "dim": 16, "depth": 2, "heads": 2, "steps": 2, "batch": 32, "lr": 2e-3},
    "films": {"train": 40, "val": 20, "test": 20}, "reader": {"steps": 2, "batch": 20, "lr": 3e-3},
}  # fmt: skip

AMOUNTS = (
    "scenes", "train", "val", "test", "live", "words", "changed", "drawings", "every", "seeds",
    "cnn", "live_cnn", "shape_cnn", "vit", "films", "reader",
)  # fmt: skip
