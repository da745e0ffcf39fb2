"""Similarities and distances. Mirrors `agno.vectordb.score`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.vectors import (
    normalize_cosine,
    normalize_l2,
    normalize_max_inner_product,
    normalize_score,
    score_to_cosine_distance,
    score_to_distance_threshold,
    score_to_l2_distance,
    score_to_max_inner_product,
)

__all__ = [
    "normalize_cosine",
    "normalize_l2",
    "normalize_max_inner_product",
    "normalize_score",
    "score_to_cosine_distance",
    "score_to_distance_threshold",
    "score_to_l2_distance",
    "score_to_max_inner_product",
]

__getattr__ = module_getattr(__name__, "agno.vectordb.score")
