# A day of the AWS command line interface. usage: aws.sh STEP
export AWS_EC2_METADATA_DISABLED=true AWS_PAGER=
case $1 in
put)
  aws s3 mb "s3://$BUCKET"
  aws s3 cp --no-progress "$SMALL" "s3://$BUCKET/small"
  ;;
get)
  aws s3 cp --no-progress "s3://$BUCKET/small" "$OUT/small"
  cmp "$SMALL" "$OUT/small"
  ;;
list)
  aws s3 cp --no-progress --recursive --quiet "$TREE" "s3://$BUCKET/listed"
  test "$(aws s3api list-objects-v2 --bucket "$BUCKET" --page-size 50 --query 'length(Contents)' --output json)" = 301
  ;;
multipart)
  aws s3 cp --no-progress "$BIG" "s3://$BUCKET/big"
  aws s3 cp --no-progress "s3://$BUCKET/big" "$OUT/big"
  cmp "$BIG" "$OUT/big"
  ;;
sync)
  aws s3 sync --no-progress --quiet "$TREE" "s3://$BUCKET/tree"
  aws s3 sync --no-progress --quiet "s3://$BUCKET/tree" "$OUT/tree"
  diff -r "$TREE" "$OUT/tree"
  ;;
delete)
  aws s3 rm --recursive --quiet "s3://$BUCKET"
  test -z "$(aws s3 ls --recursive "s3://$BUCKET")"
  aws s3 rb "s3://$BUCKET"
  ;;
esac
