.PHONY: demo test soak lint fmt lock bench bench-webhook bench-flow bench-pages bench-search
.DEFAULT_GOAL := help

PYTHON ?= python3
PORT ?= 8000
MINUTES ?= 5
JOBS ?= auto
BIN := .venv/bin

help: ## what can be made here
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## / — /'

.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Tsunagu needs Python 3.11 or newer: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "This Python cannot make virtual environments. On Debian or Ubuntu: apt install python3-venv"; rm -rf .venv; exit 1; }
	@touch $@

.venv/runtime: .venv/made requirements.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev: .venv/runtime requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

# Apart from .venv: what the benchmark compares with is never there by chance, and the rest is what runs for real.
.venv-bench/made: requirements-bench.lock pyproject.toml
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: .venv/runtime  ## serve everything on http://127.0.0.1:8000 (PORT= changes the port)
	@$(BIN)/tsunagu demo --port $(PORT)

test: .venv/dev lint  ## everything that CI checks (JOBS= processes, by default one for each core)
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

soak: .venv/dev  ## kill and break everything under load for MINUTES= (5), and report what was lost or doubled
	$(BIN)/python tests/soak.py --minutes $(MINUTES)

lint: .venv/dev  ## format, style, types, layers, routing rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/tsunagu rules check routing_rules.yaml

fmt: .venv/dev  ## format and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv-bench/made  ## measure the classifier beside others (BENCH="--quick", BENCH="--eval FILE")
	@.venv-bench/bin/python benchmarks/classify.py $(BENCH)

bench-webhook: .venv/dev  ## what a durable acknowledgement costs beside one that keeps nothing (BENCH=--quick; needs wrk)
	@$(BIN)/python benchmarks/webhook.py $(BENCH)

bench-flow: .venv/dev  ## from a message to its reply, alone and in a crowd (BENCH=--quick)
	@$(BIN)/python benchmarks/flow.py $(BENCH)

bench-pages: .venv/dev  ## the console's pages at a thousand and a million entries (BENCH=--quick)
	@$(BIN)/python benchmarks/pages.py $(BENCH)

bench-search: .venv/dev  ## words among 100,000 sealed entries (BENCH=--quick)
	@$(BIN)/python benchmarks/search.py $(BENCH)

lock: .venv/made  ## pin the newest versions that pyproject.toml admits
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
	  --group build pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
	  --group dev pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
	  --constraint requirements.lock --group bench pyproject.toml -o requirements-bench.lock
