// Package worker plays scripts in other processes, so that a client that panics in a goroutine of
// its own, or takes all memory, ends such a process and not the search: [Pool] starts the
// processes, and [Serve] is what each of them does.
//
//	pool := &worker.Pool{Command: func() *exec.Cmd { return exec.Command("chaos", "hunt", "--worker") }}
//	defer pool.Close()
//	o := pool.With("sdk", false).Find(ctx, s)
package worker
