package careless

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// errUnable is what the client says of an intent that it has no code for.
var errUnable = errors.New("this client cannot do that")

// Perform does what a careless client is to do as a program: one after another, up to the first
// failure. What it prints goes to out.
func (c *Client) Perform(ctx context.Context, does []script.Intent, out io.Writer) error {
	for i := range does {
		if err := c.perform(ctx, &does[i], out); err != nil {
			return fmt.Errorf("%s: %w", does[i].Operation(), err)
		}
	}
	return nil
}

func (c *Client) perform(ctx context.Context, i *script.Intent, out io.Writer) error {
	switch {
	case i.Reads != nil:
		return c.Get(ctx, i.Reads.Bucket, i.Reads.Key, i.Reads.Range, c.path(i.Reads.To))
	case i.Writes != nil:
		content, err := os.ReadFile(c.path(i.Writes.From))
		if err != nil {
			return err
		}
		return c.Put(ctx, i.Writes.Bucket, i.Writes.Key, content)
	case i.Deletes != nil && i.Deletes.Prefix == nil:
		return c.Delete(ctx, i.Deletes.Bucket, i.Deletes.Key)
	case i.Deletes != nil:
		entries, err := c.List(ctx, i.Deletes.Bucket, *i.Deletes.Prefix, 0)
		if err != nil || len(entries) == 0 {
			return err
		}
		return c.DeleteMany(ctx, i.Deletes.Bucket, entries)
	case i.Lists != nil:
		entries, err := c.List(ctx, i.Lists.Bucket, i.Lists.Prefix, 0)
		for _, e := range entries {
			fmt.Fprintln(out, e.Key)
		}
		return err
	case i.Copies != nil:
		return c.copyAny(ctx, i.Copies)
	case i.Moves != nil:
		return c.move(ctx, i.Moves)
	}
	return errUnable
}

func (c *Client) path(name string) string { return filepath.Join(c.dir, filepath.FromSlash(name)) }

func (c *Client) copyAny(ctx context.Context, p *script.Copies) error {
	switch from, to := &p.From, &p.To; {
	case to.Bucket == "":
		return c.Get(ctx, from.Bucket, from.Key, nil, c.path(to.File))
	case from.Bucket == "":
		content, err := os.ReadFile(c.path(from.File))
		if err != nil {
			return err
		}
		return c.Put(ctx, to.Bucket, to.Key, content)
	default:
		return c.Copy(ctx, from.Bucket, from.Key, to.Bucket, to.Key)
	}
}

// move copies, and then deletes the source.
func (c *Client) move(ctx context.Context, p *script.Copies) error {
	if err := c.copyAny(ctx, p); err != nil && !c.ignores(script.BlindResult) {
		return err
	}
	if p.From.Bucket == "" {
		return os.Remove(c.path(p.From.File))
	}
	return c.Delete(ctx, p.From.Bucket, p.From.Key)
}
