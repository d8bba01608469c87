package script

import "github.com/s3chaos/s3chaos/faultproxy"

// Size is a number of bytes.
type Size = faultproxy.Size
