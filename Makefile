# make demo | test | check | bench | bench-compile | bench-accelerators          PYTHON=python3.12 make test

PYTHON ?= python3
VENV := .venv
READY := $(VENV)/.ready
BIN := $(VENV)/bin

.PHONY: demo test check format bench bench-compile bench-accelerators clean

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

bench: $(READY)
	$(BIN)/python benchmarks/gemm.py

bench-compile: $(READY)
	$(BIN)/python benchmarks/compile_time.py --cc

bench-accelerators: $(READY)
	$(BIN)/python benchmarks/accelerators.py --rank

clean:
	rm -rf $(VENV) build dist

$(READY): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@
