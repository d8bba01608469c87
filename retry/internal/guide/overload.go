package guide

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/s3chaos/s3chaos/retry"
)

// queue is a server that works on one request after the other, 120 a second, and does not notice
// that a client has given up: what was asked is worked on. While it is sick it does 40 a second.
// More than 10 s of work it refuses.
type queue struct {
	mu    sync.Mutex
	start time.Time
	free  time.Duration // when the work at hand will be done
	calls []int         // by second
}

const (
	sickFrom, sickTo = 30 * time.Second, 45 * time.Second
	lasts            = 180 * time.Second
	perSecond        = 100 // calls that the clients have to make
)

// serve waits for the answer as long as ctx lasts.
func (q *queue) serve(ctx context.Context) error {
	q.mu.Lock()
	now := time.Since(q.start)
	if second := int(now / time.Second); second < len(q.calls) {
		q.calls[second]++
	}
	work := time.Second / 120
	if sickFrom <= now && now < sickTo {
		work = time.Second / 40
	}
	q.free = max(q.free, now)
	if q.free-now > 10*time.Second {
		q.mu.Unlock()
		return busy{}
	}
	q.free += work
	answer := time.NewTimer(q.free - now)
	q.mu.Unlock()
	defer answer.Stop()
	select {
	case <-answer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// An outcome is how 180 s with a sick server between 30 and 45 s went.
type outcome struct {
	failed    int // calls that failed, of 18000
	sick      int // calls that reached the server while it was sick
	late      int // in the last minute, when it has long been well
	lateOK    int // calls of the last minute that succeeded
	recovered time.Duration
}

// overload lets clients that share one Retryer make 100 calls a second, come what may. It runs in
// virtual time.
func overload(config retry.Config) (outcome, error) {
	config.AttemptTimeout = time.Second
	config.Seed = 1
	r, err := retry.New(config)
	if err != nil {
		return outcome{}, err
	}
	q := &queue{start: time.Now(), calls: make([]int, lasts/time.Second)}
	var (
		mu  sync.Mutex
		all sync.WaitGroup
		o   outcome
	)
	good := make([]int, lasts/time.Second)
	random := rand.New(rand.NewPCG(1, 1))
	for n := range int(lasts/time.Second) * perSecond {
		at := time.Duration(n)*time.Second/perSecond + time.Duration(random.IntN(int(time.Second/perSecond)))
		time.Sleep(at - time.Since(q.start))
		all.Go(func() {
			err := r.DoCall(context.Background(), retry.Call{Name: "call " + strconv.Itoa(n)},
				func(ctx context.Context, _ int) error { return q.serve(ctx) })
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				o.failed++
			} else {
				good[int(at/time.Second)]++
			}
		})
	}
	all.Wait()
	for second, calls := range q.calls {
		at := time.Duration(second) * time.Second
		if sickFrom <= at && at < sickTo {
			o.sick += calls
		}
		if at >= lasts-time.Minute {
			o.late += calls
			o.lateOK += good[second]
		}
	}
	o.recovered = -1
	for second := len(good) - 1; second >= int(sickTo/time.Second) && good[second] == perSecond; second-- {
		o.recovered = time.Duration(second)*time.Second - sickTo
	}
	return o, nil
}

// defence is a way to configure the clients.
type defence struct {
	name   string
	config func() (retry.Config, error)
}

var defences = []defence{
	{"no retries", func() (retry.Config, error) { return retry.Config{MaxAttempts: 1}, nil }},
	{"3 attempts, no jitter", func() (retry.Config, error) { return retry.Config{Jitter: retry.JitterNone}, nil }},
	{"3 attempts, additive jitter", func() (retry.Config, error) { return retry.Config{}, nil }},
	{"3 attempts, full jitter", func() (retry.Config, error) { return retry.Config{Jitter: retry.JitterFull}, nil }},
	{"… and a budget", func() (retry.Config, error) {
		budget, err := retry.NewBudget(retry.BudgetConfig{})
		return retry.Config{Jitter: retry.JitterFull, Budget: budget}, err
	}},
	{"… and a breaker", func() (retry.Config, error) {
		breaker, err := retry.NewBreaker(retry.BreakerConfig{})
		return retry.Config{Jitter: retry.JitterFull, Breaker: breaker}, err
	}},
	{"… and both", func() (retry.Config, error) {
		budget, err := retry.NewBudget(retry.BudgetConfig{})
		if err != nil {
			return retry.Config{}, err
		}
		breaker, err := retry.NewBreaker(retry.BreakerConfig{})
		return retry.Config{Jitter: retry.JitterFull, Budget: budget, Breaker: breaker}, err
	}},
}

// overloadTable returns a table of load and failures, with a row for each defence.
func overloadTable(outcomes []outcome) string {
	rows := [][]string{{
		"clients with", "calls a second while the server is sick", "in the last minute",
		"calls of the last minute that succeed", "calls that fail, of 18000", "all well again after",
	}}
	for i, o := range outcomes {
		recovered := "never"
		if o.recovered >= 0 {
			recovered = o.recovered.String()
		}
		rows = append(rows, []string{
			defences[i].name, strconv.Itoa(o.sick / int((sickTo-sickFrom)/time.Second)), strconv.Itoa(o.late / 60),
			fmt.Sprintf("%d %%", o.lateOK*100/(perSecond*60)), strconv.Itoa(o.failed), recovered,
		})
	}
	return table(rows)
}
