# Wangge 网格. A newcomer needs one line of this: make run
BUILD  = build
DATA   = data
LISTEN = 127.0.0.1:8311
WEB    = $(shell find web -name node_modules -prune -o -name dist -prune -o -type f -print)

export PATH := $(CURDIR)/build-node/node_modules/.bin:$(PATH)

all: $(BUILD)/build.ninja web/dist/.built   ## the program: build/wangge
	ninja -C $(BUILD)

run: all                                    ## build, make a sample district once, serve it
	tools/run.sh $(BUILD)/wangge $(DATA) $(LISTEN)

test: web/node_modules/.package-lock.json   ## everything a change must pass, in ten minutes
	tools/deps.sh build package test
	tools/run_tests.py

check-deep: web/node_modules/.package-lock.json ## sanitizers, valgrind, fuzzers, hundreds of kills: an hour
	tools/deps.sh build package test
	tools/run_tests.py --deep

package: web/dist/.built                    ## a Debian package: build-package/wangge_*.deb
	tools/deps.sh build package
	rm -rf debian/.debhelper debian/debhelper-build-stamp debian/wangge
	DEB_RULES_REQUIRES_ROOT=no debian/rules binary

bench: all                                  ## figures into bench/
	tools/deps.sh build test
	bench/run $(BUILD)/wangge

guide: all                                  ## takes the pictures of docs/guide anew
	node test/browser/guide.mjs

lint: web/node_modules/.package-lock.json   ## the rules a compiler does not check
	tools/lint.sh

fmt:                                        ## lay out the sources, renew what is generated from them
	tools/errors.py
	clang-format -i $$(git ls-files 'src/*.[ch]' 'test/*.[ch]')
	npm --prefix web run --silent fmt

clean:                                      ## forget what was built; keeps ./$(DATA)
	rm -rf $(BUILD) $(BUILD)-* web/dist web/node_modules

help:
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 20

# What is missing comes from Debian once; web/dist is made when its sources changed.
$(BUILD)/build.ninja: | web/dist/.built
	meson setup $(BUILD)

web/dist/.built: web/node_modules/.package-lock.json $(WEB)
	npm --prefix web run build
	@touch $@

web/node_modules/.package-lock.json: web/package-lock.json
	tools/deps.sh build
	npm --prefix web ci
	@touch $@

.PHONY: all run package test check-deep bench guide lint fmt clean help
