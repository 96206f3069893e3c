// Package driverv1 shows how a program that still uses the first major version
// of MongoDB's Go driver reads into columns: monary.FromRaw takes any source of
// BSON. It is a module of its own, so that penstock does not depend on that
// driver.
package driverv1
