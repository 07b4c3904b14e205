# Two commands matter: `make course` and `make test`. Each sets up what it needs.
# The newest that runs: what students wrote with a newer one is no Python for an older.
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3; do $$name -c "" 2>/dev/null && command -v $$name && break; done)
BIN    := .venv/bin
SITE   := _build/html
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help course test test-all keep site pdf serve release verify mutants grade experiments bench check format clean

help:  ## list the commands
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 12

.venv/.ready: requirements.txt constraints.txt requirements-oracles.txt pyproject.toml tools/install.py
	@test -n "$(PYTHON)" || { echo "No Python found. Install Python 3.11 or newer, or: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit("The course needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=/path/to/python3.11") if sys.version_info < (3, 11) else 0'
	$(PYTHON) -m venv .venv
	$(BIN)/python tools/install.py
	@touch $@

course: .venv/.ready  ## set up, release, grade the sample class, build the site
	@$(BIN)/autograder course
	@$(MAKE) --no-print-directory site
	@echo
	@echo "The site:             $(CURDIR)/$(SITE)/index.html   (make serve)"
	@echo "The gradebook export: $(CURDIR)/_build/course/grades.csv"
	@echo "The feedback:         $(CURDIR)/_build/course/feedback/"

# What has changed since its result was kept is run in full, of the rest a sample (autograder/tie.py).
test: .venv/.ready  ## set up, then what the course promises: what has changed in full, the rest by sample
	@$(MAKE) --no-print-directory check
	$(BIN)/autograder release --check
	$(BIN)/autograder verify --check --sample 20
	$(BIN)/autograder mutants --check --sample 20
	@$(MAKE) --no-print-directory site
	$(BIN)/pytest -n auto --dist worksteal

# Nothing needs it to pass, but what is out of date is run by every `make test`.
keep: .venv/.ready  ## run what has changed, and keep the results that `make test` relies on
	$(BIN)/autograder release
	$(BIN)/autograder verify
	$(BIN)/autograder mutants
	@$(MAKE) --no-print-directory site
	$(BIN)/pytest -n auto --dist worksteal -m tied --keep

test-all: .venv/.ready  ## everything from nothing, and keep the results that `make test` relies on
	@$(MAKE) --no-print-directory check
	$(BIN)/autograder release --check
	$(BIN)/autograder verify --all
	$(BIN)/autograder mutants --all
	@rm -rf _build/html _build/.doctrees _build/.jupyter_cache
	@$(MAKE) --no-print-directory site
	$(BIN)/pytest -n auto --dist worksteal --all --keep

# -W -n: a warning, or a reference that leads nowhere, is an error.
site: .venv/.ready  ## build the site
	@$(BIN)/jupyter-book build . -W -n --keep-going -q

pdf: site  ## print the site as one PDF, _build/book.pdf (needs Chromium)
	$(BIN)/python tools/pdf.py

serve: site  ## build the site and show it on http://localhost:8000
	$(BIN)/python -m http.server 8000 --bind localhost --directory $(SITE)

release: .venv/.ready  ## build assignments/ from solutions/
	$(BIN)/autograder release

verify: .venv/.ready  ## right and wrong answers where something changed: do the tests tell them apart?
	$(BIN)/autograder verify

mutants: .venv/.ready  ## every mutant of the solutions where something changed: is it noticed?
	$(BIN)/autograder mutants

grade: .venv/.ready  ## grade what is in submitted/: make grade ASSIGNMENT=01_knn
	$(BIN)/autograder grade $(ASSIGNMENT)

experiments: .venv/.ready  ## run the book's experiments whose scripts have changed
	$(BIN)/python -m experiments

bench: .venv/.ready  ## measure: kNN, shapes, visual words, layers, parity with torch, grading
	$(BIN)/python -m benchmarks.knn
	$(BIN)/python -m benchmarks.shapes
	$(BIN)/python -m benchmarks.visual_words
	$(BIN)/python -m benchmarks.layers
	$(BIN)/python -m benchmarks.parity
	$(BIN)/python -m benchmarks.knn_gpu
	$(BIN)/python -m benchmarks.grading

check: .venv/.ready  ## ruff: rules and format
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .

format: .venv/.ready  ## put the code into the project's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:  ## remove what was built (not the environment, not what was downloaded, no class but the sample)
	@$(PYTHON) tools/clean.py
