// Package s3chaos is the front page of the module: deterministic simulation testing for S3 clients.
// A real client sends real HTTP bytes to a fake S3 behind a proxy that injects faults from a
// script, all under virtual time. This package holds no code. Start at the room that you need:
//
//   - [github.com/s3chaos/s3chaos/cmd/chaos] is the program: it plays scenarios and reports a
//     verdict for each.
//   - [github.com/s3chaos/s3chaos/faultproxy] is the proxy: rules, faults and the journal. Its lab
//     for Go tests is [github.com/s3chaos/s3chaos/faultproxy/faulttest].
//   - [github.com/s3chaos/s3chaos/faultproxy/fakes3] is an S3 in memory that answers as S3 does.
//   - [github.com/s3chaos/s3chaos/faultproxy/memnet] is a network in memory that refuses, stalls
//     and resets.
//   - [github.com/s3chaos/s3chaos/faultproxy/control] steers a running proxy over HTTP.
//   - [github.com/s3chaos/s3chaos/retry] is a retry engine on the standard library alone;
//     [github.com/s3chaos/s3chaos/retry/retryhttp] puts it under any http.Client, and
//     [github.com/s3chaos/s3chaos/retry/retryprom] exports its metrics.
//   - [github.com/s3chaos/s3chaos/s3client] is a retrying S3 client on aws-sdk-go-v2.
//   - [github.com/s3chaos/s3chaos/scenarios] turns a YAML file into a drill and a verdict;
//     [github.com/s3chaos/s3chaos/scenarios/report] writes the results.
//
// The README shows each of them at work. docs/ARCHITECTURE.md describes the way of a request and of
// a scenario through the rooms.
package s3chaos
