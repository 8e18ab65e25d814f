# Everything a person does with a checkout. `make` alone lists the targets.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: lint types unit $(shell sed -nE 's/^([a-z-]+):.*##.*/\1/p' $(MAKEFILE_LIST))

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(READY) ## create .venv from the hashed lock

$(READY): requirements-dev.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "sf2front needs Python 3.11 or newer; say which with: make PYTHON=python3.12")'
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(READY)

demo: $(READY) ## the main job, end to end, on a local sandbox
	rm -rf demo-out
	$(BIN)/sf2front demo -o demo-out

test: lint types unit ## lint, types and all tests

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

unit: $(READY)
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

format: $(READY) ## rewrite the code in the house format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

reference: $(READY) ## write the generated pages of docs/ anew
	$(BIN)/python docs/generate.py

shown: $(READY) ## write into README and guides what their commands print now
	$(BIN)/python -m tests.docs.renew README.md docs/index.md docs/rules.md docs/guides/*.md

docs: $(READY) ## the site of docs/ into site/; every link checked
	$(BIN)/zensical build --clean --strict

screenshots: $(READY) ## the pictures of README and guides anew (needs Chromium)
	$(BIN)/python -m tests.docs.screenshots

lock: $(READY) ## pin the development environment anew
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
		--custom-compile-command "make lock" --extra sandbox --group dev --upgrade pyproject.toml -o requirements-dev.lock

wheel: $(READY) ## build the wheel into dist/
	$(BIN)/python -m build --no-isolation --wheel

bench: $(READY) ## all benchmarks, one after the other, into docs/benchmarks.md: half an hour
	$(BIN)/python benchmarks/page.py

bench-transform: $(READY) ## transform and validate a million rows, beside a bare floor and jsonschema
	$(BIN)/python benchmarks/transform.py
	$(BIN)/python benchmarks/transform.py --rows 1000 --turns 5 --targets import
	$(BIN)/python benchmarks/validate.py --operations 1000000

bench-large: $(READY) ## transform five million rows: memory
	$(BIN)/python benchmarks/transform.py --rows 5000000 --turns 1

contract: $(READY) ## schemathesis on the sandbox's Front: make contract SPEC=core-api.json (Front's own description)
	$(if $(SPEC),,$(error name Front's OpenAPI description: make contract SPEC=core-api.json))
	$(BIN)/python -m tests.contract.run $(SPEC)

phone-sweep: $(READY) ## a million odd phone numbers against libphonenumber itself
	$(BIN)/python benchmarks/phone_agreement.py 1000000

evidence-sweep: $(READY) ## every byte of every descriptor of a chain changed in turn, and many of its files
	$(BIN)/python -m tests.evidence.sweep

bench-export: $(READY) ## a million contacts by export query, beside simple-salesforce
	$(BIN)/python benchmarks/bulk_export.py

budget-run: $(READY) ## the rate budget on a real socket, alone and beside another client
	$(BIN)/python benchmarks/budget_run.py

bench-snapshot: $(READY) ## a snapshot of 200,000 contacts beside the bare requests: time and memory
	$(BIN)/python benchmarks/snapshot.py

rollback-sweep: $(READY) ## rollback after 5,000 operations: the snapshot is the one before
	ROLLBACK_OPERATIONS=5000 $(BIN)/python -m pytest tests/rollback/test_rollback.py -k state_before

bench-plan: $(READY) ## plan a million upserts against a million contacts, beside a bare reading
	$(BIN)/python benchmarks/plan.py
	$(BIN)/python benchmarks/plan.py --changed 50 --turns 1

bench-diff: $(READY) ## diff of a million rows beside compara, DuckDB, datacompy and csv-diff; of 1,000 rows; of ten million
	$(BIN)/python benchmarks/diff.py
	$(BIN)/python benchmarks/diff.py --quoted --only sf2front,compara
	$(BIN)/python benchmarks/diff.py --rows 1000 --turns 5 --only sf2front,compara
	$(BIN)/python benchmarks/diff.py --rows 10000000 --turns 1 --only sf2front,compara,duckdb

bench-replay: $(READY) ## 20,000 operations by replay, beside a bare httpx loop
	$(BIN)/python benchmarks/replay.py

property-sweep: $(READY) ## the properties of reading, init and transform on fifty times the examples of the tests
	EXAMPLES_TIMES=50 $(BIN)/python -m pytest tests/contacts/test_properties.py tests/contacts/test_sure.py tests/start/test_write.py tests/tables/test_read_csv.py

diff-sweep: $(READY) ## both ways of diff against comparing in memory, and that against plain Python, on many tables
	DIFF_EXAMPLES=2000 $(BIN)/python -m pytest tests/diff/test_ways.py tests/diff/test_compare.py

kill-sweep: $(READY) ## SIGKILL at every write of the checkpoint in turn, and at 200 random moments
	$(BIN)/python -m tests.replay.kill_sweep

year: $(READY) ## 365 nights of sync over 20,000 changing contacts, with kills, outages and expired tokens
	$(BIN)/python -m tests.sync.year --every 50

fault-sweep: $(READY) ## each kind of fault, on the way and in Front, at 5 % of 5,000 requests of a replay
	$(BIN)/python -m tests.replay.faulty

queue-run: $(READY) ## a mass update of 500,000 contacts over many nights of sync, with a clock that leaps
	$(BIN)/python -m tests.sync.queue_run $(ARGS)

clean: ## remove what the targets made
	rm -rf .venv dist build demo-out site .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis
