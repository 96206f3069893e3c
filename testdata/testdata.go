// Package testdata finds the sample files that tests, examples and benchmarks
// read. The data is invented; package main in generate makes it, and SHA256SUMS
// holds the sums of the uncompressed files.
//
// # Files
//
// zips.bson.gz: 29,353 ZIP code areas of 51 states (the District of Columbia is
// one), in the order of _id. The areas of a state add up to about its
// population in the census of 1990; their names, places and sizes are made up.
//
//	_id    string              five digits
//	city   string              in capitals; names repeat within and across states
//	loc    array of 2 doubles  longitude, latitude in degrees
//	pop    int32
//	state  string              two letters
//
// logs.bson.gz: 13,628 hits on the 14 pages of a web shop from 3 to 10 February
// 2014 (UTC), in the order of DATE; there are 104 pairs of page and day.
//
//	_id        ObjectID
//	HOST       string    IPv4 address
//	REFERER    string    URL, or "-" for none
//	USERAGENT  string
//	PAGE       string
//	DATE       date      whole seconds
//
// churn.csv and churn.bson.gz: the same 3,333 customers of a telephone company,
// 483 of whom left. The documents have no _id; their fields are the columns of
// the CSV file in the same order:
//
//	State, Phone                                  string
//	Int'l Plan, VMail Plan                        string  yes or no
//	Churn?                                        string  True. or False.
//	Account Length, Area Code, VMail Message      int32
//	Day, Eve, Night, Intl and CustServ … Calls    int32
//	Day, Eve, Night and Intl … Mins               double  one decimal
//	Day, Eve, Night and Intl … Charge             double  two decimals
//
// Customers leave because of an international plan that costs them dear, a
// large bill without voice mail, or many calls to customer service; some leave
// or stay without a reason.
package testdata

import (
	"os"
	"path/filepath"
	"runtime"
)

// Path returns the path of the named sample file, such as "zips.bson.gz", from
// any working directory. It looks beside this source file, then for
// testdata/name in the working directory and its parents (a binary built with
// -trimpath does not know its source). A file found nowhere gives the relative
// path testdata/name, so that opening it names the file in the error.
func Path(name string) string {
	if _, source, _, ok := runtime.Caller(0); ok {
		if path := filepath.Join(filepath.Dir(source), name); exists(path) {
			return path
		}
	}
	relative := filepath.Join("testdata", name)
	if path, ok := above(relative); ok {
		return path
	}
	return relative
}

// above looks for the relative path in the working directory and its parents.
func above(relative string) (string, bool) {
	dir, err := os.Getwd()
	if err != nil {
		return "", false
	}
	for {
		if path := filepath.Join(dir, relative); exists(path) {
			return path, true
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", false
		}
		dir = parent
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
