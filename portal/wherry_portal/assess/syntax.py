"""Python text as a syntax tree, made again where the interpreter gives up for a reason of its own.

Python 3.11 before its eighth release counts the depth of all trees in one place: one that is made in the middle of
another, by a thread or by what the garbage collector ends, lets the first fail with a `SystemError`
(python/cpython#106905).
"""

from __future__ import annotations

import ast

_TRIES = 3


def module_tree(text: str | bytes, *, top_level_await: bool = False) -> ast.Module:
    """The tree of a file.

    Args:
        text: Its text, or its bytes, which may say how they are encoded.
        top_level_await: Whether `await` may stand outside of functions, as in a cell.

    Raises:
        SyntaxError: It is no Python; a ValueError, RecursionError or MemoryError where Python cannot read it.
    """
    flags = ast.PyCF_ONLY_AST | (ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if top_level_await else 0)
    tree = _made(text, "exec", flags)
    assert isinstance(tree, ast.Module)  # noqa: S101 - what the flag promises, for the type checker
    return tree


def expression_tree(text: str) -> ast.expr:
    """The tree of one expression.

    Raises:
        SyntaxError: It is none.
    """
    tree = _made(text, "eval", ast.PyCF_ONLY_AST)
    assert isinstance(tree, ast.Expression)  # noqa: S101 - as above
    return tree.body


def _made(text: str | bytes, mode: str, flags: int) -> ast.AST:
    left = _TRIES
    while True:
        left -= 1
        try:
            tree: ast.AST = compile(text, "<assessed>", mode, flags, dont_inherit=True)
        except SystemError:
            if not left:
                raise
        else:
            return tree
