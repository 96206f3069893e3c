// Package table transforms monary's tables: combining, cleaning and summing up between
// reading data and learning from it.
//
// It is for programs that hold typed columns in memory and would otherwise loop over rows:
// what pandas does with frames, on columns whose types stay what they are.
//
// # Basics
//
// Every function takes tables and returns another, which shares memory where it can; none
// changes its input.
//
//	combine     [Join] (inner, left, anti), [AsOf], [Concat]
//	clean       [Dedupe], [DropNull], [FillNull], [FillForward], [NaNToNull], [Cast], [Rename], [Bools]
//	compute     [Map], [MapErr], [Categories], [Rolling]
//	sum up      [GroupBy] with [Sum], [Mean] and other aggregates, [Pivot], [Describe], [Correlations]
//
// Rows keep their order: groups come in the order in which they are first seen, joined rows
// in the order of the left table, then of the right one.
//
// # Caveats
//
// A cell without a value is null. Aggregates skip it, as pandas does; in [GroupBy] and
// [Dedupe] the rows whose key is null are a group like any other (pandas drops them), in
// joins a null key matches nothing, as in SQL.
//
// NaN is a value, not null: a sum with a NaN is NaN, so are a mean, a least and a greatest.
// pandas, which has no other null for numbers, skips it: [NaNToNull] makes that of it.
//
// Equal is what MongoDB calls equal: NaN is one key, 0 and -0 are one, "any" columns have 1
// and 1.0 as one. Columns of type "any" are otherwise not calculated with: [Cast] or
// monary.Series.Narrow gives them a type.
package table
