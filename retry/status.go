package retry

// statusClass says what an HTTP status means for a retry. ClassUnknown: nothing.
func statusClass(status int) Class {
	switch status {
	case 429:
		return ClassThrottle
	case 408, 425:
		// RFC 9110, section 15.5.9: after 408 the client may repeat the request. RFC 8470, section
		// 5.2: after 425 it repeats the request, which then does not travel as early data.
		return ClassTransient
	case 501, 505, 506, 508, 510, 511:
		return ClassPermanent // the server cannot or will not do what the request needs
	}
	switch {
	case status >= 1000 || status < 300:
		return ClassUnknown
	case status >= 500:
		// RFC 9110, section 15: a client treats an unknown 5xx as 500, and an invalid status, above
		// 599, as a 5xx.
		return ClassTransient
	}
	return ClassPermanent
}
