package main

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go/aws/client"
	"github.com/minio/minio-go/v7"
)

// A said is a fact that the source of a client says. docs/results/profiles-source.md names the
// lines.
type said struct {
	section, name string
	value         string  // empty: the number says it
	number        float64 // within the interval of the fact
}

func agrees(t *testing.T, name string, facts []said) {
	t.Helper()
	p, err := measure(t.Context(), name, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range facts {
		got, ok := p.Row(want.section, want.name)
		switch {
		case !ok:
			t.Errorf("%s: %s: the profile has no such fact", want.section, want.name)
		case want.value != "" && got.Value != want.value:
			t.Errorf("%s: %s: %s: want %s", want.section, want.name, got.Value, want.value)
		case want.value == "" && (want.number < got.Low || got.High < want.number):
			t.Errorf("%s: %s: %+v: want %v", want.section, want.name, got, want.number)
		}
	}
}

// each returns a fact for each of several failures.
func each(section, value string, names ...string) []said {
	var facts []said
	for _, name := range names {
		facts = append(facts, said{section: section, name: name, value: value})
	}
	return facts
}

func seconds(d time.Duration) float64 { return d.Seconds() }

func TestMinioAgreesWithItsSource(t *testing.T) {
	if minio.MaxRetry != 10 || minio.MaxJitter != 1 {
		t.Fatal("minio-go has another policy: read its source again")
	}
	unit, longest := minio.DefaultRetryUnit, minio.DefaultRetryCap
	facts := []said{
		{section: "waits after server error", name: "multiplier", number: 2},
		{section: "waits after server error", name: "cap", number: seconds(longest)},
		{section: "waits after server error", name: "jitter full", number: seconds(unit)},
		{section: "waits after throttling", name: "jitter full", number: seconds(unit)},
		{section: "waits after reset", name: "jitter full", number: seconds(unit)},
		{section: "waits after refused connection", name: "jitter full", number: seconds(unit)},
		{section: "timeouts", name: "to connect", number: 30},
		{section: "timeouts", name: "for the first byte", number: 60},
		{section: "timeouts", name: "for the next byte", value: "no limit"},
		{section: "quota", name: "server error", value: "none"},
		{section: "habits", name: "sleep after the last attempt", number: 0.9 * seconds(longest)},
	}
	facts = append(facts, each("attempts of GetObject", "10", "500 InternalError", "502, a page of HTML",
		"503 ServiceUnavailable", "504, a page of HTML", "503 SlowDown", "429 TooManyRequests", "400 RequestTimeout",
		"408, a page of HTML", "400 ExpiredToken", "connection refused", "reset before the response", "silence")...)
	facts = append(facts, each("attempts of GetObject", "1", "409 OperationAborted", "400 BadRequest",
		"403 AccessDenied", "403 RequestTimeTooSkewed", "404 NoSuchKey", "501 NotImplemented")...)
	facts = append(facts, each("hints", "ignored", "Retry-After in seconds", "Retry-After as a date",
		"x-amz-retry-after in milliseconds")...)
	agrees(t, "minio-go", facts)
}

func TestSDKv1AgreesWithItsSource(t *testing.T) {
	if client.DefaultRetryerMaxNumRetries != 3 {
		t.Fatal("aws-sdk-go has another policy: read its source again")
	}
	least, throttled := seconds(client.DefaultRetryerMinRetryDelay), seconds(client.DefaultRetryerMinThrottleDelay)
	facts := []said{
		{section: "waits after server error", name: "multiplier", number: 2},
		{section: "waits after server error", name: "jitter additive", number: least},
		{section: "waits after server error", name: "jitter equal", number: 2 * least},
		{section: "waits after throttling", name: "multiplier", number: 2},
		{section: "waits after throttling", name: "jitter additive", number: throttled},
		{section: "hints", name: "Retry-After in seconds", number: 2 + 1.5*throttled},
		{section: "hints", name: "Retry-After as a date", value: "ignored"},
		{section: "hints", name: "x-amz-retry-after in milliseconds", value: "ignored"},
		{section: "quota", name: "throttling", value: "none"},
		{section: "timeouts", name: "to connect", number: 30},
		{section: "timeouts", name: "for the first byte", value: "no limit"},
		{section: "habits", name: "sleep after the last attempt", value: "none"},
	}
	facts = append(facts, each("attempts of GetObject", "4", "500 InternalError", "502, a page of HTML",
		"503 ServiceUnavailable", "504, a page of HTML", "503 SlowDown", "429 TooManyRequests", "400 RequestTimeout",
		"400 ExpiredToken", "connection refused")...)
	facts = append(facts, each("attempts of GetObject", "1", "409 OperationAborted", "400 BadRequest",
		"403 AccessDenied", "404 NoSuchKey", "501 NotImplemented", "reset before the response")...)
	agrees(t, "aws-sdk-go", facts)
}

func TestUnknownClientIsRefused(t *testing.T) {
	if err := run(t.Context(), "boto", "", "text"); err == nil {
		t.Error("no error for an unknown client")
	}
	if err := run(t.Context(), "minio-go", "wait", "text"); err == nil {
		t.Error("no error for an unknown subject")
	}
}
