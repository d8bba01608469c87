// Package proxy compares faultproxy with other proxies. [Run] plays rounds in which every contender
// serves the same load, and [Results.Report] prints the comparison. Each server is a separate
// process on loopback: Run starts the calling program again for each, and there [Main] becomes the
// server.
//
//	func main() {
//		proxy.Main() // does not return in the processes of the servers
//		results, err := proxy.Run(ctx, proxy.Options{Rounds: 10, Slice: 200 * time.Millisecond})
//		...
//		results.Report(os.Stdout)
//	}
//
// A round runs every workload on every contender, one after another, in a different order each
// time. A ratio compares two contenders within a round, and the result is the median over the
// rounds, so that other work on the machine affects all contenders alike.
package proxy
