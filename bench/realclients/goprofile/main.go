// Goprofile measures the retry policy of a Go client of S3 as it ships, in virtual time: minio-go
// or aws-sdk-go, the AWS SDK for Go before v2. It prints what `chaos profile` prints.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/bench/realclients/goclients"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/profile"
)

// clients make the clients that are measured, by name.
var clients = map[string]func(scenarios.ClientConfig) (scenarios.Client, error){
	"minio-go":   goclients.NewMinio,
	"aws-sdk-go": goclients.NewSDKv1,
}

func main() {
	about := flag.String("about", "", "measure only these subjects: "+strings.Join(profile.Subjects(), ", "))
	form := flag.String("o", "text", "form of the profile: text or yaml")
	flag.Parse()
	if err := run(context.Background(), flag.Arg(0), *about, *form); err != nil {
		fmt.Fprintln(os.Stderr, "goprofile:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, name, about, form string) error {
	if clients[name] == nil {
		return fmt.Errorf("client %q: want minio-go or aws-sdk-go", name)
	}
	var subjects []string
	if about != "" {
		subjects = strings.Split(about, ",")
	}
	for _, subject := range subjects {
		if !slices.Contains(profile.Subjects(), subject) {
			return fmt.Errorf("subject %q: want one of %s", subject, strings.Join(profile.Subjects(), ", "))
		}
	}
	p, err := measure(ctx, name, subjects)
	if err != nil {
		return err
	}
	switch p.Client = name + " " + goclients.Version(name) + ", in virtual time"; form {
	case "text":
		return p.WriteText(os.Stdout)
	case "yaml":
		return p.WriteYAML(os.Stdout)
	}
	return errors.New("form " + form + ": want text or yaml")
}

// measure measures a client. It removes the AWS variables of this machine, which would change the
// client's settings.
func measure(ctx context.Context, name string, about []string) (*profile.Profile, error) {
	if err := goclients.Isolate(); err != nil {
		return nil, err
	}
	return profile.Measure(ctx, profile.Options{NewClient: clients[name], Seed: 1, About: about})
}
