// Package penstock is the root of a module that brings MongoDB data to a model
// in one Go program. It holds no code; import what you need:
//
//   - monary: raw BSON straight into typed columns, from a server or a file
//   - pipeline: the aggregation language on columns, with or without a server
//   - dag: task graphs with typed hand-over
//   - ml: matrices, scaling, k-fold cross-validation, SVM, random forest, with
//     scikit-learn's numbers
//
// README.md shows each, DESIGN.md says how they fit together.
package penstock

//go:generate go run ./testdata/generate
