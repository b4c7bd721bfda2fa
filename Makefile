# Every target makes what it needs in .venv by itself; only Python 3.11 or newer and make must be there.

# The first interpreter that is new enough; `make PYTHON=/path/to/python …` chooses another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq install
# What C computes is the same text whichever engine or NumPy it came from.
NO_C := $(addprefix --ignore=tests/engine/test_,native.py native_arrays.py compiler.py)
# As many tests at a time as there are cores; what takes long is run by `make slow`.
PYTEST := $(BIN)/python -m pytest -q -n auto --dist worksteal -m "not slow"

.DEFAULT_GOAL := help
.PHONY: help lessons web test slow plain answers house lowest check fuzz mutants bench experiments pictures docs site clean
.NOTPARALLEL:
.SILENT:

help: ## this list
	awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

lessons: $(VENV)/.runtime ## step through the lessons (make lessons LESSON=gates starts there); without a terminal, play the tour
	$(BIN)/python -m lessons $(LESSON)

web: $(VENV)/.runtime ## take the lessons in your browser (make web LESSON=gates starts there)
	$(BIN)/python -m lessons web $(LESSON)

test: $(VENV)/.tools ## run the tests (make test TESTS=tests/viz runs some)
	$(PYTEST) $(TESTS)

slow: $(VENV)/.tools ## run the tests that take long: trainings, every notebook executed, wrong answers by the hundred
	$(PYTEST) -m slow $(TESTS)

plain: $(VENV)/.tools ## run the engine's tests on the six files to read alone, without the fast engine
	AUTOGRAD_TINY=plain $(PYTEST) tests/engine tests/nn tests/optim $(NO_C)

answers: $(VENV)/.tools ## how many wrong answers the lessons name, and how many falsely (make answers OF=gates shows which not)
	$(BIN)/python -m tests.answers $(OF)

house: $(VENV)/.tools ## measure the house: what one reads, circles of imports, long files, full folders
	$(BIN)/python -m tests.project.house

# Every `name>=version` of pyproject.toml as `name==version`, for the lowest Python too: it needs the least of all. What runs in a
# browser, what holds the repository itself, and what learns, depends on no version of these.
lowest: ## run the tests with the lowest versions that pyproject.toml promises, in .venv-lowest
	mkdir -p .venv-lowest
	grep -oE '"[A-Za-z-]+>=[0-9.]+"' pyproject.toml | tr -d '"' | sed 's/>=/==/' | sort -u > .venv-lowest/versions.txt
	PIP_CONSTRAINT=$(CURDIR)/.venv-lowest/versions.txt $(MAKE) --no-print-directory test VENV=.venv-lowest \
		TESTS='-m "not slow and not browser" --ignore=tests/project --ignore=tests/mutants --ignore=tests/experiments $(NO_C)' \
		PYTHON=python$$(sed -nE 's/^requires-python = ">=([0-9.]+)"/\1/p' pyproject.toml)

check: $(VENV)/.tools ## everything that must hold: lint, format, types, tests, the lessons' own check
	echo "ruff check"         && $(BIN)/ruff check --quiet .
	echo "ruff format"        && $(BIN)/ruff format --check .
	echo "mypy --strict"      && $(BIN)/mypy --strict
	echo "pytest"             && $(PYTEST)
	echo "python -m lessons check" && $(BIN)/python -m lessons check

fuzz: $(VENV)/.tools ## hold all readings of random graphs against each other (make fuzz N=20000 SEED=7)
	$(BIN)/python -m tests.fuzz -n $(or $(N),20000) $(if $(SEED),--seed $(SEED)) $(if $(READINGS),--readings "$(READINGS)")

mutants: $(VENV)/.tools ## change the engine in small ways and report what no test notices (make mutants FILES=autograd_tiny/table.py)
	$(BIN)/python -m tests.mutants $(FILES) $(if $(SAMPLE),--sample $(SAMPLE))

bench: $(VENV)/.peers ## measure beside micrograd, MyGrad, HIPS autograd and PyTorch, as ratios
	$(BIN)/python -m benchmarks

experiments: $(VENV)/.runtime ## run every experiment from three seeds and print their numbers (NAMES=hello runs one)
	$(BIN)/python -m lessons.experiments check $(NAMES)

pictures: $(VENV)/.runtime ## draw the gallery anew, docs/gallery, and with it the pictures of the README
	$(BIN)/python -m docs.exhibition

docs: $(VENV)/.tools ## write the reference of all public names, build/reference, from the docstrings
	$(BIN)/python -W error -m docs.reference

site: $(VENV)/.tools ## write everything as pages, build/site (make site INTO=DIR, ONLY="gates lstm" some lessons)
	$(BIN)/python -m lessons build $(or $(INTO),build/site) $(ONLY)

clean: ## remove caches and build products; .venv and everything of yours stays
	rm -rf build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +
	echo "Caches and build products are gone. To start from nothing, remove .venv too."

# Stamps inside .venv say what has been installed there; a changed pyproject.toml asks for it again.

$(BIN)/python:
	if [ -z "$(PYTHON)" ]; then \
		echo "autograd-tiny needs Python 3.11 or newer; python3 here is: $$(python3 --version 2>&1 || echo missing)." >&2; \
		echo "Install a newer one, or name it: make PYTHON=/path/to/python3.11 …" >&2; exit 1; fi
	echo "Making $(VENV) with $$($(PYTHON) --version)"
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "python -m venv failed; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }

$(VENV)/.runtime: pyproject.toml | $(BIN)/python
	echo "Installing autograd-tiny and what it runs on into $(VENV) (once)"
	$(PIP) -e .
	touch $@

$(VENV)/.tools: pyproject.toml | $(BIN)/python
	echo "Installing autograd-tiny, pytest, ruff and mypy into $(VENV) (once)"
	$(PIP) -e '.[test,check]'
	touch $@ $(VENV)/.runtime

$(VENV)/.peers: pyproject.toml | $(BIN)/python
	echo "Installing the peers into $(VENV) (once; PyTorch is large)"
	$(PIP) -e '.[peers]' || { $(PIP) -e . && echo "Not every peer could be installed; the tables say which are missing."; }
	touch $@ $(VENV)/.runtime
