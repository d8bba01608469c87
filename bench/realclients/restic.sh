# A day of restic. usage: restic.sh STEP
# A repository is the bucket: its steps are those of a backup.
export RESTIC_REPOSITORY="s3:$AWS_ENDPOINT_URL/$BUCKET" RESTIC_PASSWORD=day RESTIC_CACHE_DIR=$HOME/cache
options=(--quiet)
case $AWS_ENDPOINT_URL in https:*) options+=(--cacert "$SSL_CERT_FILE") ;; esac
restic() { command restic "${options[@]}" "$@"; }
case $1 in
put)
  restic init
  restic backup "$SMALL"
  ;;
get)
  restic restore latest --target "$OUT"
  cmp "$SMALL" "$OUT$SMALL"
  ;;
list) test "$(restic snapshots --json | grep -o '"short_id"' | wc -l)" -eq 1 ;;
multipart)
  restic backup "$BIG"
  restic restore latest --target "$OUT"
  cmp "$BIG" "$OUT$BIG"
  ;;
sync)
  restic backup "$TREE"
  restic restore latest --target "$OUT"
  diff -r "$TREE" "$OUT$TREE"
  restic check --read-data
  ;;
delete)
  restic forget --prune --keep-last 1 --group-by host
  test "$(restic snapshots --json | grep -o '"short_id"' | wc -l)" -eq 1
  restic check
  ;;
esac
