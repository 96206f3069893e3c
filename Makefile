# The everyday commands. "make" alone lists them; what must hold before a change lands is .ci/run.

GO       ?= go
PYTHON   ?= /usr/bin/python3
FUZZTIME ?= 30s

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: check
check: ## before each commit: gofmt, go vet, golangci-lint, the short tests
	.ci/run gofmt vet lint
	$(GO) test -short ./...

.PHONY: test
test: ## all tests of the root module
	$(GO) test ./...

.PHONY: race
race: ## tests of what shares work, under the race detector (needs a C compiler)
	.ci/run race

.PHONY: fuzz
fuzz: ## fuzz the decoder for FUZZTIME=30s
	$(GO) test ./monary -run '^$$' -fuzz '^FuzzDecode$$' -fuzztime $(FUZZTIME)

.PHONY: bench
bench: ## all benchmarks; compare two runs with benchstat, claims of speed are ratios from one run
	$(GO) test -run '^$$' -bench . ./...

.PHONY: peers
peers: peers-monary peers-ml ## time monary and ml against their Python rivals, on the same data (a minute)

.PHONY: peers-monary
peers-monary: ## time monary against PyMongo, and PyMongoArrow if PYTHON has it
	@$(PYTHON) -c 'import bson, numpy, pymongo; bson.has_c() or exit("bson has no C extension")' || { echo \
	  'peers: $(PYTHON) lacks what it compares with: apt-get install python3-pymongo python3-bson-ext python3-numpy;' \
	  'or, in an environment of its own, pip install pymongoarrow numpy, and PYTHON=that/bin/python make peers-monary' >&2; exit 1; }
	$(GO) test ./monary -count=1 -run '^TestPeers$$' -v -peers "$$($(PYTHON) -c 'import sys; print(sys.executable)')"

.PHONY: peers-ml
peers-ml: ## time ml against scikit-learn 1.2.1; NEWER=python lists what a newer scikit-learn answers differently
	@$(PYTHON) -c 'import sklearn; sklearn.__version__ == "1.2.1" or exit("scikit-learn is " + sklearn.__version__)' || { echo \
	  'peers: scikit-learn 1.2.1 is needed, on OpenBLAS: apt-get install python3-sklearn libopenblas0, and PYTHON=/usr/bin/python3' >&2; exit 1; }
	$(GO) test ./ml -count=1 -run '^TestPeers' -v -timeout 30m -peers $(PYTHON) $(if $(NEWER),-peers-newer $(NEWER))

.PHONY: simulate
simulate: ## dag/engine in ten thousand random worlds, and 200 kills of a process with 50 runs (two minutes)
	$(GO) test ./dag/engine -count=1 -run '^TestSimulation$$' -sim.seeds 10000
	$(GO) test ./dag/boltstore -count=1 -run '^TestKilledUnderLoad$$' -v -kills 200

.PHONY: onnx
onnx: ## ask onnxruntime, from PyPI and in an environment of its own, about exported models
	$(PYTHON) -m venv out/onnx && out/onnx/bin/pip install -q onnxruntime numpy
	$(GO) test ./ml -count=1 -run '^TestONNXRuntime$$' -v -onnx "$(CURDIR)/out/onnx/bin/python"

.PHONY: golden
golden: ## remake the golden files of ml and pipeline/table; needs Debian's python3-sklearn (scikit-learn 1.2.1) and PYTHON=/usr/bin/python3
	@$(PYTHON) -c 'import pandas, sklearn' || { echo 'golden: $(PYTHON) lacks scikit-learn or pandas: apt-get install python3-sklearn python3-pandas' >&2; exit 1; }
	export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 && cd ml && for f in testdata/golden*.py; do $(PYTHON) $$f || exit 1; done && \
	  cd ../pipeline/table && $(PYTHON) testdata/golden_table.py

.PHONY: generate
generate: ## remake the sample data
	$(GO) generate ./...

.PHONY: examples
examples: ## run every example and compare what it prints
	$(GO) test -v ./examples/...

.PHONY: tidy
tidy: ## go mod tidy, in the root and in every nested module
	find . -name go.mod -not -path './out/*' -execdir env GOWORK=off $(GO) mod tidy ';'

.PHONY: promtool
promtool: ## ask promtool, of Debian's package prometheus, about dag/metrics and its alerts
	@command -v promtool >/dev/null || { echo 'promtool: apt-get install prometheus' >&2; exit 1; }
	cd dag/metrics && GOWORK=off $(GO) test . -count=1 -run '^TestPromtool$$' -v -promtool "$$(command -v promtool)"

.PHONY: mail
mail: ## dag/notify against Exim, Debian's mail server, started with a configuration of its own
	@command -v exim4 >/dev/null || test -x /usr/sbin/exim4 || { echo 'mail: apt-get install exim4-daemon-light' >&2; exit 1; }
	$(GO) test ./dag/notify -count=1 -run '^TestExim$$' -v -exim "$$(command -v exim4 || echo /usr/sbin/exim4)"

.PHONY: browser
browser: ## dag/ui in Chromium, every page, checked by axe-core; pictures go to out/pages (apt-get install chromium)
	cd internal/browser && AXE_CORE="$$(./axe-core)" && export AXE_CORE && GOWORK=off $(GO) test -count=1 ./...

.PHONY: confirm
confirm: ## ask the server at MONGODB_URI about every rule of testdata/agg, and mark those that it confirms
	@test -n "$$MONGODB_URI" || { echo 'confirm: set MONGODB_URI, such as mongodb://localhost:27017' >&2; exit 1; }
	$(GO) test ./pipeline -count=1 -run '^TestConfirm$$' -v -mark

.PHONY: confirm-ferretdb
confirm-ferretdb: ## the same with an in-process FerretDB; logs the README's table of rules
	cd internal/ferretdb && GOWORK=off $(GO) test . -count=1 -run '^TestScripts$$' -v -mark

.PHONY: mingo
mingo: ## the same with mingo, from npm, where JavaScript's values allow; marks what it confirms
	mkdir -p out/mingo && cd out/mingo && npm install --silent --no-save --prefix . mingo@7
	$(GO) test ./internal/confirm -count=1 -run '^TestMingo$$' -v -mingo "$(CURDIR)/out/mingo" -mark

.PHONY: ferretdb
ferretdb: ## the tests against an in-process FerretDB (a nested module)
	cd internal/ferretdb && GOWORK=off $(GO) test ./...

.PHONY: mongo
mongo: ## the tests against the server at MONGODB_URI
	@test -n "$$MONGODB_URI" || { echo 'mongo: set MONGODB_URI, such as mongodb://localhost:27017' >&2; exit 1; }
	$(GO) test -count=1 ./monary/... ./pipeline/...
	cd internal/ferretdb && GOWORK=off $(GO) test -count=1 ./...

.PHONY: ci
ci: ## everything that must hold before a change lands (20 minutes at most on two cores)
	.ci/run
