# Two commands are enough on a fresh Debian 12 machine: `make demo` and `make test`. Everything else is here for daily work.
# Debian packages are installed only when something is missing; scripts/packages prints the line before it runs.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help setup demo run test check format bench lock clean packages packages-demo packages-test packages-bench

VENV := .venv
BIN := $(VENV)/bin
PAGE := src/reelroom/console/static/index.html
PYTHON_PATHS := src tests $(wildcard benchmarks)
WEB_SOURCES := $(shell find web -path web/node_modules -prune -o -type f -print 2>/dev/null)

help:  ## show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

setup: packages $(VENV)/.package $(PAGE)  ## install everything into .venv and build the web page

demo: packages-demo setup  ## record a real headless browser and print where the file is
	$(BIN)/reelroom demo

run: setup  ## start the server for a person; prints the address of the room page
	@scripts/run

test: packages-test setup  ## every test: web, then Python
	scripts/npm --prefix web run --silent test
	$(BIN)/pytest

check: packages $(VENV)/.package web/node_modules/.installed  ## format, lint, types, import contract
	$(BIN)/ruff format --check $(PYTHON_PATHS)
	$(BIN)/ruff check $(PYTHON_PATHS)
	$(BIN)/mypy
	$(BIN)/lint-imports
	scripts/npm --prefix web run --silent check

format: $(VENV)/.package  ## rewrite Python sources in the house format
	$(BIN)/ruff format $(PYTHON_PATHS)
	$(BIN)/ruff check --fix $(PYTHON_PATHS)

bench: packages-bench setup  ## the benchmarks of benchmarks/, one after the other
	@for file in benchmarks/[a-z]*.py; do echo "== $$file"; PYTHONPATH=. $(BIN)/python $$file || exit 1; done

lock:  ## write requirements/dev.txt anew from pyproject.toml
	scripts/lock

clean:  ## remove what make made, but no recordings
	rm -rf $(VENV) web/node_modules src/reelroom/console/static src/reelroom.egg-info

packages:
	@scripts/packages python

packages-demo:
	@scripts/packages python chromium

packages-test:
	@scripts/packages python chromium postgresql

packages-bench:
	@scripts/packages python chromium ffmpeg

$(VENV)/.requirements: requirements/dev.txt
	@scripts/venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)/.package: pyproject.toml $(VENV)/.requirements
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

web/node_modules/.installed: web/package-lock.json web/package.json web/.npmrc $(VENV)/.requirements
	@scripts/npm --prefix web ci --no-audit --no-fund --loglevel=error || \
		{ echo "make: the page's packages could not be installed: is the npm registry reachable from here?" >&2; exit 1; }
	@touch $@

$(PAGE): web/node_modules/.installed $(WEB_SOURCES)
	scripts/npm --prefix web run --silent build
	@touch $@
