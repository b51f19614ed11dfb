# Two commands matter: "make demo" and "make test". Both need only python3 (3.11 or newer), git and
# make, set up .venv by themselves, and install nothing into the system.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := setup.cfg pyproject.toml constraints.txt tools/prepare.py
PYTEST_ARGS ?=
# The tests wait for servers more than they compute.
TEST_WORKERS ?= 4
DEMO_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint docs messages bundle clean

help:
	@echo "make setup     set up .venv, so that .venv/bin/secaudit runs"
	@echo "make demo      see the whole chain on this machine, and get a sample evidence pack"
	@echo "make test      run every test"
	@echo "make lint      style, types, import contract, docs and languages in step"
	@echo "make docs      write the generated pages in docs/ anew"
	@echo "make messages  collect the messages, and compile the catalogues"
	@echo "make bundle    an offline installation: dist/secaudit-*-bundle.tar.gz"
	@echo "make clean     remove what these commands made"

$(VENV)/base.stamp: $(SOURCES)
	@$(PYTHON) tools/prepare.py --venv $(VENV) --stamp $@

$(VENV)/test.stamp: $(SOURCES)
	@$(PYTHON) tools/prepare.py --venv $(VENV) --extras test --stamp $@
	@touch $(VENV)/base.stamp

$(VENV)/lint.stamp: $(SOURCES)
	@$(PYTHON) tools/prepare.py --venv $(VENV) --extras test,lint --stamp $@
	@touch $(VENV)/base.stamp $(VENV)/test.stamp

setup: $(VENV)/base.stamp
	@echo "$(BIN)/secaudit"

demo: $(VENV)/base.stamp
	@$(BIN)/secaudit demo $(DEMO_ARGS)

test: $(VENV)/test.stamp
	@$(BIN)/python -m pytest --numprocesses $(TEST_WORKERS) --dist loadfile $(PYTEST_ARGS)

lint: $(VENV)/lint.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy tools
	$(BIN)/lint-imports
	$(BIN)/python tools/docs.py --check
	$(BIN)/python tools/check_pages.py --check
	$(BIN)/python tools/schemas.py --check
	$(BIN)/python tools/roles_page.py --check
	$(BIN)/python tools/messages.py --check

docs: $(VENV)/base.stamp
	@$(BIN)/python tools/docs.py
	@$(BIN)/python tools/check_pages.py
	@$(BIN)/python tools/schemas.py
	@$(BIN)/python tools/roles_page.py

messages: $(VENV)/base.stamp
	@$(BIN)/python tools/messages.py

bundle: $(VENV)/base.stamp
	@$(BIN)/python tools/bundle.py

clean:
	rm -rf $(VENV) build dist demo *.egg-info .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
