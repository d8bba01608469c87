package main

import (
	"time"

	"github.com/spf13/cobra"
)

// serveOptions are what `chaos serve` was asked for.
type serveOptions struct {
	listen      string
	hosts       []string
	upstream    string
	upstreamCA  string
	scenario    string
	control     string
	output      string
	caFile      string
	tls         bool
	digest      bool
	allowRemote bool
	seed        uint64
	seedGiven   bool
	keep        int
	grace       time.Duration
}

// tokenVariable is where a control token of the user's own choice comes from: flags show in the list of processes.
const tokenVariable = "S3CHAOS_CONTROL_TOKEN"

func newServe() *cobra.Command {
	var o serveOptions
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "put a faulty S3 on a port: the built-in fake, or a real one behind the faults",
		Long: `Serve puts the proxy on a port, before the built-in fake S3 or before --upstream,
prints what a client needs in its environment, and then a line for each request.

The faults are those of --scenario, and those that the control API adds. Requests
go upstream byte for byte, with the Host header that the client signed: servers
such as MinIO and Ceph take that, AWS itself does not.

Buckets in the Host header are understood below localhost, below AWS's names and
below each --host; a request by any other name has its bucket in the path.

The first SIGINT or SIGTERM lets requests under way end, for --grace; then, or at
a second signal, they are cut.`,
		Example: `  chaos serve
  chaos serve --scenario throttle/429-slowdown --listen 127.0.0.1:9000
  chaos serve --upstream http://127.0.0.1:9001 --control 127.0.0.1:9100
  chaos serve --listen 127.0.0.1:9000 --host s3.example.test
  chaos serve --tls --output json`,
		Args: usage(cobra.NoArgs),
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&o.listen, "listen", "127.0.0.1:0", "`ADDRESS` to serve on; port 0 takes a free one")
	flags.StringArrayVar(&o.hosts, "host", nil, "`NAME` of the endpoint, to be repeated: a request to BUCKET.NAME is virtual-hosted")
	flags.StringVar(&o.upstream, "upstream", "", "`URL` of the S3 behind the faults, http or https, instead of the built-in fake")
	flags.StringVar(&o.upstreamCA, "upstream-ca", "", "`FILE` of certificates (PEM) to trust for an https upstream, instead of the system's")
	flags.StringVar(&o.scenario, "scenario", "", "`FILE|ID` of a scenario for its faults and, in the fake, its buckets and objects")
	flags.BoolVar(&o.tls, "tls", false, "speak TLS, with a certificate authority made at the start")
	flags.StringVar(&o.caFile, "ca-file", "", "`FILE` to write the authority's certificate to, instead of a temporary one: a new file, or one of an earlier serve")
	flags.StringVar(&o.control, "control", "", "`ADDRESS` for the control API, which is off without; its token is printed, or taken from $"+tokenVariable)
	flags.BoolVar(&o.allowRemote, "allow-remote", false, "permit addresses that other machines can reach")
	flags.Uint64Var(&o.seed, "seed", 1, "seed of all that is drawn, instead of the scenario's")
	flags.StringVarP(&o.output, "output", "o", "text", "`FORMAT` of the lines: text or json")
	flags.BoolVar(&o.digest, "digest", false, "add the SHA-256 of bodies to the journal, at two thirds of the bulk speed")
	flags.IntVar(&o.keep, "keep", 10_000, "how many requests the journal keeps for the control API; 0 means all")
	flags.DurationVar(&o.grace, "grace", 5*time.Second, "how long requests under way may take to end after a signal")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		o.seedGiven = flags.Changed("seed")
		plan, err := o.plan()
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
