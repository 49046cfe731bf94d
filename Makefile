# SPDX-License-Identifier: GPL-2.0-only
# User entry points; "make help" explains them.  The module itself is described in Kbuild.

KDIR	?= /lib/modules/$(shell uname -r)/build
PREFIX	?= /usr/local
DESTDIR	?=
# the first of scripts/kernels.list if not given
K	?=
# of "make deb"; the first of scripts/kernels.list if not given
SUITE	?=
RUN	?=
# of "make soak"
SECONDS	?= 600
V	?= 0

export K V

all: modules tools

modules:
	@test -e "$(KDIR)/Makefile" || { \
	  echo "netpath: no kernel headers at KDIR=$(KDIR)"; \
	  echo "  install linux-headers-$$(uname -r), or say make KDIR=/path/to/headers"; \
	  exit 1; }
	$(MAKE) -C "$(KDIR)" M="$(CURDIR)" modules

tools:
	$(MAKE) -C tools

install: all
	$(MAKE) -C "$(KDIR)" M="$(CURDIR)" INSTALL_MOD_PATH="$(DESTDIR)" modules_install
	$(MAKE) -C tools install PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)"
	test -n "$(DESTDIR)" || depmod -a

uninstall:
	find "$(DESTDIR)/lib/modules" \( -path '*/updates/netpath.ko*' -o \
		-path '*/extra/netpath.ko*' \) -delete
	$(MAKE) -C tools uninstall PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)"
	test -n "$(DESTDIR)" || depmod -a

vm:
	@scripts/vm/shell "$$RUN"

demo:
	@scripts/demo

check:
	@$(if $(filter ci,$(K)),scripts/check-all --ci,scripts/check)

check-all:
	@scripts/check-all $(K)

doctor:
	@$(MAKE) -s tools && tools/netpath doctor

deb:
	@scripts/deb $(SUITE)

check-debug:
	@scripts/check-all --debug $(K)

check-deb:
	@scripts/check deb

soak:
	@scripts/soak "$(SECONDS)"

bench:
	@scripts/bench

lint:
	@scripts/lint

gen:
	scripts/gen

clean:
	-test ! -e "$(KDIR)/Makefile" || $(MAKE) -C "$(KDIR)" M="$(CURDIR)" clean
	$(MAKE) -C tools clean
	$(MAKE) -C selftests clean
	$(MAKE) -C selftests/host clean
	rm -rf dist

help:
	@echo 'Build and install'
	@echo '  make               module for the running kernel (or KDIR=...) and the tool'
	@echo '  make modules       module only'
	@echo '  make tools         tool only'
	@echo '  make install       module, tool, man page, completion (PREFIX=/usr/local DESTDIR=)'
	@echo '  make uninstall     remove what install put there'
	@echo '  make doctor        can netpath work on the running kernel?'
	@echo '  make clean         what was built, dist/ too'
	@echo '  make deb           Debian packages, in dist/ (SUITE=bookworm)'
	@echo
	@echo 'See it work, in a virtual machine (nothing touches this kernel)'
	@echo '  make demo          journeys of real packets, two drops, latencies'
	@echo '  make vm            shell with module and tool loaded'
	@echo "  make vm RUN='cmd'  run one command there; fails when it fails"
	@echo '  K=KERNEL           which kernel; scripts/kernels.list has them'
	@echo
	@echo 'Develop'
	@echo '  make check         all tests, on one kernel; K=ci: on several, on some only some tests'
	@echo '  make check-all     all tests on all kernels, with 1, 2 and 4 processors'
	@echo '  make check-debug   all tests on kernels that look for errors; builds them once'
	@echo '  make soak          everything at once for SECONDS=600'
	@echo '  make check-deb     the Debian packages, installed and booted'
	@echo '  make bench         cost in guest instructions'
	@echo '  make lint          every static check'
	@echo '  make gen           regenerate what follows from the netlink spec'

export RUN

.PHONY: all modules tools install uninstall vm demo doctor check check-all check-debug soak deb check-deb bench lint gen clean help
