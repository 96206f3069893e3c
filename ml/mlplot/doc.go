// Package mlplot draws what package ml finds out about models: ROC curves,
// precision–recall curves, confusion matrices, feature importances and learning
// curves, as PNG or SVG. It is apart from ml, so that programs without pictures do
// not carry gonum.org/v1/plot.
//
// # Basics
//
// Each function makes a [Figure], which [Figure.Save] writes to a file, as its name
// ends, and [Figure.Write] to a writer. Curves of several models go into one
// figure, each with its name ([Named]). Everything gonum's plot can change can be
// changed in Figure.Plot before that: titles, axes, what else is drawn.
//
// # Caveats
//
// The same figure gives the same bytes. Text is set in Liberation Sans, which has
// Latin, Greek and Cyrillic letters; an SVG names the font, with Arial and Helvetica
// next to it, and does not contain it. A figure is not safe for concurrent use.
package mlplot
