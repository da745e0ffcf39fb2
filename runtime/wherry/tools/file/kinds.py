"""Suffixes of the files that a search of `FileTools` opens."""

from __future__ import annotations

_KINDS = "md txt csv json yaml yml xml py js ts html css sql sh toml cfg ini log rst"

TEXT_EXTENSIONS: set[str] = {f".{kind}" for kind in _KINDS.split()}
