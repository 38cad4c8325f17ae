# The targets of a cluster and of a release; a part of the Makefile, whose variables they use.

##@ Cluster

# The provider of the mesh: envoy or istio.
PROVIDER ?= envoy
# The context of the kubeconfig. Without it: skaffold's (in its hooks), or the current one if its cluster is on this machine.
CONTEXT ?=
# With false an init container of each pod redirects its traffic (istio-init), which needs a privileged namespace.
ISTIO_CNI ?= true
cluster ?= bunmart
in_cluster = $(PY) -m tools.cluster.$(1) --context '$(CONTEXT)'
# Makes one word of the shell from a value, even when the value has quotes.
quoted = '$(subst ','\'',$(1))'

.PHONY: cluster-up
cluster-up: $(SYNCED) ## make a kind cluster with a registry, ready for BunMart: PROVIDER=istio, workers=2, with=observability
	@$(PY) -m tools.cluster.kind up --name $(cluster) --workers $(or $(workers),0) --image '$(KIND_IMAGE)'
	@$(MAKE) cluster-namespaces cluster-prerequisites CONTEXT=kind-$(cluster) with='metrics-server $(with)'

.PHONY: cluster-down
cluster-down: $(SYNCED) ## delete the kind cluster; the registry stays
	@$(PY) -m tools.cluster.kind down --name $(cluster)

.PHONY: cluster-namespaces
cluster-namespaces: $(SYNCED) ## make and label the namespaces: PROVIDER=istio, ISTIO_CNI=false
	@$(call in_cluster,namespaces) --provider $(PROVIDER) --istio-cni $(ISTIO_CNI)

.PHONY: cluster-prerequisites
cluster-prerequisites: $(SYNCED) ## install what the cluster lacks: PROVIDER=istio, with="cert-manager cloudnative-pg observability"
	@$(call in_cluster,prerequisites) --provider $(PROVIDER) --istio-cni $(ISTIO_CNI) --with '$(with)'

.PHONY: cluster-development
cluster-development: $(SYNCED) ## install Postgres, Stripe emulator, mails and secrets: PROVIDER=istio, DEVELOPMENT_FLAGS="--values more.yaml"
	@$(MAKE) images parts='$(IMAGE_TOOLS)' tag=dev >/dev/null
	@$(call in_cluster,development) --provider $(PROVIDER) --helm-flags=$(call quoted,$(DEVELOPMENT_FLAGS))

.PHONY: install
install: charts ## install or upgrade the shop: PROVIDER=istio, tag=dev, values="a.yaml b.yaml", INSTALL_FLAGS="--set …"
	@$(call in_cluster,shop) install --provider $(PROVIDER) --tag $(tag) --values '$(values)' --helm-flags=$(call quoted,$(INSTALL_FLAGS))

.PHONY: uninstall
uninstall: $(SYNCED) ## remove the shop; Postgres, secrets and mesh stay
	@$(call in_cluster,shop) uninstall

.PHONY: dev
dev: $(SYNCED) ## run skaffold dev: PROVIDER=istio
	@skaffold dev $(if $(filter istio,$(PROVIDER)),--profile istio) $(if $(CONTEXT),--kube-context $(CONTEXT))

.PHONY: forward
forward: $(SYNCED) ## forward the shop to 127.0.0.1:8080 until Ctrl-C: PROVIDER=istio
	@$(call in_cluster,forward) --provider $(PROVIDER)

.PHONY: cluster-demo
cluster-demo: $(SYNCED) ## run `make demo` through the cluster's ingress: PROVIDER=istio
	@$(call in_cluster,forward) --provider $(PROVIDER) -- $(PY) -m bunmart_dev.demo --url http://127.0.0.1:8080 $(args)

.PHONY: cluster-test
cluster-test: charts ## install, kill pods, upgrade under load; see tests/cluster/README.md: PROVIDER=istio, args="-k demo"
	@BUNMART_CLUSTER_CONTEXT='$(CONTEXT)' BUNMART_CLUSTER_PROVIDER=$(PROVIDER) $(BIN)/pytest -v --timeout 1800 tests/cluster $(args)

.PHONY: cluster-upgrade-test
cluster-upgrade-test: charts ## upgrade from a release under load: FROM=v0.1.0 (the last one), PROVIDER=istio
	@$(call in_cluster,upgrade) --provider $(PROVIDER) --from '$(FROM)'

.PHONY: cluster-route
cluster-route: $(SYNCED) ## Linux: route the addresses of kind's Services from this machine, for the tests (sudo)
	@$(PY) -m tools.cluster.kind route --name $(cluster)

.PHONY: cluster-logs
cluster-logs: $(SYNCED) ## write pods, events and logs of the cluster to .local/cluster-logs
	@$(call in_cluster,logs)

##@ Tools of continuous integration

.PHONY: lint-tools
lint-tools: $(SYNCED) ## install kubeconform and actionlint into .venv (needs Go)
	@GOBIN='$(CURDIR)/$(BIN)' go install github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0
	@GOBIN='$(CURDIR)/$(BIN)' go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12

# `go install` refuses a module that replaces others, so skaffold is built inside its own module, which Go verifies by its
# checksums.
SKAFFOLD_VERSION := v2.16.1
SKAFFOLD := github.com/GoogleContainerTools/skaffold/v2

.PHONY: skaffold
skaffold: $(SYNCED) ## install skaffold into .venv, from source (needs Go and some minutes)
	@go mod download $(SKAFFOLD)@$(SKAFFOLD_VERSION)
	@cd "$$(go list -m -f '{{.Dir}}' $(SKAFFOLD)@$(SKAFFOLD_VERSION))" && CGO_ENABLED=0 go build -trimpath \
	-ldflags '-X $(SKAFFOLD)/pkg/skaffold/version.version=$(SKAFFOLD_VERSION)' \
	-o '$(CURDIR)/$(BIN)/skaffold' ./cmd/skaffold

.PHONY: workflow-lint
workflow-lint: ## check the workflows with actionlint (make lint-tools)
	@actionlint

##@ Release

# The registry and the version of images and charts; in a workflow on a tag both are known.
release_registry = $(or $(registry),$(shell echo 'ghcr.io/$(GITHUB_REPOSITORY_OWNER)' | tr A-Z a-z))
release_version = $(or $(version),$(patsubst v%,%,$(GITHUB_REF_NAME)))
PLATFORMS ?= linux/amd64,linux/arm64
ATTESTED := --sbom=true --provenance=mode=max

.PHONY: release-version
release-version: $(SYNCED) ## give charts, project and changelog a version: version=0.2.0
	@$(PY) tools/release.py write $(release_version)
	@$(PY) tools/charts.py --update
	@$(UV) lock --quiet
	@$(MAKE) golden
	@$(MAKE) changelog version=$(release_version)

.PHONY: release-check
release-check: $(SYNCED) ## fail when charts and project do not have the tag's version
	@$(PY) tools/release.py check $(release_version)

.PHONY: images-push
images-push: $(SYNCED) ## build for all platforms, push with SBOM and provenance: registry=…, version=0.2.0, PLATFORMS=…
	@mkdir -p dist/images
	@for part in $(parts); do $(MAKE) image part=$$part tag=$(release_version) target=service \
	registry=$(release_registry) DOCKER_BUILD_FLAGS="--push --platform $(PLATFORMS) $(ATTESTED) \
	--metadata-file dist/images/$$part.json" || exit 1; done
	@$(PY) tools/release.py images

.PHONY: charts-push
charts-push: charts ## pack the charts and push them: registry=…
	@$(PY) tools/release.py charts $(release_registry)

.PHONY: sign
sign: $(SYNCED) ## sign what images-push and charts-push have pushed
	@$(PY) tools/release.py sign

.PHONY: github-release
github-release: ## publish the tag's release with its charts and digests
	@gh release create 'v$(release_version)' dist/charts/*.tgz dist/images.txt dist/charts.txt --generate-notes --verify-tag
