package planted

// toolDefects are small tools as programs write them for themselves, with one flaw each.
func toolDefects() []Defect {
	list := []Defect{
		{
			Name: "tool-layers-multiply", About: "has a retry loop around the SDK's own", base: layersBase,
			plant: inSteps(Layered(3)),
		},
		{
			Name: "tool-splices", About: "resumes a download of whichever version is there", base: resumesBase,
			plant: inSteps(Resuming(false)),
		},
	}
	for _, f := range []struct {
		flaw        Flaw
		name, about string
	}{
		{MarksIgnored, "ignores-marks", "retries what is marked as permanent"},
		{ErrnosUnknown, "knows-few-errnos", "does not retry ETIMEDOUT, ENETUNREACH and EHOSTUNREACH"},
		{EofAnywhere, "reads-eof-anywhere", "takes eof in a name for a network error"},
		{StreamsOnceOnly, "streams-once", "sends a stream once"},
		{StreamsTheRest, "streams-the-rest", "sends what is left of a stream again"},
		{LengthOnly, "checks-length-only", "compares the length of a body and no checksum"},
		{ChecksumOnlyWithLength, "checks-only-with-length", "compares no checksum of a body without a length"},
		{ShortBodyIsWhole, "takes-short-for-whole", "takes a body that is cut for whole"},
		{TruncatesFirst, "truncates-first", "empties the old file before the download"},
		{CompletesOnce, "completes-once", "does not retry CompleteMultipartUpload"},
		{JitterAfterCap, "jitters-after-the-cap", "adds jitter to the longest wait"},
		{DelayOverflows, "overflows", "multiplies its delay until it overflows"},
		{SleepsPastDeadline, "sleeps-past-the-deadline", "begins a wait that the deadline will end"},
		{ProgressRestarts, "progress-restarts", "reports progress from zero on after a retry"},
		{JoinsPaths, "joins-paths", "cleans the path of a key, so that it leaves its prefix"},
		{NeverAborts, "never-aborts", "does not abort a multipart upload"},
		{AbortsCanceled, "aborts-with-a-dead-context", "aborts with the context that was canceled"},
		{Believes200, "believes-200", "takes 200 for success, whatever the body says"},
		{SleepsAfterLast, "sleeps-after-the-last", "waits after its last attempt"},
		{RetriesConflict, "blames-itself", "takes its own first write for a conflict"},
	} {
		list = append(list, Defect{
			Name: "tool-" + f.name, About: f.about, base: toolBase, plant: inSteps(WithFlaw(f.flaw)),
		})
	}
	return list
}
