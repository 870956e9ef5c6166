# Beckon. `make run` and `make check` are the two commands; both install what they need on Debian 12.
#
#   make            build the programs             make unit [T=json]   unit tests, or one of them
#   make run        the whole service, foreground  make e2e [T=http]    through nginx and websocketd
#   make check      everything CI asks for         make browser         two and three Chromium pages
#   make api        descriptions of the protocol   make docs            write those made from tables
#   make client     the browser's client, in Node
#   make chaos      everything fails; SEED= again  make chaos-planted   would it be noticed?
#   make soak       twenty minutes: what grows?   make bench          beside what people use today
#   make bench-growth                             what one more costs among many
#   make fuzz [T=token FUZZ_SECONDS=60]            libFuzzer on everything that comes from outside
#   make install    PREFIX=/usr/local, below DESTDIR=
#   make deb        Debian's package               make check-deb      its life in a fresh system
#   SAN=address,undefined or SAN=thread            a build with sanitizers, in a folder of its own
#   CC=clang, CFLAGS=…                             are yours

VERSION  := 0.1.0
SAN      ?=
comma    := ,
VARIANT  := $(if $(SAN),$(subst $(comma),-,$(SAN)),release)$(if $(filter clang%,$(CC)),-clang)
B        := build/$(VARIANT)

CFLAGS   ?= -O2 -g
WARN     := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes $(if $(CI),-Werror)
HARDEN   := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -ffunction-sections -fdata-sections
SANFLAGS := $(if $(SAN),-DBECKON_SANITIZED -fsanitize=$(SAN) -fno-sanitize-recover=all \
            -fno-omit-frame-pointer -O1 -U_FORTIFY_SOURCE)
FOLDERS  := include broker $(wildcard broker/*/) handler gateway-conf
COMPILE   = $(CC) -std=gnu11 $(addprefix -iquote ,$(FOLDERS)) $(WARN) $(HARDEN) \
            -D_GNU_SOURCE -DBECKON_VERSION='"$(VERSION)"' $(CPPFLAGS) $(CFLAGS) $(SANFLAGS)
LINK      = $(CC) $(CFLAGS) $(SANFLAGS) -Wl,--gc-sections $(LDFLAGS)
FLAGS    := $(COMPILE) $(LINK)

PROGRAMS := beckon-broker beckon-authorizer beckon-handler beckon-listen beckon-log beckonctl
MAINS    := broker/broker_main.c broker/authorizer/authorizer_main.c broker/ctl/ctl_main.c \
            handler/handler_main.c gateway-conf/listen_main.c gateway-conf/log_main.c
TOOLS    := handler/cage_filter.c
MODULES  := $(filter-out %_main.c $(TOOLS),$(wildcard broker/*.c broker/*/*.c handler/*.c gateway-conf/*.c))
TESTS    := $(patsubst tests/unit/test_%.c,%,$(wildcard tests/unit/test_*.c))
T        ?= $(TESTS)

# libnng, static and with the seams that broker/bus/nng_mend.c and nng_tasks.c mend: they say why.
space    := $() $()
SEAMS    := nni_aio_begin nni_aio_schedule nng_stream_recv nng_stream_send nni_pipe_send \
            nni_msgq_aio_put nni_task_dispatch nni_plat_ncpu sendmsg accept epoll_wait
NNG      := -Wl,-u,__wrap_nni_aio_begin,-u,__wrap_nni_task_dispatch \
            -Wl,$(subst $(space),$(comma),$(SEAMS:%=--wrap=%)) -l:libnng.a -lmbedtls -lmbedx509 -lmbedcrypto

# V=1 shows the commands.
Q        := $(if $(V),,@)
say       = $(if $(V),,@printf '  %-4s %s\n' $(1) $(2))

all: $(PROGRAMS:%=$B/%)

# What changes without a file being newer: the flags, and what an archive is made of, to which a
# module may come that is older than it. A stamp has the text, and is written when that is another.
quoted    = '$(subst ','\'',$1)'
stamp     = @mkdir -p $(@D); text=$(call quoted,$1); \
            [ "$$(cat $@ 2>/dev/null)" = "$$text" ] || printf '%s\n' "$$text" >$@
$B/flags: FORCE
	$(call stamp,$(FLAGS))
$B/libbeckon.members: FORCE
	$(call stamp,$(MODULES))

# Every module goes into one archive, and a program takes from it what it calls. What a program must
# not contain is kept out by the libraries it is not given: a handler that came to need a key or a
# token would not link.
$B/libbeckon.a: $(MODULES:%.c=$B/%.o) $B/libbeckon.members
	@rm -f $@
	$(call say,AR,$@)
	$Q$(AR) rcs $@ $(filter %.o,$^)

# The broker: NNG for the bus, the token module (libjwt, cJSON, OpenSSL), inih for the configuration.
$B/beckon-broker: $B/broker/broker_main.o $B/libbeckon.a
	$(call say,LINK,$@)
	$Q$(LINK) -o $@ $^ $(NNG) -ljwt -lcjson -lcrypto -linih -lsqlite3 -lpthread

# The authorizer: FastCGI, the token module, libcurl for the identity provider's keys. It speaks to
# the broker without libnng.
$B/beckon-authorizer: $B/broker/authorizer/authorizer_main.o $B/libbeckon.a
	$(call say,LINK,$@)
	$Q$(LINK) -o $@ $^ -lfcgi -ljwt -lcjson -lcrypto -linih -lcurl

# The handler: no keys, no crypto, no NNG. Static, because there is one for each connection: a
# dynamic loader's relocations would cost every one of them memory and every join time. And with
# musl: glibc begins by asking the processor some seventy times what it is (CPUID), which a virtual
# one answers slowly, and writes to more pages. Here: 132 µs from exec to exit instead of 388, and
# 25 kB a connection instead of 59. Where musl does not do, for sanitizers, it is glibc again.
DOOR_CC  ?= $(if $(SAN)$(filter clang%,$(CC)),$(CC),musl-gcc)
DOOR     := $(filter-out $(TOOLS) %_main.c,$(wildcard handler/*.c broker/common/*.c)) \
            broker/authorizer/origin.c broker/authorizer/refusal.c
INIH     := $(shell $(CC) -print-file-name=libinih.a)
DOOR_LINK = $(LINK) $(if $(SAN),,-static) -o $@ $^ $(INIH)
KERNEL   := -idirafter /usr/include -idirafter /usr/include/$(shell $(CC) -print-multiarch)

$B/door/%.o: private CC := $(DOOR_CC)
$B/door/%.o: private CPPFLAGS += $(KERNEL)
$B/door/%.o: %.c $B/flags $B/door/compiler
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$Q$(COMPILE) -MMD -MP -c -o $@ $<

$B/door/compiler: FORCE
	$(call stamp,$(DOOR_CC) $(KERNEL))
$B/libdoor.members: FORCE
	$(call stamp,$(DOOR))
$B/libdoor.a: $(DOOR:%.c=$B/door/%.o) $B/libdoor.members
	@rm -f $@
	$(call say,AR,$@)
	$Q$(AR) rcs $@ $(filter %.o,$^)

$B/beckon-handler: private CC := $(DOOR_CC)
$B/beckon-handler: $B/door/handler/handler_main.o $B/libdoor.a
	$(call say,LINK,$@)
	$Q$(DOOR_LINK)

# What nginx accepts clients on. No libraries of ours, but for the words every program begins with.
$B/beckon-listen: $B/gateway-conf/listen_main.o $B/libbeckon.a
	$(call say,LINK,$@)
	$Q$(LINK) -o $@ $^ -linih

# What makes lines of nginx and websocketd JSON.
$B/beckon-log: $B/gateway-conf/log_main.o $B/libbeckon.a
	$(call say,LINK,$@)
	$Q$(LINK) -o $@ $^ -linih

# The operator's tool: asks the broker, in its own words like the authorizer, and knows tokens.
$B/beckonctl: $B/broker/ctl/ctl_main.o $B/libbeckon.a
	$(call say,LINK,$@)
	$Q$(LINK) -o $@ $^ -ljwt -lcjson -lcrypto -linih

# The system calls that are left to a handler, made by a tool of ours that knows libseccomp.
$B/cage_filter: $B/handler/cage_filter.o
	$(call say,LINK,$@)
	$Q$(LINK) -o $@ $^ -lseccomp
$B/handler/cage_filter.inc: $B/cage_filter
	$Q$< >$@.new && mv $@.new $@
$B/handler/cage.o $B/door/handler/cage.o: $B/handler/cage_filter.inc
$B/handler/cage.o $B/door/handler/cage.o: CPPFLAGS += -iquote $B/handler

$B/%.o: %.c $B/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$Q$(COMPILE) -MMD -MP -c -o $@ $<

# The broker's threads in the whole chain: what is looked through for races.
RACES    := room lobby chat broker-dies
SAN_ENV   = $(if $(filter thread,$(SAN)),TSAN_OPTIONS=print_suppressions=0:suppressions=$(CURDIR)/tests/tsan.supp)

# Unit tests: one cmocka binary a module. They may use every library, to be the other side.
$B/test_%: $B/tests/unit/test_%.o $B/libbeckon.a
	$(call say,LINK,$@)
	$Q$(LINK) -o $@ $^ -lcmocka $(NNG) -lfcgi -ljwt -lcjson -lcrypto -linih -lsqlite3 -lpthread

# What the benchmark counts with is no module of a program's.
$B/tests/unit/test_heard.o: private CPPFLAGS += -iquote tests/bench
$B/test_heard: $B/tests/bench/heard.o

unit: $(T:%=$B/test_%)
	@$(SAN_ENV) tests/unit/run $^

# Fuzz targets: one for each input from outside, with a corpus that `make check` runs through.
FUZZ      := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_MAKE  = $(MAKE) --no-print-directory CC=clang SAN=fuzzer-no-link,address,undefined

$B/fuzz_%: $B/tests/fuzz/fuzz_%.o $B/libbeckon.a
	$(call say,LINK,$@)
	$Q$(LINK) -fsanitize=fuzzer -o $@ $^ -lcmocka -ljwt -lcjson -lcrypto -linih -lsqlite3 -lpthread

$B/fuzz_broker: private LDFLAGS += -Wl,--wrap=clock_gettime,--wrap=getrandom

fuzz-targets: $(patsubst %,$B/fuzz_%,$(if $(filter file,$(origin T)),$(FUZZ),$T))
	@tests/fuzz/run $(FUZZ_RUN) $^

fuzz:
	@+$(FUZZ_MAKE) fuzz-targets

fuzz-corpus:
	@+$(FUZZ_MAKE) FUZZ_RUN=--corpus fuzz-targets

# A handler that its client has taken over: what it tries is what the client names.
$B/escape/beckon-handler: private CC := $(DOOR_CC)
$B/escape/beckon-handler: private LDFLAGS += -Wl,--wrap=event_find
$B/escape/beckon-handler: $B/door/handler/handler_main.o $B/door/tests/e2e/escape.o $B/libdoor.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$Q$(DOOR_LINK)

E2E_ENV = BECKON_PROGRAMS=$(CURDIR)/$B $(if $(SAN),BECKON_SANITIZED=1) $(SAN_ENV)

e2e: all $B/escape/beckon-handler $B/test_token_attacks tests/node_modules/.package-lock.json
	cd tests && $(E2E_ENV) node --test $(if $(filter file,$(origin T)),e2e/*.test.mjs,$(T:%=e2e/%.test.mjs))

browser: all tests/node_modules/.package-lock.json
	cd tests && $(E2E_ENV) node --test browser/*.test.mjs

# The browser's client, in Node: against a running service, its types, and as a package.
client: all tests/node_modules/.package-lock.json
	cd tests && $(E2E_ENV) node --test client/*.test.mjs

# The descriptions of the protocol: valid, complete, and true of a running service.
api: all tests/node_modules/.package-lock.json
	cd tests && $(E2E_ENV) node --test api/*.test.mjs

# Those of them that are made from the program's tables. They are kept in the tree, to be read there.
DOCS      := protocol.md asyncapi.yaml
MAKE_DOCS := gateway-conf/api/make-protocol gateway-conf/api/make-asyncapi

$(DOCS:%=$B/docs/%): $B/docs/%: gateway-conf/api/%.in $(MAKE_DOCS) $B/beckon-handler
	@mkdir -p $(@D)
	gateway-conf/api/make-$(basename $*) $B/beckon-handler >$@.new
	@mv $@.new $@

docs: $(DOCS:%=$B/docs/%)
	cp $^ gateway-conf/api/

# Manual pages, and the configuration to begin with: made from the tables of the programs.
PAGES := $(patsubst packaging/man/%.in,$B/man/%,$(wildcard packaging/man/*.in))

$(PAGES): $B/man/%: packaging/man/%.in packaging/man/make-man $(PROGRAMS:%=$B/%)
	@mkdir -p $(@D)
	$(call say,MAN,$@)
	$Qpackaging/man/make-man $B $< $(VERSION) >$@.new && mv $@.new $@

$B/beckon.conf: packaging/make-conf $B/beckon-authorizer
	$(call say,CONF,$@)
	$Qpackaging/make-conf $B/beckon-authorizer >$@.new && mv $@.new $@

$B/beckonctl.bash: $B/beckonctl
	$Q$< completion >$@.new && mv $@.new $@

man: $(PAGES) $B/beckon.conf $B/beckonctl.bash

# What a machine needs to run it. The launcher finds the rest from where it is itself; beckonctl is
# for people, and among the programs by a link, as what starts them looks for all of them there.
PREFIX   ?= /usr/local
DESTDIR  ?=
PUT      := install -D -m 644 -t
SHARED   := $(wildcard gateway-conf/*.conf gateway-conf/*.conf.in)
DESCRIBE := $(filter-out %.in,$(wildcard gateway-conf/api/*.*))

install: TO := $(DESTDIR)$(PREFIX)
install: all man
	install -D -m 755 -t $(TO)/lib/beckon $(patsubst %,$B/%,$(filter-out beckonctl,$(PROGRAMS)))
	install -D -m 755 -t $(TO)/bin $B/beckonctl gateway-conf/beckon
	ln -sf ../../bin/beckonctl $(TO)/lib/beckon/beckonctl
	$(PUT) $(TO)/share/beckon $(SHARED)
	install -D -m 755 -t $(TO)/share/beckon gateway-conf/limits
	$(PUT) $(TO)/share/beckon/www $(wildcard gateway-conf/www/*)
	$(PUT) $(TO)/share/beckon/api $(DESCRIBE)
	for page in $(PAGES); do $(PUT) $(TO)/share/man/man$${page##*.} $$page || exit; done
	install -D -m 644 $B/beckonctl.bash $(TO)/share/bash-completion/completions/beckonctl
	$(PUT) $(TO)/share/doc/beckon $B/beckon.conf README.md LICENSE

# Debian's package, and the one of debug symbols, in build/deb. The tree is copied, so that the
# packager's files are where they have to be; the same sources make the same bytes. Unit tests are
# those of `make check`: DEB_BUILD_OPTIONS= runs them here as well.
DEB_TREE := build/deb/beckon-$(VERSION)
export DEB_BUILD_OPTIONS ?= nocheck

deb: deps-deb
	@rm -rf build/deb && mkdir -p $(DEB_TREE)
	@tar -c --exclude=./build --exclude=./.git --exclude=node_modules . | tar -x -C $(DEB_TREE)
	@cp -r packaging/debian $(DEB_TREE)/
	cd $(DEB_TREE) && env -u MAKEFLAGS -u MFLAGS dpkg-buildpackage -us -uc -b
	lintian --fail-on error,warning build/deb/beckon_*.changes

# Into fresh systems, where it has to serve, to pass the tests, be upgraded, removed and purged.
# PREVIOUS is the commit it is upgraded from: one whose ledger has the format of today
# (broker_keep.h), as with another one everybody has to come back.
PREVIOUS := f244790
check-deb: deb $B/escape/beckon-handler $B/test_token_attacks tests/node_modules/.package-lock.json
	@packaging/install-packages debootstrap || : # it says itself what it cannot do
	@packaging/check-deb -f $(PREVIOUS) build/deb/beckon_*.deb

# What an idle connection costs: the handler's figures, and each program's share.
memory: all tests/node_modules/.package-lock.json
	BECKON_PROGRAMS=$(CURDIR)/$B tests/chain-memory

# What it costs each of 1000 people in a room that all the others join it.
big-room: all tests/node_modules/.package-lock.json
	BECKON_PROGRAMS=$(CURDIR)/$B tests/big-room

# What verifying a token costs, by its algorithm.
$B/token-cost: $B/tests/token-cost.o $B/libbeckon.a
	$(call say,LINK,$@)
	$Q$(LINK) -o $@ $^ -ljwt -lcjson -lcrypto -linih
token-cost: $B/token-cost
	@$<

# One websocketd or several: what a connection costs, and how fast people come in.
instances: all tests/node_modules/.package-lock.json
	BECKON_PROGRAMS=$(CURDIR)/$B tests/instances

# Speed, side by side with what people use today. ONLY=small,call and TIMES=1 for a quick look.
BENCH := $(patsubst %.c,$B/%.o,$(wildcard tests/bench/*.c))
$B/bench/load: $(BENCH) $B/libbeckon.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$Q$(LINK) -o $@ $^ -lcrypto -lm

bench: deps-bench all $B/bench/load tests/bench/node_modules/.package-lock.json
	BECKON_PROGRAMS=$(CURDIR)/$B node tests/bench/run.mjs $(if $(TIMES),--times $(TIMES)) \
	    $(if $(ONLY),--only $(ONLY),--to tests/bench/RESULTS.md) $(if $(PEERS),--peers $(PEERS))

# What one more join or message costs among more and more people: to GROWTH.md and growth.svg.
bench-growth: deps-bench all $B/bench/load
	BECKON_PROGRAMS=$(CURDIR)/$B node tests/bench/growth.mjs $(if $(TIMES),--times $(TIMES)) --to tests/bench

tests/bench/node_modules/.package-lock.json: tests/bench/package.json tests/bench/package-lock.json
	cd tests/bench && npm ci --prefer-offline --no-audit --no-fund
	@touch $@

# Everything fails, all the time, under a load of people; then their records are compared. SEED= has
# the same again, SECONDS= or MINUTES= is for how long (three minutes).
chaos: all tests/node_modules/.package-lock.json
	@BECKON_PROGRAMS=$(CURDIR)/$B SEED=$(SEED) SECONDS=$(SECONDS) MINUTES=$(or $(MINUTES),3) \
	    node tests/chaos/run.mjs

# Twenty minutes of people who come and go: does anything grow? MINUTES= is for how long.
soak: all tests/node_modules/.package-lock.json
	@BECKON_PROGRAMS=$(CURDIR)/$B MINUTES=$(MINUTES) node tests/chaos/soak.mjs

# Would it be noticed? Brokers with one fault each, put in at the linker's seams: the programs
# themselves know nothing of it. The short run of chaos that has to pass is the last of the tests.
WRAP_drop-replay       := channel_replay
WRAP_acknowledge-first := store_commit
WRAP_forget-rejoin     := broker_rejoin
WRAP_duplicate-resent  := broker_keep core_event
WRAP_leak-room         := vacancy_begin
PLANTED := $(patsubst tests/chaos/planted/%.c,%,$(wildcard tests/chaos/planted/*.c))

$(PLANTED:%=$B/planted/%/beckon-broker): $B/planted/%/beckon-broker: \
    $B/tests/chaos/planted/%.o $B/broker/broker_main.o $B/libbeckon.a | all
	@mkdir -p $(@D)
	@ln -sf $(patsubst %,../../%,$(filter-out beckon-broker,$(PROGRAMS))) $(@D)
	$(call say,LINK,$@)
	$Q$(LINK) -o $@ $^ $(WRAP_$*:%=-Wl,--wrap=%) $(NNG) \
	    -ljwt -lcjson -lcrypto -linih -lsqlite3 -lpthread

chaos-planted: $(PLANTED:%=$B/planted/%/beckon-broker) tests/node_modules/.package-lock.json
	cd tests && $(E2E_ENV) SEED=$(SEED) SECONDS=$(SECONDS) node --test chaos/planted.test.mjs

tests/node_modules/.package-lock.json: tests/package.json tests/package-lock.json
	cd tests && npm ci --prefer-offline --no-audit --no-fund
	@touch $@

run: deps-run all
	@gateway-conf/beckon

# Debian's packages, installed where one is missing; a machine that has them all needs no network.
BUILD_PACKAGES := gcc libc6-dev musl-tools libfcgi-dev libnng-dev libcjson-dev libjwt-dev libssl-dev uthash-dev \
                  libinih-dev libsqlite3-dev libseccomp-dev libcurl4-openssl-dev
RUN_PACKAGES   := 'nginx-light|nginx' websocketd
CHECK_PACKAGES := libcmocka-dev clang libclang-rt-14-dev shellcheck mandoc chromium nng-utils curl jq \
                  iproute2 procps strace git openssl python3 systemd coturn haproxy caddy \
                  'prometheus|promtool' \
                  'nodejs|node' 'npm|npm'

DEB_PACKAGES   := dpkg-dev debhelper fakeroot lintian libcmocka-dev libmbedtls-dev
BENCH_PACKAGES := libnginx-mod-nchan 'nodejs|node' 'npm|npm'

deps-bench:
	@packaging/install-packages $(BUILD_PACKAGES) $(RUN_PACKAGES) $(BENCH_PACKAGES)
deps-run:
	@packaging/install-packages $(BUILD_PACKAGES) $(RUN_PACKAGES)
deps-deb:
	@packaging/install-packages $(BUILD_PACKAGES) $(DEB_PACKAGES)
deps-check:
	@packaging/install-packages $(BUILD_PACKAGES) $(RUN_PACKAGES) $(CHECK_PACKAGES)

lint: $(DOCS:%=$B/docs/%) man
	@for made in $(DOCS:%=$B/docs/%); do \
	    diff -u "gateway-conf/api/$${made##*/}" "$$made" || { echo 'out of date: make docs'; exit 1; }; \
	done
	@for page in $(PROGRAMS:%=packaging/man/%.?.in); do \
	    [ -e $$page ] || { echo "$$page: expected a manual page for each program"; exit 1; }; \
	done
	@# What is no fault of a page: that others are not installed here, and that we are no part of BSD.
	! mandoc -T lint $(PAGES) 2>/dev/null | grep -v 'referenced manual not found\|operating system explicitly'
	@sed 's/^#\([A-Z]\)/\1/' $B/beckon.conf >$B/beckon.conf.set # what it says holds anyway
	$B/beckonctl -n -c $B/beckon.conf.set >/dev/null
	shellcheck gateway-conf/beckon gateway-conf/limits $(MAKE_DOCS) packaging/make-conf packaging/man/make-man packaging/install-packages packaging/debian/beckon.p* packaging/systemd/beckon-generator packaging/systemd/verify tests/unit/run tests/style \
	    tests/fuzz/run tests/handler-memory tests/chain-memory tests/big-room tests/instances .ci/run
	shellcheck -s bash $B/beckonctl.bash
	shellcheck -x packaging/check-deb packaging/follow-readme packaging/debian/tests/service
	@tests/style
	@packaging/systemd/verify
	@grep -q '^beckon ($(VERSION))' packaging/debian/changelog || { echo 'debian/changelog: expected $(VERSION)'; exit 1; }

# Everything, from the cheapest to the dearest.
check: deps-check
	$(MAKE) lint all
	$(MAKE) unit
	$(MAKE) CC=clang all
	$(MAKE) SAN=address,undefined all unit
	$(MAKE) SAN=thread T='broker_libnng broker_rogue' unit
	$(MAKE) fuzz-corpus
	$(MAKE) e2e api client
	$(MAKE) chaos-planted
	$(MAKE) SAN=address,undefined e2e
	$(MAKE) SAN=thread T='$(RACES)' e2e
	$(MAKE) check-deb
	$(MAKE) browser

clean:
	rm -rf build

.PHONY: all run clean FORCE
.PHONY: check lint unit e2e api client browser
.PHONY: fuzz fuzz-targets fuzz-corpus
.PHONY: memory big-room instances token-cost bench bench-growth chaos chaos-planted soak
.PHONY: docs man install deb check-deb
.PHONY: deps-run deps-check deps-bench deps-deb
.SECONDARY:
-include $(shell find $B -name '*.d' 2>/dev/null)
