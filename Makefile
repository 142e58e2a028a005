# Every everyday task of this repository. `make` alone prints the list.
# All paths are relative, so the tree may live anywhere, also under a name with spaces.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install demo test browser campaigns check prove mutants fuzz diagrams reference workers merges registry bench lock clean

PYTHON ?= python3
VENV := .venv
# The resolver writes the locks; it never becomes part of the product's environment.
RESOLVER := uv==0.13.9
RESOLVER_VENV := .cache/resolver
RESOLVE := $(RESOLVER_VENV)/bin/uv pip compile pyproject.toml --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --strip-extras --no-config --quiet \
	--upgrade --custom-compile-command "make lock"

help: ## Print this list.
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

install: $(VENV)/.installed $(VENV)/.assets ## Create .venv from the hash-locked requirements, and fetch what the pages take from npm.

demo: install ## Build a fresh file with made-up patients, say what to try, and serve the pages.
	$(VENV)/bin/allpath demo --serve

test: install ## Run the test suite on two cores.
	$(VENV)/bin/python -m pytest -n 2 -q

browser: install ## Try every page in a real browser; needs Chromium.
	$(VENV)/bin/python -m pytest -n 2 -q -m browser tests/web/browser

campaigns: install ## Kill processes, race workers, try mutants, follow the how-to pages, run each measurement; minutes.
	$(VENV)/bin/python -m pytest -n 2 -q -m campaign

prove: install ## Prove every shipped pathway, for every combination of facts.
	for file in workflow/pathways/*.yaml; do $(VENV)/bin/allpath pathway prove "$$file" || exit $$?; done

fuzz: install ## Break the shipped pathway in 3,000 other ways; about five minutes.
	FUZZ_EXAMPLES=3000 $(VENV)/bin/python -m pytest -q --timeout 600 tests/hostile/test_mutations.py

check: install ## Check style, format, types and floors; run it before handing over.
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/python -m mypy
	$(VENV)/bin/lint-imports --no-logo

diagrams: install ## Draw diagrams/ again from the pathway files and the imports.
	$(VENV)/bin/python -m allpath.diagrams diagrams

reference: install ## Write the reading copies in docs/reference/pathways again from the pathway files.
	$(VENV)/bin/python -m workflow.reading_copy docs/reference/pathways
	$(VENV)/bin/python -m tests.evidence

pages: install ## Picture every page in docs/reference/pages again; needs chromium.
	$(VENV)/bin/python -m tests.web.pictures

mutants: install ## Try some 300 wrong pathways; fewer than 95 % noticed is a failure.
	$(VENV)/bin/python -m tests.mutants

workers: install ## Kill and pause workers over 20,000 due checkpoints, once by sweep and once by queue.
	$(VENV)/bin/python -m tests.faults.workers --restart
	$(VENV)/bin/python -m tests.faults.workers --queue --every 5

merges: install ## Merge and part paths at random, and have two readers look.
	$(VENV)/bin/python -m tests.merging.campaign

registry: install ## Carry a sample of lives through ten years and add up a million of them.
	$(VENV)/bin/python -m benchmarks.registry

bench: install ## Run the side-by-side measurements.
	$(VENV)/bin/python -m benchmarks

lock: $(RESOLVER_VENV)/.installed ## Resolve the newest allowed versions and rewrite both locks.
	$(RESOLVE) --output-file requirements.lock
	$(RESOLVE) --group dev --all-extras --constraint requirements.lock --output-file requirements-dev.lock

clean: ## Remove the environment, the caches and the built packages.
	rm -rf $(VENV) .cache build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment is built from nothing when the lock changes, so that it holds the lock and no more.
$(VENV)/.locked: requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit("Allpath needs Python 3.11 or newer; set PYTHON=." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv --clear $(VENV)
	$(VENV)/bin/python -m pip install --quiet --require-hashes --requirement requirements-dev.lock
	@touch $@

# Without build isolation: the build backend comes from the lock, so nothing unpinned is fetched.
$(VENV)/.installed: $(VENV)/.locked pyproject.toml
	$(VENV)/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# What the pages take from elsewhere is installed and copied, never committed; commands need none of it.
$(VENV)/.assets: $(VENV)/.installed package-lock.json allpath/web/assets.py
	@if command -v npm > /dev/null; then npm ci --silent && $(VENV)/bin/python -m allpath.web.assets; \
	else echo "npm is not here: everything works but the pages, which need it to be built."; fi
	@touch $@

$(RESOLVER_VENV)/.installed: Makefile
	$(PYTHON) -m venv --clear $(RESOLVER_VENV)
	$(RESOLVER_VENV)/bin/python -m pip install --quiet '$(RESOLVER)'
	@touch $@
