package main

// The command serve: its flags and help. serve_plan.go checks the flags, serve_start.go opens the
// ports, serve_run.go serves and stops.

import (
	"time"

	"github.com/spf13/cobra"
)

// serveOptions holds the flags of `chaos serve`.
type serveOptions struct {
	listen      string
	hosts       []string
	upstream    string
	upstreamCA  string
	scenario    string
	control     string
	output      string
	caFile      string
	envFile     string
	readyFile   string
	tls         bool
	digest      bool
	allowRemote bool
	auth        bool
	seed        uint64
	seedGiven   bool
	keep        int
	grace       time.Duration
}

// tokenVariable names the environment variable for a control token of the user's choice. There is
// no flag for it, because the list of processes shows flags.
const tokenVariable = "S3CHAOS_CONTROL_TOKEN"

func newServe() *cobra.Command {
	var o serveOptions
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "serve a faulty S3 on a port: the built-in fake S3, or a real one behind the proxy",
		Long: `Serve puts the proxy on a port, in front of the built-in fake S3 or of --upstream.
It prints the environment that a client needs on standard output, and a line for
each request on standard error. --output json prints both on standard output.

A script that starts serve in the background waits for --ready-file, and reads
--env-file.

The faults come from --scenario and from the control API. The proxy forwards each
request byte for byte, with the Host header that the client signed. Servers such
as MinIO and Ceph accept this header; AWS does not.

A bucket can be in the Host header (virtual-hosted) below localhost, below AWS's
names and below each --host. For any other host name the bucket is in the path.

The fake S3 verifies no signature by default. With --auth, or if the scenario has
server: {auth: true}, it refuses a request that is unsigned, or not signed with
the printed keys, as S3 does. If the scenario's server has a clock or a region,
it verifies requests that name the printed keys, and serves all others.

After the first SIGINT or SIGTERM, requests in flight have --grace to complete.
Then, or at a second signal, serve closes their connections.`,
		Example: `  chaos serve
  chaos serve --scenario throttle/429-slowdown --listen 127.0.0.1:9000
  chaos serve --upstream http://127.0.0.1:9001 --control 127.0.0.1:9100
  chaos serve --listen 127.0.0.1:9000 --host s3.example.test
  chaos serve --tls --output json`,
		Args: usage(cobra.NoArgs),
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&o.listen, "listen", "127.0.0.1:0", "`ADDRESS` to listen on; port 0 takes a free port")
	flags.StringArrayVar(&o.hosts, "host", nil,
		"host `NAME` of the endpoint, repeatable: a request to BUCKET.NAME is virtual-hosted")
	flags.StringVar(&o.upstream, "upstream", "",
		"`URL` of the S3 behind the proxy, http or https, instead of the built-in fake S3")
	flags.StringVar(&o.upstreamCA, "upstream-ca", "",
		"`FILE` of certificates (PEM) to trust for an https upstream, instead of the system's")
	flags.StringVar(&o.scenario, "scenario", "",
		"`FILE|ID|-` of a scenario: its faults and, for the fake S3, its buckets and objects")
	flags.BoolVar(&o.auth, "auth", false, "refuse requests that are not signed with the printed keys")
	flags.BoolVar(&o.tls, "tls", false, "serve TLS, with a certificate authority made at the start")
	flags.StringVar(&o.caFile, "ca-file", "",
		"`FILE` for the authority's certificate, instead of a temporary one: a new file, or one of an earlier serve")
	flags.StringVar(&o.envFile, "env-file", "",
		"`FILE` for the client's environment and the control API's token, as a shell reads them; removed at the end")
	flags.StringVar(&o.readyFile, "ready-file", "", "`FILE` that appears when the ports are open; removed at the end")
	flags.StringVar(&o.control, "control", "",
		"`ADDRESS` of the control API, off by default; the token is printed, or taken from $"+tokenVariable)
	flags.BoolVar(&o.allowRemote, "allow-remote", false, "allow addresses that other machines can reach")
	flags.Uint64Var(&o.seed, "seed", 1, "seed of every random draw, instead of the scenario's")
	flags.StringVarP(&o.output, "output", "o", "text", "`FORMAT` of the output: text or json")
	flags.BoolVar(&o.digest, "digest", false, "add the SHA-256 of bodies to the journal; this slows down large bodies")
	flags.IntVar(&o.keep, "keep", 10_000, "number of requests that the journal keeps for the control API; 0 means all")
	flags.DurationVar(&o.grace, "grace", 5*time.Second,
		"how long requests in flight may take to complete after a signal")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		o.seedGiven = flags.Changed("seed")
		plan, err := o.plan(loaderOf(cmd))
		if err != nil {
			return err
		}
		s, err := plan.start(cmd.Context(), cmd.ErrOrStderr())
		if err != nil {
			return err
		}
		if err := s.serve(cmd.Context(), cmd.OutOrStdout()); err != nil {
			say(cmd.ErrOrStderr(), "chaos: %v\n", err)
			return exitStatus(exitBroken)
		}
		return nil
	}
	return cmd
}
