# The targets of BunMart; `make` lists them. Works with GNU make 3.81 (macOS) and later.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
unexport VIRTUAL_ENV
# Compiled code is kept, or every start would compile all of ours again.
unexport PYTHONDONTWRITEBYTECODE

UV_VERSION := 0.13.9
UV := .local/bootstrap/bin/uv
SYNCED := .venv/.synced
BIN := .venv/bin
PY := $(BIN)/python
LAUNCHER := $(PY) -m bunmart_dev.launcher

MANIFESTS := uv.lock pyproject.toml gen/pyproject.toml bff/pyproject.toml mesh/pyproject.toml dev/pyproject.toml \
	$(wildcard services/*/pyproject.toml)
SOURCES := $(wildcard services/*/src) bff/src mesh/src dev/src
TYPED := $(SOURCES) tools $(wildcard tests benchmarks)
# The branch that a change is compared with: the remote's main, or the local one.
BASE ?= $(shell git rev-parse --verify -q origin/main >/dev/null && echo origin/main || echo main)


empty :=
space := $(empty) $(empty)
export MYPYPATH := $(subst $(space),:,$(SOURCES))
# buf finds its plugins, and the Python that runs them, in .venv. An installation needs the PATH without .venv, so that it
# finds the machine's own Python.
OWN_PATH := $(subst $(CURDIR)/$(BIN):,,$(PATH))
export PATH := $(CURDIR)/$(BIN):$(OWN_PATH)

##@ Run

.PHONY: up
up: $(SYNCED) ## set up, start and seed everything; Ctrl-C stops it
	@$(LAUNCHER) up

.PHONY: down
down: $(SYNCED) ## stop what `make up` started
	@$(LAUNCHER) down

.PHONY: status
status: $(SYNCED) ## show every part in a table; exit 0 when all are ready (json=1 for scripts)
	@$(LAUNCHER) status $(if $(json),--json)

.PHONY: logs
logs: $(SYNCED) ## follow the log of a part: s=order, s=order-sidecar, n=100 lines first
	@$(LAUNCHER) logs $(s) $(if $(n),--lines $(n))

.PHONY: reset
reset: $(SYNCED) ## delete all local data and keys (asks; yes=1 does not)
	@$(LAUNCHER) reset $(if $(yes),--yes)

.PHONY: token
token: $(SYNCED) ## print an access token: role=customer, kitchen, driver or admin
	@$(LAUNCHER) token $(role)

.PHONY: demo
demo: $(SYNCED) ## make an order from sign-up to review, and cancel two, against a running `make up`
	@$(PY) -m bunmart_dev.demo $(args)

.PHONY: bench
bench: $(SYNCED) ## measure orders a second and CPU an order, on a system of its own
	@$(PY) -m benchmarks $(args)

##@ Check

# The checks of CI, fastest first; the tests at the end include charts, documents, workflows and images.
CHECKS := lock-check fmt-check lint proto-check proto-breaking types test

.PHONY: check
check: $(SYNCED) ## run all that CI checks, fastest first
	@for each in $(CHECKS); do echo "make $$each" && $(MAKE) $$each || exit 1; done

.PHONY: test
test: $(SYNCED) ## run the tests: s=order for a service's own, args="tests/dev -k postgres"
	@$(if $(s),TEST_EFFORT=0.05) $(PY) -m pytest -p tests.light_controller $(if $(args),$(args),-n 2 $(if $(s),-q --dist worksteal tests/services/$(s),--dist loadfile))

.PHONY: test-long
test-long: $(SYNCED) ## search fifty times as long for a broken race or story; takes hours: args="tests/services/cart"
	@TEST_EFFORT=50 $(BIN)/pytest --timeout 36000 $(or $(args),tests/services)

.PHONY: life-search
life-search: $(SYNCED) ## play orders in all services at once, in search of a story that ends badly: minutes=10 seeds=1,2
	@LIFE_SECONDS=$$(($(or $(minutes),10) * 60)) LIFE_SEEDS=$(seeds) $(BIN)/pytest -q tests/life

.PHONY: outages
outages: $(SYNCED) ## kill Postgres again and again while jobs run: rounds=200
	@OUTAGE_ROUNDS=$(or $(rounds),200) $(BIN)/pytest -q tests/chassis/outages

.PHONY: fmt
fmt: $(SYNCED) ## format the code and the contract
	@$(BIN)/ruff check -q --select I --fix
	@$(BIN)/ruff format -q
	@$(BIN)/buf format -w

.PHONY: fmt-check
fmt-check: $(SYNCED) ## fail when something is not formatted
	@$(BIN)/ruff format --check
	@$(BIN)/buf format --diff --exit-code

.PHONY: lint
lint: $(SYNCED) ## check the code with ruff, the import rules and the contract's style
	@$(BIN)/ruff check
	@$(BIN)/lint-imports --no-cache --no-logo
	@$(BIN)/buf lint

.PHONY: types
types: $(SYNCED) ## check the types with mypy --strict
	@$(BIN)/mypy --strict $(TYPED)

.PHONY: lock-check
lock-check: $(SYNCED) ## fail when uv.lock is not what the manifests ask for
	@$(UV) lock --check

##@ Contract and documents

.PHONY: proto
proto: $(SYNCED) ## generate gen/ from proto/
	@$(BIN)/buf generate

.PHONY: proto-check
proto-check: $(SYNCED) ## fail when gen/ is not what proto/ generates
	@fresh="$$(mktemp -d)" && trap 'rm -rf "$$fresh"' EXIT && \
	$(BIN)/buf generate -o "$$fresh" && \
	diff -r -q -x __pycache__ "$$fresh/gen/src" gen/src || \
	{ echo 'gen/ is stale: run `make proto` and commit what it changed.' >&2; exit 1; }

.PHONY: proto-breaking
proto-breaking: $(SYNCED) ## fail when proto/ breaks the callers of main (BASE=other-branch)
	@if git cat-file -e "$(BASE):buf.yaml" 2>/dev/null; \
	then $(BIN)/buf breaking --against ".git#ref=$$(git rev-parse $(BASE))"; \
	else echo "No earlier contract on $(BASE) to compare with."; fi

.PHONY: service
service: $(SYNCED) ## make a new service, whole and tested: name=loyalty noun=card (what it keeps)
	@UV=$(UV) $(PY) -m tools.new_service $(name) $(noun)

.PHONY: migration
migration: $(SYNCED) ## write a service's next migration from its models: s=order m="add notes"
	@$(PY) tools/migration.py $(s) $(m)

.PHONY: mesh
mesh: $(SYNCED) ## write the chart's mesh templates from the call policy
	@$(PY) -m bunmart_mesh.render

.PHONY: docs
docs: $(SYNCED) ## write the generated pages of docs/
	@$(PY) -m bunmart_mesh.docs
	@$(PY) tools/settings_page.py
	@$(PY) tools/order_life.py

.PHONY: charts
charts: $(SYNCED) ## pack charts/service into charts/bunmart, ready for helm
	@$(PY) tools/chart_schema.py
	@$(PY) tools/charts.py

.PHONY: chart-docs
chart-docs: $(SYNCED) ## write the tables of values in the charts' READMEs
	@$(PY) tools/chart_values.py

.PHONY: golden
golden: $(SYNCED) ## write the golden renders of the charts' examples to tests/charts/golden
	@$(PY) -m tests.charts.golden

.PHONY: chart-lint
chart-lint: $(SYNCED) ## check the charts: lint, schemas, golden renders, validation on each version of Kubernetes
	@$(BIN)/pytest -q tests/charts

##@ Images

IMAGE_PARTS := $(filter-out chassis,$(patsubst services/%/pyproject.toml,%,$(wildcard services/*/pyproject.toml))) bff
IMAGE_TOOLS := mesh-tools dev-tools stripe-emulator mail-catcher envoy postgres
parts ?= $(IMAGE_PARTS) $(IMAGE_TOOLS)
tag ?= dev
# The target of the image: service, dev (a service starts again when its code changes) or debug (it runs under debugpy).
target ?= service
image = $(if $(registry),$(registry)/)bunmart/$(1):$(tag)

.PHONY: images
images: ## build the images: tag=dev, parts="order cart", target=dev, registry=…, DOCKER_BUILD_FLAGS=…
	@for part in $(parts); do $(MAKE) image part=$$part || exit 1; done

.PHONY: image
image: ## build one image: part=order; options as for `images`
	@echo "$(call image,$(part))"
	@DOCKER_BUILDKIT=1 docker build --quiet $(DOCKER_BUILD_FLAGS) \
	$(if $(BASE_IMAGE),--build-arg BASE_IMAGE=$(BASE_IMAGE)) \
	--label org.opencontainers.image.version=$(tag) --label org.opencontainers.image.revision=$$(git rev-parse HEAD) \
	--label org.opencontainers.image.created=$$(TZ=UTC git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd) \
	$(if $(GITHUB_REPOSITORY),--label org.opencontainers.image.source=$(GITHUB_SERVER_URL)/$(GITHUB_REPOSITORY)) \
	$(if $(filter $(part),$(IMAGE_TOOLS)),--target $(part),--target $(target) --build-arg SERVICE=$(part)) \
	$(if $(filter bff,$(part)),--build-arg FOLDER=bff) \
	-t $(call image,$(part)) . >/dev/null

.PHONY: images-load
images-load: ## load the images into kind: cluster=bunmart
	@kind load docker-image --name $(or $(cluster),bunmart) $(foreach part,$(parts),$(call image,$(part)))

include k8s/cluster.mk

##@ Repository

.PHONY: changelog
changelog: $(SYNCED) ## write CHANGELOG.md from the commits: version=0.2.0 names the part that is not yet released
	@RUST_LOG=warn $(BIN)/git-cliff --output CHANGELOG.md $(if $(version),--tag v$(version))

.PHONY: setup
setup: $(SYNCED) ## install the tools and libraries, start nothing

.PHONY: clean
clean: ## delete caches and build results; keeps .venv and the local data
	@rm -rf dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

.PHONY: help
help: ## list the targets
	@awk 'BEGIN { FS = ":.*## " } \
	/^##@ / { printf "\n%s\n", substr($$0, 5) } \
	/^[a-z-]+:.*## / { printf "  make %-22s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# A fresh machine has Python, git and make. Everything else comes from the package registry, in pinned versions. Of several
# makes only one at a time installs; tools/bootstrap.py sees to that.

FIND_PYTHON = for candidate in $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11); do \
	if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
	then python="$$candidate"; break; fi; done; \
	if [ -z "$$python" ]; then \
	echo "BunMart needs Python 3.11 or newer; $(or $(PYTHON),python3) is not (PYTHON=/path/to/python3 names another)." >&2; \
	exit 1; fi

$(SYNCED): $(MANIFESTS) Makefile tools/bootstrap.py
	@PATH='$(OWN_PATH)'; $(FIND_PYTHON); "$$python" tools/bootstrap.py $(UV_VERSION) $^
