# BiChat: `make run` and `make test` are all a fresh machine needs, with Python 3.11 or newer and its pip.

PYTHON ?= python3
TEST_PROCESSES ?= 2
UV_VERSION := 0.13.8
BIN := .venv/bin
CATALOGUES := $(wildcard locales/*/LC_MESSAGES/messages.po)
COMPILED := $(CATALOGUES:.po=.mo)
EXTRACT := --no-location --sort-output --omit-header --add-comments=Translators: \
	--keyword=_ --keyword=gettext --keyword=ngettext:1,2 --keyword=N_ \
	--keyword=NotFound --keyword=Forbidden --keyword=Invalid --keyword=Conflict --keyword=RateLimited --keyword=Unavailable
LOCK := $(BIN)/uv pip compile -q --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11 pyproject.toml

# uv reads its own variables only: give it what this machine's pip is set to. With `--require-hashes` the lock
# decides what may be installed, wherever it comes from. When uv cannot reach anything, pip itself installs. Bytecode is
# compiled at once, because some machines forbid Python to write it later, and then every start would compile everything.
define install
	@index=$$($(BIN)/python -m pip config get global.index-url 2>/dev/null || true); \
	export UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$${PIP_INDEX_URL:-$$index}}"; \
	test -n "$$UV_DEFAULT_INDEX" || unset UV_DEFAULT_INDEX; \
	UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 $(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r $(1) \
		|| $(BIN)/python -m pip install -q --require-hashes -r $(1)
	@$(BIN)/uv pip install -q --offline --python $(BIN)/python --no-deps --no-build-isolation -e . \
		|| $(BIN)/python -m pip install -q --no-deps --no-build-isolation -e .
endef

.PHONY: .venv run test lint bench chromium catalogues lock migration migration-check

.venv: .venv/installed $(COMPILED)
	@$(BIN)/python -m compileall -q app migrations

run: .venv
	@exec $(BIN)/bichat serve --demo

test: .venv/installed-dev $(COMPILED) chromium lint
	@$(BIN)/python -m pytest --numprocesses=$(TEST_PROCESSES) --dist=worksteal

lint: .venv/installed-dev $(COMPILED)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/ty check app
	$(BIN)/mypy
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/python -m pytest -q --no-header tests/rules/test_catalogues.py tests/rules/test_migrations.py

bench: .venv/installed-dev $(COMPILED)
	@$(BIN)/python -m tests.bench

chromium: .venv/installed-dev
	@$(BIN)/python -m tests.chromium

migration-check: .venv/installed-dev
	@$(BIN)/python -m pytest -q --no-header tests/rules/test_migrations.py

migration: .venv/installed-dev
	@$(BIN)/python migrations/new.py "$(NAME)"

catalogues: .venv/installed-dev
	@$(BIN)/pybabel -q extract $(EXTRACT) --mapping=locales/babel.cfg --output=locales/messages.pot app templates
	@for locale in en ru uz; do \
		if test -e locales/$$locale/LC_MESSAGES/messages.po; then action="update --ignore-obsolete --no-fuzzy-matching --ignore-pot-creation-date"; else action=init; fi; \
		$(BIN)/pybabel -q $$action -i locales/messages.pot -d locales -l $$locale || exit 1; \
	done
	@$(MAKE) --no-print-directory .venv

lock: .venv/uv
	$(LOCK) --group build -o requirements.lock
	$(LOCK) --group build --group dev -o requirements-dev.lock

%.mo: %.po | .venv/installed
	@$(BIN)/pybabel -q compile -i $< -o $@
	@touch $@

.venv/installed: .venv/uv requirements.lock pyproject.toml
	$(call install,requirements.lock)
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.lock
	$(call install,requirements-dev.lock)
	@touch $@

.venv/uv: Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "BiChat needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@
