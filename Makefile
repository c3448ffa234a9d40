# NetTools: build, test, lab, bench. `make help` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := all

ARCH ?= x64
ifeq ($(filter $(ARCH),x64 arm64),)
$(error ARCH=$(ARCH) is not known: x64 or arm64)
endif
RID := linux-$(ARCH)
BIN := artifacts/$(RID)
TOOLS := $(shell cat scripts/lib/tools)
BINARIES := $(TOOLS:%=$(BIN)/%)
LICENCES := $(BIN)/licences/components.tsv
COMMON := $(shell find shared -name '*.cs') $(wildcard tools/*.props tools/*.xml tools/*.c) Directory.Packages.props

export DOTNET_CLI_TELEMETRY_OPTOUT := 1
export DOTNET_NOLOGO := 1

.PHONY: all $(TOOLS) setup test lab lab1 lab2 lab3 pictures shell bench bench-million fuzz faults examiner-soak lint install dist
.PHONY: release clean help

all: $(BINARIES) $(LICENCES) ## build all five tools into artifacts/linux-x64 (ARCH=arm64 for arm64)

$(TOOLS): %: $(BIN)/% ## build one tool

.SECONDEXPANSION:
$(BINARIES): $(BIN)/%: $$(shell find tools/$$* -name '*.cs' -o -name '*.csproj' -o -name '*.xml' -o -name '*.targets') $(COMMON)
	dotnet publish tools/$* -r $(RID) -o artifacts/publish/$(RID)/$* --verbosity quiet -p:NetToolsCommit=$$(scripts/lib/commit.sh)
	install -D -m 755 artifacts/publish/$(RID)/$*/$* $@
	install -D -m 644 artifacts/publish/$(RID)/$*/$*.dbg $(BIN)/symbols/$*.dbg

# After the binaries, whose build fetches the packages.
$(LICENCES): scripts/lib/components.sh Directory.Packages.props | $(BINARIES)
	scripts/lib/components.sh $(ARCH) $(BIN)/licences

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

pictures: setup ## make the README's pictures in .github/pictures from real runs
	$(MAKE) -j2 all
	[[ -s lab-report/index.html ]] || scripts/lab.sh all
	scripts/pictures.sh

shell: ## open a shell with the tools on PATH (scripts/lab-net.sh: the same in a network of its own)
	@for tool in $(TOOLS); do [[ -x $(BIN)/$$tool ]] || { $(MAKE) all; break; }; done
	@PATH="$$PWD/$(BIN):$$PATH" exec "$${SHELL:-/bin/bash}"

bench: setup ## measure the tools beside their peers
	$(MAKE) -j2 all
	scripts/bench.sh

bench-million: $(BIN)/epollecho ## open and verify a million connections, as root (CONNECTIONS=2000000 for more)
	CONNECTIONS=$(CONNECTIONS) scripts/bench/million.sh

fuzz: ## print ten million damaged frames (scripts/fuzz.sh FRAMES SEED for more, or the same again)
	scripts/fuzz.sh

faults: setup ## make every system call of every mode fail, one at a time (hours; scripts/faults.sh alone: a part, a minute)
	$(MAKE) -j2 all
	scripts/faults.sh --all

examiner-soak: setup ## examine every wrong and right program of tests/Labs/Mutants twenty times (about two hours)
	$(MAKE) -j2 all
	EXAMINER_SOAK=20 scripts/test.sh --filter FullyQualifiedName~ExaminerTests

lint: setup ## dotnet format and shellcheck
	scripts/lint.sh

CONNECTIONS ?= 1000000

PREFIX ?= /usr/local

install: ## copy binaries, manuals, completions and lab scripts to $(DESTDIR)$(PREFIX); run make first
	@scripts/install.sh $(BIN) $(DESTDIR)$(PREFIX)

dist: ## pack both architectures into artifacts/dist
	scripts/setup.sh --arm64
	$(MAKE) -j2 all
	$(MAKE) -j2 all ARCH=arm64
	scripts/dist.sh x64
	scripts/dist.sh arm64

release: dist ## put archives, packages, sums, bill of materials and changes into artifacts/release
	scripts/release.sh

clean: ## remove what was built and measured
	rm -rf artifacts lab-report

help: ## list the targets
	@grep -hE '^[a-zA-Z0-9 $$()-]+:.*## ' $(MAKEFILE_LIST) | sed -e 's/:[^#]*## /\t/' -e 's/$$(TOOLS)/$(TOOLS)/' | \
	  while IFS=$$'\t' read -r name text; do printf '  %-46s %s\n' "$$name" "$$text"; done
