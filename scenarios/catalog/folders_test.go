package catalog_test

import (
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios/catalog"
)

// This file holds the folders of the catalog: one for each concern of a client.

// folders are the concerns. Oracle holds the drills that show each finding, and signal those that
// send a signal to a program: neither is about a single concern. Rules holds changes of the rules,
// which are about the proxy. Wire holds those in which a plain program shows what a fault sends.
// Invalid holds calls that a client refuses, stored what S3 keeps of an object besides its content,
// progress what a transfer reports, log what a client logs, and engine holds those that play the
// retry engine alone. Raw holds those in which a peer that is no HTTP library connects to the
// proxy.
const folders = `retry backoff jitter permanent timeout reset truncate corrupt throttle hint deadline budget multipart
	stream resume range conditional ambiguous list delete copy sync connection pool tls dns continue redirect clock
	credentials outage concurrency storm empty keys portal oracle rules signal wire
	invalid stored progress log engine raw`

func TestEachDrillIsInTheFolderOfAConcern(t *testing.T) {
	known := strings.Fields(folders)
	for _, e := range catalog.All() {
		require.Contains(t, known, path.Dir(e.ID), e.ID)
	}
}
