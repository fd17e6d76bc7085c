# `make` alone lists what one can do. Needs Python 3.11 or newer; everything else is installed into .venv.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PORT ?= 8000
ARGS ?=
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)

.PHONY: help
help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: up
up: $(VENV)/.runs ## Run everything on this machine: http://127.0.0.1:8000 (PORT=8010 for another port)
	@exec $(BIN)/huhang up --port $(PORT) $(ARGS)

.PHONY: test
test: $(VENV)/.tests ## Run all tests; ARGS="tests/desk -k clock" for some
	@$(BIN)/huhang assets
	@$(BIN)/huhang catalogues
	$(BIN)/pytest -n 2 --dist loadgroup $(ARGS)

CHECKS := types style format imports templates migrations house
.PHONY: check $(CHECKS:%=check-%)
check: $(VENV)/.tests ## Check style, types, imports, templates, migrations and house rules; changes nothing
	@$(MAKE) --keep-going $(CHECKS:%=check-%)
check-style:
	$(BIN)/ruff check .
check-format:
	$(BIN)/ruff format --check .
check-imports:
	$(BIN)/lint-imports
check-templates: # lint only: its formatter puts spaces between Chinese words
	$(BIN)/djlint --lint --quiet huhang
check-types:
	$(BIN)/mypy
check-migrations:
	$(BIN)/huhang makemigrations --check --dry-run
check-house:
	$(BIN)/pytest -q tests/test_house.py

.PHONY: fix
fix: $(VENV)/.tests ## Put right what the tools can: order of imports, format of code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: bench
bench: $(VENV)/.tests ## Measure the promises of speed side by side; B=name for one of them
	@$(BIN)/python -m bench $(B)

.PHONY: demo
demo: $(VENV)/.runs ## Build the simulated carrier again (replaces what is in the database)
	@$(BIN)/huhang demo $(ARGS)

.PHONY: shell
shell: $(VENV)/.runs ## A Python shell with all models
	@exec $(BIN)/huhang shell

.PHONY: doctor
doctor: $(VENV)/.runs ## Is everything all right? Exit 1 with a sentence if not
	@$(BIN)/huhang doctor

.PHONY: messages
messages: $(VENV)/.tests ## Collect texts to translate into huhang/locale, fill in traditional Chinese, compile
	@$(BIN)/huhang messages
	@$(BIN)/huhang catalogues

.PHONY: lock
lock: $(VENV)/.tests ## Pin the newest versions that pyproject.toml and package.json allow
	$(PIP) uv
	@for kind in requirements dev; do \
		note="# Pinned for Python 3.11 to 3.13 by \`make lock\`. Install: pip install -r locks/$$kind.txt"; \
		extra=$$([ $$kind = dev ] && echo "--extra dev --extra spark --extra redis" || true); \
		pins=$$($(BIN)/uv pip compile pyproject.toml $$extra --universal --python-version 3.11 --upgrade \
			--no-header --no-annotate --no-emit-index-url --quiet); \
		printf '%s\n%s\n' "$$note" "$$pins" > locks/$$kind.txt; \
	done
	npm install --package-lock-only --ignore-scripts

.PHONY: clean
clean: ## Remove what can be made again; keeps var/ (your data)
	rm -rf $(VENV) node_modules build *.egg-info huhang/kit/ui/static/vendor .mypy_cache .ruff_cache \
		.pytest_cache .hypothesis .import_linter_cache test-results var/test*
	find huhang tests bench -name __pycache__ -prune -exec rm -rf {} +
	find huhang -name '*.mo' -delete

# The environment, and what is installed in it: again only when a lock or the project file changed.
$(BIN)/python:
	@[ -n "$(PYTHON)" ] || { echo "Huhang needs Python 3.11 or newer (python3 is: $$(python3 --version 2>&1)). \
	需要 Python 3.11 或更新版本。" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python cannot make a virtual environment here; on Debian: apt-get install python3-venv" >&2; exit 1; }

$(VENV)/.runs: $(BIN)/python locks/requirements.txt pyproject.toml
	@echo "Installing what Huhang runs with (once) …"
	@$(PIP) -r locks/requirements.txt
	@$(PIP) --no-deps --editable .
	@touch $@

$(VENV)/.tests: $(VENV)/.runs locks/dev.txt
	@echo "Installing what checks and tests need (once) …"
	@$(PIP) -r locks/dev.txt
	@touch $@
