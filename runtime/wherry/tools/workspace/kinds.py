"""Suffixes of the files that a search in a workspace opens."""

from __future__ import annotations

_PROSE = "md txt csv json yaml yml xml html rst log toml cfg ini env editorconfig example sample template dist"
_CODE = (
    "py pyi js ts tsx jsx mjs cjs css scss less vue svelte c h cpp hpp cc cxx rs go zig java kt kts scala groovy "
    "gradle cs fs csproj fsproj rb php pl pm ex exs erl hs ml mli swift m r R lua dart jl sh bash zsh fish ps1"
)
_DATA = "sql graphql gql tf hcl dockerfile proto avsc thrift makefile cmake bazel bzl"

TEXT_EXTENSIONS: set[str] = {f".{kind}" for kind in f"{_PROSE} {_CODE} {_DATA}".split()}
