# Quartermaster: `make run` starts a paper desk, `make test` tests everything.

PYTHON ?= python3
BIN := .venv/bin
CONFIG ?= quartermaster.toml

.PHONY: help venv run test test-bitmex lint format docs pages bench crash fuzz lock diagrams clean

help:
	@echo "make run     start a paper desk (writes $(CONFIG) first where there is none)"
	@echo "make test    every test but the long crash run"
	@echo "make test-bitmex   what speaks to BitMEX, with the last ccxt that has it"
	@echo "make lint    ruff, mypy --strict, import contracts"
	@echo "make docs    the documentation as a site, in build/docs"
	@echo "make bench   figures as ratios against a route that does nothing"
	@echo "make crash   200 kills under a stream of alerts, on paper and at a venue that fails"
	@echo "make fuzz    100,000 malformed alerts"

# The environment as locked: what a user needs, and what a developer needs on top.
venv: .venv/.ready

.venv/.made:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv .venv
	@touch $@

.venv/.ready: .venv/.made requirements.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/.developer: .venv/.ready requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

run: venv
	@test -f $(CONFIG) || $(BIN)/quartermaster init --config $(CONFIG)
	@exec $(BIN)/quartermaster serve --config $(CONFIG)

# In the order of the files: the few tests that take long are not left for the end, when one process would wait.
test: .venv/.developer
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder
	@echo "BitMEX is not among these: it needs an older ccxt (make test-bitmex)"

# BitMEX has closed and ccxt has dropped it: what speaks to it is tested beside, with the last ccxt that has it.
.venv-bitmex/.ready: requirements-bitmex.lock
	$(PYTHON) -m venv .venv-bitmex
	.venv-bitmex/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bitmex.lock
	@touch $@

test-bitmex: .venv-bitmex/.ready
	.venv-bitmex/bin/python -m pytest -n 2 --dist loadfile tests/bitmex tests/contract -k bitmex

lint: .venv/.developer
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/.developer
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/.developer
	$(BIN)/python -m tests.benchmarks

crash: .venv/.developer
	QUARTERMASTER_TEST_KILLS=200 $(BIN)/python -m pytest tests/crash -p no:xdist -s --timeout 3600

fuzz: .venv/.developer
	QUARTERMASTER_TEST_BODIES=100000 $(BIN)/python -m pytest tests/fuzz -p no:xdist -s --timeout 3600

# A broken link, a page that no list shows, a docstring that cannot be read: each is an error.
docs: .venv/.developer
	$(BIN)/python -m sphinx -q -W --keep-going -b html -d build/doctrees docs build/docs
	@echo "open build/docs/index.html"

# What pages show of the code: keys, commands, codes, diagrams, examples.
pages: venv
	$(BIN)/python -m docs.generate

diagrams: pages

# Locks name every version and hash and no index; `uv` has to be installed to make them.
lock:
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 \
		pyproject.toml --group build -o requirements.lock
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 \
		pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 \
		pyproject.toml --group test --override requirements-bitmex.in -o requirements-bitmex.lock

clean:
	rm -rf .venv .venv-bitmex .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
