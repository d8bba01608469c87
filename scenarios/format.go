package scenarios

import (
	"errors"
	"reflect"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// format is what the reader must know of the types of a scenario besides their fields.
var format = Format{
	Document: "scenario",
	Explain:  explain,
	Types: map[reflect.Type]Type{
		reflect.TypeFor[Clock]():      Words(Virtual, Real),
		reflect.TypeFor[JitterName](): Words[JitterName]("none", "additive", "full", "equal", "decorrelated", "proportional"),
		reflect.TypeFor[SDKMode]():    Words(SDKStandard, SDKAdaptive, SDKOff),
		reflect.TypeFor[Outcome]():    Words(Success, Failure),
		reflect.TypeFor[ErrorKind]():  Words(KindExhausted, KindPermanent, KindCanceled, KindDeadline, KindBudget, KindIntegrity),
		reflect.TypeFor[Progress]():   Words(Monotonic),
		reflect.TypeFor[Finding]():    Words(LostWrite, TornObject, WrongRead, PhantomSuccess, OrphanUpload, Leak, Hang, LateRequest),

		reflect.TypeFor[Size]():              Named("a size"),
		reflect.TypeFor[IntBound]():          Custom("a bound", (*IntBound).decodeNode),
		reflect.TypeFor[DurationBound]():     Custom("a bound", (*DurationBound).decodeNode),
		reflect.TypeFor[SizeBound]():         Custom("a bound", (*SizeBound).decodeNode),
		reflect.TypeFor[CountBound]():        Custom("a bound", (*CountBound).decodeNode),
		reflect.TypeFor[Counts]():            Custom("", (*Counts).decodeNode),
		reflect.TypeFor[Waits]():             Custom("a list of bounds, or policy", (*Waits).decodeNode),
		reflect.TypeFor[Command]():           Custom("a list or one line of text", (*Command).decodeNode),
		reflect.TypeFor[SameAs]():            Custom("", (*SameAs).decodeNode),
		reflect.TypeFor[Fault]():             Custom("", (*Fault).decodeNode),
		reflect.TypeFor[faultproxy.Window](): Custom("", decodeWindow),
	},
}

// explain splits the error of a fault's parameter.
func explain(err error) (message, hint string) {
	if field, ok := errors.AsType[*faultproxy.FieldError](err); ok {
		return field.Message, field.Hint
	}
	return oneLine(err), ""
}
