# Needs GNU make and any Python from 3.11 on. Everything it installs goes to .venv, at the versions of the lock files.

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip -qq --disable-pip-version-check --no-input

.DEFAULT_GOAL := help
.PHONY: help demo run test fuzz chaos texts lint check bench screenshots format lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.run ## try it in the browser with a simulated Slack and phones; no account needed; ONCE=1: one morning, then exit; EMPTY=1: no team yet
	@$(PY) run_bot.py demo $(if $(filter-out 0,$(ONCE)),--once) $(if $(filter-out 0,$(EMPTY)),--empty)

run: $(VENV)/.run ## run the bot with the settings in .env
	@$(PY) run_bot.py run

# A few tests are faster in one process, because each process collects all of them.
test: $(VENV)/.dev ## run the tests; ARGS="-k rotation" for some of them
	@$(PY) -m pytest $(if $(filter -k% -n% tests/%,$(ARGS)),,-n auto) $(ARGS)

fuzz: $(VENV)/.dev ## run 20,000 lines of random input as commands; LINES=100000 for more
	@FUZZ=$(or $(LINES),20000) $(PY) -m pytest tests/stories/test_fuzz.py

chaos: $(VENV)/.dev ## run 500 mornings with kill -9 and failing services; RUNS=1000, SEED=7, TABLE=table.md
	@$(PY) -m tests.chaos --runs $(or $(RUNS),500) --seed $(or $(SEED),0) $(if $(TABLE),--table $(TABLE))

texts: $(VENV)/.dev ## print every text that the bot can say; RECORD=1: find the examples again, in the tests of ARGS
	@$(if $(filter-out 0,$(RECORD)),$(PY) -m pytest -n auto -p tests.texts.heard --heard $(VENV)/texts $(ARGS);) \
		$(PY) -m tests.texts $(if $(filter-out 0,$(RECORD)),--heard $(VENV)/texts $(if $(ARGS),,--whole))

lint: $(VENV)/.dev ## check format, style, types and import rules, without the tests
	@echo "Format"; $(PY) -m ruff format --check --quiet .
	@echo "Lint"; $(PY) -m ruff check --quiet .
	@echo "Types"; $(PY) -m mypy --no-error-summary
	@echo "Imports"; $(VENV)/bin/lint-imports --no-logo >$(VENV)/imports.txt || { cat $(VENV)/imports.txt; exit 1; }

check: lint test ## lint and test: what must pass before a change goes in

bench: $(VENV)/.dev ## measure the bot, each figure beside its floor
	@$(PY) -m benchmarks $(ARGS)

screenshots: $(VENV)/.dev ## retake the README's pictures; needs Chromium and an emoji font
	@$(PY) -m tests.page.screenshots

format: $(VENV)/.dev ## format the code
	@$(PY) -m ruff format --quiet .
	@$(PY) -m ruff check --quiet --fix .

# Hashes of every platform's files, without the index they were fetched from.
COMPILE = CUSTOM_COMPILE_COMMAND="make lock" $(PY) -m piptools compile --quiet --upgrade --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --strip-extras --allow-unsafe

lock: $(VENV)/.dev ## update the lock files to the newest versions that pyproject.toml allows
	@echo "requirements.lock"; $(COMPILE) -o requirements.lock pyproject.toml
	@echo "requirements-dev.lock"; $(COMPILE) --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml

clean: ## remove .venv and the tools' caches
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage

# The project itself isn't installed: it runs from this directory. The lock files are complete, so pip has nothing to
# resolve; with --no-deps it doesn't try newer versions of packages with extras, which would fail without a hash.
$(VENV)/.run: requirements.lock | $(PY)
	@echo "Installing what the bot needs"; $(PIP) install --no-deps --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock requirements.lock | $(PY)
	@echo "Installing what the bot and its tests need"; $(PIP) install --no-deps --require-hashes -r requirements-dev.lock
	@touch $@ $(VENV)/.run

$(PY):
	@new='import sys; sys.exit(sys.version_info < (3, 11))'; \
	for python in python3 python3.14 python3.13 python3.12 python3.11; do \
		"$$python" -c "$$new" 2>/dev/null || continue; \
		found=$$python; \
		"$$python" -c 'import ensurepip, venv' 2>/dev/null || continue; \
		echo "Making $(VENV) with $$("$$python" --version)"; \
		"$$python" -m venv $(VENV) && exit 0; \
		rm -rf $(VENV); exit 1; \
	done; \
	if [ -n "$$found" ]; then \
		echo "$$found can't make a virtual environment. On Debian or Ubuntu: apt install python3-venv" >&2; \
	else \
		echo "No Python from 3.11 on found (tried python3 and python3.11 to python3.14). Please install one." >&2; \
	fi; exit 1
