"""French: "Il y a une petite étoile bleue rayée en haut et un cercle." Adjectives agree with the noun's gender."""

from mmlearn.data.scenes.chance import Chooser
from mmlearn.data.scenes.facts import Thing
from mmlearn.data.scenes.languages.language import Language, all_forms, either

FEMININE = ("étoile", "croix", "lune", "chose")
# A form that differs by gender is "masculine/feminine" here and split below; the others serve both.
_FORMS = {
    "shape": {
        "circle": ("cercle", "rond"),
        "square": ("carré",),
        "triangle": ("triangle",),
        "star": ("étoile",),
        "heart": ("cœur",),
        "cross": ("croix",),
        "ring": ("anneau",),
        "moon": ("lune", "croissant de lune"),
    },
    "colour": {
        "red": ("rouge",),
        "orange": ("orange",),
        "yellow": ("jaune",),
        "green": ("vert/verte",),
        "blue": ("bleu/bleue",),
        "purple": ("violet/violette",),
        "pink": ("rose",),
        "grey": ("gris/grise",),
    },
    "size": {"small": ("petit/petite",), "medium": ("de taille moyenne",), "large": ("grand/grande", "gros/grosse")},
    "texture": {
        "plain": ("sans motif", "de couleur unie"),
        "striped": ("rayé/rayée", "à rayures"),
        "dotted": ("à pois",),
        "checked": ("à carreaux",),
    },
    "place": {
        "top left": ("en haut à gauche", "dans le coin supérieur gauche"),
        "top": ("en haut", "en haut au milieu"),
        "top right": ("en haut à droite", "dans le coin supérieur droit"),
        "left": ("à gauche", "sur la gauche"),
        "centre": ("au centre", "au milieu"),
        "right": ("à droite", "sur la droite"),
        "bottom left": ("en bas à gauche", "dans le coin inférieur gauche"),
        "bottom": ("en bas", "en bas au milieu"),
        "bottom right": ("en bas à droite", "dans le coin inférieur droit"),
    },
}
WORDS = {
    attribute: {
        value: tuple(form for entry in entries for form in entry.split("/")) for value, entries in values.items()
    }
    for attribute, values in _FORMS.items()
}
RELATIONS = {
    "left of": ("à gauche d'", "sur la gauche d'"),
    "right of": ("à droite d'", "sur la droite d'"),
    "above": ("au-dessus d'", "plus haut qu'"),
    "below": ("au-dessous d'", "plus bas qu'"),
}
_BEFORE = ("petit", "petite", "grand", "grande", "gros", "grosse")


def phrase(thing: Thing, choose: Chooser, clause: bool = True) -> str:
    """A thing with all that is known of it: "une grande croix verte à pois au centre"."""
    noun = choose.of(_FORMS["shape"][thing.shape])
    feminine = noun in FEMININE
    colour, size, texture, place = (
        value and _agree(choose.of(_FORMS[attribute][value]), feminine)
        for attribute, value in list(thing._asdict().items())[1:]
    )
    before, after = (size, None) if size in _BEFORE else (None, size)
    words = ("une" if feminine else "un", before, noun, colour, texture, after, place)
    return " ".join(word for word in words if word)


def pattern(suffix: str, clause: bool) -> str:
    """The phrase as a regular expression. It takes either gender: agreement is for the speaker."""

    def group(attribute: str, forms: list[str]) -> str:
        return f"(?P<{attribute}{suffix}>{either(forms)})"

    later = [form for form in all_forms(WORDS["size"]) if form not in _BEFORE]
    colour, texture, place, shape = (group(a, all_forms(WORDS[a])) for a in ("colour", "texture", "place", "shape"))
    place = f"(?: {place})?" if clause else ""
    before, after = group("size", list(_BEFORE)), group("size2", later)
    return f"une? (?:{before} )?{shape}(?: {colour})?(?: {texture})?(?: {after})?{place}"


def definite(thing: Thing) -> str:
    """ "le cercle rouge", "l'étoile", "la chose verte"."""
    noun, feminine = _noun(thing)
    article = "l'" if noun[0] in "aeéo" else "la " if feminine else "le "
    return article + noun + _colour(thing, feminine)


def indefinite(thing: Thing) -> str:
    """ "une étoile bleue"."""
    noun, feminine = _noun(thing)
    return ("une " if feminine else "un ") + noun + _colour(thing, feminine)


def beside(relation: str, thing: Thing) -> str:
    """ "à gauche du cercle", "à droite de l'étoile": de + le is du."""
    where = RELATIONS[relation][0].removesuffix("d'")
    known = definite(thing)
    return where + ("du " + known.removeprefix("le ") if known.startswith("le ") else "de " + known)


def _noun(thing: Thing) -> tuple[str, bool]:
    noun = _FORMS["shape"][thing.shape][0] if thing.shape else "chose"
    return noun, noun in FEMININE


def _colour(thing: Thing, feminine: bool) -> str:
    return " " + _agree(_FORMS["colour"][thing.colour][0], feminine) if thing.colour else ""


def _agree(form: str, feminine: bool) -> str:
    return form.split("/")[-1 if feminine else 0]


def _plural(colour: str) -> str:
    """The feminine plural, as in "choses rouges"; orange, a fruit's name, does not change."""
    form = _agree(_FORMS["colour"][colour][0], feminine=True)
    return form if colour == "orange" else form + "s"


FRENCH = Language(
    code="fr",
    name="French",
    words=WORDS,
    phrase=phrase,
    pattern=pattern,
    lists=(
        ("", ", ", " et ", "."),
        ("il y a ", ", ", " et ", "."),
        ("on voit ", ", ", " et ", "."),
        ("voici ", ", ", " et ", "."),
        ("l'image montre ", ", ", " et ", "."),
    ),
    comparisons=("{0} {r}{1}.", "{0} est {r}{1}.", "il y a {0} {r}{1}."),
    relations=RELATIONS,
    questions={
        "colour": "De quelle couleur est {the} ?",
        "shape": "Quelle forme a {the} ?",
        "place": "Où est {the} ?",
        "count": "Combien de choses y a-t-il ?",
        "count_colour": "Combien de choses {colour} y a-t-il ?",
        "exists": "Y a-t-il {any} ?",
        "relation": "Est-ce que {the} est {beside} ?",
    },
    definite=definite,
    indefinite=indefinite,
    beside=beside,
    answers={"yes": "oui", "no": "non", "0": "aucune", "1": "une", "2": "deux", "3": "trois"},
    several=_plural,
)
