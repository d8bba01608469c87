package retry

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
)

// NewLogObserver returns an [Observer] that writes failures and recoveries to logger; nil means
// [slog.Default]. A call that succeeds at once writes nothing and costs nothing. Its lines:
//
//	WARN  operation failed, retrying   attempt, delay, class, error
//	INFO  retrying operation           attempt
//	INFO  operation succeeded after retry   attempt
//	ERROR failed after N attempts      attempts, reason, error
//
// each with operation and key when the call has them.
func NewLogObserver(logger *slog.Logger) Observer {
	if logger == nil {
		logger = slog.Default()
	}
	return logObserver{logger}
}

type logObserver struct{ logger *slog.Logger }

func (o logObserver) TroubleOnly() bool { return true }

func (o logObserver) Observe(ctx context.Context, e Event) {
	level := slog.LevelInfo
	var message string
	attrs := make([]slog.Attr, 0, 6)
	attempt := slog.Int("attempt", e.Attempt)
	switch {
	case e.Kind == EventWait:
		level, message = slog.LevelWarn, "operation failed, retrying"
		attrs = append(attrs, attempt, slog.String("delay", e.Delay.String()), slog.String("class", e.Class.String()),
			slog.String("error", e.Err.Error()))
	case e.Kind == EventAttempt && e.Attempt > 1:
		message = "retrying operation"
		attrs = append(attrs, attempt)
	case e.Kind == EventDone && e.Err == nil && e.Attempt > 1:
		message = "operation succeeded after retry"
		attrs = append(attrs, attempt)
	case e.Kind == EventDone && e.Err != nil:
		level, message = slog.LevelError, "failed after "+strconv.Itoa(e.Attempt)+" attempts"
		attrs = append(attrs, slog.Int("attempts", e.Attempt))
		if failed, ok := errors.AsType[*Error](e.Err); ok {
			attrs = append(attrs, slog.String("reason", failed.Reason.Error()))
		}
		attrs = append(attrs, slog.String("error", e.Err.Error()))
	default:
		return
	}
	if e.Name != "" {
		attrs = append(attrs, slog.String("operation", e.Name))
	}
	if e.Key != "" {
		attrs = append(attrs, slog.String("key", e.Key))
	}
	o.logger.LogAttrs(ctx, level, message, attrs...)
}
