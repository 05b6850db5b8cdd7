# Stagger's front door: two commands, `make demo` and `make test`, do everything on a fresh machine. `make help` lists
# the rest. A rule that takes more than three lines lives in .ci/ as a script; cargo alone decides what is rebuilt.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# ccache by PATH only. CC or CXX in the environment would count as a changed input, and RocksDB be built once more.
ifneq ($(wildcard /usr/lib/ccache),)
export PATH := /usr/lib/ccache:$(PATH)
endif
ifneq ($(wildcard $(HOME)/.cargo/bin),)
export PATH := $(PATH):$(HOME)/.cargo/bin
endif

STAGGER := target/debug/stagger
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/stagger

# Every bench there is, by the name of its file: storage/benches/p3.rs gives `make bench-p3`.
BENCH_FILES := $(wildcard */benches/*.rs */benches/*/main.rs)
bench_crate = $(firstword $(subst /, ,$1))
bench_name = $(basename $(notdir $(patsubst %/main.rs,%.rs,$1)))
BENCHES := $(sort $(foreach file,$(BENCH_FILES),bench-$(call bench_name,$(file))))

.PHONY: help setup build dashboard dashboard-test e2e screenshots dev demo test doctest lint fmt fmt-check clippy licences paths shell sdl sdl-check \
	bench $(BENCHES) bench-dashboard peers clean clean-cache

help: ## This list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile
	@$(if $(BENCHES),echo "  one bench alone:  make $(BENCHES)")
	@echo
	@echo "  What cargo builds on the way is kept outside the checkout and shared by all clones, because RocksDB's C++"
	@echo "  takes half an hour: see .cargo/config.toml; CARGO_BUILD_BUILD_DIR=/some/folder keeps it elsewhere."

setup: ## Install what building and testing need, or print the one command that does
	@sh .ci/setup rust build test web browser

build: dashboard ## Build the stagger binary, with the dashboard inside (the profile that the tests use too)
	@sh .ci/setup rust build
	@sh .ci/checkout
	cargo build --locked -p server --bin stagger

dashboard: ## Build the dashboard, which the next build of the binary takes in
	@sh .ci/setup web
	@sh .ci/dashboard

dashboard-test: ## Type-check, lint and test the dashboard
	@sh .ci/setup web
	@sh .ci/dashboard test

e2e: build ## Tell the dashboard's stories in a real browser, against the binary and a simulated fleet
	@sh .ci/setup test browser
	@sh .ci/dashboard e2e $(ARGS)

screenshots: build ## Photograph every screen into web-dashboard/screenshots; ARGS="--look wide-light-en held"
	@sh .ci/setup browser fonts
	@sh .ci/dashboard screenshots $(ARGS)

dev: build ## Work on the dashboard: a demo and Vite with hot reload, signed in; ARGS="--hosts 300"
	@exec sh .ci/dashboard dev $(ARGS)

demo: build ## Patch a simulated fleet over real SSH; ARGS="--hosts 1000 --exit-when-done"
	$(STAGGER) demo $(ARGS)

test: $(if $(ARGS),,dashboard-test) ## Run all tests; ARGS="-p jobs" or ARGS="NAME" for some of the Rust ones
	@sh .ci/setup rust build test
	@sh .ci/checkout
	@bash .ci/test $(ARGS)
	$(if $(ARGS),,@$(MAKE) --no-print-directory e2e)

lint: fmt-check shell paths licences clippy sdl-check ## Format, shell, paths, licences, clippy, SDL: all that CI checks

fmt: ## Format the Rust code
	cargo fmt --all

fmt-check:
	cargo fmt --all --check

clippy:
	@sh .ci/setup rust build
	@sh .ci/checkout
	cargo clippy --locked --workspace --all-targets -- -D warnings

licences:
	@sh .ci/licences

paths:
	@sh .ci/paths

shell:
	@sh .ci/shell

sdl: build ## Write schema/schema.graphql from the code
	$(STAGGER) schema >schema/schema.graphql.new
	mv schema/schema.graphql.new schema/schema.graphql

sdl-check: build
	@sh .ci/sdl $(STAGGER)

bench: ## Run every benchmark (release profile: RocksDB is built once more for it)
	@sh .ci/setup rust build test
	@sh .ci/checkout
	@sh .ci/bench $(BENCH_FILES)

define one_bench
bench-$(call bench_name,$1):
	@sh .ci/setup rust build test
	@sh .ci/checkout
	cargo bench --locked -p $(call bench_crate,$1) --bench $(call bench_name,$1) -- $$(ARGS)
endef
$(foreach file,$(BENCH_FILES),$(eval $(call one_bench,$(file))))

bench-dashboard: build ## Measure the dashboard in a real browser, with 10,000 and 50,000 simulated hosts; ARGS=10000 for one
	@sh .ci/setup browser
	@sh .ci/dashboard bench $(ARGS)

peers: ## Install what P1 compares with (Ansible, parallel-ssh) into a virtualenv of its own
	@sh .ci/setup peers
	@sh .ci/peers $(CACHE)/peers

clean: ## Delete ./target; the shared build folder, with RocksDB in it, stays
	rm -rf target

clean-cache: ## Ask, then delete the shared build folder too (half an hour to build again)
	@sh .ci/clean-cache
