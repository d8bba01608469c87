package faultproxy

import (
	"errors"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// deleteErrors answers DeleteObjects with errors for some of its keys.
type deleteErrors struct {
	Keys    string `yaml:"keys"`    // pattern of whole keys; empty: every key
	Code    string `yaml:"code"`    // default InternalError
	Message string `yaml:"message"` // empty: the code's usual message
}

// DeleteErrors answers DeleteObjects with an error for each key that the pattern matches; ""
// matches every key. Those keys stay, and the upstream deletes the others. An empty code means
// InternalError.
//
// The proxy asks the upstream to delete the others with a request of its own, which has no
// signature. If the upstream refuses it, the client's request passes unchanged and the rule has not
// fired. The same holds for requests of more than 8 MiB, and for those without a matching key.
func DeleteErrors(keys, code string) Fault { return &deleteErrors{Keys: keys, Code: code} }

func (f *deleteErrors) Kind() string   { return "delete_errors" }
func (f *deleteErrors) String() string { return printFault(f) }
func (f *deleteErrors) part(r *Rule)   { r.Fault = f }
func (f *deleteErrors) traits() traits { return traits{order: throughUpstream, spoils: true} }
func (f *deleteErrors) Validate() error {
	return errors.Join(validPattern("delete_errors.keys", f.Keys), errorCode("delete_errors.code", f.Code),
		xmlText("delete_errors.message", f.Message))
}

func (f *deleteErrors) applies(req *s3api.Request, _ time.Duration, _ any) bool {
	return req.Operation == "DeleteObjects"
}

func (f *deleteErrors) act(x *exchange) {
	content, unseen, ok := x.peekRequest()
	if !ok {
		x.unfire(true)
		return
	}
	refused, rest := f.split(content)
	switch {
	case unseen != nil, len(refused) == 0:
		x.unfire(false)
		x.pass()
	case rest == nil:
		if x.receive(nil) {
			x.sendResponse(200, "application/xml", nil, f.withErrors(nil, refused))
		}
	default:
		f.deleteRest(x, refused, rest)
	}
}

// deleteRest has the upstream delete the keys of the document rest, and answers with its response
// and the errors.
func (f *deleteErrors) deleteRest(x *exchange, refused []refusedKey, rest []byte) {
	if x.memory.TakesBody() {
		x.memory.SetBody(rest, nil)
	}
	request := unsignedDelete(x.in.raw, rest)
	asked := x.readBefore() && x.ask(false, func(up *upstream) error {
		return x.await(up, func() error {
			_, err := up.nc.Write(request)
			return err
		})
	})
	switch {
	case !asked:
		x.unfire(false)
	case !x.hasDocument():
		if x.discard() {
			x.unfire(false)
			x.pass()
		}
	default:
		if head, content, ok := x.readAnswer(); ok && x.receive(nil) {
			x.sendRewritten(head, f.withErrors(content, refused))
		}
	}
}

func (f *deleteErrors) neverActsOn(op asked) string {
	if op.name != "" && op.name != "DeleteObjects" || op.name == "" && op.method != "POST" {
		return "only DeleteObjects names keys to delete, never " + op.subject()
	}
	return ""
}

func (f *deleteErrors) idleReason() string {
	return "they were no DeleteObjects of a matching key, or the upstream refused one without a signature"
}
