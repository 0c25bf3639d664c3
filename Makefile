# The two commands: `make demo` and `make test`. Both need only Python (3.11 or newer) and make.
# `make help` lists the others, from the comment beside each.

PYTHONS := $(shell scripts/pythons.sh | tr ' ' '=')
FIRST := $(lastword $(subst =, ,$(firstword $(PYTHONS))))
PYTHON ?= $(if $(FIRST),$(FIRST),python3)
OTHERS := $(filter-out $(firstword $(PYTHONS)),$(PYTHONS))

BIN := .venv/bin
PIP := -m pip --quiet --disable-pip-version-check
PYTEST := -m pytest -q -n 3 --dist loadgroup
# pyproject.toml says what each mark means.
QUICK := -m "not sockets and not load and not external"
PATIENT := -o timeout=180
TRACED := -m "not load and not external" $(PATIENT)
LOAD := -m "(load or hypothesis) and not external" --hypothesis-profile=test $(PATIENT)
VERSIONS := -m "not load and not external and (not sockets or versions)"

NODE_READY := tests/interop/node_modules/.ready
LPF_READY := tests/interop/lpf/node_modules/.ready
AXE_READY := tests/browser/node_modules/.ready

# Tests start hundreds of processes: each would compile the package, and each worker every assert, anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo check test external programs screenshots matrix static types mypy pyright format pythons lowest newest \
	interoperability bench bench-micro bench-guard figures fuzz faults signals soak scaling mutants dist release api messages docs clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.* ## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name what; do \
		printf 'make %-17s %s\n' "$$name" "$$what"; done

demo: .venv/demo-ready ## the main job against an embedded platform, over real HTTP, sync and async
	@$(BIN)/python -m lpfunctions.cli.demo

check: static ## what one runs between two edits: format, lint, imports, tests without sockets; at most a minute
	$(BIN)/python $(PYTEST) $(QUICK)

test: static types ## the whole check on one Python, with coverage; about 10 minutes on two cores
	$(BIN)/python $(PYTEST) $(TRACED) --cov --cov-report=term --cov-fail-under=95
	@# Traced, thousands of calls and examples take three times as long; what they run is run above too.
	$(BIN)/python $(PYTEST) $(LOAD)

external: .venv/ready programs $(NODE_READY) $(LPF_READY) $(AXE_READY) .venv-airflow/ready ## what needs a program that pip does not install: Redis, Airflow, Chromium, the Node client, lpf
	$(BIN)/python $(PYTEST) -m external

screenshots: .venv/ready programs ## show the emulator's status page in Chromium, and write docs/images/emulator-*.png
	$(BIN)/python -m tests.browser.screenshots

programs: ## install the programs that `make external` starts, from Debian's packages
	scripts/programs.sh

matrix: pythons lowest newest ## what a version can break: other Pythons, lowest and newest dependencies; about 13 minutes

static: .venv/ready ## format, lint, import contracts, dependencies
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/deptry lpfunctions

types: .venv/ready ## mypy and pyright, strict; every public name typed, so that no checker has to infer one
	@$(MAKE) --no-print-directory -j 2 mypy pyright

mypy: .venv/ready
	$(BIN)/mypy

pyright: .venv/ready
	$(BIN)/pyright --pythonpath $(BIN)/python
	@# --verifytypes asks the first Python of PATH what is installed, whatever --pythonpath says.
	@found=$$(PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/pyright --verifytypes lpfunctions --ignoreexternal) || \
		{ echo "$$found" | sed '1,/^Symbols used/d'; exit 1; }; echo "$$found" | grep 'Type completeness'

format: .venv/ready ## put the code in shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

pythons: $(foreach pair,$(OTHERS),.venv-$(firstword $(subst =, ,$(pair)))/ready) ## every other supported Python that is installed
	@for pair in $(OTHERS); do \
		echo "Python $${pair%%=*}"; .venv-$${pair%%=*}/bin/python $(PYTEST) $(VERSIONS) || exit 1; \
	done

lowest: .venv-lowest/ready ## the lowest versions of the dependencies
	.venv-lowest/bin/python $(PYTEST) $(VERSIONS)

newest: .venv-newest/ready ## the newest versions of the dependencies, whatever constraints.txt says
	.venv-newest/bin/python $(PIP) install --upgrade --upgrade-strategy eager -e . --group test
	.venv-newest/bin/python $(PYTEST) $(VERSIONS)

interoperability: .venv/ready $(NODE_READY) ## compare with the Node client, and write docs/interoperability.md
	$(BIN)/python -m tests.interop.report

bench: .venv/ready $(NODE_READY) ## everybody against the same server, side by side; idle machine, about 4 minutes
	$(BIN)/python -m benchmarks.compare $(BENCH)

bench-micro: .venv/bench-ready ## our own work per call, over a transport in memory; about 90 seconds, BENCH=--fast for less
	$(BIN)/python -m benchmarks.micro $(BENCH)

bench-guard: .venv/ready ## what a call costs here and at another commit, side by side: make bench-guard BASE=main; about 2 minutes
	$(BIN)/python -m benchmarks.guard $(or $(BASE),main) $(BENCH)

figures: .venv/bench-ready $(NODE_READY) $(foreach pair,$(OTHERS),.venv-$(firstword $(subst =, ,$(pair)))/bare-ready) ## P1 to P10 as one table, written into docs/ with its pictures; about 10 minutes, idle
	$(BIN)/python -m benchmarks.figures --publish $(BENCH)

fuzz: .venv/ready ## 10 000 examples of every property; about 10 minutes
	$(BIN)/python -m pytest -q tests/properties --hypothesis-profile=fuzz -o timeout=3600

faults: .venv/ready ## 100 000 random faults over real sockets, about 30 minutes; FAULTS="--seed 7 --only 12" for one again
	$(BIN)/python -W error -m tests.faults $(FAULTS)

signals: .venv/ready ## 10 000 real signals at random moments of calls, about 5 minutes
	$(BIN)/python -W error -m tests.signals $(SIGNALS)

soak: .venv/ready ## the long tests in full, then 200 000 calls of each mode with a table; about 5 minutes
	LPFUNCTIONS_TEST_FULL=1 $(BIN)/python -m pytest -q tests/contract/test_duplicates.py tests/contract/test_scenarios.py \
		tests/contract/test_bulk_killed.py tests/contract/test_outage.py tests/contract/test_transport_requests_interrupts.py
	$(BIN)/python -m benchmarks.soak

scaling: .venv/ready ## what a call costs when much is remembered or under way, as a table
	$(BIN)/python -m benchmarks.scaling

mutants: .venv/ready ## does a test notice when a line of the core is changed?
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

.venv/docs-ready: .venv/ready
	$(BIN)/python $(PIP) install -c constraints.txt --group docs
	@touch $@

.venv/release-ready: .venv/ready
	$(BIN)/python $(PIP) install -c constraints.txt --group release
	@touch $@

.venv-lowest/ready: pyproject.toml scripts/lowest.py
	$(PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/python $(PIP) install --upgrade "pip>=25.1"
	.venv-lowest/bin/python scripts/lowest.py > .venv-lowest/lowest.txt
	.venv-lowest/bin/python $(PIP) install -c .venv-lowest/lowest.txt -e . --group test
	@touch $@

.venv-newest/ready: pyproject.toml
	$(PYTHON) -m venv .venv-newest
	.venv-newest/bin/python $(PIP) install --upgrade "pip>=25.1"
	@touch $@

# Airflow's requirements are its own, and so is its environment.
.venv-airflow/ready: pyproject.toml
	$(PYTHON) -m venv .venv-airflow
	.venv-airflow/bin/python $(PIP) install --upgrade "pip>=25.1"
	.venv-airflow/bin/python $(PIP) install "apache-airflow>=3.1,<4" -e .
	@touch $@

.venv-%/ready: pyproject.toml constraints.txt
	$(or $(patsubst $*=%,%,$(filter $*=%,$(PYTHONS))),python$*) -m venv .venv-$*
	.venv-$*/bin/python $(PIP) install --upgrade "pip>=25.1"
	.venv-$*/bin/python $(PIP) install -c constraints.txt -e . --group test
	@touch $@

# The package alone, to measure it on another Python.
.venv-%/bare-ready: pyproject.toml constraints.txt
	$(or $(patsubst $*=%,%,$(filter $*=%,$(PYTHONS))),python$*) -m venv .venv-$*
	.venv-$*/bin/python $(PIP) install --upgrade "pip>=25.1"
	.venv-$*/bin/python $(PIP) install -c constraints.txt -e .
	@touch $@

# The reference client and LivePerson's command-line tool, for the interoperability tests.
$(NODE_READY) $(LPF_READY) $(AXE_READY): %/node_modules/.ready: %/package.json
	@if command -v npm >/dev/null; then \
		cd $* && npm install --no-audit --no-fund --no-package-lock --silent && touch node_modules/.ready; \
	else echo "Node is missing: the interoperability tests will fail"; fi

dist: .venv/release-ready ## build and check wheel and sdist of the newest commit, with a bill of materials, into dist/
	$(BIN)/python scripts/dist.py --version "$(VERSION)"

release: .venv/release-ready ## all of a release but the upload: make release VERSION=1.2.3, RELEASE=--dry-run to try
	$(BIN)/python scripts/release.py $(VERSION) $(RELEASE)

api: .venv/ready ## record the public API in docs/api.txt
	$(BIN)/python scripts/api.py > docs/api.txt

messages: .venv/ready ## list every message of an error in docs/troubleshooting.md
	$(BIN)/python scripts/messages.py

docs: .venv/docs-ready ## build the documentation site into site/
	$(BIN)/python scripts/site.py

clean: ## remove what the other commands made
	rm -rf site .site .venv .venv-* .coverage* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
