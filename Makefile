# NetTools: build, test, lab, bench. `make help` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := all

ARCH ?= x64
RID := linux-$(ARCH)
BIN := artifacts/$(RID)
TOOLS := epollecho rawping pktsniff optbench muxbench
BINARIES := $(TOOLS:%=$(BIN)/%)
COMMON := $(shell find shared -name '*.cs') $(wildcard tools/*.props tools/*.xml tools/*.c) Directory.Packages.props

export DOTNET_CLI_TELEMETRY_OPTOUT := 1
export DOTNET_NOLOGO := 1

.PHONY: all $(TOOLS) setup test lab lab1 lab2 lab3 bench fuzz lint install dist clean help

all: $(BINARIES) ## build all five tools into artifacts/linux-x64 (ARCH=arm64 for arm64)

$(TOOLS): %: $(BIN)/% ## build one tool

.SECONDEXPANSION:
$(BINARIES): $(BIN)/%: $$(shell find tools/$$* -name '*.cs' -o -name '*.csproj' -o -name '*.xml' -o -name '*.targets') $(COMMON)
	dotnet publish tools/$* -r $(RID) -o artifacts/publish/$(RID)/$* --verbosity quiet
	install -D -m 755 artifacts/publish/$(RID)/$*/$* $@
	install -D -m 644 artifacts/publish/$(RID)/$*/$*.dbg $(BIN)/symbols/$*.dbg

setup: ## install what is missing (Debian packages; as root)
	scripts/setup.sh

test: setup ## build, then run the unit tests and the lab tests
	$(MAKE) -j2 all
	scripts/test.sh

lab: setup ## run the three labs; the report is lab-report/index.html
	$(MAKE) -j2 all
	scripts/lab.sh all

lab1 lab2 lab3: lab%: setup ## run one lab
	$(MAKE) -j2 all
	scripts/lab.sh $*

bench: setup ## measure the tools beside their peers
	$(MAKE) -j2 all
	scripts/bench.sh

fuzz: ## print ten million damaged frames (scripts/fuzz.sh FRAMES SEED for more, or the same again)
	scripts/fuzz.sh

lint: setup ## dotnet format and shellcheck
	scripts/lint.sh

PREFIX ?= /usr/local

install: ## copy binaries, manuals, completions and lab scripts to $(DESTDIR)$(PREFIX)
	scripts/install.sh $(BIN) $(DESTDIR)$(PREFIX)

dist: ## pack both architectures into artifacts/dist
	scripts/setup.sh --arm64
	$(MAKE) -j2 all
	$(MAKE) -j2 all ARCH=arm64
	scripts/dist.sh x64
	scripts/dist.sh arm64

clean: ## remove what was built and measured
	rm -rf artifacts lab-report

help: ## list the targets
	@grep -hE '^[a-z0-9 $$()]+:.*## ' $(MAKEFILE_LIST) | sed -e 's/:[^#]*## /\t/' -e 's/$$(TOOLS)/$(TOOLS)/' | while IFS=$$'\t' read -r name text; do printf '  %-50s %s\n' "$$name" "$$text"; done
