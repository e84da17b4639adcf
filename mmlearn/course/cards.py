"""What each chapter was measured to need, for its card and the README's table; `data/cards.json` holds the figures."""

import json

from mmlearn.data.resources import folder

UNMEASURED = "*Not measured yet: `mmlearn cards` fills this in.*"


def cards() -> dict[str, dict]:
    """The measured figures by chapter, {} before the first measurement."""
    file = folder() / "cards.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def card_markdown(chapter: str) -> str:
    """The card of one chapter, as its notebook shows it."""
    card = cards().get(chapter)
    if card is None:
        return UNMEASURED
    rows = [("laptop, one thread", card["laptop"])] + ([("GPU", card["gpu"])] if "gpu" in card else [])
    lines = ["| measured on | minutes of computing | memory | to fetch |", "|---|---|---|---|"]
    return "\n".join(lines + [f"| {name} | {_row(figures)} |" for name, figures in rows])


def _row(figures: dict) -> str:
    seconds = figures["cpu_seconds"]
    time = f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.1f} min"
    return f"{time} | {figures['peak_megabytes'] / 1000:.1f} GB | {figures['fetched_megabytes']:.0f} MB"
