"""Where the course is published: the one place that knows its address."""

REPOSITORY = "https://github.com/mmlearn-course/mmlearn"
BRANCH = "main"


def install_requirement() -> str:
    """What pip is told to install from: the repository itself, as the package index's `mmlearn` is someone else's."""
    return f"mmlearn-course @ git+{REPOSITORY}"


def colab_badge(notebook: str) -> str:
    """A markdown badge that opens `notebook` (its path in the repository) on Colab."""
    path = REPOSITORY.removeprefix("https://github.com/")
    address = f"https://colab.research.google.com/github/{path}/blob/{BRANCH}/{notebook}"
    return f"[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({address})"
