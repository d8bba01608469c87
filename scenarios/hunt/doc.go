// Package hunt plays scenarios to find what breaks a client. A [Player] plays one scenario as
// `chaos run` does and judges it without the policy that the scenario expects: [Player.Play]
// returns an [Outcome] with every [Finding], and [Player.Find] keeps those that the faults caused.
//
//	p := &hunt.Player{Client: "sdk"}
//	o := p.Find(ctx, s)
//	for _, f := range o.Findings {
//		fmt.Println(f.Coarse(), f.Sentence)
//	}
//
// The findings are the oracle's, what every client owes by a conformance block, and invariants that
// hold for every client with a retry policy: [Kind] lists them.
package hunt
