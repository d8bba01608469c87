package guide

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/s3chaos/s3chaos/retry"
)

// busy is the error of a server that has no room.
type busy struct{}

func (busy) Error() string       { return "service unavailable" }
func (busy) HTTPStatusCode() int { return 503 }

// small is a server that serves ten requests in every tenth of a second, and answers 503 to the
// others.
type small struct {
	mu     sync.Mutex
	start  time.Time
	served map[int]int // by tenth of a second
	calls  map[int]int
	last   time.Duration // when the last request was served
}

func newSmall() *small {
	return &small{start: time.Now(), served: map[int]int{}, calls: map[int]int{}}
}

func (s *small) serve() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Since(s.start)
	tenth := int(now / (100 * time.Millisecond))
	s.calls[tenth]++
	if s.served[tenth] == 10 {
		return busy{}
	}
	s.served[tenth]++
	s.last = now
	return nil
}

// A herd holds what 100 clients experienced that called a small server at the same moment.
type herd struct {
	calls   int
	waited  time.Duration // by all clients
	last    time.Duration // until the last one was served
	busiest int           // calls in a tenth of a second, after the first
	perSlot []int         // calls in each tenth of a second
}

const clients = 100

// stampede lets 100 clients that share one Retryer ask for one thing at the same time, and again
// until they have it. It runs in virtual time. The clients start a microsecond apart, so that no
// two calls share an instant whose order the scheduler would decide.
func stampede(jitter retry.Jitter) (herd, error) {
	s := newSmall()
	var (
		mu  sync.Mutex
		all sync.WaitGroup
		h   herd
	)
	observer := retry.ObserverFunc(func(_ context.Context, e retry.Event) {
		mu.Lock()
		defer mu.Unlock()
		h.waited += e.Delay
	})
	r, err := retry.New(retry.Config{MaxAttempts: 100, Jitter: jitter, Seed: 1, Observer: observer})
	if err != nil {
		return herd{}, err
	}
	errs := make([]error, clients)
	for client := range clients {
		all.Go(func() {
			time.Sleep(time.Duration(client) * time.Microsecond)
			ctx := retry.WithIdentity(context.Background(), strconv.Itoa(client))
			errs[client] = r.Do(ctx, func(context.Context, int) error { return s.serve() })
		})
	}
	all.Wait()
	h.last = s.last
	for tenth, calls := range s.calls {
		h.calls += calls
		if tenth > 0 {
			h.busiest = max(h.busiest, calls)
		}
	}
	h.perSlot = make([]int, int(s.last/(100*time.Millisecond))+1)
	for tenth := range h.perSlot {
		h.perSlot[tenth] = s.calls[tenth]
	}
	return h, errors.Join(errs...)
}

// herdTable returns a table of the calls and waits of a stampede, with a row for each jitter.
func herdTable(herds map[retry.Jitter]herd) string {
	rows := [][]string{{
		"jitter", "calls", "refused", "busiest tenth of a second after the first",
		"last client served after", "mean wait of a client",
	}}
	for _, jitter := range jitters {
		h := herds[jitter]
		rows = append(rows, []string{
			jitter.String(), strconv.Itoa(h.calls), strconv.Itoa(h.calls - clients), fmt.Sprint(h.busiest, " calls"),
			h.last.Round(100 * time.Millisecond).String(), (h.waited / clients).Round(100 * time.Millisecond).String(),
		})
	}
	return table(rows)
}
