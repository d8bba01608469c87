# A day of s3cmd. usage: s3cmd.sh STEP
# s3cmd has no option for the size of a page: its listing is one page.
host=${AWS_ENDPOINT_URL#*://}
options=(--host="$host" --host-bucket="$host" --access_key="$AWS_ACCESS_KEY_ID" --secret_key="$AWS_SECRET_ACCESS_KEY"
  --region="$AWS_REGION" --config="$HOME/s3cfg" --no-progress)
case $AWS_ENDPOINT_URL in
https:*) options+=(--ssl --ca-certs="$SSL_CERT_FILE") ;;
*) options+=(--no-ssl) ;;
esac
touch "$HOME/s3cfg"
s3() { s3cmd "${options[@]}" "$@"; }
case $1 in
put)
  s3 mb "s3://$BUCKET"
  s3 put "$SMALL" "s3://$BUCKET/small"
  ;;
get)
  s3 get "s3://$BUCKET/small" "$OUT/small"
  cmp "$SMALL" "$OUT/small"
  ;;
list)
  s3 put --recursive "$TREE/" "s3://$BUCKET/listed/"
  test "$(s3 ls --recursive "s3://$BUCKET" | wc -l)" -eq 301
  ;;
multipart)
  s3 put --multipart-chunk-size-mb=5 "$BIG" "s3://$BUCKET/big"
  s3 get "s3://$BUCKET/big" "$OUT/big"
  cmp "$BIG" "$OUT/big"
  ;;
sync)
  mkdir "$OUT/tree"
  s3 sync "$TREE/" "s3://$BUCKET/tree/"
  s3 sync "s3://$BUCKET/tree/" "$OUT/tree/"
  diff -r "$TREE" "$OUT/tree"
  ;;
delete)
  s3 del --recursive --force "s3://$BUCKET"
  test -z "$(s3 ls --recursive "s3://$BUCKET")"
  s3 rb "s3://$BUCKET"
  ;;
esac
