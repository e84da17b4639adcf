"""The tools that make the course: build, run, cards, grade and the `mmlearn` command."""
