#!/bin/bash
# Requests per second of nginx serving a file, and of our handlers answering with as many bytes, in turn.
# Needs nginx and wrk. Environment: HTTP_BENCH (the built HTTPBench), ROUNDS, SECONDS_EACH, CONNECTIONS.
set -eu
bench=${HTTP_BENCH:-.build-release/release/HTTPBench}
rounds=${ROUNDS:-11} seconds=${SECONDS_EACH:-2} connections=${CONNECTIONS:-32}
[ -x "$bench" ] || { echo "build HTTPBench first: tools/release HTTPBench"; exit 69; }
command -v nginx >/dev/null && command -v wrk >/dev/null || { echo "nginx and wrk are needed"; exit 69; }

folder=$(mktemp -d)
pids=()
cleanup() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    rm -rf "$folder"
}
trap cleanup EXIT

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
await_port() { for _ in $(seq 100); do (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return; sleep 0.05; done; echo "nothing listens on $1"; exit 1; }

nginx_port=$(free_port) bare_port=$(free_port) observed_port=$(free_port)
mkdir "$folder/files"
printf 'hello, take\n' >"$folder/files/hello"
cat >"$folder/nginx.conf" <<CONF
worker_processes 2; daemon off; pid $folder/pid; error_log $folder/error.log;
events { worker_connections 1024; }
http {
    access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; default_type text/plain;
    client_body_temp_path $folder/body; proxy_temp_path $folder/proxy; fastcgi_temp_path $folder/fastcgi;
    uwsgi_temp_path $folder/uwsgi; scgi_temp_path $folder/scgi;
    server { listen 127.0.0.1:$nginx_port; root $folder/files; }
}
CONF
chmod 755 "$folder" "$folder/files"
nginx -c "$folder/nginx.conf" & pids+=($!)
"$bench" "$bare_port" bare & pids+=($!)
"$bench" "$observed_port" observed 2>"$folder/log" & pids+=($!)
await_port "$nginx_port"; await_port "$bare_port"; await_port "$observed_port"

rate() { # PORT PATH
    wrk -t1 -c"$connections" -d"${seconds}s" "http://127.0.0.1:$1$2" >"$folder/wrk"
    ! grep -qE 'Non-2xx|Socket errors' "$folder/wrk" || { cat "$folder/wrk" >&2; exit 1; }
    awk '/Requests\/sec/ { printf "%d\n", $2 }' "$folder/wrk"
}
median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

for round in $(seq "$rounds"); do
    rate "$nginx_port" /hello >>"$folder/nginx"
    rate "$bare_port" /hello >>"$folder/bare"
    rate "$observed_port" /hello >>"$folder/observed"
    rate "$bare_port" /later >>"$folder/later"
    : >"$folder/log"
    echo "round $round: nginx $(tail -1 "$folder/nginx"), bare $(tail -1 "$folder/bare"), observed $(tail -1 "$folder/observed"), waits 1 ms $(tail -1 "$folder/later")" >&2
done
nginx=$(median "$folder/nginx") bare=$(median "$folder/bare") observed=$(median "$folder/observed") later=$(median "$folder/later")
awk -v n="$nginx" -v b="$bare" -v o="$observed" -v l="$later" 'BEGIN {
    printf "nginx, a file of 12 bytes            %7d requests/s\n", n
    printf "handler, bare                        %7d requests/s  %.2f of nginx (aim 0.75)\n", b, b / n
    printf "handler, trace, metrics and log on   %7d requests/s  %.2f of nginx (aim 0.60)\n", o, o / n
    printf "handler that waits 1 ms              %7d requests/s\n", l }'
