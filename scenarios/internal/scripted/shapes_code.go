package scripted

// Types of gRPC, Connect and HTTP/2.
type (
	grpcError struct {
		plain
		s *status
	}
	connect struct {
		plain
		code code
	}
	// StreamError has the fields that net/http promises.
	StreamError struct {
		StreamID uint32
		Code     uint32
		Cause    error
	}
	status struct{ code code }
	code   uint32
)

func (e *grpcError) GRPCStatus() *status { return e.s }
func (e *connect) Code() code            { return e.code }
func (s *status) Code() code             { return s.code }
func (e StreamError) Error() string      { return e.Cause.Error() }

// grpcNames are the codes by their numbers, in the three spellings that are in use.
var grpcNames = []string{
	"OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound", "AlreadyExists",
	"PermissionDenied", "ResourceExhausted", "FailedPrecondition", "Aborted", "OutOfRange", "Unimplemented",
	"Internal", "Unavailable", "DataLoss", "Unauthenticated",
	"canceled", "cancelled", "unavailable", "deadline_exceeded", "resource_exhausted", "CANCELLED", "UNAVAILABLE",
	"DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "NOT_FOUND",
}

// grpcCode returns the code with a name.
func grpcCode(name string) code {
	for i, known := range grpcNames {
		if known == name {
			return code(i)
		}
	}
	return code(len(grpcNames))
}

func (c code) String() string {
	if int(c) < len(grpcNames) {
		return grpcNames[c]
	}
	return "Code(99)"
}
