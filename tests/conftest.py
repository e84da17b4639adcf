"""What holds for all tests: in which order they run."""

LONGEST = "test_profiles.py"


def pytest_collection_modifyitems(items):
    """The file that runs whole chapters comes first: one worker takes it, the other the rest, and none waits at the end."""
    items.sort(key=lambda item: item.path.name != LONGEST)
