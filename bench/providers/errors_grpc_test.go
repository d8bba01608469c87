package providers_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/s3chaos/s3chaos/retry"
)

// invoke makes a call over a real connection and returns gRPC's error.
func invoke(ctx context.Context, t *testing.T, address string) error {
	t.Helper()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	defer conn.Close()
	return conn.Invoke(ctx, "/demo.Store/Get", &emptypb.Empty{}, &emptypb.Empty{})
}

// startGRPC serves every method with handler and returns the address.
func startGRPC(t *testing.T, handler func(stream grpc.ServerStream) error) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer(grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
		return handler(stream)
	}))
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		require.NoError(t, <-done)
	})
	return listener.Addr().String()
}

func TestErrorsOfGRPCAreClassified(t *testing.T) {
	for code, want := range map[codes.Code]retry.Class{
		codes.Unavailable:       retry.ClassTransient,
		codes.Internal:          retry.ClassTransient,
		codes.Aborted:           retry.ClassTransient,
		codes.ResourceExhausted: retry.ClassThrottle,
		codes.DeadlineExceeded:  retry.ClassTimeout,
		codes.Canceled:          retry.ClassCanceled,
		codes.NotFound:          retry.ClassPermanent,
		codes.Unauthenticated:   retry.ClassPermanent,
		codes.Unknown:           retry.ClassTransient, // by its text: the code says nothing
	} {
		t.Run(code.String(), func(t *testing.T) {
			address := startGRPC(t, func(grpc.ServerStream) error { return grpcstatus.Error(code, "connection reset") })
			err := invoke(t.Context(), t, address)
			require.Equal(t, code, grpcstatus.Code(err))
			assert.Equal(t, want.String(), retry.Classify(err).String(), "%v", err)
		})
	}
}

func TestGRPCErrorsWithoutAServerAreClassified(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	closed := listener.Addr().String()
	require.NoError(t, listener.Close())
	refused := invoke(t.Context(), t, closed)
	assert.Equal(t, retry.ClassTransient.String(), retry.Classify(refused).String(), "%v", refused)

	silent := startGRPC(t, func(stream grpc.ServerStream) error { <-stream.Context().Done(); return nil })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	late := invoke(ctx, t, silent)
	assert.Equal(t, retry.ClassTimeout.String(), retry.Classify(late).String(), "%v", late)
}
