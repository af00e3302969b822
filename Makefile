# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Everything these targets install or write lies in .cache, one folder per Python version.

PYTHON ?= python3
PYTHON_VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
CACHE := .cache/$(PYTHON_VERSION)
NOX = $(FETCHING) $(CACHE)/nox/bin/nox
DEMO_PYTHON = $(CACHE)/demo/bin/python
# The simulator's CA is the only one that its reader trusts; what is fetched has another.
FETCHING = $(if $(findstring certcentral_simulator,$(REQUESTS_CA_BUNDLE)),env -u REQUESTS_CA_BUNDLE)
SIMULATOR = PYTHONPATH=tests $(DEMO_PYTHON) -m simulator --state-file $(CACHE)/simulator.json

.DEFAULT_GOAL := help
.PHONY: programs help quick linters test matrix soak mutation demo live benchmark simulator simulator-reset simulator-stop docs picture release rehearsal lock clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-15s %s\n", $$1, $$2}' Makefile
	@echo
	@echo "PYTHON=python3.12 chooses the interpreter (3.10 or later)."

quick: $(CACHE)/nox/ready  ## run the unit tests, in one to two minutes on two idle cores
	@$(NOX) -s quick

linters: $(CACHE)/nox/ready  ## run the linters, in about a minute, as the hook of pre-commit does
	@$(NOX) -s ruff mypy community spelling changelog

test: programs $(CACHE)/nox/ready  ## run every test and every linter, as CI does
	@$(NOX) --parallel "$$(($$(nproc) + 1))"  # One more than processors: some tests wait for a timeout or a rate limit.

# Before anything else, because it would be noticed after minutes otherwise.
programs:
	@absent=; \
	while read -r program package; do \
	    case "$$program" in "" | "#"*) continue ;; esac; \
	    command -v "$$program" > /dev/null || absent="$$absent $$program (Debian package $$package)"; \
	done < requirements/programs.txt; \
	if [ -n "$$absent" ]; then echo "Install what is absent first:$$absent" >&2; exit 1; fi

matrix: programs $(CACHE)/nox/ready  ## run the tests on every ansible-core and Python, in about an hour (CORES="2.16 2.22" for some; MINUTES=60)
	@CORES="$(CORES)" END=$(if $(MINUTES),"$$(($$(date +%s) + 60 * $(MINUTES)))") \
	    $(NOX) --noxfile tests/gate/matrix.py --session matrix --parallel "$$(nproc)"

soak: $(CACHE)/nox/ready  ## play 20000 random schedules of faults and as many of odd bytes, try 4000 inputs, and see whether every report is true
	@$(NOX) -s soak --parallel "$$(nproc)"

mutation: $(CACHE)/nox/ready  ## change the code in many small ways to see whether the tests notice
	@$(NOX) -s mutation

demo: $(CACHE)/demo/ready  ## show the collection in action, against the simulator
	@$(DEMO_PYTHON) tests/demo/demo.py

live: $(CACHE)/demo/ready  ## check which rows of the contract hold at the real service (DIGICERT_API_KEY); reads only; Error 1: one does not hold, Error 2: it could not continue
	@$(DEMO_PYTHON) tests/integration/targets/live/live.py

benchmark: $(CACHE)/demo/ready  ## measure how long a task takes, in about five minutes
# An installation has the .pyc files that --no-compile below leaves out; without them every task compiles requests.
	@$(DEMO_PYTHON) -m compileall -q $(CACHE)/demo/lib > /dev/null
	@$(DEMO_PYTHON) tests/benchmark/benchmark.py

simulator:  ## start a simulated CertCentral in the background (ARGS="--latency 0.5")
# A shell that takes what is printed must not go on with the settings of the real service.
	@{ $(MAKE) --silent $(CACHE)/demo/ready >&2 && $(SIMULATOR) --background $(ARGS); } || { echo "unset DIGICERT_API_KEY DIGICERT_API_URL; false"; exit 1; }

simulator-reset: $(CACHE)/demo/ready  ## reset that simulator to its initial account
	@$(SIMULATOR) --reset

simulator-stop: $(CACHE)/demo/ready  ## stop that simulator
	@$(SIMULATOR) --stop

docs: $(CACHE)/nox/ready  ## build the HTML pages of the documentation and print where they are
	@$(NOX) -s site

picture: $(CACHE)/picture/ready  ## make the picture of the demo that the README begins with
	@$(CACHE)/picture/bin/python tests/demo/picture.py

release: $(CACHE)/nox/ready  ## build, try, commit and tag a release, and push nothing (VERSION=1.2.3)
	@$(NOX) -s release -- "$(VERSION)"

rehearsal: $(CACHE)/nox/ready  ## do everything for a release except the commit and the tag (VERSION=1.2.3)
	@$(NOX) -s rehearsal -- "$(VERSION)"

lock: $(CACHE)/nox/ready  ## pin the newest versions of all tools in requirements/
	@$(NOX) -s lock

clean:  ## remove everything that these targets installed
	rm -rf .cache

# The lists name every package with its version, so pip has nothing to resolve: --no-deps halves the time.
$(CACHE)/%/ready: requirements/%.txt
	@case "$(PYTHON_VERSION)" in \
	    3.1[0-9]) ;; \
	    *) echo "Python 3.10 or later is needed, PYTHON=$(PYTHON) is '$(PYTHON_VERSION)'." >&2; exit 1 ;; \
	esac
	@$(PYTHON) -m venv --clear $(CACHE)/$*
	@$(FETCHING) $(CACHE)/$*/bin/python -m pip install --quiet --quiet --disable-pip-version-check --no-compile --no-deps -r $<
	@touch $@
