# The two commands: `make demo` and `make test`. Both need only Python (3.11 or newer) and make.

PYTHONS := $(shell scripts/pythons.sh | tr ' ' '=')
FIRST := $(lastword $(subst =, ,$(firstword $(PYTHONS))))
PYTHON ?= $(if $(FIRST),$(FIRST),python3)
OTHERS := $(filter-out $(firstword $(PYTHONS)),$(PYTHONS))

BIN := .venv/bin
PIP := -m pip --quiet --disable-pip-version-check
PYTEST := -m pytest -q
# What is held to milliseconds runs when nothing else does; the rest shares the cores.
APART := -n 2 --dist loadgroup -m "not timing"
ALONE := -m timing

NODE_READY := tests/interop/node_modules/.ready

.PHONY: demo test lint format unit pythons lowest interoperability bench bench-micro figures fuzz soak scaling mutants clean help

help:
	@echo "make demo     the main job against an embedded platform, over real HTTP, sync and async"
	@echo "make test     the whole check"
	@echo "make lint     format and lint, types, import contracts, dependencies"
	@echo "make format   put the code in shape"
	@echo "make unit     the tests on one Python, with coverage"
	@echo "make pythons  the tests on every other supported Python that is installed"
	@echo "make interoperability  compare with the Node client, and write docs/interoperability.md"
	@echo "make lowest   the tests on the lowest versions of the dependencies"
	@echo "make bench    everybody against the same server, side by side; needs an idle machine, about 4 minutes"
	@echo "make bench-micro  our own work per call, over a transport in memory; about 90 seconds, BENCH=--fast for less"
	@echo "make figures  P1 to P8 as one table, all numbers in .bench/, the race as docs/race.svg; about 9 minutes, idle"
	@echo "make fuzz     10 000 examples of every property; about 10 minutes"
	@echo "make soak     the long proofs in full, then 200 000 calls of each colour with a table; about 5 minutes"
	@echo "make scaling  what a call costs when much is remembered or under way, as a table"
	@echo "make mutants  does a test notice when a line of the core is changed?"

demo: .venv/demo-ready
	@$(BIN)/python -m lpfunctions.cli.demo

test: lint unit pythons lowest

lint: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports --no-cache
	$(BIN)/deptry lpfunctions

format: .venv/ready
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

unit: .venv/ready $(NODE_READY)
	$(BIN)/python $(PYTEST) $(APART) --cov --cov-report=
	$(BIN)/python $(PYTEST) $(ALONE) --cov --cov-append --cov-report=term --cov-fail-under=95

pythons: $(NODE_READY) $(foreach pair,$(OTHERS),.venv-$(firstword $(subst =, ,$(pair)))/ready)
	@for pair in $(OTHERS); do \
		echo "Python $${pair%%=*}"; python=.venv-$${pair%%=*}/bin/python; \
		$$python $(PYTEST) $(APART) && $$python $(PYTEST) $(ALONE) || exit 1; \
	done

interoperability: .venv/ready $(NODE_READY)
	$(BIN)/python -m tests.interop.report

lowest: .venv-lowest/ready $(NODE_READY)
	.venv-lowest/bin/python $(PYTEST) $(APART)
	.venv-lowest/bin/python $(PYTEST) $(ALONE)

bench: .venv/ready $(NODE_READY)
	$(BIN)/python -m benchmarks.compare $(BENCH)

bench-micro: .venv/bench-ready
	$(BIN)/python -m benchmarks.micro $(BENCH)

figures: .venv/bench-ready $(NODE_READY)
	$(BIN)/python -m benchmarks.figures --plot docs/race.svg $(BENCH)

fuzz: .venv/ready
	$(BIN)/python $(PYTEST) tests/properties --hypothesis-profile=fuzz -o timeout=3600

soak: .venv/ready
	LPFUNCTIONS_TEST_FULL=1 $(BIN)/python $(PYTEST) tests/contract/test_duplicates.py tests/contract/test_scenarios.py
	$(BIN)/python -m benchmarks.soak

scaling: .venv/ready
	$(BIN)/python -m benchmarks.scaling

mutants: .venv/ready
	scripts/mutants.sh

.venv/bin/python:
	$(PYTHON) -m venv .venv
	$(BIN)/python $(PIP) install --upgrade "pip>=25.1"

.venv/demo-ready: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/python $(PIP) install -c constraints.txt -e .
	@touch $@

.venv/ready: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/python $(PIP) install -c constraints.txt -e . --group dev
	@touch $@ .venv/demo-ready

.venv/bench-ready: .venv/ready
	$(BIN)/python $(PIP) install -c constraints.txt -e . --group bench
	@touch $@

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

# The reference client, for the interoperability tests; they are skipped where Node is missing.
$(NODE_READY): tests/interop/package.json
	@if command -v npm >/dev/null; then \
		cd tests/interop && npm install --no-audit --no-fund --no-package-lock --silent && touch node_modules/.ready; \
	else echo "Node is missing: the interoperability tests will be skipped"; fi

clean:
	rm -rf .venv .venv-* .coverage* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
