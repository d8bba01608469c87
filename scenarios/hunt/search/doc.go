// Package search hunts for scripts that break a client: [Run] plays random scripts, follows each
// finding to the smallest script that shows it, and returns a [Report] with each finding once.
//
//	p := &hunt.Player{Client: "sdk"}
//	r, err := search.Run(ctx, search.Config{Player: p, Client: "sdk", Seed: 1, Runs: 1000})
//	for _, f := range r.Found {
//		fmt.Println(f.Sentence)
//	}
//
// A finding counts if three plays of its script show it alike, and the script without its faults
// shows nothing. The same configuration finds the same, however many scripts play at once.
package search
