// Package api is the JSON API that package ui serves below its prefix, for programs: what it takes and gives
// as Go types, and a client.
//
// # Basics
//
// [NewClient] takes the address of the pages. A method of [Client] is an operation of the API:
//
//	c, err := api.NewClient("https://ops:secret@dags.example.com/flows")
//	run, err := c.Trigger(ctx, api.Trigger{DAG: "nightly", Params: map[string]string{"rows": "5"}})
//	end, err := c.WaitRun(ctx, run)
//
// The server reads and writes these very types, and makes the OpenAPI document from them; the texts behind
// doc are its descriptions. So the three cannot differ.
//
// # Caveats
//
//   - A field that this version does not know is ignored in an answer and refused in an order: a newer
//     server is understood, an older one says what it lacks ([Error.Unknown]).
//   - The client follows no redirect: what was to be changed would be asked for instead, and whoever is named
//     by it would get the password.
package api
