# Everything a newcomer, a developer and CI need. Each target installs for itself what it uses.
PYTHON ?= python3
VENV := .venv
COMPONENTS := kernel platform spawner zfs_provisioner
SOURCES := $(addsuffix /src,$(COMPONENTS)) tests bootstrap.py kernel/build-images
UV := $(VENV)/bin/uv
# Most tests wait for servers and tasks: two at a time take little more than half of the time.
# A file's tests share what is expensive, and stay together; see tests/conftest.py for their order.
SIDE_BY_SIDE := --numprocesses logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder
BENCHMARKS := $(basename $(notdir $(wildcard tests/bench/*.py)))

.DEFAULT_GOAL := help
.PHONY: help run test fuzz lint format bench images lock clean

help: ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

run: ## bring the site up at http://127.0.0.1:8000 (PORT=, CASAHUB_STATE= change where)
	@$(PYTHON) bootstrap.py run
	@exec $(VENV)/bin/casahub up

test: ## install what testing needs and run everything (ARGS= goes to pytest)
	@$(PYTHON) bootstrap.py dev --lab
	@$(VENV)/bin/python -m pytest $(or $(ARGS),$(SIDE_BY_SIDE))

fuzz: ## let property tests look for new examples, again and again (ARGS= goes to pytest)
	@$(PYTHON) bootstrap.py dev --lab
	@while $(VENV)/bin/python -m pytest --hypothesis-profile=fuzz $(or $(ARGS),\
		$(shell grep -lr "^from hypothesis" tests --include "test_*.py")); do :; done

lint: ## ruff and mypy, both must be clean
	@$(PYTHON) bootstrap.py dev
	$(VENV)/bin/ruff check $(SOURCES)
	$(VENV)/bin/ruff format --check $(SOURCES)
	$(VENV)/bin/mypy
	$(VENV)/bin/mypy bootstrap.py kernel/build-images

format: ## let ruff rewrite the layout
	@$(PYTHON) bootstrap.py dev
	$(VENV)/bin/ruff check --fix $(SOURCES)
	$(VENV)/bin/ruff format $(SOURCES)

bench: ## measure against named peers (BENCH= names one of tests/bench)
	@$(PYTHON) bootstrap.py dev --lab
	@$(foreach each,$(or $(BENCH),$(BENCHMARKS)),PYTHONPATH=tests $(VENV)/bin/python -P tests/bench/$(each).py &&) true

images: ## build the notebook's image (BASE=, TAG=, ENGINE= choose; SIF= also writes Apptainer's file)
	@$(PYTHON) kernel/build-images $(if $(BASE),--base "$(BASE)") $(if $(TAG),--tag "$(TAG)") \
		$(if $(ENGINE),--engine "$(ENGINE)") $(if $(SIF),--sif "$(SIF)")

COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate
LOCAL = $(foreach c,$(COMPONENTS),$(c)/pyproject.toml) --all-extras \
	--no-emit-package casahub-spawner --no-emit-package zfs-provisioner
# Inside the package, because an installed one needs it; locks/applications.txt is a link to it.
APPLICATIONS = kernel/src/casa_plots/applications/locked.txt

lock: ## renew locks/ from the pyproject files (UPGRADE=--upgrade takes newer versions)
	@$(PYTHON) bootstrap.py dev
	$(COMPILE) $(UPGRADE) $(LOCAL) --group build -o locks/run.txt
	$(COMPILE) $(UPGRADE) $(LOCAL) --group build --group dev -c locks/run.txt -o locks/dev.txt
	$(COMPILE) $(UPGRADE) --group installer -c locks/run.txt -o locks/installer.txt
	$(COMPILE) $(UPGRADE) --group node -o locks/node.txt
	$(COMPILE) $(UPGRADE) kernel/pyproject.toml --group notebook -c locks/run.txt -o locks/notebook.txt
	$(COMPILE) $(UPGRADE) --no-deps --group applications -o $(APPLICATIONS)

clean: ## remove what was built; var/ (users' work) stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis artefacts
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
