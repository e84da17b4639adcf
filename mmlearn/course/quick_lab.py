"""Start JupyterLab in two thirds of the time: `python -m mmlearn.course.quick_lab` takes JupyterLab's own options.

On import it would compile a grammar of international web addresses (RFC 3987), for a check that it never makes here. Where
that package is absent it does without, so we hide it.
"""

import sys


def main() -> None:
    """Run JupyterLab in this process, without that package."""
    sys.modules["rfc3987_syntax"] = None  # an import of it then fails as if it were not installed
    from jupyterlab.labapp import main

    main()


if __name__ == "__main__":
    main()
