# make run    sets up, and runs everything on the embedded sample of synthetic smears
# make test   sets up, and runs every test, lint and type check
# make help   lists the rest

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# The system's certificates, as pip and git take them: a laboratory's network may bring its own.
export UV_SYSTEM_CERTS ?= true

.DEFAULT_GOAL := help
.PHONY: help setup run test lint viz cuda lock clean

help: ## list the commands
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' $(MAKEFILE_LIST) | expand -t 14

setup: $(READY) ## make .venv from requirements.lock

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "Expected Python 3.11, 3.12 or 3.13; found $$($(PYTHON) --version 2>&1)." \
	         "Name one: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(grep '^uv==' requirements.lock)"
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --requirement requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

run: setup ## run everything on the embedded sample
	$(BIN)/kedro run

test: setup lint ## run every test, lint and type check
	$(BIN)/pytest --numprocesses=2 --dist=loadgroup --no-loadscope-reorder

lint: setup ## check style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

viz: setup ## show the pipelines and their results in a browser
	$(BIN)/kedro viz run

cuda: setup ## add TensorFlow's CUDA libraries, for NVIDIA GPUs on Linux
	$(BIN)/uv pip install --python $(BIN)/python --constraint requirements.lock --editable ".[cuda]"

lock: setup ## renew requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --upgrade \
	  --no-header --no-annotate --output-file requirements.lock

clean: ## remove the environment and everything that runs have made
	rm -rf $(VENV) build data/0[2-8]_*
