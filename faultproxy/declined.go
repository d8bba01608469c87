package faultproxy

// A final response in place of 100 Continue declines the request's body. The client may still send
// that body, so the proxy cannot tell where the next request starts: it closes the connection, and
// says so in the response (RFC 9110, section 10.1.1).

// declined reports whether the upstream's response declines a body that the client holds back.
func (x *exchange) declined() bool {
	p := x.in.pump
	if !x.in.head.Expect || x.in.continued || p == nil {
		return false
	}
	select {
	case <-p.bodyDone: // the client has not waited
		return !x.in.done
	default:
		return true
	}
}
