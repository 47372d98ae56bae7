# `make run` and `make test` do all their own set-up; Python 3.11 or newer is all they need.
# Paths are relative, so that the repository may lie in a folder with spaces in its name.

.PHONY: run setup test other-days check bench messages lock clean help
.DEFAULT_GOAL := help

PIP = .venv/bin/python -m pip install -qq --disable-pip-version-check --no-input
WORKERS ?= 2

help:
	@echo "make run     start the bot (without a token: the same conversation in this terminal)"
	@echo "make test    formatting, lint, types and tests, on SQLite and PostgreSQL"
	@echo "make other-days   the tests that start programs, with the clock on four other days"
	@echo "make check   formatting, lint and types alone"
	@echo "make bench   measure updates a second beside other bots, a million follow-ups waiting, a list"
	@echo "             of 5,000 people, danger under load, a year's report (BENCH=--short: not as often)"
	@echo "make setup   prepare .venv and leave .venv/bin/checkin, without starting anything"
	@echo "make messages collect the words to translate, and bring every language up to date"
	@echo "make lock    choose the dependencies' versions anew"
	@echo "make clean   remove what the others made (never the database or its key)"

run: .venv/.ready
	@exec .venv/bin/checkin run

# The phrases of danger are compiled here, for the bot may not be allowed to write beside them.
setup: .venv/.ready
	@.venv/bin/python -c "from pathlib import Path; from bot.content.loading import read_danger; read_danger(Path('flows'))"

check: .venv/.ready-dev
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy

# The tests start many a Python: each would read all modules' source anew, did it not keep what it read.
test: check .venv/.browser
	@PYTHONDONTWRITEBYTECODE= .venv/bin/python -m pytest -n $(WORKERS) --dist worksteal

# What tests start reads the machine's clock where it is given none: a year and more from now, on 29
# February, and while the clocks go forward and back. Needs libfaketime (Debian: apt-get install faketime).
DAYS ?= +400d @2028-02-29T10:00 @2027-03-28T00:59 @2027-10-31T00:59
STARTS_PROGRAMS ?= tests/cli/test_startup.py tests/cli/test_doctor.py tests/cli/test_workers_command.py \
	tests/store/maintenance/test_file_copy.py tests/store/test_wrong_keys.py tests/preview/test_terminal_chat.py \
	tests/reports/test_export.py tests/reports/test_report.py
FAKETIME_LIBRARY = $(firstword $(wildcard /usr/lib/*/faketime/libfaketime.so.1 /usr/lib/faketime/libfaketime.so.1 \
	/usr/local/lib/faketime/libfaketime.so.1))

other-days: .venv/.ready-dev
	@test -n "$(FAKETIME_LIBRARY)" || { echo "There is no libfaketime here: the tests were not run on other days."; exit 0; }; \
	for day in $(DAYS); do echo "with the clock at $$day"; \
		TZ=UTC FAKETIME="$$day" FAKETIME_FMT=%Y-%m-%dT%H:%M LD_PRELOAD=$(FAKETIME_LIBRARY) \
		.venv/bin/python -m pytest -q -n $(WORKERS) --dist worksteal $(STARTS_PROGRAMS) || exit 1; done

bench: .venv/.ready-dev .venv-bench/.ready
	@.venv/bin/python bench/throughput.py $(BENCH)
	@.venv/bin/python bench/startup.py
	@.venv/bin/python bench/follow_ups.py
	@.venv/bin/python bench/worker_list.py
	@.venv/bin/python bench/danger_latency.py
	@.venv/bin/python bench/export.py --answers 100000

messages: .venv/.ready
	@.venv/bin/checkin flows messages $(NEW)

lock:
	@$(find_python); "$$python" -m venv --clear .venv-lock
	@.venv-lock/bin/python -m pip install -qq --disable-pip-version-check uv
	@$(COMPILE) --group build --output-file requirements.lock pyproject.toml
	@$(COMPILE) --group dev --constraint requirements.lock \
		--output-file requirements-dev.lock pyproject.toml
	@$(COMPILE) --group bench --output-file requirements-bench.lock

clean:
	@rm -rf .venv .venv-lock .venv-bench .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- how ---

# One file for Linux and macOS and every Python from 3.11; --upgrade also forgets the old choice.
COMPILE = .venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --upgrade \
	--generate-hashes --custom-compile-command "make lock" --no-emit-index-url --no-emit-find-links

# A name on the path may be a stand-in that does not run, and some systems ship a Python that
# cannot make an environment: so each is asked. Set PYTHON to choose.
find_python = for python in $(or $(PYTHON),python3.14 python3.13 python3.12 python3.11 python3 python) ""; do \
	test -n "$$python" || { echo "This needs Python 3.11 or newer with its venv module, and found none. Install one (Debian: python3 and python3-venv), or name it: make PYTHON=/path/to/python3" >&2; exit 1; }; \
	"$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
	done

.venv/.created:
	@$(find_python); echo "Setting up in .venv; this happens once and takes a minute or so."; \
		"$$python" -m venv --clear .venv
	@touch $@

.venv/.ready: .venv/.created requirements.lock pyproject.toml
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

# A Chromium for the tests of the page: one that is here, or Playwright's own. Without either, as
# where there is no network, those tests are skipped and say so.
.venv/.browser: .venv/.ready-dev
	@.venv/bin/python -m tests.support.browser >/dev/null || \
		.venv/bin/playwright install --only-shell chromium >/dev/null 2>&1 || .venv/bin/python -m tests.support.browser || true
	@touch $@

.venv/.ready-dev: .venv/.ready requirements-dev.lock
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

# What stands beside ours in the benchmark, and wants other versions of what we use too.
.venv-bench/.ready: requirements-bench.lock
	@$(find_python); "$$python" -m venv --clear .venv-bench
	@$(subst .venv,.venv-bench,$(PIP)) --require-hashes -r requirements-bench.lock
	@touch $@
