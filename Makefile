# make run    a local three-broker cluster with traffic, and the console on it
# make test   everything that needs nothing but Go
# Both build what they need. make help lists the rest.

PORT ?= 9092
VERSION ?=
GOLANGCI := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
LDFLAGS := $(if $(VERSION),-X main.released=$(VERSION))

.PHONY: build run test test-kafka race soak lint bench compare cover help

build: ## build bin/kdeck
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/kdeck ./cmd/kdeck

run: ## launch a local cluster with demo traffic and the console (PORT=0 takes free ports)
	@echo 'building bin/kdeck; the first time takes a minute'
	@$(MAKE) --no-print-directory build
	@bin/kdeck local --name demo --demo --ephemeral --port $(PORT)

test: ## run all tests
	go test ./...

test-kafka: ## run the integration tests and the journeys on Apache Kafka (needs Java 17 and Maven)
	go build -o bin/on-kafka ./kafka/kafkatest/run
	bin/on-kafka -timeout 60m

race: ## run all tests under the race detector
	go test -race ./...

SOAK ?= 10m
soak: ## break local clusters for long while clients use them (SOAK=10m for each of three kinds of faults)
	KDECK_SOAK=$(SOAK) go test -timeout 0 -count=1 -v -run '^TestSoak$$' ./embedbroker

lint: ## run the linters
	go vet ./...
	go run $(GOLANGCI) run

bench: ## measure against the floors and print a table of ratios
	./testdata/bench.sh

compare: ## measure kdeck local and Apache Kafka side by side (needs Java 17 and Maven)
	go build -o bin/on-kafka ./kafka/kafkatest/run
	@bin/on-kafka -bare -timeout 30m -- go test -timeout 30m ./cmd/kdeck/e2e -run '^$$' -bench '^BenchmarkCompare$$' -benchtime 1x

cover: ## print the coverage of each package
	go test -cover ./...

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
