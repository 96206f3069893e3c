package cli_test

import (
	"os"
	"testing"
)

// TestMain forgets the server of whoever starts the tests: it is no server to test on.
func TestMain(m *testing.M) {
	_, _ = os.Unsetenv("PENSTOCK_SERVER"), os.Unsetenv("PENSTOCK_AUTH")
	os.Exit(m.Run())
}
