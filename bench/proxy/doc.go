// Package proxy compares faultproxy with its peers: [Run] plays rounds in which every contender serves the same load,
// and [Report] says how they compare. Each server is a process of its own on loopback: the program that calls Run
// starts itself anew for each, and [Main] is what it then becomes.
//
//	func main() {
//		proxy.Main() // does not return in the processes of the servers
//		results, err := proxy.Run(ctx, proxy.Options{Rounds: 10, Slice: 200 * time.Millisecond})
//		...
//		results.Report(os.Stdout)
//	}
//
// A round runs every workload, and for each of them every contender, one after another, beginning with another one each
// time. Ratios are taken within a round and their median over the rounds, so that what else the machine does falls on
// all contenders alike.
package proxy
