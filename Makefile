# What one does in this repository. `make` alone lists it; nothing needs to be installed first but Python, git and make.

PYTHON ?= python3
JOBS ?= auto

VENV := .venv
BIN := $(VENV)/bin
FOR_DEMO := $(VENV)/.installed-demo
FOR_DEV := $(VENV)/.installed-dev
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help dev demo test attack stress lint bench docs package clean

help: ## list what there is
	@sed -n 's/^\([a-z]*\):.*## /make \1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r name what; do printf '%-14s %s\n' "$$name" "$$what"; done

dev: $(FOR_DEV) ## make .venv with all that development needs

demo: $(FOR_DEMO) ## judge six branches of a sample repository, which is left in demo/
	$(BIN)/python examples/demo.py

test: $(FOR_DEV) ## run all tests, with coverage
	@$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n $(JOBS)
	@$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

attack: $(FOR_DEV) ## run only the ways round the gate that were tried
	$(BIN)/python -m pytest tests/attacks

stress: $(FOR_DEV) ## random changes, kills, damage and two runs at once, for nine minutes
	$(BIN)/python tests/stress.py 540

lint: $(FOR_DEV) ## check style, types and layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(FOR_DEV) ## measure what gatecheck itself costs
	$(BIN)/python benchmarks/nothing_to_do.py
	$(BIN)/python benchmarks/overhead.py
	$(BIN)/python benchmarks/room.py
	$(BIN)/python benchmarks/slots.py
	$(BIN)/python benchmarks/scale.py
	$(BIN)/python benchmarks/flaky.py 10
	$(BIN)/python benchmarks/hooks.py
	$(BIN)/python benchmarks/security.py
	$(BIN)/python benchmarks/advisories.py

docs: $(FOR_DEV) ## write the generated parts of docs/ and check every example in them
	$(BIN)/python docs/generate.py
	$(BIN)/python -m pytest tests/test_docs.py

package: $(FOR_DEV) ## build wheel and sdist, and look at them in an empty environment
	rm -rf dist build/package
	$(BIN)/python -m build --no-isolation
	$(BIN)/python -m venv build/package
	build/package/bin/python -m pip install --quiet --disable-pip-version-check dist/*.whl
	build/package/bin/python -I tests/installed.py
	rm -rf build/package

clean: ## remove all that was made, .venv too
	rm -rf $(VENV) build demo dist .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("gatecheck needs Python 3.11 or newer, and this is " + sys.version.split()[0] + "; name another: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

# Dependency groups need pip 25.1, and the pip that comes with Python may be older.
$(FOR_DEMO): pyproject.toml | $(BIN)/pip
	$(INSTALL) --upgrade 'pip>=25.1'
	$(INSTALL) --editable . --group demo
	@touch $@

$(FOR_DEV): pyproject.toml | $(BIN)/pip
	$(INSTALL) --upgrade 'pip>=25.1'
	$(INSTALL) --editable . --group dev
	@touch $(FOR_DEMO) $@
