# Thin on purpose: sets up .venv from the hashed lock, then hands over to the `mmlearn` command.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: setup lab test demo gpu data chapters cards bench lock clean

setup: $(READY)

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] < (3, 14) else "mmlearn needs Python 3.11, 3.12 or 3.13; try: make PYTHON=python3.12 …")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

lab: setup            ## open JupyterLab on the course; CHAPTER=00 opens one chapter
	@$(BIN)/mmlearn lab $(CHAPTER)

test: setup           ## every test and every notebook
	@$(BIN)/mmlearn test

demo: setup           ## chapter 00 without a browser: its table and its picture
	@$(BIN)/mmlearn demo

gpu: setup            ## every chapter's source under the gpu profile
	@$(BIN)/mmlearn gpu

data: setup           ## what data there is and where
	@$(BIN)/mmlearn data list

chapters: setup       ## generate both folders of notebooks from solutions/*.py
	@$(BIN)/mmlearn chapters

cards: setup          ## measure every chapter and write data/cards.json
	@$(BIN)/mmlearn cards

bench: setup          ## every benchmark; NAME=cca runs one
	@$(BIN)/mmlearn bench $(NAME)

lock: setup           ## compile requirements.txt anew from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --quiet --output-file requirements.txt

clean:
	rm -rf $(VENV) figures
