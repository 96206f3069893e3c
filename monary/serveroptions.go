package monary

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// ServerOptions are the settings of a read that a server carries out. A source
// without a server refuses those that it cannot honour.
type ServerOptions struct {
	// Find, Aggregate and Count are the driver's own options of these calls: sort,
	// skip, limit, hint, min, max, collation, comment, let, batch size and so on.
	// A read refuses those of another call.
	Find      []options.Lister[options.FindOptions]
	Aggregate []options.Lister[options.AggregateOptions]
	Count     []options.Lister[options.CountOptions]
	// Command is fields of the server's command that the driver has no option for,
	// such as maxTimeMS.
	Command bson.D
	// Window is which documents of a collection are read. See [Since] and [Between].
	Window Window
	// WholeDocuments asks for all of each document. Otherwise the server sends only
	// the fields that the schema names, and no _id unless it does; see [Collection.Find].
	WholeDocuments bool
	// ShortKeys has the fields sent by short keys. See [ShortKeys].
	ShortKeys bool
	// Prefetch is how many batches of each cursor are fetched while one is decoded.
	// Zero means 2, -1 means none. In a session none are, as a session is for one goroutine.
	Prefetch int
	// Partitions is how many cursors read a collection at a time, at most 1024. Zero
	// and 1 mean one. See [Partitions].
	Partitions int
	// PlainCursor reads with the driver's cursor for single documents. It is slower;
	// nothing else differs.
	PlainCursor bool
}

// FindOptions passes the driver's options to [Collection.Find].
func FindOptions(opts ...options.Lister[options.FindOptions]) ReadOption {
	return func(o *ReadOptions) {
		o.Server.Find = append(o.Server.Find[:len(o.Server.Find):len(o.Server.Find)], opts...)
	}
}

// AggregateOptions passes the driver's options to [Collection.Aggregate].
func AggregateOptions(opts ...options.Lister[options.AggregateOptions]) ReadOption {
	return func(o *ReadOptions) {
		o.Server.Aggregate = append(o.Server.Aggregate[:len(o.Server.Aggregate):len(o.Server.Aggregate)], opts...)
	}
}

// CountOptions passes the driver's options to [Collection.Count].
func CountOptions(opts ...options.Lister[options.CountOptions]) ReadOption {
	return func(o *ReadOptions) {
		o.Server.Count = append(o.Server.Count[:len(o.Server.Count):len(o.Server.Count)], opts...)
	}
}

// CommandOptions adds fields to the server's command that the driver has no
// option for: CommandOptions(bson.D{{Key: "maxTimeMS", Value: 500}}).
func CommandOptions(fields bson.D) ReadOption {
	return func(o *ReadOptions) {
		o.Server.Command = append(o.Server.Command[:len(o.Server.Command):len(o.Server.Command)], fields...)
	}
}

// WholeDocuments asks the server for all fields, not only the schema's.
func WholeDocuments() ReadOption { return func(o *ReadOptions) { o.Server.WholeDocuments = true } }

// Prefetch sets how many batches are fetched while one is decoded, -1 for none.
func Prefetch(n int) ReadOption { return func(o *ReadOptions) { o.Server.Prefetch = n } }

// Partitions lets [Collection.Find] read a collection with n cursors at a time,
// each a range of _id. It pays where one cursor waits for the server or the
// network more than it decodes.
//
// Every document whose _id is there from the beginning of the read to its end is
// read exactly once, of whatever types the _ids are and whatever is inserted or
// deleted meanwhile. Documents come in any order, or in that of _id if
// [FindOptions] sorts by it. A cursor that breaks is taken up again behind its
// last _id, as in a read that is sorted by _id.
//
// One cursor is used where more could not do that: for views, time series,
// clustered and capped collections without an index of _id, and collections with a
// collation; with a sort of other fields, skip, limit, hint, min, max, a collation, a
// tailable cursor or a projection of the caller's that changes _id; in a
// session; in an aggregation.
func Partitions(n int) ReadOption { return func(o *ReadOptions) { o.Server.Partitions = n } }

// PlainCursor reads with the driver's cursor for single documents.
func PlainCursor() ReadOption { return func(o *ReadOptions) { o.Server.PlainCursor = true } }

const defaultPrefetch = 2

func (o ServerOptions) ahead() int {
	switch o.Prefetch {
	case 0:
		return defaultPrefetch
	case -1:
		return 0
	}
	return o.Prefetch
}

// check refuses options that are not for the call; a call of "" has no server.
func (o ServerOptions) check(call string) error {
	find, err := applied(o.Find)
	if err != nil {
		return fmt.Errorf("monary: find options: %w", err)
	}
	aggregate, err := applied(o.Aggregate)
	if err != nil {
		return fmt.Errorf("monary: aggregate options: %w", err)
	}
	count, err := applied(o.Count)
	if err != nil {
		return fmt.Errorf("monary: count options: %w", err)
	}
	for _, given := range []struct {
		call  string
		names []string
	}{{"find", namesOf(find)}, {"aggregate", namesOf(aggregate)}, {"count", namesOf(count)}} {
		switch {
		case len(given.names) == 0 || given.call == call:
		case call == "":
			return fmt.Errorf("monary: a source without a server cannot honour the %s options %s", given.call, strings.Join(given.names, ", "))
		default:
			return fmt.Errorf("monary: %s was given the %s options %s", call, given.call, strings.Join(given.names, ", "))
		}
	}
	switch {
	case !o.Window.given() || call == "find" || call == "count":
	case call == "":
		return fmt.Errorf("monary: a source without a server cannot read by the field %q; give it a filter", o.Window.Field)
	default:
		return fmt.Errorf("monary: %s cannot read by the field %q; begin the pipeline with a $match", call, o.Window.Field)
	}
	if o.ShortKeys && call == "aggregate" {
		return errors.New("monary: aggregate cannot have fields sent by short keys; end the pipeline with a $project")
	}
	if call == "" && len(o.Command) > 0 {
		return fmt.Errorf("monary: a source without a server cannot honour the command option %q", o.Command[0].Key)
	}
	return nil
}

// applied is the options that builders build.
func applied[T any](builders []options.Lister[T]) (*T, error) {
	all := new(T)
	for _, b := range builders {
		if b == nil {
			continue
		}
		for _, set := range b.List() {
			if err := set(all); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// namesOf lists the options that are set.
func namesOf(opts any) (names []string) {
	v := reflect.ValueOf(opts).Elem()
	for i := range v.NumField() {
		if !v.Field(i).IsZero() {
			names = append(names, v.Type().Field(i).Name)
		}
	}
	return names
}
