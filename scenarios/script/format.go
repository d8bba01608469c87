package script

import (
	"errors"
	"maps"
	"reflect"
	"slices"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// format tells the YAML reader about types of a scenario that it cannot read from their fields.
var format = strictyaml.Format{
	Document: "scenario",
	Explain:  explain,
	Text:     checkPlaceholders,
	Labels:   labels,
	Types: map[reflect.Type]strictyaml.Type{
		reflect.TypeFor[Clock](): strictyaml.Words(Virtual, Real),
		reflect.TypeFor[JitterName](): strictyaml.Words[JitterName]("none", "additive", "full", "equal",
			"decorrelated", "proportional"),
		reflect.TypeFor[UploadChecksum](): strictyaml.Words(uploadChecksums...),
		reflect.TypeFor[PresignMethod]():  strictyaml.Words(PresignGet, PresignPut),
		reflect.TypeFor[RawPiece]():       strictyaml.Custom("a text or a mapping", (*RawPiece).decodeNode),
		reflect.TypeFor[RawEnd]():         strictyaml.Words(RawCloseWrite, RawClose, RawReset),
		reflect.TypeFor[RawEnding]():      strictyaml.Words(RawClosed, RawWasReset, RawLeft, RawRefused, RawHandshake),
		reflect.TypeFor[CallWay]():        strictyaml.Words(WayDo, WayValue, WayUntil, WayLoop, WaySteps),
		reflect.TypeFor[NoEngine]():       strictyaml.Words(EngineNil, EngineZero, EnginePackage),
		reflect.TypeFor[CloseBy]():        strictyaml.Words(CloseSelf, CloseBody),
		reflect.TypeFor[CallCircuit]():    strictyaml.Words(CircuitOpen, CircuitReset),
		reflect.TypeFor[CircuitState]():   strictyaml.Words[CircuitState]("closed", "half-open", "open"),
		reflect.TypeFor[ErrorMark]():      strictyaml.Words(MarkRetryable, MarkPermanent),
		reflect.TypeFor[ErrorType]():      strictyaml.Words(ErrorTypes()...),
		reflect.TypeFor[KnownError]():     strictyaml.Words(knownErrorNames()...),
		reflect.TypeFor[ErrorClass]():     strictyaml.Words(slices.Sorted(maps.Keys(errorClasses))...),
		reflect.TypeFor[AnyInt]():         anyNumber[AnyInt]("a whole number"),
		reflect.TypeFor[AnyNumber]():      anyNumber[AnyNumber]("a number"),
		reflect.TypeFor[AnyDuration]():    anyNumber[AnyDuration]("a duration"),
		reflect.TypeFor[SDKMode]():        strictyaml.Words(SDKStandard, SDKAdaptive, SDKOff),
		reflect.TypeFor[Blindness]():      strictyaml.Words(blindnesses...),
		reflect.TypeFor[BreakPlace](): strictyaml.Words(BreakConnect, BreakRequestHead, BreakRequestBody,
			BreakResponseHead, BreakResponseBody, BreakIdle),
		reflect.TypeFor[ProxyEndpoint](): strictyaml.Words(EndpointFixed),
		reflect.TypeFor[WrongCount]():    strictyaml.Words(CountNegative, CountBeyond),
		reflect.TypeFor[LoadOrder]():     strictyaml.Words(InTurn, Drawn),
		reflect.TypeFor[Draw]():          strictyaml.Custom("a size or a mapping", (*Draw).decodeNode),
		reflect.TypeFor[Level]():         strictyaml.Words(Must, Should, Info, Own),
		reflect.TypeFor[Outcome]():       strictyaml.Words(Success, Failure, Any),
		reflect.TypeFor[ErrorKind](): strictyaml.Words(KindExhausted, KindPermanent, KindCanceled, KindDeadline,
			KindBudget, KindBreaker, KindIntegrity, KindUnknown, KindInvalid),
		reflect.TypeFor[Ending]():            strictyaml.Words(endings...),
		reflect.TypeFor[Progress]():          strictyaml.Words(Monotonic, Complete),
		reflect.TypeFor[ChecksumAlgorithm](): strictyaml.Words(checksumWords()...),
		reflect.TypeFor[ChecksumType]():      strictyaml.Words(ChecksumFull, ChecksumComposite, ChecksumNone),
		reflect.TypeFor[StorageClass]():      strictyaml.Words(storageClasses...),
		reflect.TypeFor[Versioning]():        strictyaml.Words(VersioningEnabled, VersioningSuspended),
		reflect.TypeFor[RegionAnswer]():      strictyaml.Words(RegionMalformed, RegionRedirect),
		reflect.TypeFor[LockMode]():          strictyaml.Words(Governance, Compliance),
		reflect.TypeFor[Finding]():           strictyaml.Words(Findings()...),

		reflect.TypeFor[Case]():          strictyaml.Custom("", (*Case).decodeCase),
		reflect.TypeFor[Size]():          strictyaml.Named("a size"),
		reflect.TypeFor[FileMode]():      strictyaml.Named("a mode in octal"),
		reflect.TypeFor[Range]():         strictyaml.Custom("a range", (*Range).decodeNode),
		reflect.TypeFor[IntBound]():      strictyaml.Custom("a bound", (*IntBound).decodeNode),
		reflect.TypeFor[DurationBound](): strictyaml.Custom("a bound", (*DurationBound).decodeNode),
		reflect.TypeFor[SizeBound]():     strictyaml.Custom("a bound", (*SizeBound).decodeNode),
		reflect.TypeFor[CountBound]():    strictyaml.Custom("a bound", (*CountBound).decodeNode),
		reflect.TypeFor[Counts]():        strictyaml.Custom("", (*Counts).decodeNode),
		reflect.TypeFor[Waits]():         strictyaml.Custom("a list of bounds, or policy", (*Waits).decodeNode),
		reflect.TypeFor[Command]():       strictyaml.Custom("a list or one line of text", decodeCommand),
		reflect.TypeFor[SameAs]():        strictyaml.Custom("", (*SameAs).decodeNode),
		reflect.TypeFor[Location]():      strictyaml.Custom("a path or a mapping", (*Location).decodeNode),
		reflect.TypeFor[Credentials]():   strictyaml.Custom("anonymous or a mapping", (*Credentials).decodeNode),
		reflect.TypeFor[Region]():        strictyaml.Custom("a name or a mapping", (*Region).decodeNode),
		reflect.TypeFor[Checksum]():      strictyaml.Custom("an algorithm or a mapping", (*Checksum).decodeNode),
		reflect.TypeFor[Parts]():         strictyaml.Custom("a number or a list of sizes", (*Parts).decodeNode),
		reflect.TypeFor[Bucket]():        strictyaml.Custom("a name or a mapping", (*Bucket).decodeNode),
		reflect.TypeFor[ObjectLock]():    strictyaml.Custom("true, false or a mapping", (*ObjectLock).decodeNode),
		reflect.TypeFor[SignalName](): strictyaml.Words(SignalInt, SignalTerm, SignalKill, SignalStop,
			SignalCont),
		reflect.TypeFor[Signals]():           strictyaml.Custom("", (*Signals).decodeNode),
		reflect.TypeFor[FileChanges]():       strictyaml.Custom("", (*FileChanges).decodeNode),
		reflect.TypeFor[Fault]():             strictyaml.Custom("", (*Fault).decodeNode),
		reflect.TypeFor[faultproxy.Window](): strictyaml.Custom("", decodeWindow),
	},
}

// explain splits the error of a fault parameter into message and hint.
func explain(err error) (message, hint string) {
	if field, ok := errors.AsType[*faultproxy.FieldError](err); ok {
		return field.Message, field.Hint
	}
	return strictyaml.OneLine(err), ""
}
