// Command penstock shows and drives the DAGs of a server from another machine: its command line is that of the
// program that serves (package dag/cli), but it has no DAGs of its own.
//
//	go install github.com/penstock/penstock/cmd/penstock@latest
//	export PENSTOCK_SERVER=https://dags.example.com/flows PENSTOCK_AUTH=ops:secret
//	penstock status
//	penstock trigger nightly -rows 5 -wait
//	penstock logs -f nightly/20150101T000000Z train
package main

import (
	"context"
	"os"

	"github.com/penstock/penstock/dag/cli"
)

func main() { os.Exit(cli.Main(context.Background(), cli.App{Name: "penstock"}, os.Args[1:])) }
