# The Loss Book. `make help` says what there is.

PYTHON ?= python3
SERVE ?= 1
PORT ?=
VENV := .venv/bin/python
MAKEFLAGS += --no-print-directory

.DEFAULT_GOAL := help
.PHONY: book test lab bench screenshot zip record lock address clean help environment environment-test

book: environment  ## build the book into _build/html and serve it on localhost (SERVE=0: only build; PORT=8123)
	@$(VENV) -m lossbook.book build
	@if [ "$(SERVE)" != 0 ]; then $(VENV) -m lossbook.book serve $(if $(PORT),--port $(PORT)); fi

test: environment-test  ## run every check: style, units, notebooks, the book, its pages in a browser (STAGES="units book")
	@$(VENV) tools/testing.py $(STAGES)

lab: environment  ## open the notebooks in JupyterLab
	@$(VENV) -m jupyter lab chapters

bench: environment-test  ## measure losses, compiled losses and pages; writes benchmarks/results.md
	@$(VENV) -m lossbook.book build
	@$(VENV) -m benchmarks

zip: environment  ## pack the whole book into one file that opens offline
	@$(VENV) -m lossbook.book build
	@$(VENV) -m lossbook.book zip

screenshot: environment-test  ## take the README's picture of the landing page
	@$(VENV) -m lossbook.book build
	@$(VENV) -m lossbook.book screenshot

record: environment  ## run the notebooks and keep the outputs of cells tagged nbval-check-output, no others
	@$(VENV) -m lossbook.book record

lock: environment-test  ## write the versions that are installed now to constraints.txt
	@$(VENV) tools/lock.py

address: environment  ## carry repository.url of _config.yml to README.md and the notebooks
	@$(VENV) tools/address.py

clean:  ## remove everything that is built (the environment stays; remove .venv for that)
	@rm -rf _build build dist lossbook/widgets/static lossbook/widgets/frontend/node_modules .venv/.lossbook.json
	@rm -rf .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

help:  ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

environment:
	@$(PYTHON) tools/environment.py book

environment-test:
	@$(PYTHON) tools/environment.py test
