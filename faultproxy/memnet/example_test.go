package memnet_test

import (
	"context"
	"fmt"
	"io"

	"github.com/s3chaos/s3chaos/faultproxy/memnet"
)

// A server that resets the connection in the middle of its answer, and one that is not there.
func Example() {
	network := memnet.New()
	listener, err := network.Listen("s3.test:80")
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := network.DialContext(context.Background(), "tcp", "s3.test:80")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	server, err := listener.Accept()
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = io.WriteString(server, "half an ans")
	_ = server.(*memnet.Conn).Reset()
	answer, err := io.ReadAll(client)
	fmt.Printf("%q, then %v\n", answer, err)

	_ = listener.Close()
	_, err = network.DialContext(context.Background(), "tcp", "s3.test:80")
	fmt.Println(err)
	// Output:
	// "half an ans", then read tcp client:32768->s3.test:80: read: connection reset by peer
	// dial tcp s3.test:80: connect: connection refused
}
