#!/bin/bash
# The relay beside a C loop, a consumer beside pgbench, and memory over many events; on the Apache Kafka that KAFKA_HOME names.
# Needs cc and pgbench. Environment: MESSAGING_BENCH (the built MessagingBench), ROUNDS, EVENTS, MEMORY_EVENTS.
set -eu
cd "$(dirname "$0")/.."
bench=${MESSAGING_BENCH:-.build-release/release/MessagingBench}
[ -x "$bench" ] || { echo "build MessagingBench first: tools/release MessagingBench"; exit 69; }
[ -n "${KAFKA_HOME:-}" ] || { echo "KAFKA_HOME must name an Apache Kafka"; exit 69; }
# Debian keeps pgbench beside the server, where no PATH leads.
for folder in /usr/lib/postgresql/*/bin; do PATH=$PATH:$folder; done
command -v pgbench >/dev/null || { echo "pgbench is needed"; exit 69; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
flags=$(pkg-config --cflags --libs libpq rdkafka)
# shellcheck disable=SC2086
cc -O2 -o "$folder/relay_bound" Benchmarks/relay_bound.c $flags -lpthread
RELAY_BOUND=$folder/relay_bound "$bench" relay
"$bench" consumer
"$bench" memory
