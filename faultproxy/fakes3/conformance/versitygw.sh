#!/usr/bin/env bash
# usage: versitygw.sh PROGRAM
# Runs the conformance test on the versitygw PROGRAM: its posix backend with
# versions, on loopback, in a folder that is removed at the end.
set -euo pipefail
program=$1
port=${PORT:-7070}
dir=$(mktemp -d)
mkdir "$dir/buckets" "$dir/versions"
export AWS_ACCESS_KEY_ID=conformance AWS_SECRET_ACCESS_KEY=conformance-secret
"$program" --access "$AWS_ACCESS_KEY_ID" --secret "$AWS_SECRET_ACCESS_KEY" --port "127.0.0.1:$port" --quiet \
  posix --versioning-dir "$dir/versions" "$dir/buckets" >"$dir/log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null || true; rm -rf "$dir"' EXIT
for _ in $(seq 100); do
  (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
  kill -0 $server 2>/dev/null || { cat "$dir/log"; exit 1; }
  sleep 0.1
done
cd "$(dirname "$0")/../../.."
S3CHAOS_ENDPOINT=http://127.0.0.1:$port S3CHAOS_SERVER=versitygw go test -count 1 ./faultproxy/fakes3/conformance
