# A day of rclone. usage: rclone.sh STEP
unset AWS_CA_BUNDLE # rclone takes SSL_CERT_FILE and refuses this one
export RCLONE_CONFIG=$HOME/rclone.conf RCLONE_S3_PROVIDER=Other RCLONE_S3_ENV_AUTH=true
export RCLONE_S3_ENDPOINT=$AWS_ENDPOINT_URL RCLONE_S3_LIST_CHUNK=50 RCLONE_S3_CHUNK_SIZE=5Mi RCLONE_S3_UPLOAD_CUTOFF=5Mi
touch "$RCLONE_CONFIG"
case $1 in
put)
  rclone mkdir ":s3:$BUCKET"
  rclone copyto "$SMALL" ":s3:$BUCKET/small"
  ;;
get)
  rclone copyto ":s3:$BUCKET/small" "$OUT/small"
  cmp "$SMALL" "$OUT/small"
  ;;
list)
  rclone copy "$TREE" ":s3:$BUCKET/listed"
  test "$(rclone lsf -R --files-only ":s3:$BUCKET" | wc -l)" -eq 301
  ;;
multipart)
  rclone copyto "$BIG" ":s3:$BUCKET/big"
  rclone copyto ":s3:$BUCKET/big" "$OUT/big"
  cmp "$BIG" "$OUT/big"
  ;;
sync)
  rclone sync "$TREE" ":s3:$BUCKET/tree"
  rclone sync ":s3:$BUCKET/tree" "$OUT/tree"
  diff -r "$TREE" "$OUT/tree"
  rclone check "$TREE" ":s3:$BUCKET/tree"
  ;;
delete)
  rclone purge ":s3:$BUCKET"
  ! rclone lsf ":s3:$BUCKET" 2>/dev/null
  ;;
esac
