#!/usr/bin/env bash
# usage: run.sh CHAOS NODE_MODULES [CLIENT...]
# Lets real S3 clients do a day's work against `CHAOS serve`, over http and over TLS. Each client is a
# program that takes the name of a step. A step that needs longer than LIMIT seconds has stalled.
# NODE_MODULES is the folder for the modules of aws-sdk-js.
set -uo pipefail
chaos=$1 modules=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
limit=${LIMIT:-120}
clients=(${@:-aws rclone s3cmd restic boto3 aws-sdk-js minio-go})
steps=(put get list multipart sync delete)
AWS_SDK_JS=3.1173.0

work=$(mktemp -d)
server=
stop_server() { [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null; server=; }
trap 'stop_server; rm -rf "$work"' EXIT

# reason CLIENT prints why a client cannot run.
reason() {
  case $1 in
  boto3) python3 -c 'import boto3' 2>/dev/null || echo "python3 has no boto3" ;;
  aws-sdk-js) command -v npm >/dev/null && command -v node >/dev/null || echo "node and npm are not installed" ;;
  minio-go) ;; # a module of this folder
  *) command -v "$1" >/dev/null || echo "$1 is not installed" ;;
  esac
}

# version CLIENT prints the version of a client.
version() {
  case $1 in
  aws) aws --version | cut -d' ' -f1 ;;
  boto3) python3 -c 'import boto3; print(boto3.__version__)' ;;
  aws-sdk-js) echo "$AWS_SDK_JS" ;;
  minio-go) cd "$here" && go list -m -f '{{.Version}}' github.com/minio/minio-go/v7 ;;
  rclone | s3cmd) "$1" --version | head -1 | cut -d' ' -f2- ;;
  restic) restic version | cut -d' ' -f2 ;;
  esac
}

# prepare CLIENT builds or installs what the client needs.
prepare() {
  case $1 in
  aws-sdk-js)
    [ -d "$modules/node_modules/@aws-sdk/lib-storage" ] || npm install --prefix "$modules" --no-save --no-package-lock \
      --no-audit --no-fund --loglevel error "@aws-sdk/client-s3@$AWS_SDK_JS" "@aws-sdk/lib-storage@$AWS_SDK_JS"
    ;;
  minio-go) (cd "$here" && go build -o "$work/minio-go" .) ;;
  esac
}

# day CLIENT STEP does one step.
day() {
  case $1 in
  boto3) python3 "$here/boto3_day.py" "$2" ;;
  aws-sdk-js) NODE_PATH="$modules/node_modules" node "$here/day.cjs" "$2" ;;
  minio-go) "$work/minio-go" "$2" ;;
  *) bash -euxo pipefail "$here/$1.sh" "$2" ;;
  esac
}
export -f day
export here modules work

# start_server OPTION... starts a server and takes over its environment.
start_server() {
  rm -f "$work/ready"
  "$chaos" serve --keep 1 --env-file "$work/env" --ready-file "$work/ready" "$@" >"$work/serve" 2>&1 &
  server=$!
  until [ -e "$work/ready" ]; do
    kill -0 "$server" 2>/dev/null || { cat "$work/serve" >&2; exit 1; }
    sleep 0.1
  done
  unset AWS_CA_BUNDLE SSL_CERT_FILE NODE_EXTRA_CA_CERTS REQUESTS_CA_BUNDLE CURL_CA_BUNDLE
  set -a
  . "$work/env"
  set +a
}

# files makes a tree of 300 files, 55 of them empty, and a file of 16 MiB.
files() {
  local i
  for i in $(seq 300); do
    mkdir -p "$work/tree/$((i % 7))"
    if [ "$i" -le 55 ]; then : >"$work/tree/$((i % 7))/$i"; else echo "file $i" >"$work/tree/$((i % 7))/$i"; fi
  done
  head -c 16777216 /dev/urandom >"$work/big"
  echo "a small file" >"$work/small"
}

# run_day CLIENT prints the seconds of a day and of its longest step, or what failed.
run_day() {
  local step total=0 longest=0 slowest=- from took
  export BUCKET="day-$1" TREE="$work/tree" BIG="$work/big" SMALL="$work/small" OUT="$work/out" HOME="$work/home"
  rm -rf "$OUT" "$HOME" && mkdir -p "$OUT" "$HOME"
  for step in "${steps[@]}"; do
    from=$(date +%s%N)
    timeout -k 5 "$limit" bash -c 'day "$@"' day "$1" "$step" >"$work/log" 2>&1
    case $? in
    0) ;;
    124 | 137) echo "$step stalled: no end after $limit s"; return 1 ;;
    *) echo "$step failed"; cat "$work/log" >&2; return 1 ;;
    esac
    took=$((($(date +%s%N) - from) / 100000000))
    total=$((total + took))
    [ $took -le $longest ] || { longest=$took slowest=$step; }
  done
  printf '%d.%d s, of it %s %d.%d s\n' $((total / 10)) $((total % 10)) "$slowest" $((longest / 10)) $((longest % 10))
}

files
ready=()
for client in "${clients[@]}"; do
  why=$(reason "$client")
  if [ -n "$why" ]; then echo "skipped $client: $why" >&2; continue; fi
  if ! prepare "$client" >&2; then echo "skipped $client: its modules cannot be installed" >&2; continue; fi
  ready+=("$client")
done
failed=0
declare -A result
for scheme in http https; do
  if [ $scheme = https ]; then start_server --tls; else start_server; fi
  for client in "${ready[@]}"; do
    result[$client/$scheme]=$(run_day "$client") || failed=1
    kill -0 "$server" 2>/dev/null || { echo "chaos serve ended" >&2; tail -5 "$work/serve" >&2; exit 1; }
  done
  stop_server
done
printf '| client | version | http | https |\n|---|---|---|---|\n'
for client in "${ready[@]}"; do
  printf '| %s | %s | %s | %s |\n' "$client" "$(version "$client")" "${result[$client/http]}" "${result[$client/https]}"
done
exit $failed
