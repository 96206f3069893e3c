package ui

import (
	"fmt"
	"strconv"
	"time"
)

// calendarBody is the page Calendar: a year of days, each in the state of its runs.
type calendarBody struct {
	Year       int
	Prev, Next string
	Months     []month
	Runs       int
	Counts     []count
}

type month struct {
	Name string
	Days []date
}

// date is a day with the runs whose logical time is in it.
type date struct {
	N       int // of the month
	Date    string
	Column  int // of the week, Monday first
	Row     int
	State   state
	Counts  []count
	Runs    int
	Explain string
	Today   bool
}

// calendar shows the runs of a DAG by the day that they are about.
func (q *request) calendar() (*page, error) {
	d, err := q.dag()
	if err != nil {
		return nil, err
	}
	records, err := q.engine.History(q.Context(), d.Name())
	if err != nil {
		return nil, err
	}
	year := time.Now().UTC().Year()
	if len(records) > 0 {
		year = records[len(records)-1].LogicalTime.Year()
	}
	if q.get("year") != "" {
		year = min(max(1700, q.number("year", 1700)), 2200)
	}
	b := &calendarBody{Year: year}
	b.Prev, b.Next = q.again("calendar", "year", strconv.Itoa(year-1)), q.again("calendar", "year", strconv.Itoa(year+1))
	var all tally
	days := map[string]*tally{}
	for _, r := range records {
		if r.LogicalTime.Year() != year {
			continue
		}
		on := r.LogicalTime.Format(time.DateOnly)
		if days[on] == nil {
			days[on] = &tally{}
		}
		days[on][place(r.State)]++
		all[place(r.State)]++
		b.Runs++
	}
	b.Counts = all.counts()
	for m := time.January; m <= time.December; m++ {
		b.Months = append(b.Months, newMonth(year, m, days))
	}
	return q.dagPage(d, "calendar", "Calendar", "", b)
}

func newMonth(year int, m time.Month, days map[string]*tally) month {
	all := month{Name: m.String()}
	for t := time.Date(year, m, 1, 0, 0, 0, 0, time.UTC); t.Month() == m; t = t.AddDate(0, 0, 1) {
		d := date{N: t.Day(), Date: t.Format(time.DateOnly), Column: (int(t.Weekday()) + 6) % 7, State: stateOf("none")}
		first := time.Date(year, m, 1, 0, 0, 0, 0, time.UTC)
		d.Row = (t.Day() - 1 + (int(first.Weekday())+6)%7) / 7
		d.Explain, d.Today = d.Date+": no run", d.Date == time.Now().UTC().Format(time.DateOnly)
		if c := days[d.Date]; c != nil {
			d.State, d.Counts, d.Explain = c.worst(), c.counts(), d.Date+":"
			for _, k := range d.Counts {
				d.Runs += k.N
				d.Explain += fmt.Sprintf(" %d %s", k.N, k.Text)
			}
		}
		all.Days = append(all.Days, d)
	}
	return all
}
