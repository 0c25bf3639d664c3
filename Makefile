# The two commands: `make demo` and `make test`. Both need only Python (3.11 or newer) and make.

PYTHONS := $(shell scripts/pythons.sh | tr ' ' '=')
FIRST := $(lastword $(subst =, ,$(firstword $(PYTHONS))))
PYTHON ?= $(if $(FIRST),$(FIRST),python3)
OTHERS := $(filter-out $(firstword $(PYTHONS)),$(PYTHONS))

BIN := .venv/bin
PIP := -m pip --quiet --disable-pip-version-check
PYTEST := -m pytest -n 2 --dist loadgroup -q

.PHONY: demo test lint format types imports unit pythons lowest clean help

help:
	@echo "make demo     the main job against an embedded platform, over real HTTP, sync and async"
	@echo "make test     the whole check"
	@echo "make lint     format and lint, types, import contracts, dependencies"
	@echo "make format   put the code in shape"
	@echo "make unit     the tests on one Python, with coverage"
	@echo "make pythons  the tests on every other supported Python that is installed"
	@echo "make lowest   the tests on the lowest versions of the dependencies"

demo: .venv/demo-ready
	@$(BIN)/python -m lpfunctions.cli.demo

test: lint unit pythons lowest

lint: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports
	$(BIN)/deptry lpfunctions

format: .venv/ready
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

unit: .venv/ready
	$(BIN)/python $(PYTEST) --cov --cov-report=term --cov-fail-under=95

pythons: $(foreach pair,$(OTHERS),.venv-$(firstword $(subst =, ,$(pair)))/ready)
	@for pair in $(OTHERS); do echo "Python $${pair%%=*}"; .venv-$${pair%%=*}/bin/python $(PYTEST) || exit 1; done

lowest: .venv-lowest/ready
	.venv-lowest/bin/python $(PYTEST)

.venv/bin/python:
	$(PYTHON) -m venv .venv
	$(BIN)/python $(PIP) install --upgrade "pip>=25.1"

.venv/demo-ready: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/python $(PIP) install -c constraints.txt -e .
	@touch $@

.venv/ready: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/python $(PIP) install -c constraints.txt -e . --group dev
	@touch $@ .venv/demo-ready

.venv-lowest/ready: pyproject.toml scripts/lowest.py
	$(PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/python $(PIP) install --upgrade "pip>=25.1"
	.venv-lowest/bin/python scripts/lowest.py > .venv-lowest/lowest.txt
	.venv-lowest/bin/python $(PIP) install -c .venv-lowest/lowest.txt -e . --group test
	@touch $@

.venv-%/ready: pyproject.toml constraints.txt
	$(or $(patsubst $*=%,%,$(filter $*=%,$(PYTHONS))),python$*) -m venv .venv-$*
	.venv-$*/bin/python $(PIP) install --upgrade "pip>=25.1"
	.venv-$*/bin/python $(PIP) install -c constraints.txt -e . --group test
	@touch $@

clean:
	rm -rf .venv .venv-* .coverage* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
