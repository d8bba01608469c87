package faultproxy

// idleReason says, after "requests matched, but", why a fault found nothing to act on.
func idleReason(f Fault) string {
	switch f := f.(type) {
	case *throttle:
		return "the quota was not used up"
	case *stale:
		return "nothing had changed before them: there was no older version"
	case *idleClose:
		return "each came on a new connection: no kept-alive one was reused"
	case *continueFault:
		return "none had Expect: 100-continue"
	case *corrupt:
		return "there was no body to flip bits in"
	case *bandwidth:
		return "the response had no body"
	case *slicer:
		return "the response's body was absent or fitted into one piece"
	case *closeEarly:
		return "the response ended before the byte to cut at"
	case *resetPeer:
		if f.traits().order == throughUpstream {
			return "the response ended before the byte to cut at"
		}
	}
	return "the upstream did not respond"
}
