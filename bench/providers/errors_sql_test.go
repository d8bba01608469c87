package providers_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
)

// unreachable is a database whose connections are broken from the start.
type unreachable struct{ dials int }

func (u *unreachable) Connect(context.Context) (driver.Conn, error) {
	u.dials++
	return nil, driver.ErrBadConn
}

func (u *unreachable) Driver() driver.Driver { return nil }

func TestBadConnectionOfADatabaseIsTransient(t *testing.T) {
	server := &unreachable{}
	db := sql.OpenDB(server)
	defer db.Close()
	err := db.PingContext(t.Context())
	require.ErrorIs(t, err, driver.ErrBadConn)
	assert.Equal(t, retry.ClassTransient.String(), retry.Classify(err).String(), "%v", err)

	server.dials = 0
	err = retryer(t).Do(t.Context(), func(ctx context.Context, _ int) error { return db.PingContext(ctx) })
	require.ErrorIs(t, err, retry.ErrExhausted)
	assert.Equal(t, 15, server.dials, "5 attempts of 3 dials: database/sql repeats each twice")
}
