package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/notify"
	"github.com/penstock/penstock/examples/internal/files"
	"github.com/penstock/penstock/ml/mlplot"
	"github.com/penstock/penstock/monary"
)

// mostPages are in the chart.
const mostPages = 40

// drawChart draws the hits of each page as bars, into a PNG file.
func drawChart(ctx context.Context) (path string, err error) {
	_, store, closeIt, err := open(ctx)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, closeIt()) }()
	t, err := store.read(ctx, daily, bson.A{
		bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$_id.p"}, {Key: "hits", Value: bson.D{{Key: "$sum", Value: "$daily"}}}}}},
		bson.D{{Key: "$sort", Value: bson.D{{Key: "hits", Value: -1}, {Key: "_id", Value: 1}}}},
	}, monary.MustSchema("_id string", "hits float64"))
	if err != nil {
		return "", err
	}
	pages, err := monary.Values[string](t, "_id")
	if err != nil {
		return "", err
	}
	hits, err := monary.Values[float64](t, "hits")
	if err != nil {
		return "", err
	}
	if len(pages) == 0 {
		return "", fmt.Errorf("no hits to draw: %w", dag.ErrSkip)
	}
	figure, err := mlplot.Bars("Hits", pages, hits, mostPages)
	if err != nil {
		return "", err
	}
	figure.Plot.Title.Text = "Hits by page"
	path = outFile(ctx, "pages.png")
	return path, files.Write(path, func(w io.Writer) error { return figure.Write(w, mlplot.PNG) })
}

// report prints what there is now, at once: runs of a backfill print side by side.
func report(ctx context.Context, out io.Writer, days, hours int, chart string) error {
	_, err := fmt.Fprintf(out, "%s: %d rows by day, %d by hour, and %s\n", period(ctx), days, hours, chart)
	return err
}

// period names the run's interval.
func period(ctx context.Context) string {
	i := dag.RunFrom(ctx).Interval
	if !i.Start.Before(i.End) {
		return "all days"
	}
	return i.Start.UTC().Format("2006-01-02")
}

// letter has the counts by day and the chart with it.
func letter(ctx context.Context) (notify.Message, error) {
	if dag.RunFrom(ctx).Params["smtp"] == "" {
		return notify.Message{}, fmt.Errorf("no mail server is named: %w", dag.ErrSkip)
	}
	m := notify.Message{Subject: "Page hits, " + period(ctx), Text: "The hits of each page by day, and a chart of all days.\n"}
	for _, name := range []string{"daily.csv", "pages.png"} {
		content, err := os.ReadFile(outFile(ctx, name))
		if err != nil {
			return m, err
		}
		m.Attachments = append(m.Attachments, notify.Attachment{Name: name, Content: content})
	}
	return m, nil
}

// mailer sends by the mail server that the run's parameters name.
type mailer struct{}

// Send hands a message to the run's mail server.
func (mailer) Send(ctx context.Context, m notify.Message) error {
	p := dag.RunFrom(ctx).Params
	to := strings.Split(p["to"].(string), ",")
	return notify.Mail{Server: p["smtp"].(string), From: "weblogs@localhost", To: to, Plain: true}.Send(ctx, m)
}
