# Colonnade. `make up` starts it, `make test` proves it, `make help` lists the rest. Works with GNU make 3.81.

.DEFAULT_GOAL := help
.PHONY: help up test test-slow lint types fmt bench lock clean runtime dev

VENV := .venv
BIN := $(VENV)/bin
# A value from the environment or .env reaches Colonnade by itself; only one given to make becomes an option.
given = $(if $(filter command line,$(origin $(1))),$(2) $($(1)))
product = $(if $(filter command line,$(origin PRODUCT)),$(PRODUCT:%=--product=%))

help:  ## List the targets
	@echo 'make TARGET [PRODUCT=radio] [PORT=3100] [HOST=127.0.0.1] [WORKERS=2] [PYTHON=python3.12]'
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-10s %s\n", $$1, $$2}' Makefile

up: runtime  ## Install what is missing and start: all products, or PRODUCT="radio"
	@exec $(BIN)/colonnade up $(PRODUCT) $(call given,PORT,--port) $(call given,HOST,--host) $(call given,WORKERS,--workers)

test: dev  ## Run the tests: all, PRODUCT="radio" alone, or a part (ARGS="tests/kernel -k name")
	@VENV=$(VENV) sh scripts/test.sh -m 'not slow' $(product) $(ARGS)

test-slow: dev  ## Run the long fault, load and fuzzing tests: all, or PRODUCT="radio" alone
	@VENV=$(VENV) sh scripts/test.sh -m slow $(product) $(ARGS)

lint: dev  ## Check style and the dependency rules between packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

types: dev  ## Check types
	$(BIN)/mypy

fmt: dev  ## Format the code and repair what can be repaired
	$(BIN)/ruff check --fix --exit-zero .
	$(BIN)/ruff format .

bench: dev  ## Measure against peers written for comparison: everything, or one table (ARGS=quick; needs Node.js and wrk)
	$(BIN)/python bench/run.py $(ARGS)

lock:  ## Write the lock files anew from pyproject.toml (needs uv; ARGS=--upgrade for newer versions)
	@sh scripts/lock.sh $(ARGS)

clean:  ## Remove what can be made again; data in .colonnade stays
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	rm -rf tests/clients/node_modules tests/clients/.venv src/*.egg-info
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

runtime:
	@VENV=$(VENV) sh scripts/setup.sh runtime

dev:
	@VENV=$(VENV) sh scripts/setup.sh dev
