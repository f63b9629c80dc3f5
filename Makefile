# Two commands are enough on a fresh machine with python3 (3.11 or newer, with venv), git and make:
#   make run    opens the console on the embedded reference system
#   make test   runs every test
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WORKERS ?= auto

.PHONY: run test crash lint bench docs format clean

run: $(READY)
	$(BIN)/aurora-console demo

test: $(READY)
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest -n $(WORKERS)

# Kills a console behind every record of a whole run; `make test` plays a sample. Takes a quarter of an hour.
crash: $(READY)
	$(BIN)/python -m tests.crash.matrix

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(READY)
	$(BIN)/python -m bench

docs: $(READY)
	$(BIN)/python docs/make_keys.py
	$(BIN)/python docs/make_screenshots.py

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis

# The environment is made anew when what it holds changes. The two steps are apart because pip takes either hashes or a folder.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("python3 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "python3 lacks the venv module: on Debian and Ubuntu run 'apt install python3-venv'"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
