package scenarios

import (
	"context"
	"io"
	"os"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/scenarios/careless"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// carelessClient makes deliberate mistakes that the oracle must find.
type carelessClient struct {
	*careless.Client
	spec *script.Careless
}

// newCareless returns the client for `client: {careless: …}`.
func newCareless(c ClientConfig, dir string) carelessClient {
	spec := c.Scenario.Client.Careless
	return carelessClient{careless.New(c.Endpoint, c.HTTPClient, dir, spec), spec}
}

// leakOnPurpose blocks forever. Its goroutine stays in the process, like every leaked goroutine in
// virtual time.
func leakOnPurpose() { <-make(chan struct{}) }

// afterwards makes the mistakes that follow an operation: a leak or a late request.
func (c carelessClient) afterwards(ctx context.Context, bucket, key string) {
	if c.spec.Blind(script.BlindGoroutines) {
		go leakOnPurpose()
	}
	if c.spec.Blind(script.BlindEnd) {
		ctx := context.WithoutCancel(ctx)
		time.AfterFunc(time.Second, func() { _, _ = c.Client.Exists(ctx, bucket, key) })
	}
}

func (c carelessClient) Upload(ctx context.Context, bucket, key, path string, progress func(int64)) error {
	return c.UploadIf(ctx, bucket, key, path, Condition{}, progress)
}

// UploadIf implements ConditionalUploader.
func (c carelessClient) UploadIf(
	ctx context.Context, bucket, key, path string, when Condition, _ func(int64),
) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return c.store(ctx, bucket, key, content, when)
}

func (c carelessClient) store(ctx context.Context, bucket, key string, content []byte, when Condition) error {
	defer c.afterwards(ctx, bucket, key)
	switch {
	case when.IfNoneMatch != "":
		return c.PutIf(ctx, bucket, key, content, "If-None-Match", when.IfNoneMatch)
	case when.IfMatch != "":
		return c.PutIf(ctx, bucket, key, content, "If-Match", when.IfMatch)
	}
	return c.Put(ctx, bucket, key, content)
}

func (c carelessClient) UploadStream(ctx context.Context, bucket, key string, s Stream) error {
	content, err := io.ReadAll(s.Reader)
	if err != nil {
		return err
	}
	return c.store(ctx, bucket, key, content, Condition{IfNoneMatch: s.IfNoneMatch, IfMatch: s.IfMatch})
}

func (c carelessClient) Download(ctx context.Context, bucket, key, path string, span *Range, _ func(int64)) error {
	defer c.afterwards(ctx, bucket, key)
	return c.Get(ctx, bucket, key, span, path)
}

// DeleteWith implements OptionDeleter.
func (c carelessClient) DeleteWith(ctx context.Context, bucket, key string, o DeleteOptions) error {
	if o.VersionID != "" {
		return c.DeleteVersion(ctx, bucket, key, o.VersionID)
	}
	return c.DeleteIf(ctx, bucket, key, o.IfMatch)
}

// Stat implements Statter.
func (c carelessClient) Stat(ctx context.Context, bucket, key string) (int64, error) {
	return c.Size(ctx, bucket, key)
}

func (c carelessClient) List(ctx context.Context, bucket, prefix string, maxKeys int) ([]string, error) {
	entries, err := c.Client.List(ctx, bucket, prefix, maxKeys)
	var keys []string
	for _, e := range entries {
		keys = append(keys, e.Key)
	}
	return keys, err
}

// runCareless runs a careless client in the place of a program, in virtual time and without a
// process.
func (d *drill) runCareless(ctx context.Context, o *outcome) error {
	w := o.world
	client := newCareless(d.clientConfig(o, nil), w.workdir)
	p := &program{}
	var failed error
	err := d.await(ctx, o, func(ctx context.Context) {
		failed = client.Perform(ctx, client.spec.Does, &p.stdout)
	})
	if err != nil {
		return err
	}
	if failed != nil {
		p.exit = 1
		if _, err := p.stderr.Write([]byte(failed.Error())); err != nil {
			return err
		}
	}
	o.ended = w.now()
	spec := &d.scenario.Client
	o.finishProgram(p, "careless "+strings.Join(does(spec.Careless), ", "), spec.At("careless").Line)
	o.acts, err = o.intended()
	return err
}

// does lists the names of the client's mistakes.
func does(c *script.Careless) []string {
	var words []string
	for i := range c.Does {
		words = append(words, c.Does[i].Operation())
	}
	return words
}
