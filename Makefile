# The tasks of this repository; `make` alone lists them. All of it happens in .venv, from lock
# files with hashes; a stamp file in .venv says which lock was installed, so a second run is quick.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url $(if $(UPGRADE),--upgrade)

.DEFAULT_GOAL := help
.PHONY: help demo test check bench lab attack lock clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: $(VENV)/.demo ## a small broker site with the service inside, on http://localhost:8000
	@$(BIN)/python -m demo_client.embedded

test: $(VENV)/.dev ## every test this machine can run, and a line on what was left out (ARGS="-k totp")
	@$(BIN)/python -m tests.programs
	@$(BIN)/python -m pytest $(ARGS)

# import-linter without its cache, which overlooks modules that are new.
check: $(VENV)/.dev ## lint, format, types, and the walls between the packages
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo --no-cache

bench: $(VENV)/.dev ## what an operation costs on this machine
	@$(BIN)/python -m tests.bench

lab: $(VENV)/.demo ## every combination of factors, tried against the service (ARGS="--profile twse")
	@$(BIN)/python -m demo_client lab $(ARGS)

attack: $(VENV)/.dev ## attacks on a service of this machine, and what its customers felt (ARGS="--only flood --scale 0.1")
	@$(BIN)/python -m demo_client attack $(ARGS)

clean: ## forget what was installed and built (data in var/ stays)
	@rm -rf $(VENV) build dist *.egg-info .coverage .*_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# After a change of dependencies: `make lock`; to take newer versions: `make lock UPGRADE=1`.
lock: $(VENV)/.dev
	@$(LOCK) --extra demo -o requirements/demo.txt pyproject.toml requirements/build.in
	@$(LOCK) --all-extras -c requirements/demo.txt -o requirements/dev.txt \
		pyproject.toml requirements/build.in requirements/dev.in

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'Python 3.11 or newer is needed as python3; or name one: make PYTHON=python3.12 ...'; \
		exit 1; }
	@echo 'setting up $(VENV)'
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# Only what the lock names is installed, the build backend too: hence no build isolation.
$(VENV)/.%: requirements/%.txt pyproject.toml | $(VENV)/.python
	@echo 'installing requirements/$*.txt'
	@$(PIP) install --require-hashes -r $<
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@
