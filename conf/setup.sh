#!/bin/sh
# Installs the Debian packages and npm libraries that are missing, and says which.  Arguments: groups of packages.
#
#     setup.sh build            what `make run` needs
#     setup.sh build test       and what `make test` needs
#
# Debian's nginx package would start a server on port 80 and enable it: where the package was not there before,
# both are prevented.
set -eu
cd "$(dirname "$0")/.."

build="gcc make libc6-dev nginx nginx-dev liblmdb-dev libjansson-dev libsodium-dev libicu-dev libical-dev \
       libcmark-gfm-dev libcmark-gfm-extensions-dev libcurl4-openssl-dev libxml2-dev"
test="perl curl cppcheck libcmocka-dev tzdata clang-14 libclang-rt-14-dev chromium fonts-noto-core wrk procps"
bench="perl wrk curl"

have() {
    dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

wanted=
for group in "$@"; do
    case $group in
        build) wanted="$wanted $build" ;;
        test)  wanted="$wanted $test" ;;
        bench) wanted="$wanted $bench" ;;
        *) echo "setup: there is no group \"$group\"" >&2; exit 2 ;;
    esac
done
command -v node >/dev/null 2>&1 || wanted="$wanted nodejs"
command -v npm >/dev/null 2>&1 || wanted="$wanted npm"

missing=
for p in $wanted; do
    have "$p" || missing="$missing $p"
done

if [ -n "$missing" ]; then
    as=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null 2>&1 || {
            echo "setup: these Debian packages are missing:$missing" >&2
            echo "setup: run as root, or install sudo" >&2
            exit 1
        }
        as=sudo
    fi
    echo "setup: installing Debian packages:$missing"
    new_nginx=no
    case " $missing " in *" nginx "*) have nginx || new_nginx=yes ;; esac
    policy=no
    if [ $new_nginx = yes ] && [ ! -e /usr/sbin/policy-rc.d ]; then
        policy=yes
        printf '#!/bin/sh\nexit 101\n' | $as tee /usr/sbin/policy-rc.d >/dev/null
        $as chmod 755 /usr/sbin/policy-rc.d
        trap '$as rm -f /usr/sbin/policy-rc.d' EXIT INT TERM
    fi
    log=$(mktemp)
    if ! { $as apt-get update && $as env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
            $missing; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        echo "setup: apt-get could not install:$missing" >&2
        exit 1
    fi
    rm -f "$log"
    if [ $policy = yes ]; then
        $as rm -f /usr/sbin/policy-rc.d
        trap - EXIT INT TERM
    fi
    if [ $new_nginx = yes ]; then
        # The package enables it for both kinds of init; a container may have neither running.
        $as update-rc.d nginx disable >/dev/null 2>&1 || true
        ! command -v systemctl >/dev/null 2>&1 || $as systemctl disable nginx.service >/dev/null 2>&1 || true
        echo "setup: nginx came with a service; it is neither started nor enabled"
    fi
fi

# npm libraries of the pages; those of the tests too when asked for, or when they were there already
omit=--omit=dev
probe=preact
case " $* " in *" test "*) omit=; probe=playwright-core ;; esac
[ ! -d html/node_modules/playwright-core ] || omit=
if [ ! -d html/node_modules/$probe ] || ! cmp -s html/package-lock.json html/node_modules/.installed; then
    echo "setup: installing npm libraries of the pages"
    (cd html && npm ci $omit --no-audit --no-fund --loglevel=error >/dev/null)
    cp html/package-lock.json html/node_modules/.installed
fi
