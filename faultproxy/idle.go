package faultproxy

// idler is implemented by faults that can find nothing to act on in a request that their rule
// matches.
type idler interface {
	// idleReason says why, as the end of the sentence "2 requests matched, but".
	idleReason() string
}

// noResponse is the reason for faults that only act on a response of the upstream.
const noResponse = "the upstream did not respond"

// idleReason says why a fault found nothing to act on, as the end of the sentence "2 requests
// matched, but".
func idleReason(f Fault) string {
	if i, ok := f.(idler); ok {
		return i.idleReason()
	}
	return noResponse
}
