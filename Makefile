# `make demo` walks the real case into demo/; `make test` runs every test. Both set up what they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

# The short forms of what `make soak` does are among the tests.
.PHONY: bench soak help demo test lint format messages pictures golden schema statements catalogues clean

help:
	@echo "make demo      walk case S through its six stages; the documents land in demo/"
	@echo "make test      run the tests"
	@echo "make lint      ruff and mypy"
	@echo "make format    put the code into the house style"
	@echo "make messages  bring the catalogues up to date with code and templates"
	@echo "make pictures  make the README's pictures anew"
	@echo "make golden    write the kept texts and page pictures of the examples anew"
	@echo "make schema    write docs/workflow.schema.json anew"
	@echo "make statements  write the SQL for SQLite anew, after a change of the tables or statements"
	@echo "make reference write the reference pages of the documentation anew"
	@echo "make site      build the documentation's site"
	@echo "make bench     measure transitions beside hand-written SQL and other engines (some minutes)"
	@echo "make soak      break the store on purpose: kill -9, full disks, races (some twenty minutes)"
	@echo "make clean     remove what the other commands made"

$(INSTALLED): pyproject.toml hatch_build.py
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --group dev --editable ".[api,events,postgres,seal,tui]"
	@touch $@

catalogues: $(INSTALLED)
	@$(BIN)/python hatch_build.py

demo: catalogues
	@rm -rf demo
	@$(BIN)/casework demo demo
	@echo "The command is $(BIN)/casework; '. $(BIN)/activate' puts it on your path."

test: catalogues
	$(BIN)/python -m pytest -n 2 --dist loadgroup

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy tests/typed/public.py

format: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

messages: $(INSTALLED)
	$(BIN)/python tools/messages.py
	$(BIN)/python tools/template_messages.py

pictures: catalogues
	$(BIN)/python tools/pictures.py

golden: catalogues
	$(BIN)/python tools/golden.py

schema: $(INSTALLED)
	$(BIN)/python -c "from casework_flow.workflowfile import schema_text; print(schema_text(), end='')" > docs/workflow.schema.json

statements: $(INSTALLED)
	$(BIN)/python tools/statements.py

reference: catalogues
	$(BIN)/python tools/reference.py

site: reference
	$(BIN)/python -m pip install --quiet --group docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict --site-dir build/site
	@echo "The documentation is build/site/index.html."

bench: catalogues
	$(BIN)/python -m pip install --quiet --group bench
	$(BIN)/python -m benchmarks.engine
	$(BIN)/python -m benchmarks.engine --documents
	$(BIN)/python -m benchmarks.many
	$(BIN)/python -m benchmarks.growth
	$(BIN)/python -m benchmarks.caseload
	$(BIN)/python -m benchmarks.startup
	$(BIN)/python -m benchmarks.documents

soak: catalogues
	$(BIN)/python tests/soak/run.py

clean:
	rm -rf $(VENV) demo build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
