# nginx-helpdesk.  `make run` and `make test` do everything on a fresh Debian 12, as root or with sudo.
#
#   make run      build, start a desk with demo data in the foreground (Ctrl-C stops)
#   make start    the same, detached          make stop     ends it
#   make test     every test                  make bench    the speed table
#   make lint     static analysis             make install  into the system (DESTDIR is honoured)
#   make fuzz     fuzzing, long form          make faults   power cuts and kills, long form
#   make shots    pictures of the main pages into DATA or build/shots
#   make lighthouse   its scores of form and board, at least 95
#   make clean    removes build/ and the npm libraries
#
# Variables of run, start, stop: PORT=8080 DATA=build/desk WORKERS=2 DEMO=1 EXTRA_CONF=file

SHELL      := /bin/bash
ROOT       := $(CURDIR)
B          := $(ROOT)/build
NGINX_SRC  := /usr/share/nginx/src
ROOMS      := base text model store desk door api page rpc
TOOL_ROOMS := base text model store desk tool
LIBS       := -llmdb -ljansson -lsodium -lical -lcmark-gfm-extensions -lcmark-gfm -licui18n -licuuc -lpthread
TOOL_LIBS  := $(LIBS) -lcurl
WARN       := -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wvla -Werror
HARDEN     := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fcf-protection=full \
              -ftrivial-auto-var-init=zero -fno-delete-null-pointer-checks -fno-strict-overflow -fno-plt
CSTD       := -std=gnu17 -fvisibility=hidden
OPT        := -O2 -g
# nginx looks up three symbols by name, so they cannot be hidden; ours call each other directly all the same
DIRECT     := -fno-semantic-interposition
DIRECT_LD  := -Wl,-Bsymbolic
ASAN       := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer

SRC_ALL    := $(foreach r,$(ROOMS) ngx tool,$(wildcard src/$(r)/*.c))
HDR_ALL    := $(wildcard src/*/*.h src/*/*.def)
export PORT DATA WORKERS DEMO EXTRA_CONF

# nginx's configure lists the sources, so it runs again when that list changes
$(shell mkdir -p $(B); printf '%s\n' $(SRC_ALL) | cmp -s - $(B)/sources || printf '%s\n' $(SRC_ALL) >$(B)/sources)

.PHONY: all build setup-build setup-test run start stop test bench lint install clean fuzz faults shots lighthouse pages check-pages asan rooms

all: setup-build build

# ---- what is missing ----

setup-build:
	@conf/setup.sh build

setup-test:
	@conf/setup.sh build test

# ---- the module: nginx-dev's own build scripts, configured once, then incremental; -W -Wall -Werror come from nginx ----

build: $(B)/ngx_http_helpdesk_module.so $(B)/helpdeskctl pages

define module_rules   # 1 directory, 2 extra flags, 3 extra linker flags
$(1)/Makefile: config $(NGINX_SRC)/configure $(B)/sources
	@mkdir -p $(1)
	@echo "configuring against nginx $$$$(dpkg-query -W -f '$$$${Version}' nginx-dev)"
	@cd $(NGINX_SRC) && . ./conf_flags && ./configure --with-cc-opt="$(OPT) -std=gnu17 $(2)" \
	    --with-ld-opt="-Wl,-z,relro,-z,now $(3)" "$$$${NGX_CONF_FLAGS[@]}" --add-dynamic-module=$(ROOT) --builddir=$(1) \
	    >$(1)/configure.log 2>&1 || { grep -E 'error:' $(1)/configure.log >&2 || tail -n 20 $(1)/configure.log >&2; \
	    rm -f $(1)/Makefile; exit 1; }

$(1)/ngx_http_helpdesk_module.so: $(1)/Makefile $(SRC_ALL) $(HDR_ALL)
	@echo "building $$(@F)"
	@$$(MAKE) --no-print-directory -s -C $(NGINX_SRC) -f $(1)/Makefile modules >$(1)/make.log 2>&1 || \
	    { grep -E 'error|warning' $(1)/make.log >&2 || tail -n 20 $(1)/make.log >&2; exit 1; }
	@touch $$@
endef

$(eval $(call module_rules,$(B)/nginx,$(HARDEN) $(DIRECT),$(DIRECT_LD)))
$(eval $(call module_rules,$(B)/nginx-asan,$(ASAN),$(ASAN)))

$(B)/ngx_http_helpdesk_module.so: $(B)/nginx/ngx_http_helpdesk_module.so
	@cp $< $@.new && mv $@.new $@

# ---- the rooms, compiled with every warning: the tool and the tests link these objects ----

define object_rules   # 1 directory, 2 compiler, 3 flags
$(1)/%.o: src/%.c $(HDR_ALL) Makefile
	@mkdir -p $$(@D)
	@$(2) $(CSTD) $(OPT) $(WARN) $(3) -Isrc -isystem /usr/include/libxml2 -c $$< -o $$@
endef
$(eval $(call object_rules,$(B)/o,gcc,$(HARDEN)))
$(eval $(call object_rules,$(B)/o-asan,gcc,$(ASAN)))

objects = $(patsubst src/%.c,$(1)/%.o,$(foreach r,$(2),$(wildcard src/$(r)/*.c)))

$(B)/helpdeskctl: $(call objects,$(B)/o,$(TOOL_ROOMS))
	@echo "linking $(@F)"
	@gcc $(OPT) -Wl,-z,relro,-z,now $^ -o $@ $(TOOL_LIBS)

$(B)/asan/helpdeskctl: $(call objects,$(B)/o-asan,$(TOOL_ROOMS))
	@mkdir -p $(@D)
	@gcc $(OPT) $(ASAN) $^ -o $@ $(TOOL_LIBS)

# what the unit tests link
rooms: $(call objects,$(B)/o,$(ROOMS)) $(call objects,$(B)/o-asan,$(ROOMS))

asan: $(B)/nginx-asan/ngx_http_helpdesk_module.so $(B)/asan/helpdeskctl

# ---- pages ----

pages: html/vendor/vendor.json check-pages

html/vendor/vendor.json: html/package-lock.json html/index.html html/vendor.mjs
	@cd html && node vendor.mjs >/dev/null

check-pages: html/vendor/vendor.json
	@grep -qF "$$(cat html/vendor/csp-hash | tr -d "'")" conf/helpdesk.conf || { \
	    echo "conf/helpdesk.conf: the Content-Security-Policy of /agent must name the import map's hash:" \
	    "$$(cat html/vendor/csp-hash)" >&2; exit 1; }

# ---- use ----

run: setup-build
	@$(MAKE) --no-print-directory build
	@exec conf/desk.sh run

start: setup-build
	@$(MAKE) --no-print-directory build
	@conf/desk.sh start

stop:
	@conf/desk.sh stop

install: setup-build
	@$(MAKE) --no-print-directory build
	install -D -m 644 $(B)/ngx_http_helpdesk_module.so $(DESTDIR)/usr/lib/nginx/modules/ngx_http_helpdesk_module.so
	install -D -m 755 $(B)/helpdeskctl $(DESTDIR)/usr/local/bin/helpdeskctl
	install -D -m 644 conf/helpdesk.conf $(DESTDIR)/etc/helpdesk/helpdesk.conf
	[ -e $(DESTDIR)/etc/helpdesk/nginx.conf ] || install -D -m 644 conf/nginx.conf $(DESTDIR)/etc/helpdesk/nginx.conf
	[ -s $(DESTDIR)/etc/helpdesk/secret ] || (umask 077; head -c 32 /dev/urandom | base64 >$(DESTDIR)/etc/helpdesk/secret)
	rm -rf $(DESTDIR)/usr/share/helpdesk/html
	mkdir -p $(DESTDIR)/usr/share/helpdesk
	cp -r html $(DESTDIR)/usr/share/helpdesk/html
	rm -rf $(DESTDIR)/usr/share/helpdesk/html/node_modules
	install -D -m 644 conf/demo.jsonl $(DESTDIR)/usr/share/helpdesk/demo.jsonl
	chmod -R a+rX $(DESTDIR)/usr/share/helpdesk
	@echo "Installed.  Set helpdesk_base_url in /etc/helpdesk/nginx.conf, then: nginx -c /etc/helpdesk/nginx.conf"

clean:
	rm -rf $(B) html/node_modules html/vendor

# ---- proof ----

test: setup-test
	@$(MAKE) --no-print-directory -j2 build asan rooms
	@t/run.sh

bench:
	@conf/setup.sh build bench
	@$(MAKE) --no-print-directory build
	@perl t/bench/bench.pl

lint: setup-test
	@$(MAKE) --no-print-directory build
	@t/lint.sh

fuzz: setup-test
	@$(MAKE) --no-print-directory build
	@HD_FUZZ_SECONDS=$${HD_FUZZ_SECONDS:-600} prove -v t/fuzz/fuzz.t

shots: setup-test
	@$(MAKE) --no-print-directory build
	@perl t/ui/shots.pl

lighthouse: setup-test
	@$(MAKE) --no-print-directory build
	@perl t/ui/lighthouse.pl

faults: setup-test
	@$(MAKE) --no-print-directory build
	@HD_FAULTS=full prove -v t/faults/*.t
