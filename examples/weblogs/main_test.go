package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"image/png"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/testdata"
)

// TestMain forgets the server and the runs of whoever starts the tests: they are none to test on.
func TestMain(m *testing.M) {
	for _, name := range []string{"PENSTOCK_SERVER", "PENSTOCK_AUTH", "WEBLOGS_DB"} {
		_ = os.Unsetenv(name)
	}
	os.Exit(m.Run())
}

// runFor runs the graph for some days, or for all without any.
func runFor(t *testing.T, params dag.Params, days ...int) {
	t.Helper()
	interval := dag.Interval{}
	if len(days) > 0 {
		interval.Start = time.Date(2014, 2, days[0], 0, 0, 0, 0, time.UTC)
		interval.End = interval.Start.AddDate(0, 0, 1)
	}
	_, err := weblogs(io.Discard).Run(t.Context(), interval, dag.WithParams(params))
	require.NoError(t, err)
}

func contentOf(t *testing.T, folder string) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, name := range []string{"daily.csv", "hourly.csv", "daily.bson", "hourly.bson", "pages.png"} {
		content, err := os.ReadFile(filepath.Join(folder, name))
		require.NoError(t, err)
		files[name] = string(content)
	}
	return files
}

// The counts of all days are those of a loop, under the header that mongoexport writes.
func TestAllDays(t *testing.T) {
	out := t.TempDir()
	runFor(t, dag.Params{"out": out})
	dump, err := monary.OpenDump(testdata.Path("logs.bson.gz"))
	require.NoError(t, err)
	r, err := dump.Find(t.Context(), nil, monary.MustSchema("PAGE string", "DATE date"))
	require.NoError(t, err)
	table, err := r.Table()
	require.NoError(t, err)
	pages, err := monary.Values[string](table, "PAGE")
	require.NoError(t, err)
	dates, err := monary.Values[int64](table, "DATE")
	require.NoError(t, err)
	for name, layout := range map[string]string{"daily": "2,1,2006", "hourly": "15,2,1,2006"} {
		want := map[string]int{}
		for i, page := range pages {
			when := time.UnixMilli(dates[i]).UTC().Format(layout)
			want[strings.TrimPrefix(when, "0")+","+page]++
		}
		records, err := csv.NewReader(strings.NewReader(contentOf(t, out)[name+".csv"])).ReadAll()
		require.NoError(t, err)
		header := map[string]string{"daily": "_id.d,_id.m,_id.y,_id.p,daily", "hourly": "_id.h,_id.d,_id.m,_id.y,_id.p,hourly"}[name]
		assert.Equal(t, header, strings.Join(records[0], ","))
		got := map[string]int{}
		for _, r := range records[1:] {
			n := 0
			_, err := fmt.Sscan(r[len(r)-1], &n)
			require.NoError(t, err)
			got[strings.Join(r[:len(r)-1], ",")] = n
		}
		assert.Equal(t, want, got, name)
	}
	picture, err := png.Decode(strings.NewReader(contentOf(t, out)["pages.png"]))
	require.NoError(t, err)
	assert.Greater(t, picture.Bounds().Dx(), 400)
}

// Days in any order, and any day twice, give the files of all days at once.
func TestDaysInAnyOrder(t *testing.T) {
	all, some := t.TempDir(), t.TempDir()
	runFor(t, dag.Params{"out": all})
	for _, day := range []int{7, 3, 10, 9, 3, 4, 8, 5, 6, 10} {
		runFor(t, dag.Params{"out": some}, day)
	}
	assert.Equal(t, contentOf(t, all), contentOf(t, some))
	runFor(t, dag.Params{"out": some}, 20) // a day without hits
	assert.Equal(t, contentOf(t, all), contentOf(t, some))
}

// Runs of a backfill, side by side, share the files.
func TestBackfill(t *testing.T) {
	all, filled := t.TempDir(), t.TempDir()
	runFor(t, dag.Params{"out": all})
	t.Setenv("WEBLOGS_DB", filepath.Join(t.TempDir(), "runs.db"))
	var out, errs bytes.Buffer
	code := Run(t.Context(), []string{"backfill", "weblogs", "-s", "2014-02-03", "-e", "2014-02-10", "-out", filled}, &out, &errs)
	require.Zero(t, code, errs.String())
	assert.Equal(t, contentOf(t, all), contentOf(t, filled))
	assert.Contains(t, out.String(), "2014-02-05: ")
}

// mailbox keeps letters.
type mailbox struct{ letters []string }

func (m *mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return m, nil }
func (m *mailbox) Reset()                                      {}
func (m *mailbox) Logout() error                               { return nil }
func (m *mailbox) Mail(string, *smtp.MailOptions) error        { return nil }
func (m *mailbox) Rcpt(string, *smtp.RcptOptions) error        { return nil }
func (m *mailbox) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	m.letters = append(m.letters, string(text))
	return err
}

func TestLetter(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	box := &mailbox{}
	server := smtp.NewServer(box)
	server.Domain = "localhost"
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // ends by Close
	}()
	runFor(t, dag.Params{"out": t.TempDir(), "smtp": listener.Addr().String(), "to": "me@example.com"}, 5)
	require.NoError(t, server.Close())
	<-done
	require.Len(t, box.letters, 1)
	assert.Contains(t, box.letters[0], "Subject: Page hits, 2014-02-05")
	assert.Contains(t, box.letters[0], "daily.csv")
	assert.Contains(t, box.letters[0], "pages.png")
}

func TestHelp(t *testing.T) {
	var out, errs bytes.Buffer
	require.Zero(t, Run(context.Background(), []string{"help", "run"}, &out, &errs), errs.String())
	assert.Contains(t, out.String(), "-smtp")
}
