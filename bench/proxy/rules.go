package proxy

import (
	"fmt"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// unmatched returns n rules of all kinds that match no request of the load: rules for other keys,
// buckets, methods, parts and headers.
func unmatched(n int) ([]faultproxy.Rule, error) {
	texts := []string{
		"match: {operation: GetObject, key: reports/%d/*}",
		"match: {operation: PutObject, key: '*/%d.parquet'}",
		"match: {bucket: staging-%d}",
		"match: {key: images/%d/*.png}",
		"match: {operation: UploadPart, part: %d}",
		"match: {operation: GetObject, attempt: %d}",
		"match: {operation: PutObject, bucket: archive-%d}",
		"match: {key: logs/*/%d/*.gz}",
		"match: {method: PUT, key: backup-%d}",
		"match: {header: {x-amz-meta-shard: '%d'}}",
	}
	rules := make([]faultproxy.Rule, n)
	for i := range rules {
		text := fmt.Sprintf(texts[i%len(texts)], i+2) + ", respond: {status: 503}"
		rule, err := faultproxy.ParseRule(text)
		if err != nil {
			return nil, fmt.Errorf("rule %q: %w", text, err)
		}
		rules[i] = rule
	}
	return rules, nil
}
