# The tasks of a maintainer. .ci/run runs `make check`, and `make report-browser` where Chromium is; `make help` lists the tasks.

GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
STATICCHECK   := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOFUMPT       := mvdan.cc/gofumpt@v0.12.0
VERSITYGW     := github.com/versity/versitygw/cmd/versitygw@v1.8.0
MC            := github.com/minio/mc@v0.0.0-20250313080218-cf909e1063a9
AWS_SDK_JS    := @aws-sdk/client-s3@3.1173.0 @aws-sdk/lib-storage@3.1173.0
DEADCODE      := golang.org/x/tools/cmd/deadcode@v0.52.0

# Tools are built once into .tools, in a folder for each set of versions.
TOOLS := $(CURDIR)/.tools/$(shell printf '%s' '$(GOLANGCI_LINT) $(STATICCHECK) $(GOFUMPT) $(DEADCODE) $(VERSITYGW) $(shell go env GOVERSION)' | cksum | cut -d' ' -f1)

FUZZTIME ?= 30s

# How many tests of versitygw the fake has to pass, tests that differ in an error's wording included.
VERSITYGW_WANT ?= 453

# The number of scripts that `make prove` plays.
SCRIPTS ?= 100000

# The number of comments that `make prose-sample` draws, or of mutants of each package that `make
# power` draws, and the seed of the draw.
prose-sample: SAMPLE ?= 100
power:        SAMPLE ?= 300
SEED ?= 1

# How long `make power` judges mutants, and how many at the same time.
MINUTES ?= 240
WORKERS ?= 2

# The npm package that drives the browser of har-browser and report-browser, and the folder for its pictures.
PLAYWRIGHT := playwright-core@1.64.1
PICTURES   ?= $(CURDIR)/.tools/pictures
CHROMIUM   ?= chromium

.PHONY: profile-proof profiles matrix replays foreign-clients foreign-clients-test power sweep sweep-results hunt hunt-planted hunt-clients conformance conformance-versitygw versitygw-suite real-clients all help check prose prose-sample fmt format vet lint deadcode test race builds drill bench bench-quick bench-smoke proxy-bench soak har-browser report-browser junit-schemas determinism prove fuzz update docs clean

all: check

help: ## list the tasks
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

check: fmt prose vet lint deadcode race builds drill bench-smoke ## everything that must hold before a change lands

$(TOOLS)/%:
	@mkdir -p $(TOOLS)
	GOBIN=$(TOOLS) go install $(MODULE)

$(TOOLS)/golangci-lint: MODULE = $(GOLANGCI_LINT)
$(TOOLS)/staticcheck: MODULE = $(STATICCHECK)
$(TOOLS)/gofumpt: MODULE = $(GOFUMPT)
$(TOOLS)/deadcode: MODULE = $(DEADCODE)
$(TOOLS)/versitygw: MODULE = $(VERSITYGW)

fmt: $(TOOLS)/gofumpt ## check that every file is formatted
	@out=$$($(TOOLS)/gofumpt -l .; gofmt -l .); test -z "$$out" || { echo "not formatted (make format):"; echo "$$out"; exit 1; }

format: $(TOOLS)/gofumpt ## format every file, and fill its comments
	go run ./internal/prose -wrap .
	$(TOOLS)/gofumpt -w .

prose: ## report long lines, unfilled comments and forbidden phrases
	go run ./internal/prose -check .

prose-sample: ## print SAMPLE comments, drawn by SEED, to judge them without the code
	@go run ./internal/prose -sample $(SAMPLE) -seed $(SEED) .

vet: ## go vet and go fix
	go vet ./...
	cd bench && go vet ./...
	cd bench/realclients && go vet ./...
	@out=$$(go fix -diff ./... 2>&1); test -z "$$out" || { echo "go fix would change:"; echo "$$out"; exit 1; }

lint: $(TOOLS)/golangci-lint $(TOOLS)/staticcheck ## staticcheck and golangci-lint
	$(TOOLS)/staticcheck ./...
	$(TOOLS)/golangci-lint run -c .ci/golangci.yml ./...

deadcode: $(TOOLS)/deadcode ## report code that no program and no test reaches
	@out=$$($(TOOLS)/deadcode -test ./...); test -z "$$out" || { echo "$$out"; exit 1; }

test: ## the README's test command
	go test ./...

race: export GOFLAGS := $(GOFLAGS) -timeout=20m
race: ## all tests with the race detector
	go test -race ./...

builds: ## the container, the action and the first hour, as their recipes build them
	S3CHAOS_BUILDS=1 go test -count 1 -run 'Container|Action|FirstHour' ./cmd/chaos

drill: ## the README's main command
	go run ./cmd/chaos run

bench: ## compare retry with other libraries: ten runs and a table
	$(MAKE) -C bench bench

bench-quick: ## the same in less than a minute
	$(MAKE) -C bench bench-quick

proxy-bench: ## compare faultproxy with toxiproxy, a TCP relay and a reverse proxy
	$(MAKE) -C bench/proxy proxy-bench

soak: ## 2,000 connections for 30 s with faults of all kinds: nothing may be left behind
	$(MAKE) -C bench/proxy soak

# $(call browser,TEST,PACKAGE) runs a test that drives Chromium, and keeps its pictures.
define browser
@for program in $(CHROMIUM) node npm; do command -v $$program >/dev/null || { echo "$@: $$program is not installed"; exit 1; }; done
@mkdir -p '$(PICTURES)'
@modules=$$(mktemp -d) && trap 'rm -rf "$$modules"' EXIT && \
npm install --prefix "$$modules" --no-save --no-package-lock --no-audit --no-fund --loglevel error $(PLAYWRIGHT) && \
CHROMIUM='$(CHROMIUM)' S3CHAOS_BROWSER="$$modules" go test -run $(1) -count 1 -v -artifacts -outputdir '$(PICTURES)' $(2)
endef

har-browser: ## show a journal in Chromium's network panel; needs chromium (or CHROMIUM=...), nodejs and npm
	$(call browser,TestHARInBrowser,./faultproxy/journal)

report-browser: ## use the html report in Chromium; needs chromium (or CHROMIUM=...), nodejs and npm; keeps its pictures
	$(call browser,TestHTMLInBrowser,./scenarios/report)

junit-schemas: ## validate junit reports against the schemas of Jenkins and of Ant; needs xmllint
	S3CHAOS_XMLLINT=1 go test -count 1 -run JUnit -v ./scenarios/report

determinism: ## 200 random concurrent scenarios, 90 times each at GOMAXPROCS 1, 2 and 8, and 60 of them 10 times under -race: one journal each
	S3CHAOS_SCENARIOS=200 S3CHAOS_REPETITIONS=90 go test ./scenarios -run HaveOneJournal -count 1 -timeout 60m
	S3CHAOS_SCENARIOS=60 S3CHAOS_REPETITIONS=10 go test -race ./scenarios -run HaveOneJournal -count 1 -timeout 60m

conformance: ## hold the S3 at ENDPOINT against our conformance test, with the AWS keys of the environment
	S3CHAOS_ENDPOINT='$(ENDPOINT)' go test -count 1 ./faultproxy/fakes3/conformance

conformance-versitygw: $(TOOLS)/versitygw ## the same on versitygw, which it starts on loopback
	faultproxy/fakes3/conformance/versitygw.sh $(TOOLS)/versitygw

versitygw-suite: $(TOOLS)/versitygw ## versitygw's own S3 tests against chaos serve --auth: the table of fakes3's README
	go build -o $(TOOLS)/chaos ./cmd/chaos
	go run ./faultproxy/fakes3/internal/versitysuite -program $(TOOLS)/versitygw -chaos $(TOOLS)/chaos -want $(VERSITYGW_WANT)

real-clients: ## a day's work of real clients against chaos serve, over http and TLS; skips what is not installed
	@mkdir -p $(TOOLS)
	go build -o $(TOOLS)/chaos ./cmd/chaos
	bench/realclients/run.sh $(TOOLS)/chaos $(TOOLS)/node

foreign-clients: ## install the clients of adapters that no package of a system has, and print what to export
	cd bench/realclients && go build -o $(TOOLS)/s3chaos-minio-go ./s3chaos-minio-go
	GOBIN=$(TOOLS) go install -ldflags "-X github.com/minio/mc/cmd.ReleaseTag=$(lastword $(subst @, ,$(MC)))" $(MC)
	npm install --prefix $(TOOLS)/node --no-save --no-package-lock --no-audit --no-fund --loglevel error $(AWS_SDK_JS)
	@echo 'export PATH="$$PATH:$(TOOLS)" NODE_PATH=$(TOOLS)/node/node_modules'

foreign-clients-test: ## play every step of every adapter whose client is installed, without faults: minutes
	S3CHAOS_FOREIGN=1 go test -count 1 -run TestInstalledClients -v ./scenarios

bench-smoke: ## each benchmark once: does it still run?
	go test -run '^$$' -bench . -benchtime 1x ./...
	cd bench && go test -run '^$$' -bench . -benchtime 1x ./...

prove: ## play SCRIPTS random fault scripts against s3client, a slow reader on TCP, and 10,000 histories against the oracle
	S3CLIENT_SCRIPTS=$(SCRIPTS) go test -count=1 -timeout=4h -run TestProve ./s3client
	S3CHAOS_HISTORIES=10000 go test -count=1 -timeout=1h -run 'Porcupine|Linearizable' ./scenarios

# Clients that are measured in virtual time, and programs, those that are installed unless the caller names them.
PROFILED          ?= builtin sdk sdk:adaptive sdk:off
PROFILED_GO       ?= minio-go aws-sdk-go
PROFILED_PROGRAMS ?= $$($(TOOLS)/chaos-profile clients | awk '$$2 ~ /^v?[0-9]/ && $$1 != "curl" && $$1 != "minio-go" {print $$1}')
profiles: ## measure the clients that are installed again, 4 minutes for each program: docs/results/profiles.md
	go build -o $(TOOLS)/chaos-profile ./cmd/chaos
	cd bench/realclients && go build -o $(TOOLS)/goprofile ./goprofile
	@profile() { printf '## %s\n\n```text\n' "$$1"; shift; "$$@" || exit; printf '```\n\n'; }; \
	{ sed '/^## /,$$d' docs/results/profiles.md; \
		for c in $(PROFILED); do profile "$$c" $(TOOLS)/chaos-profile profile --client "$$c"; done; \
		for c in $(PROFILED_GO); do profile "$$c" $(TOOLS)/goprofile "$$c"; done; \
		for c in $(PROFILED_PROGRAMS); do profile "$$c" $(TOOLS)/chaos-profile profile --client "$$c"; done; } >$(TOOLS)/profiles.md
	mv $(TOOLS)/profiles.md docs/results/profiles.md

profile-proof: ## read 100 random policies back from drills: POLICIES of them, from the seed FROM on
	go test ./scenarios/profile -run RandomPolicies -policies $(or $(POLICIES),100) -from $(or $(FROM),1000)

power: ## broken clients and SAMPLE mutants of each package against the catalog, in at most MINUTES, or the rest of an earlier run: docs/results/power.md
	go run ./internal/power -sample $(SAMPLE) -seed $(SEED) -minutes $(MINUTES) -workers $(WORKERS) -record internal/power/failed_by.tsv -out docs/results/power.md

sweep: ## every fault at every exchange of all workloads: the built-in client survives, and the planted defects are found
	S3CHAOS_SWEEP=all go test -count 1 -timeout 4h -v ./scenarios/hunt/sweep

sweep-results: ## sweep the SDK again: docs/results/sweep-sdk.txt, whose findings need reasons in docs/results/sweep.md
	go build -o $(TOOLS)/chaos-sweep ./cmd/chaos
	$(TOOLS)/chaos-sweep sweep --client sdk >$(TOOLS)/sweep-sdk.txt; test $$? = 1
	mv $(TOOLS)/sweep-sdk.txt docs/results/sweep-sdk.txt

hunt: ## HUNT_RUNS random scripts with the built-in client, or the part HUNT_SHARD of them: no finding
	go run ./cmd/chaos hunt --runs $(or $(HUNT_RUNS),1000000) --seed $(SEED) $(if $(HUNT_SHARD),--shard $(HUNT_SHARD))

hunt-planted: ## the defects of the catalog's table, each planted alone, found by random scripts: medians of 5 seeds
	S3CHAOS_HUNT=$(or $(DEFECTS),all) S3CHAOS_HUNT_SEEDS=5 go test -count 1 -timeout 4h -v -run Planted ./scenarios/hunt/search

hunt-clients: ## HUNT_RUNS random scripts with each Go client as it ships: minio-go, aws-sdk-go and its s3manager
	cd bench/realclients && go build -o $(TOOLS)/gohunt ./gohunt
	for c in minio-go aws-sdk-go s3manager; do \
		$(TOOLS)/gohunt -seed $(SEED) -runs $(or $(HUNT_RUNS),3000) -out $(TOOLS)/found/$$c $$c; done

fuzz: ## run every fuzz target for FUZZTIME
	@for p in $$(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u); do \
	  for f in $$(grep -h --include='*_test.go' -o '^func Fuzz[A-Za-z0-9_]*' $$p/*_test.go | cut -d' ' -f2); do \
	    echo "== $$p $$f"; go test $$p -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) || exit 1; \
	  done; \
	done

update: ## rewrite the goldens, the README's sessions and the table of rooms
	go test $$(grep -rl --include='*_test.go' 'flag.Bool("update"' cmd docs scenarios | xargs -n1 dirname | sort -u | sed 's|^|./|') -update

# The clients of the matrix, and the time that their programs may take together.
MATRIX_CLIENTS ?= builtin sdk $(filter aws rclone s3cmd mc boto3 aws-sdk-js minio-go,$(patsubst scenarios/adapter/clients/%.yaml,%,$(wildcard scenarios/adapter/clients/*.yaml)))
MATRIX_BUDGET  ?= 18m
MATRIX_DRILLS  ?=

matrix: ## play the suite with all clients and rewrite docs/results, with matrix.html for a browser; drills that fail are its subject
	@mkdir -p docs/results
	go build -o $(TOOLS)/chaos-matrix ./cmd/chaos
	$(TOOLS)/chaos-matrix run $(MATRIX_DRILLS) $(MATRIX_CLIENTS:%=--client %) --budget $(MATRIX_BUDGET) --slow \
		--known docs/results/known.yaml \
		--output comparison=docs/results/README.md --output json=docs/results/results.ndjson \
		--output html=docs/results/matrix.html >/dev/null; test $$? -le 1 -o $$? = 3
	$(MAKE) replays

replays: ## write each drill that docs/results links as a file that plays alone
	@rm -rf docs/results/replay
	@test -x $(TOOLS)/chaos-matrix || go build -o $(TOOLS)/chaos-matrix ./cmd/chaos
	@sed -n 's|^\[.*\](replay/\(.*\)\.yaml)$$|\1|p' docs/results/README.md | sort -u | while read -r id; do \
		mkdir -p "docs/results/replay/$$(dirname "$$id")" && \
		$(TOOLS)/chaos-matrix show "$$id" > "docs/results/replay/$$id.yaml" || exit 1; done

docs: ## rewrite the guide's tables, code and plots
	go test ./retry/internal/guide -update

clean: ## remove the built tools
	rm -rf .tools
