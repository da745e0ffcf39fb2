"""Names the runtime makes up for things that have none, and names as ids; `wherry.utils.string` shows them.

Called for agents, teams, workflows and their members.
"""

from __future__ import annotations

import re
from os import urandom

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_UNSAFE = re.compile(r"[^\w.-]")

_ADJECTIVES = [
    "amber",
    "ample",
    "apt",
    "bold",
    "brave",
    "brief",
    "bright",
    "brisk",
    "calm",
    "candid",
    "civil",
    "clear",
    "clever",
    "deft",
    "eager",
    "early",
    "fair",
    "fleet",
    "frank",
    "fresh",
    "gentle",
    "glad",
    "golden",
    "good",
    "grand",
    "happy",
    "hardy",
    "honest",
    "humble",
    "jolly",
    "keen",
    "kind",
    "lively",
    "lucid",
    "lucky",
    "merry",
    "mild",
    "neat",
    "nimble",
    "noble",
    "patient",
    "plain",
    "polite",
    "proud",
    "quick",
    "quiet",
    "ready",
    "sharp",
    "silent",
    "sober",
    "solid",
    "spry",
    "steady",
    "stout",
    "sunny",
    "sure",
    "swift",
    "tidy",
    "true",
    "vivid",
    "warm",
    "wise",
    "witty",
    "zesty",
]
_SCIENTISTS = [
    "ampere",
    "archimedes",
    "avogadro",
    "bernoulli",
    "bohr",
    "boole",
    "brahe",
    "cantor",
    "cavendish",
    "copernicus",
    "curie",
    "darwin",
    "dirac",
    "edison",
    "einstein",
    "euclid",
    "euler",
    "faraday",
    "fermi",
    "feynman",
    "fourier",
    "franklin",
    "galileo",
    "galvani",
    "gauss",
    "gibbs",
    "goodall",
    "hamilton",
    "hawking",
    "heisenberg",
    "herschel",
    "hertz",
    "hopper",
    "hubble",
    "huygens",
    "jenner",
    "joule",
    "kelvin",
    "kepler",
    "lagrange",
    "laplace",
    "lavoisier",
    "leibniz",
    "linnaeus",
    "lovelace",
    "maxwell",
    "meitner",
    "mendel",
    "mendeleev",
    "newton",
    "noether",
    "pascal",
    "pasteur",
    "pauli",
    "planck",
    "ptolemy",
    "ramanujan",
    "rutherford",
    "schrodinger",
    "tesla",
    "thales",
    "turing",
    "volta",
    "watt",
]


def readable_id() -> str:
    """A made-up id such as `brisk-noether-1f2e3d4c`; a script's own `random` goes on as it was seeded."""
    drawn = urandom(8)
    adjective = _ADJECTIVES[int.from_bytes(drawn[:2], "big") % len(_ADJECTIVES)]
    scientist = _SCIENTISTS[int.from_bytes(drawn[2:4], "big") % len(_SCIENTISTS)]
    return f"{adjective}-{scientist}-{drawn[4:].hex()}"


def id_from_name(name: str | None) -> str:
    """The id that a name stands for: lower case, spaces and underscores as hyphens; made up without a name."""
    return name.lower().replace(" ", "-").replace("_", "-") if name else readable_id()


def url_safe_string(input_string: str) -> str:
    """A text as it may stand in an address: in small letters, its words parted by single hyphens, dots kept."""
    parted = _HUMP.sub("-", input_string.replace(" ", "-")).lower().replace("_", "-")
    return re.sub("-{2,}", "-", _UNSAFE.sub("", parted))
