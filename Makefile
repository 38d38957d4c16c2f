# make demo | test | check | bench | bench-all | bench-compile | bench-accelerators | bench-search    PYTHON=python3.12 make test

PYTHON ?= python3
VENV := .venv
READY := $(VENV)/.ready
BIN := $(VENV)/bin

.PHONY: demo test check format bench bench-all bench-compile bench-accelerators bench-search clean

demo: $(READY)
	$(BIN)/python -m isa_mapper.tools.demo

test: $(READY)
	$(BIN)/python -m pytest -n auto

check: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/basedpyright --pythonpath $(BIN)/python

format: $(READY)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(VENV)/.bench
	$(BIN)/python benchmarks/bench.py --quick

bench-all: $(VENV)/.bench
	$(BIN)/python benchmarks/bench.py --all --json build/bench-all.json
	$(BIN)/python benchmarks/report.py build/bench-all.json

bench-compile: $(READY)
	$(BIN)/python benchmarks/compile_time.py --cc

bench-accelerators: $(READY)
	$(BIN)/python benchmarks/accelerators.py --rank

bench-search: $(VENV)/.search
	$(BIN)/python benchmarks/tune.py --records build/search.jsonl --json build/search.json

clean:
	rm -rf $(VENV) build dist

$(VENV)/.bench: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'
	touch $@

$(VENV)/.search: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[search]'
	touch $@

$(READY): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@
