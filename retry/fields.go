package retry

import (
	"reflect"
	"strings"
)

// Several SDKs say status and code in exported fields, or in types of their own that the engine
// does not import. This file finds such fields by name and kind:
//
//	StatusCode int, HTTPStatusCode int     azcore.ResponseError, minio.ErrorResponse
//	ErrorCode string, Code string          the same
//	Code int, Errors []struct{Reason string}    googleapi.Error
//	StreamID, Code uint32, Cause error     the StreamError of net/http and x/net/http2
//	GRPCStatus() with Code(), Code() with a gRPC name    grpc, connect
type fields struct {
	status  []int // index path of the HTTP status
	code    []int // of the service's code
	reasons []int // of a slice of structs that have a field Reason
	reason  int   // index of Reason within such a struct
	stream  []int // of the code of an HTTP/2 stream error
	grpc    int   // index of the method GRPCStatus or Code, or -1
	status2 int   // index of the method Code of the result of GRPCStatus, or -1
}

// fieldsOf looks at the type of an error. It returns nil if no field helps. known are the methods
// that answer already: where a method gives the status, no field does.
func fieldsOf(typ reflect.Type, known asks) *fields {
	f := &fields{grpc: -1, status2: -1}
	found := f.findGRPC(typ)
	structure := typ
	if structure.Kind() == reflect.Pointer {
		structure = structure.Elem()
	}
	if structure.Kind() == reflect.Struct {
		if isStreamError(structure) {
			code, _ := structure.FieldByName("Code")
			f.stream = code.Index
			return f
		}
		if known&(asksStatus|asksStatusOld|asksHTTPCode) == 0 {
			f.status = path(structure, reflect.Int, "StatusCode", "HTTPStatusCode", "Code")
		}
		if known&(asksErrorCode|asksCode) == 0 {
			f.code = path(structure, reflect.String, "ErrorCode", "Code")
		}
		f.findReasons(structure)
		found = found || f.status != nil || f.code != nil || f.reasons != nil
	}
	if !found {
		return nil
	}
	return f
}

// path returns the index path of the first of the named fields that is exported and of that kind.
func path(structure reflect.Type, kind reflect.Kind, names ...string) []int {
	for _, name := range names {
		if field, ok := structure.FieldByName(name); ok && field.IsExported() && field.Type.Kind() == kind {
			return field.Index
		}
	}
	return nil
}

func (f *fields) findReasons(structure reflect.Type) {
	list, ok := structure.FieldByName("Errors")
	if !ok || !list.IsExported() || list.Type.Kind() != reflect.Slice || list.Type.Elem().Kind() != reflect.Struct {
		return
	}
	reason, ok := list.Type.Elem().FieldByName("Reason")
	if ok && reason.Type.Kind() == reflect.String && len(reason.Index) == 1 {
		f.reasons, f.reason = list.Index, reason.Index[0]
	}
}

// findGRPC finds GRPCStatus() S where S has Code(), or Code() itself, with a code that is a number
// with a name.
func (f *fields) findGRPC(typ reflect.Type) bool {
	if method, ok := typ.MethodByName("GRPCStatus"); ok && method.Type.NumIn() == 1 && method.Type.NumOut() == 1 {
		if code, ok := method.Type.Out(0).MethodByName("Code"); ok && isGRPCCode(method.Type.Out(0), code.Type) {
			f.grpc, f.status2 = method.Index, code.Index
			return true
		}
	}
	if method, ok := typ.MethodByName("Code"); ok && isGRPCCode(typ, method.Type) {
		f.grpc = method.Index
		return true
	}
	return false
}

// isGRPCCode reports whether a method of a type returns a 32-bit number that has a name, and takes
// nothing but its receiver, which the method of an interface does not count.
func isGRPCCode(of, method reflect.Type) bool {
	receiver := 1
	if of.Kind() == reflect.Interface {
		receiver = 0
	}
	return method.NumIn() == receiver && method.NumOut() == 1 && method.Out(0).Kind() == reflect.Uint32 &&
		method.Out(0).Implements(reflect.TypeFor[interface{ String() string }]())
}

// isStreamError reports whether a struct has the fields that net/http promises for the stream
// errors of HTTP/2: errors.As fills any struct with these.
func isStreamError(structure reflect.Type) bool {
	id, hasID := structure.FieldByName("StreamID")
	code, hasCode := structure.FieldByName("Code")
	cause, hasCause := structure.FieldByName("Cause")
	return structure.NumField() == 3 && hasID && hasCode && hasCause &&
		id.Type.Kind() == reflect.Uint32 && code.Type.Kind() == reflect.Uint32 && cause.Type == reflect.TypeFor[error]()
}

// read notes what the fields of err say.
func (f *fields) read(err error, to *findings) {
	value := reflect.ValueOf(err)
	if value.Kind() == reflect.Pointer && value.IsNil() {
		return
	}
	if f.grpc >= 0 {
		to.note(byCode, f.grpcClass(value))
	}
	value = reflect.Indirect(value)
	to.askStatus() // that of an outer error counts for more
	if field, ok := at(value, f.stream); ok {
		to.note(byStatus, http2Class(uint32(field.Uint())))
	}
	if field, ok := at(value, f.reasons); ok {
		for i := range field.Len() {
			to.note(byCode, codeClass(field.Index(i).Field(f.reason).String()))
		}
	}
	if field, ok := at(value, f.code); ok {
		to.note(byCode, codeClass(field.String()))
	}
	if field, ok := at(value, f.status); ok {
		if status := field.Int(); status >= 300 && status < 1000 { // a field Code may hold anything
			to.note(byStatus, statusClass(int(status)))
		}
	}
}

// at returns the field at an index path, unless there is no path or a nil pointer lies on it.
func at(structure reflect.Value, path []int) (reflect.Value, bool) {
	if path == nil {
		return reflect.Value{}, false
	}
	field, err := structure.FieldByIndexErr(path)
	return field, err == nil
}

// grpcClass calls the methods that findGRPC found.
func (f *fields) grpcClass(value reflect.Value) Class {
	result := value.Method(f.grpc).Call(nil)[0]
	if f.status2 >= 0 {
		switch result.Kind() {
		case reflect.Pointer, reflect.Interface:
			if result.IsNil() {
				return ClassUnknown
			}
		}
		result = result.Method(f.status2).Call(nil)[0]
	}
	named, ok := result.Interface().(interface{ String() string })
	if !ok {
		return ClassUnknown
	}
	return grpcClass(named.String())
}

// grpcClass returns the class of a gRPC code by its name, in any of the three spellings:
// DeadlineExceeded, deadline_exceeded, DEADLINE_EXCEEDED.
func grpcClass(name string) Class {
	return grpcCodes[strings.ToLower(strings.ReplaceAll(name, "_", ""))]
}

// grpcCodes follows the HTTP status that gRPC maps each code to (google/rpc/code.proto), with one
// exception: ABORTED is 409 there, and asks the caller to run the operation again.
var grpcCodes = map[string]Class{
	"canceled":           ClassCanceled,
	"cancelled":          ClassCanceled,
	"invalidargument":    ClassPermanent,
	"deadlineexceeded":   ClassTimeout,
	"notfound":           ClassPermanent,
	"alreadyexists":      ClassPermanent,
	"permissiondenied":   ClassPermanent,
	"resourceexhausted":  ClassThrottle,
	"failedprecondition": ClassPermanent,
	"aborted":            ClassTransient,
	"outofrange":         ClassPermanent,
	"unimplemented":      ClassPermanent,
	"internal":           ClassTransient,
	"unavailable":        ClassTransient,
	"dataloss":           ClassPermanent,
	"unauthenticated":    ClassPermanent,
}
