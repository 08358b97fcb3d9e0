#!/bin/sh
# Runs a desk from a clone: desk.sh run | start | stop.  Environment: PORT DATA WORKERS DEMO EXTRA_CONF (see README.md).
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
PORT=${PORT:-8080}
DATA=${DATA:-$root/build/desk}
WORKERS=${WORKERS:-2}
DEMO=${DEMO:-1}
EXTRA_CONF=${EXTRA_CONF:-}
NGINX=${NGINX:-/usr/sbin/nginx}
case $PORT in ''|*[!0-9]*) echo "desk: PORT=$PORT is not a number" >&2; exit 2 ;; esac
case $WORKERS in ''|*[!0-9]*) echo "desk: WORKERS=$WORKERS is not a number" >&2; exit 2 ;; esac
case $DEMO in 0|1) ;; *) echo "desk: DEMO=$DEMO: write DEMO=0 or DEMO=1" >&2; exit 2 ;; esac

mkdir -p "$DATA"
DATA=$(cd "$DATA" && pwd)
url=http://127.0.0.1:$PORT
ctl="$root/build/helpdeskctl -d $DATA/store"

pid_of() {
    pid=$(cat "$DATA/nginx.pid" 2>/dev/null) && [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null && echo "$pid"
}

configure() {
    if [ -n "$EXTRA_CONF" ] && [ ! -r "$EXTRA_CONF" ]; then
        echo "desk: EXTRA_CONF=$EXTRA_CONF cannot be read" >&2
        exit 1
    fi
    [ -z "$EXTRA_CONF" ] || EXTRA_CONF=$(cd "$(dirname "$EXTRA_CONF")" && pwd)/$(basename "$EXTRA_CONF")
    mkdir -p "$DATA/logs" "$DATA/tmp" "$DATA/store"
    chmod 700 "$DATA/store"
    [ -s "$DATA/secret" ] || (umask 077; head -c 32 /dev/urandom | base64 >"$DATA/secret")
    user=
    [ "$(id -u)" != 0 ] || user="user $(stat -c %U "$root") $(stat -c %G "$root");"
    sed -e "s|^load_module .*|load_module $root/build/ngx_http_helpdesk_module.so;|" \
        -e "s|^user .*|$user|" \
        -e "s|^worker_processes .*|worker_processes $WORKERS;|" \
        -e "/^worker_rlimit_nofile/d" \
        -e "s|/run/helpdesk.pid|$DATA/nginx.pid|" \
        -e "s|/var/log/nginx/helpdesk.log|$DATA/logs/error.log|" \
        -e "s|/var/log/nginx/helpdesk-access.log|$DATA/logs/access.log|" \
        -e "s|/var/lib/helpdesk|$DATA/store|" \
        -e "s|/etc/helpdesk/secret|$DATA/secret|" \
        -e "s|/usr/share/helpdesk/html|$root/html|" \
        -e "s|/etc/helpdesk/helpdesk.conf|$root/conf/helpdesk.conf|" \
        -e "s|127.0.0.1:8080|127.0.0.1:$PORT|" \
        -e "s|^    sendfile on;|    sendfile on;\n    client_body_temp_path $DATA/tmp/body;\n    proxy_temp_path $DATA/tmp/proxy;\n    fastcgi_temp_path $DATA/tmp/fastcgi;\n    uwsgi_temp_path $DATA/tmp/uwsgi;\n    scgi_temp_path $DATA/tmp/scgi;|" \
        "$root/conf/nginx.conf" >"$DATA/nginx.conf"
    sed -i "s#^\( *\)include $root/conf/helpdesk.conf;#&\n\1location ~ ^/(?:xmlrpc/|jsonrpc\$|json/2(?:/|\$)|web/) { helpdesk_rpc helpdesk; }#" \
        "$DATA/nginx.conf"
    [ -z "$EXTRA_CONF" ] || sed -i "s|^\( *\)include $root/conf/helpdesk.conf;|&\n\1include $EXTRA_CONF;|" "$DATA/nginx.conf"
}

# Demo data go into an empty store only; the passwords are shown once.
fill() {
    [ "$DEMO" = 1 ] && [ ! -e "$DATA/store/data.mdb" ] || return 0
    echo
    echo "Demo data, with passwords drawn for this store; they are shown only now:"
    $ctl demo "$root/conf/demo.jsonl"
    [ "$(id -u)" != 0 ] || chown -R "$(stat -c %U:%G "$root")" "$DATA/store"
}

# The set-up link of a store without users stands in the error log.
say() {
    echo
    echo "Desk:      $url/support     the public form"
    echo "Agents:    $url/agent       sign in"
    i=0
    while [ $i -lt 40 ] && [ "$DEMO" = 0 ]; do
        link=$(sed -n 's/.*set-up link, good for one hour: //p' "$DATA/logs/error.log" 2>/dev/null | tail -n 1)
        [ -n "$link" ] && { echo "Set-up:    $link     (good for one hour, once)"; break; }
        $ctl user list 2>/dev/null | grep -q admin && break
        i=$((i + 1)); sleep 0.1
    done
    echo "Data:      $DATA"
    echo
}

prepare() {
    if pid_of >/dev/null; then
        echo "desk: already running on $DATA (pid $(pid_of)); stop it with: make stop DATA=$DATA" >&2
        exit 1
    fi
    configure
    fill
    : >"$DATA/logs/error.log"
}

case ${1:-} in
run)
    prepare
    "$NGINX" -e "$DATA/logs/error.log" -p "$DATA" -c "$DATA/nginx.conf" -g 'daemon off;' &
    child=$!
    trap 'kill -QUIT $child 2>/dev/null' INT TERM
    sleep 0.3
    if kill -0 $child 2>/dev/null; then say; echo "Ctrl-C stops."; else tail -n 5 "$DATA/logs/error.log" >&2; fi
    wait $child || true
    wait $child 2>/dev/null || exit $?
    ;;
start)
    prepare
    "$NGINX" -e "$DATA/logs/error.log" -p "$DATA" -c "$DATA/nginx.conf" </dev/null >"$DATA/logs/start.log" 2>&1 || {
        cat "$DATA/logs/start.log" >&2
        exit 1
    }
    i=0
    until pid_of >/dev/null || [ $i -ge 50 ]; do i=$((i + 1)); sleep 0.1; done
    say
    echo "Stop it with: make stop"
    ;;
stop)
    pid=$(pid_of) || { echo "desk: not running on $DATA"; exit 0; }
    kill -QUIT "$pid"
    i=0
    while kill -0 "$pid" 2>/dev/null && [ $i -lt 150 ]; do i=$((i + 1)); sleep 0.1; done
    kill -0 "$pid" 2>/dev/null && kill -TERM "$pid"
    echo "desk: stopped"
    ;;
*)
    echo "usage: desk.sh run | start | stop" >&2
    exit 2
    ;;
esac
