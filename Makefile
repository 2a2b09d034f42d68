# `make run` and `make test` need Python >= 3.11 and make; they bring the rest.

PY := .venv/bin/python
ENVIRONMENT = python=$$(scripts/find-python) && "$$python" scripts/environment.py
# Only what is given on the command line: many shells export a HOST of their own.
OPTIONS := $(if $(filter command,$(origin HOST)),--host '$(HOST)') $(if $(filter command,$(origin PORT)),--port '$(PORT)')
PATHS ?= tests
BENCH_OPTIONS := $(foreach name,ONLY ROUNDS PHOTOS TRAINING,$(if $(filter command,$(origin $(name))),--$(shell echo $(name) | tr A-Z a-z) '$($(name))'))
# A worker per core, so torch gets one thread in each: more of them would only wait for each other.
TEST_ENVIRONMENT := OMP_NUM_THREADS=1
TEST_OPTIONS := -n auto --maxprocesses 4 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help run test torture bench check format image clean

help: ## say what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: ## install, prepare the default model, start the server (PORT=8000 HOST=127.0.0.1)
	@$(ENVIRONMENT) run
	@exec .venv/bin/camscope serve $(OPTIONS)

test: ## install the test tools and a browser, run every test (PATHS=tests/test_model_cam.py for some)
	@$(ENVIRONMENT) test
	@chromium=$$($(PY) scripts/browser.py) && $(TEST_ENVIRONMENT) CHROMIUM="$$chromium" exec $(PY) -m pytest $(TEST_OPTIONS) $(PATHS)

torture: ## load, faults, malformed pictures and strangers, the long half: at most 20 minutes
	@$(ENVIRONMENT) test
	@chromium=$$($(PY) scripts/browser.py) && $(TEST_ENVIRONMENT) CHROMIUM="$$chromium" exec $(PY) -m pytest -m torture $(PATHS)

bench: ## measure it beside its peers (ONLY=one-photo,batched ROUNDS=20 PHOTOS=folder TRAINING=folder)
	@$(ENVIRONMENT) run
	@$(PY) -m bench.environment
	@exec .venv-bench/bin/python -m bench $(BENCH_OPTIONS)

check: ## lint, formatting, types, those of the scripts too
	@$(ENVIRONMENT) test
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) scripts/typecheck.py

format: ## put the code into its one format, mend what can be mended
	@$(ENVIRONMENT) test
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

image: ## build the container image camscope
	docker build --tag camscope .

clean: ## remove the environment and everything built (never data or models)
	rm -rf .venv .venv-bench bench/out build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find app model tests scripts bench -name __pycache__ -prune -exec rm -rf {} +
