// Package house holds tests about the project itself: which package imports which, what an embedder has to download, that the
// README's code is the code of the Examples, that the sample data can be made again, and that every exported name is explained.
// It exports nothing.
//
// # Basics
//
// One test file for each rule. A rule that has to change is changed here, in DESIGN.md and in the code in one commit.
//
// # Caveats
//
// The tests run the go command and read the source tree, so they need a checkout and not only the compiled package. Nested
// modules are outside their view, except that nothing here may import one.
package house
