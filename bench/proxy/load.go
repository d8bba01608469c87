package proxy

// The load: connections that send requests and measure the responses.

import (
	"bytes"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Workload is a kind of load on a contender.
type Workload struct {
	Name   string
	Method string
	Size   int // of the body, in bytes
	Conns  int // connections kept alive, each with one request at a time
}

// Workloads lists all workloads.
var Workloads = func() (list []Workload) {
	for _, method := range []string{"GET", "PUT"} {
		for _, conns := range []int{1, 8, 64} {
			list = append(list, Workload{fmt.Sprintf("%s-1KiB-%d", method, conns), method, smallSize, conns})
		}
	}
	for _, method := range []string{"GET", "PUT"} {
		list = append(list, Workload{method + "-64MiB", method, bulkSize, 1})
	}
	return list
}()

// Bulk reports whether the workload measures bytes and not requests.
func (w Workload) Bulk() bool { return w.Size == bulkSize }

// client is one connection of the load.
type client struct {
	c       net.Conn
	in      *scanner
	head    []byte
	serial  [2]int // offsets of the request number in head
	body    []byte
	repeat  int // how often exchange sends body
	took    []time.Duration
	expects int // bytes in the body of the response
}

// dialed counts connections. The count is part of each key and invocation id, so that no two
// requests are attempts of the same logical request.
var dialed atomic.Int64

// dial opens a connection and prepares the head of its requests, as aws-sdk-go-v2 sends it.
func (w Workload) dial(addr string) (*client, error) {
	id := dialed.Add(1)
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	bucket, length := "demo", ""
	if w.Bulk() {
		bucket = bulkBucket
	}
	k := &client{c: c, in: newScanner(c), took: make([]time.Duration, 0, 1<<14)}
	if w.Method == "GET" {
		k.expects = w.Size
	} else {
		length = fmt.Sprintf("Content-Length: %d\r\nContent-Type: application/octet-stream\r\n", w.Size)
		k.body = make([]byte, min(w.Size, 1<<20))
		k.repeat = w.Size / len(k.body)
	}
	const mark = "00000000"
	k.head = fmt.Appendf(nil, "%s /%s/data/%06d/%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: aws-sdk-go-v2/1.48.0 ua/2.1 os/linux lang/go#1.26.8 md/GOOS#linux md/GOARCH#amd64 api/s3#1.90.0 m/E,e\r\n%s"+
		"Accept-Encoding: identity\r\nAmz-Sdk-Invocation-Id: 5b9f2c1e-%06d-4d7a-9d-%s\r\nAmz-Sdk-Request: attempt=1; max=3\r\n"+
		"Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261124/us-east-1/s3/aws4_request, SignedHeaders=accept-encoding;amz-sdk-invocation-id;amz-sdk-request;host;x-amz-content-sha256;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7\r\n"+
		"X-Amz-Content-Sha256: UNSIGNED-PAYLOAD\r\nX-Amz-Date: 20261124T030000Z\r\n\r\n",
		w.Method, bucket, id, mark, addr, length, id, mark)
	k.serial[0] = bytes.Index(k.head, []byte(mark))
	k.serial[1] = bytes.LastIndex(k.head, []byte("-"+mark)) + 1
	if len(k.body) == smallSize {
		k.head = append(k.head, k.body...) // so that head and body are one write
		k.repeat = 0
	}
	return k, nil
}

// exchange sends request number n and reads the response.
func (k *client) exchange(n int) error {
	for _, at := range k.serial {
		field := k.head[at : at+8]
		for i, v := len(field)-1, n; i >= 0; i, v = i-1, v/10 {
			field[i] = byte('0' + v%10)
		}
	}
	if _, err := k.c.Write(k.head); err != nil {
		return err
	}
	for range k.repeat {
		if _, err := k.c.Write(k.body); err != nil {
			return err
		}
	}
	head, length, err := k.in.head()
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(head, []byte("HTTP/1.1 200 ")) || length != k.expects {
		return fmt.Errorf("response of %d bytes: %s", length, strconv.Quote(string(head)))
	}
	return k.in.skip(length)
}

// Outcome is one measurement.
type Outcome struct {
	Requests int
	Elapsed  time.Duration
	CPU      time.Duration // used by the contender's process
	P50, P99 time.Duration
}

// warmUp returns how many requests each connection sends before the measurement.
func (w Workload) warmUp() int {
	if w.Bulk() {
		return 1
	}
	return 4
}

// patience is how much longer than the slice a connection may take. A proxy that stalls longer is
// an error.
const patience = 20 * time.Second

// play puts the load on addr for the duration of slice or, if slice is 0, for that many requests.
// It calls begin after the warm-up.
func (w Workload) play(addr string, slice time.Duration, requests int, begin func() error) (Outcome, error) {
	clients := make([]*client, w.Conns)
	for i := range clients {
		k, err := w.dial(addr)
		if err != nil {
			return Outcome{}, err
		}
		defer k.c.Close()
		if slice > 0 {
			if err := k.c.SetDeadline(time.Now().Add(patience + slice)); err != nil {
				return Outcome{}, err
			}
		}
		clients[i] = k
	}
	var left atomic.Int64
	var over atomic.Bool
	more := func() bool { return !over.Load() }
	if slice == 0 {
		left.Store(int64(requests))
		more = func() bool { return left.Add(-1) >= 0 }
	}
	errs := make([]error, w.Conns)
	var warm, group sync.WaitGroup
	start := make(chan struct{})
	warm.Add(w.Conns)
	for i, k := range clients {
		group.Go(func() {
			for n := range w.warmUp() {
				if errs[i] = k.exchange(n); errs[i] != nil {
					break
				}
			}
			warm.Done()
			<-start
			for n := w.warmUp(); errs[i] == nil && more(); n++ {
				began := time.Now()
				errs[i] = k.exchange(n)
				k.took = append(k.took, time.Since(began))
			}
		})
	}
	warm.Wait()
	if begin != nil {
		if err := begin(); err != nil {
			errs = append(errs, err)
			over.Store(true)
			left.Store(0)
		}
	}
	began := time.Now()
	close(start)
	if slice > 0 {
		defer time.AfterFunc(slice, func() { over.Store(true) }).Stop()
	}
	group.Wait()
	out := Outcome{Elapsed: time.Since(began)}
	var all []time.Duration
	for i, k := range clients {
		if errs[i] != nil {
			return out, fmt.Errorf("connection %d: %w", i, errs[i])
		}
		all = append(all, k.took...)
	}
	if len(errs) > w.Conns {
		return out, errs[w.Conns]
	}
	slices.Sort(all)
	if out.Requests = len(all); out.Requests > 0 {
		out.P50, out.P99 = all[len(all)/2], all[len(all)*99/100]
	}
	return out, nil
}
