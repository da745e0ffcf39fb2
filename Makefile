# The targets live in tools/stages.py; this file only finds a Python to start them with.
PYTHON ?= python3
PORT ?= 8000
export PORT

TARGETS := portal test evidence lint format docs lock
.PHONY: help $(TARGETS)

help:
	@echo "make portal    environment, example, pages, site: served at http://127.0.0.1:$(PORT)"
	@echo "make test      environment, then every check"
	@echo "make evidence  the same, and the results are written to results/"
	@echo "make lint      ruff, mypy, import-linter"
	@echo "make format    what ruff can mend by itself"
	@echo "make docs      the site in build/site"
	@echo "make lock      newest allowed versions into the hashed locks"

$(TARGETS):
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "make $@ stopped. No $(PYTHON) on PATH: install Python 3.11 or newer, or name one: make $@ PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) tools/bootstrap.py $@
