// Package dagtest has the tests that every engine.Store must pass, also one of
// your own.
//
// # Basics
//
// Call [Store] from a test with a function that opens an empty store.
//
// # Caveats
//
// That appended records survive a crash cannot be tested in the process that
// appends them.
package dagtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/penstock/penstock/dag/engine"
)

// Store runs the tests, each on a store of its own that open returns empty.
func Store(t *testing.T, open func(t *testing.T) engine.Store) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, s engine.Store)
	}{
		{"AppendAndRead", appendAndRead},
		{"AllOrNothing", allOrNothing},
		{"Fencing", fencing},
		{"Logs", logs},
		{"Blobs", blobs},
		{"Drop", drop},
		{"BytesAreCopied", bytesAreCopied},
		{"ManyAtOnce", manyAtOnce},
		{"Cancelled", cancelled},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := open(t)
			defer func() { check(t, s.Close()) }()
			test.run(t, s)
		})
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func acquire(t *testing.T, s engine.Store) int64 {
	t.Helper()
	epoch, err := s.Acquire(t.Context(), "test")
	check(t, err)
	return epoch
}

// read returns the log's records as text.
func read(t *testing.T, s engine.Store, log string) []string {
	t.Helper()
	got := []string{}
	for data, err := range s.Read(t.Context(), log) {
		check(t, err)
		got = append(got, string(data))
	}
	return got
}

func equal(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
}

func records(pairs ...string) []engine.Record {
	var rs []engine.Record
	for i := 0; i < len(pairs); i += 2 {
		rs = append(rs, engine.Record{Log: pairs[i], Data: []byte(pairs[i+1])})
	}
	return rs
}

func appendAndRead(t *testing.T, s engine.Store) {
	epoch := acquire(t, s)
	equal(t, read(t, s, "a"), []string{})
	check(t, s.Append(t.Context(), epoch, records("a", "1", "b", "2", "a", "3")))
	check(t, s.Append(t.Context(), epoch, nil))
	check(t, s.Append(t.Context(), epoch, records("a", "4")))
	equal(t, read(t, s, "a"), []string{"1", "3", "4"})
	equal(t, read(t, s, "b"), []string{"2"})
	var want []string
	for i := range 3000 {
		want = append(want, fmt.Sprintf("%d %01000d", i, i))
		if i%100 == 0 {
			check(t, s.Append(t.Context(), epoch, records("long", want[i])))
			continue
		}
		if i%100 == 1 {
			var rs []engine.Record
			for k := i; k < i+99; k++ {
				rs = append(rs, records("long", fmt.Sprintf("%d %01000d", k, k))...)
			}
			check(t, s.Append(t.Context(), epoch, rs))
		}
	}
	equal(t, read(t, s, "long"), want)
	for data, err := range s.Read(t.Context(), "long") { // a reader may stop, and write while reading
		check(t, err)
		check(t, s.Append(t.Context(), epoch, []engine.Record{{Log: "copy", Data: data}}))
		break
	}
	equal(t, read(t, s, "copy"), want[:1])
}

func allOrNothing(t *testing.T, s engine.Store) {
	epoch := acquire(t, s)
	for _, bad := range [][]engine.Record{records("a", "1", "b", ""), records("a", "1", "", "2")} {
		if s.Append(t.Context(), epoch, bad) == nil {
			t.Fatalf("%q was accepted", bad)
		}
	}
	equal(t, read(t, s, "a"), []string{})
}

func fencing(t *testing.T, s engine.Store) {
	first := acquire(t, s)
	check(t, s.Append(t.Context(), first, records("a", "1")))
	second := acquire(t, s)
	if second <= first {
		t.Fatalf("epoch %d after %d", second, first)
	}
	for _, stale := range []int64{first, second + 1, 0} {
		if err := s.Append(t.Context(), stale, records("a", "late")); !errors.Is(err, engine.ErrFenced) {
			t.Fatalf("Append with epoch %d: %v, want ErrFenced", stale, err)
		}
		if err := s.PutBlob(t.Context(), stale, "k", []byte("late")); !errors.Is(err, engine.ErrFenced) {
			t.Fatalf("PutBlob with epoch %d: %v, want ErrFenced", stale, err)
		}
	}
	check(t, s.Append(t.Context(), second, records("a", "2")))
	equal(t, read(t, s, "a"), []string{"1", "2"})
}

func logs(t *testing.T, s engine.Store) {
	epoch := acquire(t, s)
	check(t, s.Append(t.Context(), epoch, records("run/b", "1", "run/a", "1", "run/a/2", "1", "ru", "1", "rvn", "1", "run/ü", "1")))
	for prefix, want := range map[string][]string{
		"run/": {"run/a", "run/a/2", "run/b", "run/ü"}, "": {"ru", "run/a", "run/a/2", "run/b", "run/ü", "rvn"}, "x": {},
	} {
		got, err := s.Logs(t.Context(), prefix)
		check(t, err)
		equal(t, got, want)
	}
}

func blobs(t *testing.T, s engine.Store) {
	epoch := acquire(t, s)
	if _, err := s.Blob(t.Context(), "k"); !errors.Is(err, engine.ErrNoBlob) {
		t.Fatalf("got %v, want ErrNoBlob", err)
	}
	big := bytes.Repeat([]byte("0123456789abcdef"), 1<<20/4)
	for _, data := range [][]byte{[]byte("old"), {}, big} {
		check(t, s.PutBlob(t.Context(), epoch, "k", data))
		got, err := s.Blob(t.Context(), "k")
		check(t, err)
		if !bytes.Equal(got, data) {
			t.Fatalf("%d bytes came back as %d", len(data), len(got))
		}
	}
}

// drop: what is dropped is gone, whatever else is stays, and a log may begin again.
func drop(t *testing.T, s engine.Store) {
	epoch := acquire(t, s)
	check(t, s.Append(t.Context(), epoch, records("a", "1", "a", "2", "b", "3")))
	check(t, s.PutBlob(t.Context(), epoch, "x", []byte("blob")))
	check(t, s.PutBlob(t.Context(), epoch, "y", []byte("other")))
	check(t, s.Drop(t.Context(), epoch, []string{"a", "none"}, []string{"x", "none"}))
	equal(t, read(t, s, "a"), []string{})
	equal(t, read(t, s, "b"), []string{"3"})
	if _, err := s.Blob(t.Context(), "x"); !errors.Is(err, engine.ErrNoBlob) {
		t.Fatalf("got %v, want ErrNoBlob", err)
	}
	_, err := s.Blob(t.Context(), "y")
	check(t, err)
	names, err := s.Logs(t.Context(), "")
	check(t, err)
	equal(t, names, []string{"b"})
	check(t, s.Append(t.Context(), epoch, records("a", "4")))
	equal(t, read(t, s, "a"), []string{"4"})
	next := acquire(t, s)
	if err := s.Drop(t.Context(), epoch, []string{"b"}, nil); !errors.Is(err, engine.ErrFenced) {
		t.Fatalf("got %v, want ErrFenced", err)
	}
	equal(t, read(t, s, "b"), []string{"3"})
	check(t, s.Append(t.Context(), next, records("b", "5")))
}

func bytesAreCopied(t *testing.T, s engine.Store) {
	epoch := acquire(t, s)
	data := []byte("abc")
	check(t, s.Append(t.Context(), epoch, []engine.Record{{Log: "a", Data: data}}))
	check(t, s.PutBlob(t.Context(), epoch, "k", data))
	data[0] = 'X'
	for got, err := range s.Read(t.Context(), "a") {
		check(t, err)
		got[1] = 'Y'
	}
	equal(t, read(t, s, "a"), []string{"abc"})
	got, err := s.Blob(t.Context(), "k")
	check(t, err)
	got[1] = 'Y'
	got, err = s.Blob(t.Context(), "k")
	check(t, err)
	equal(t, []string{string(got)}, []string{"abc"})
}

func manyAtOnce(t *testing.T, s engine.Store) {
	epoch := acquire(t, s)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			log := fmt.Sprint("own", i)
			for k := range 20 {
				if err := s.Append(t.Context(), epoch, records(log, fmt.Sprint(k), "shared", log)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for i := range 8 {
		var want []string
		for k := range 20 {
			want = append(want, fmt.Sprint(k))
		}
		equal(t, read(t, s, fmt.Sprint("own", i)), want)
	}
	if n := len(read(t, s, "shared")); n != 160 {
		t.Fatalf("%d records, want 160", n)
	}
}

func cancelled(t *testing.T, s engine.Store) {
	epoch := acquire(t, s)
	check(t, s.Append(t.Context(), epoch, records("a", "1")))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Append(ctx, epoch, records("a", "2")); !errors.Is(err, context.Canceled) {
		t.Fatalf("Append: %v", err)
	}
	for _, err := range s.Read(ctx, "a") {
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("Read: %v", err)
		}
	}
	equal(t, read(t, s, "a"), []string{"1"})
}
