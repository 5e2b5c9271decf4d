# Every target makes its own environment in .venv, from a bare Python 3.11, 3.12 or 3.13 and the two lock files.
# Works with GNU make 3.81 (macOS) and newer.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:
unexport PYTHONPATH PYTHONHOME
.PHONY: help demo test test-full test-long test-url test-real bench bench-quality docs lint lock env clean

RUN := .venv/bin/python -m
DAILY := not full and not long and not realserver
# Two at once; tests/conftest.py says which tests stay together.
TWO := --numprocesses 2 --dist loadscope --no-loadscope-reorder

help: ## what there is to do
	@echo "make TARGET   (another Python: make TARGET PYTHON=/path/to/python3.12)"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1 \2/p' Makefile | awk '{ target = $$1; $$1 = ""; printf "  %-14s%s\n", target, $$0 }'

demo: env ## a whole campaign against simulated platforms, day by day, ending with a report
	@.venv/bin/rollcall demo

test: env ## the tests, on an embedded PostgreSQL
	env -u ROLLCALL_TEST_DATABASE_URL $(RUN) pytest $(TWO) -m "$(DAILY)"

test-full: env ## the tests that take long
	env -u ROLLCALL_TEST_DATABASE_URL $(RUN) pytest $(TWO) -m "full and not realserver"

test-long: env ## the tests that take an hour: kills at every point, several computers, a browser
	env -u ROLLCALL_TEST_DATABASE_URL $(RUN) pytest -m "long and not realserver"

test-url: env ## the tests, on the PostgreSQL of ROLLCALL_TEST_DATABASE_URL (they create and drop databases there)
	@test -n "$$ROLLCALL_TEST_DATABASE_URL" || { echo "Set ROLLCALL_TEST_DATABASE_URL first, such as postgresql://user:password@host/postgres" >&2; exit 2; }
	$(RUN) pytest $(TWO) -m "$(DAILY)"

test-real: env ## the tests against real third-party servers, for those who have them
	$(RUN) pytest -m realserver

bench: env ## how fast posts become rows, are told apart and get their authors, how a build grows, what Prefect costs (JSON in build/benchmarks)
	$(RUN) benchmarks.bench_load
	$(RUN) benchmarks.bench_people
	$(RUN) benchmarks.bench_build
	$(RUN) benchmarks.bench_prefect

bench-quality: env ## how often posts are rightly made one, and accounts given to the right person; fails below the goal
	$(RUN) benchmarks.bench_quality

docs: env ## every table and column of the warehouse as one page (build/docs/index.html), and docs/diagram.md
	$(RUN) warehouse.documentation

lint: env ## style, types, direction of imports
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	$(RUN) mypy
	.venv/bin/lint-imports --no-cache

UV_COMPILE := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-header --no-annotate

lock: env ## recompute requirements.lock from pyproject.toml
	$(UV_COMPILE) pyproject.toml --group dev -o requirements.lock

clean: ## remove the environment and what tools left behind (never data)
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

env: ## only the environment
	@.ci/environment "$(PYTHON)"
