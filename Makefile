# Every command sets up what it needs in .venv by itself; `make` alone lists them.

MAKEFLAGS += --no-print-directory
.NOTPARALLEL:
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# What an activated environment leaves behind must not reach into .venv.
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME
export PIP_DISABLE_PIP_VERSION_CHECK := 1

VENV := .venv
BIN := $(VENV)/bin

# Passed on to pytest, the drill and the benches: make test ARGS="-k journal"
ARGS ?=

# A set-up is current when its stamp's name holds the checksum of what it was made from. The
# folder counts too: an environment that was copied elsewhere would run the other folder's code.
checksum = $(shell { pwd -P; cat $(1); } | cksum | cut -d ' ' -f 1)
EMPTY_ENV := $(VENV)/.empty-$(call checksum,/dev/null)
DRILL_ENV := $(VENV)/.drill-$(call checksum,requirements/drill.txt pyproject.toml)
DEV_ENV := $(VENV)/.dev-$(call checksum,requirements/dev.txt pyproject.toml)
LOCK_ENV := $(VENV)/.lock-$(call checksum,requirements/lock.txt)

.PHONY: help
help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: drill
drill: $(DRILL_ENV) ## rehearse the theft of 2022, three ways side by side
	@$(BIN)/tradelatch drill --page build/drill.html $(ARGS)

.PHONY: test
test: $(DEV_ENV) ## run the tests, all but the long ones, on all cores (`make clients` adds foreign clients)
	@$(BIN)/python -m pytest -m "not soak" $(or $(ARGS),-n auto --dist worksteal)

.PHONY: check
check: $(DEV_ENV) ## lint, formatting, types, and who may import whom
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy $(wildcard src tests bench tools)
	$(BIN)/lint-imports --no-logo

.PHONY: format
format: $(DEV_ENV) ## put the code into its format
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: bench
bench: $(DEV_ENV) ## measure; prints tables and writes them to bench/results/
	@$(BIN)/python -m bench $(ARGS)

.PHONY: study
study: $(DEV_ENV) ## how often honest bots are refused and what a thief takes; needs TRADELATCH_DATA
	@$(BIN)/python -m bench.study $(ARGS)

.PHONY: soak
soak: $(DEV_ENV) ## run the long tests, with foreign clients of their own
	@$(BIN)/python tools/clients.py $(SOAK_CLIENTS)
	@$(BIN)/python -m pytest -m soak $(ARGS)

.PHONY: tcb
tcb: $(EMPTY_ENV) ## print the size of the trusted core, room by room
	@$(BIN)/python tools/tcb.py $(ARGS)

.PHONY: services
services: $(EMPTY_ENV) ## start the real servers that tests need, until Ctrl-C
	@$(BIN)/python tools/services.py

.PHONY: clients
clients: $(EMPTY_ENV) ## set up the environments of the clients that tests run
	@$(BIN)/python tools/clients.py $(CLIENTS)

# Those that take longest first.
CLIENTS := freqtrade vendors python-binance binance-sdk-spot ccxt binance-connector
# Only the long tests run these. The variable is hummingbot's own: half the minutes it is built in.
SOAK_CLIENTS := hummingbot nautilus_trader
# `make bench` sets these up by itself.
BENCH_CLIENTS := backtesting vectorbt
soak: export WITHOUT_CYTHON_OPTIMIZATIONS := 1

.PHONY: lock
lock: $(LOCK_ENV) ## write the lock files anew; UPGRADE=1 takes newer versions
	$(LOCK) requirements/lock.in -o requirements/lock.txt
	$(LOCK) pyproject.toml requirements/build.in --extra bench --extra cases --extra ccxt --extra hsm --extra notify --extra postgres --extra dev -o requirements/dev.txt
	$(LOCK) pyproject.toml requirements/build.in --extra ccxt -c requirements/dev.txt -o requirements/drill.txt
	for client in $(CLIENTS) $(SOAK_CLIENTS) $(BENCH_CLIENTS); do \
		$(LOCK) requirements/clients/$$client.in -o requirements/clients/$$client.txt || exit; done
	for source in requirements/clients/sources/*.in; do \
		$(LOCK) --no-deps $$source -o $${source%.in}.txt || exit; done

LOCK := $(BIN)/uv pip compile --quiet --no-config --universal --python-version 3.11 \
	--generate-hashes --no-annotate --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

.PHONY: clean
clean: ## remove .venv and everything else that was made here
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

INSTALL := $(BIN)/python -m pip install --quiet
INSTALL_LOCKED := $(INSTALL) --require-hashes --no-deps -r
INSTALL_SELF := $(INSTALL) --no-build-isolation --no-deps -e .

$(EMPTY_ENV):
	@for python in $(or $(PYTHON),python3.11 python3.12 python3.13 python3.14 python3); do \
		if $$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			$$python -m venv --clear $(VENV) && touch $@; exit; \
		fi; \
	done; \
	echo "Tradelatch needs Python 3.11 or newer with its venv module (Debian, Ubuntu: apt install python3-venv), and found none; name one with make PYTHON=/path/to/python." >&2; \
	exit 1

$(DRILL_ENV): $(EMPTY_ENV)
	@echo "Setting up $(VENV) from requirements/drill.txt ..."
	@rm -f $(VENV)/.drill-* $(VENV)/.dev-*
	@$(INSTALL_LOCKED) requirements/drill.txt
	@$(INSTALL_SELF)
	@touch $@

# dev.txt holds all of drill.txt in the same versions, so that this set-up serves the drill too.
$(DEV_ENV): $(EMPTY_ENV)
	@echo "Setting up $(VENV) from requirements/dev.txt ..."
	@rm -f $(VENV)/.drill-* $(VENV)/.dev-*
	@$(INSTALL_LOCKED) requirements/dev.txt
	@$(INSTALL_SELF)
	@touch $@ $(DRILL_ENV)

$(LOCK_ENV): $(EMPTY_ENV)
	@rm -f $(VENV)/.lock-*
	@$(INSTALL_LOCKED) requirements/lock.txt
	@touch $@
