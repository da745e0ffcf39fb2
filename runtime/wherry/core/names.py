"""Names the runtime makes up for things that have none. Mirrors `agno.utils.string.generate_id_from_name`."""

from __future__ import annotations

import random
from os import urandom

_ADJECTIVES = (
    "amber ample apt bold brave brief bright brisk calm candid civil clear clever deft eager early fair fleet frank "
    "fresh gentle glad golden good grand happy hardy honest humble jolly keen kind lively lucid lucky merry mild neat "
    "nimble noble patient plain polite proud quick quiet ready sharp silent sober solid spry steady stout sunny sure "
    "swift tidy true vivid warm wise witty zesty"
).split()
_SCIENTISTS = (
    "ampere archimedes avogadro bernoulli bohr boole brahe cantor cavendish copernicus curie darwin dirac edison "
    "einstein euclid euler faraday fermi feynman fourier franklin galileo galvani gauss gibbs goodall hamilton hawking "
    "heisenberg herschel hertz hopper hubble huygens jenner joule kelvin kepler lagrange laplace lavoisier leibniz "
    "linnaeus lovelace maxwell meitner mendel mendeleev newton noether pascal pasteur pauli planck ptolemy ramanujan "
    "rutherford schrodinger tesla thales turing volta watt"
).split()


def readable_id() -> str:
    """A made-up id such as `brisk-noether-1f2e3d4c`."""
    return f"{random.choice(_ADJECTIVES)}-{random.choice(_SCIENTISTS)}-{urandom(4).hex()}"


def id_from_name(name: str | None) -> str:
    """The id that a name stands for: lower case, spaces and underscores as hyphens; made up without a name."""
    return name.lower().replace(" ", "-").replace("_", "-") if name else readable_id()
