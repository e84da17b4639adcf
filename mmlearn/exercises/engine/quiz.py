"""`quiz`: a question whose every choice explains itself. On a page a click on a choice opens its explanation."""

import html
from dataclasses import dataclass


@dataclass(frozen=True)
class Choice:
    """One possible answer: its text, whether it is right, and why it is or is not."""

    text: str
    right: bool
    why: str


@dataclass(frozen=True)
class Question:
    """A question with its choices, at least one of them right.

    Attributes:
        id: "<topic>.<name>".
        text: the question.
        choices: in the order shown.
    """

    id: str
    text: str
    choices: tuple[Choice, ...]

    def __post_init__(self) -> None:
        if not any(c.right for c in self.choices) or all(c.right for c in self.choices):
            raise ValueError(f"question {self.id} needs a right choice and a wrong one")
        if not all(c.why for c in self.choices):
            raise ValueError(f"question {self.id} has a choice that is not explained")

    def _lettered(self) -> list[tuple[str, str, Choice]]:
        return [(letter, "✓" if c.right else "✗", c) for letter, c in zip("abcdefgh", self.choices, strict=False)]

    def __str__(self) -> str:
        choices = [f"  {letter}) {c.text}" for letter, _, c in self._lettered()]
        reasons = [f"  {mark} {letter}: {c.why}" for letter, mark, c in self._lettered()]
        return "\n".join([self.text, *choices, "", *reasons])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<details><summary>{letter}) {html.escape(c.text)}</summary>"
            f"<p style='margin:0.2em 0 0.6em 1.6em'>{mark} {html.escape(c.why)}</p></details>"
            for letter, mark, c in self._lettered()
        )
        return f"<p style='margin:1.6em 0 0.3em 0'><b>{html.escape(self.text)}</b></p>{rows}"

    def _repr_mimebundle_(self, **_) -> dict:
        return {"text/html": self._repr_html_(), "text/plain": str(self)}


_QUESTIONS: dict[str, Question] = {}


def ask(*questions: Question) -> None:
    """Make questions known. A topic's module calls this once."""
    _QUESTIONS.update({question.id: question for question in questions})


def quiz(topic: str) -> None:
    """Show every question of a topic; in a script as text with the explanations below.

    Raises:
        ValueError: the topic has no questions.
    """
    from mmlearn.exercises.engine.registry import registered
    from mmlearn.show.output import in_notebook

    registered(topic)
    chosen = [q for q in _QUESTIONS.values() if q.id.split(".")[0] == topic]
    if not chosen:
        raise ValueError(f"topic is {topic!r}, which has no quiz; one is the name of a chapter's file without its number")
    for question in chosen:
        if in_notebook():
            from IPython.display import display

            display(question)
        else:
            print(question, end="\n\n")
