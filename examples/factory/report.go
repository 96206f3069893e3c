package main

import (
	"context"
	"fmt"
	"image/color"
	"io"
	"path/filepath"

	"go.mongodb.org/mongo-driver/v2/bson"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/examples/internal/files"
	"github.com/penstock/penstock/ml/mlplot"
	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
	"github.com/penstock/penstock/pipeline/table"
)

// analyse joins what is predicted for the customers of each state with what is known of those before them.
func analyse(ctx context.Context, c chosen) (*monary.Table, error) {
	return use(ctx, func(db database) (*monary.Table, error) {
		predictions, err := read(ctx, db, "predictions", monary.MustSchema("state string", "probability float64", "leaves bool"), c.predictions())
		if err != nil {
			return nil, err
		}
		metrics, err := read(ctx, db, "metrics", monary.MustSchema("_id string", "known int64", "left int64"))
		if err != nil {
			return nil, err
		}
		states, err := table.GroupBy(predictions, []string{"state"},
			table.Size("customers"), table.Sum("predicted", "leaves"), table.Mean("probability", "probability"))
		if err != nil {
			return nil, err
		}
		joined, err := table.Join{On: []string{"state"}, RightOn: []string{"_id"}}.Left(states, metrics)
		if err != nil {
			return nil, err
		}
		rounded, err := pipeline.Run(ctx, joined, bson.A{
			pipeline.Set(
				pipeline.Field("probability").Set(pipeline.Op("$round", "$probability", 4)),
				pipeline.Field("rate").Set(pipeline.Op("$round", pipeline.Op("$divide", "$left", "$known"), 4))),
			pipeline.Sort(pipeline.Field("state").Asc()),
		})
		if err != nil {
			return nil, err
		}
		return table.Cast(rounded, monary.MustSchema("probability float64", "rate float64")) // also where all are null
	})
}

func writeCSV(ctx context.Context, states *monary.Table) error {
	return writeFile(ctx, "states.csv", func(w io.Writer) error { return pipeline.WriteCSV(w, states) })
}

// mostBars are in the chart.
const mostBars = 60

// drawChart draws the probability of leaving in each state as bars, and the share of those who have left as dots.
func drawChart(ctx context.Context, states *monary.Table) error {
	if states.NumRows() == 0 {
		return fmt.Errorf("no predictions to draw: %w", dag.ErrSkip)
	}
	t, err := pipeline.Run(ctx, states, bson.A{pipeline.Sort(pipeline.Field("probability").Desc())}) // as the bars are
	if err != nil {
		return err
	}
	t = t.Slice(0, min(mostBars, t.NumRows()))
	names, err := monary.Values[string](t, "state")
	if err != nil {
		return err
	}
	probability, err := monary.Values[float64](t, "probability")
	if err != nil {
		return err
	}
	figure, err := mlplot.Bars("predicted for customers (bars), share of those before them (dots)", names, probability, 0)
	if err != nil {
		return err
	}
	if err := addDots(figure, t); err != nil {
		return err
	}
	figure.Plot.Title.Text = "Probability of leaving, by state"
	return writeFile(ctx, "states.png", func(w io.Writer) error { return figure.Write(w, mlplot.PNG) })
}

// addDots adds the rates of the states, of which the first has the bar on top.
func addDots(figure *mlplot.Figure, t *monary.Table) error {
	rates, err := monary.Column[float64](t, "rate")
	if err != nil {
		return err
	}
	var dots plotter.XYs
	for place := range rates.Len() {
		if rate, known := rates.At(place); known {
			dots = append(dots, plotter.XY{X: rate, Y: float64(rates.Len() - 1 - place)})
		}
	}
	if len(dots) == 0 {
		return nil
	}
	scatter, err := plotter.NewScatter(dots)
	if err != nil {
		return err
	}
	scatter.Shape, scatter.Radius = draw.CircleGlyph{}, 3
	scatter.Color = color.RGBA{R: 0xd5, G: 0x5e, A: 0xff} // vermilion, which the colour-blind tell from blue
	figure.Plot.Add(scatter)
	figure.Plot.X.Max *= 1.02
	return nil
}

// writeFile writes a file of the run's folder.
func writeFile(ctx context.Context, name string, write func(io.Writer) error) error {
	return files.Write(filepath.Join(dag.RunFrom(ctx).Params["out"].(string), name), write)
}

// report is the task that says which model was used, and what for.
func report(out io.Writer) func(context.Context, chosen, *monary.Table, *monary.Table) error {
	return func(_ context.Context, c chosen, fresh, predicted *monary.Table) error {
		leaves, err := monary.Values[bool](predicted, "leaves")
		if err != nil {
			return err
		}
		leaving := 0
		for _, l := range leaves {
			if l {
				leaving++
			}
		}
		_, err = fmt.Fprintf(out, "score: %d new customers, %d left out, %d predicted to leave, by model %s of run %s\n",
			fresh.NumRows(), fresh.NumRows()-predicted.NumRows(), leaving, c.Version, c.Run)
		return err
	}
}
