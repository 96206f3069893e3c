package cron_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the same zones on every machine

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag/internal/cron"
)

const form = "2006-01-02 15:04 -07"

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	require.NoError(t, err)
	return loc
}

func TestNext(t *testing.T) {
	for _, c := range []struct {
		name, expr, zone, after string
		want                    []string
	}{
		{"EveryMinute", "* * * * *", "UTC", "2015-01-01 00:00 +00", []string{"2015-01-01 00:01 +00", "2015-01-01 00:02 +00"}},
		{"Step", "*/20 * * * *", "UTC", "2015-01-01 00:39 +00", []string{"2015-01-01 00:40 +00", "2015-01-01 01:00 +00", "2015-01-01 01:20 +00"}},
		{"StepFromANumber", "50/5 0 * * *", "UTC", "2015-01-01 00:52 +00", []string{"2015-01-01 00:55 +00", "2015-01-02 00:50 +00"}},
		{"Daily", "@daily", "UTC", "2015-02-28 00:00 +00", []string{"2015-03-01 00:00 +00"}},
		{"LeapDay", "0 0 29 2 *", "UTC", "2096-02-29 00:00 +00", []string{"2104-02-29 00:00 +00"}},
		{"EitherDay", "0 0 13 * FRI", "UTC", "2015-02-01 00:00 +00", []string{"2015-02-06 00:00 +00", "2015-02-13 00:00 +00", "2015-02-20 00:00 +00", "2015-02-27 00:00 +00", "2015-03-06 00:00 +00"}},
		{"BothDays", "0 0 */2 * MON", "UTC", "2015-02-01 00:00 +00", []string{"2015-02-09 00:00 +00", "2015-02-23 00:00 +00"}},
		{"SevenIsSunday", "0 0 * * 7", "UTC", "2015-02-01 00:00 +00", []string{"2015-02-08 00:00 +00"}},
		{"AWeekendEndsOnSunday", "0 0 * * fri-sun", "UTC", "2015-02-05 00:00 +00", []string{"2015-02-06 00:00 +00", "2015-02-07 00:00 +00", "2015-02-08 00:00 +00", "2015-02-13 00:00 +00"}},
		{"LastDay", "0 0 L * *", "UTC", "2016-01-31 00:00 +00", []string{"2016-02-29 00:00 +00", "2016-03-31 00:00 +00"}},
		{"LastFriday", "0 0 * * 5L", "UTC", "2015-01-01 00:00 +00", []string{"2015-01-30 00:00 +00", "2015-02-27 00:00 +00"}},
		{"SecondTuesday", "0 0 * * TUE#2", "UTC", "2015-01-01 00:00 +00", []string{"2015-01-13 00:00 +00", "2015-02-10 00:00 +00"}},
		{"FifthMondayOfFebruary", "0 0 * FEB MON#5", "UTC", "2072-03-01 00:00 +00", []string{"2112-02-29 00:00 +00"}},

		{"NewYorkGap", "30 2 * * *", "America/New_York", "2015-03-07 12:00 -05", []string{"2015-03-08 03:00 -04", "2015-03-09 02:30 -04"}},
		{"NewYorkGapAndWhatFollows", "30 2,3 * * *", "America/New_York", "2015-03-07 12:00 -05", []string{"2015-03-08 03:00 -04", "2015-03-08 03:30 -04", "2015-03-09 02:30 -04"}},
		{"NewYorkGapOnlyOnce", "*/15 2 * * *", "America/New_York", "2015-03-08 00:00 -05", []string{"2015-03-08 03:00 -04", "2015-03-09 02:00 -04"}},
		{"NewYorkFold", "30 1 * * *", "America/New_York", "2015-10-31 12:00 -04", []string{"2015-11-01 01:30 -04", "2015-11-02 01:30 -05"}},
		{"NewYorkFoldSeenFromItsSecondHour", "30 1 * * *", "America/New_York", "2015-11-01 01:10 -05", []string{"2015-11-02 01:30 -05"}},
		{"NewYorkEveryHalfHour", "*/30 * * * *", "America/New_York", "2015-11-01 00:59 -04", []string{"2015-11-01 01:00 -04", "2015-11-01 01:30 -04", "2015-11-01 01:00 -05", "2015-11-01 01:30 -05", "2015-11-01 02:00 -05"}},
		{"NewYorkHourlyInTheGap", "30 * * * *", "America/New_York", "2015-03-08 01:00 -05", []string{"2015-03-08 01:30 -05", "2015-03-08 03:30 -04"}},
		{"BerlinGap", "0 2 * * *", "Europe/Berlin", "2015-03-28 12:00 +01", []string{"2015-03-29 03:00 +02", "2015-03-30 02:00 +02"}},
		{"BerlinFold", "0 2 * * *", "Europe/Berlin", "2015-10-24 12:00 +02", []string{"2015-10-25 02:00 +02", "2015-10-26 02:00 +01"}},
		{"BerlinEveryOtherHour", "0 */2 * * *", "Europe/Berlin", "2015-10-25 00:00 +02", []string{"2015-10-25 02:00 +02", "2015-10-25 02:00 +01", "2015-10-25 04:00 +01"}},
		{"SaoPauloMidnightGap", "0 0 * * *", "America/Sao_Paulo", "2018-11-03 00:00 -03", []string{"2018-11-04 01:00 -02", "2018-11-05 00:00 -02"}},
		{"SaoPauloMidnightFold", "30 23 * * *", "America/Sao_Paulo", "2018-02-17 12:00 -02", []string{"2018-02-17 23:30 -02", "2018-02-18 23:30 -03"}},
		{"LordHoweHalfHourGap", "15 2 * * *", "Australia/Lord_Howe", "2015-10-03 12:00 +1030", []string{"2015-10-04 02:30 +11", "2015-10-05 02:15 +11"}},
		{"LordHoweHalfHourFold", "45 1 * * *", "Australia/Lord_Howe", "2015-04-04 12:00 +11", []string{"2015-04-05 01:45 +11", "2015-04-06 01:45 +1030"}},
		{"ApiaSkipsADay", "0 12 * * *", "Pacific/Apia", "2011-12-29 12:00 -10", []string{"2011-12-31 00:00 +14", "2011-12-31 12:00 +14"}},
		{"ApiaSkipsAFriday", "0 12 * * FRI", "Pacific/Apia", "2011-12-29 12:00 -10", []string{"2011-12-31 00:00 +14", "2012-01-06 12:00 +14"}},
		{"KolkataHasNone", "30 5 * * *", "Asia/Kolkata", "2015-03-29 00:00 +0530", []string{"2015-03-29 05:30 +0530", "2015-03-30 05:30 +0530"}},
		{"TheEndOfALeapYear", "0 */12 * * *", "America/New_York", "2040-12-30 13:00 -05", []string{"2040-12-31 00:00 -05", "2040-12-31 12:00 -05", "2041-01-01 00:00 -05"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			loc := zone(t, c.zone)
			e, err := cron.Parse(c.expr)
			require.NoError(t, err)
			due := parse(t, c.after)
			for _, want := range c.want {
				due = e.Next(due, loc)
				require.Equal(t, parse(t, want).UTC(), due.UTC(), "want %s, got %s", want, due)
				require.Equal(t, loc, due.Location())
			}
		})
	}
}

func parse(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(form, text)
	if err != nil {
		at, err = time.Parse("2006-01-02 15:04 -0700", text)
	}
	require.NoError(t, err)
	return at
}

func TestSecondsAreNotLost(t *testing.T) {
	e, err := cron.Parse("* * * * *")
	require.NoError(t, err)
	at := time.Date(2015, 1, 1, 0, 0, 59, 999, time.UTC)
	require.Equal(t, time.Date(2015, 1, 1, 0, 1, 0, 0, time.UTC), e.Next(at, nil))
}

func TestZero(t *testing.T) { require.Zero(t, cron.Expr{}.Next(time.Now(), nil)) }

// Scenario 22, with FuzzParse and the table of TestNext: days that not every month or year has.
func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ name, expr, want string }{
		{"Nothing", "", "0 fields, want five"},
		{"Seconds", "0 0 0 * * *", "6 fields, want five"},
		{"Word", "@often", "want @hourly"},
		{"TooLarge", "60 0 * * *", `minute "60": "60" is not 0 to 59`},
		{"TooSmall", "0 0 0 * *", `"0" is not 1 to 31`},
		{"Sign", "+1 0 * * *", `"+1" is not 0 to 59`},
		{"All", "60 24 * * *", `hour "24": "24" is not 0 to 23`},
		{"Name", "0 0 * JANUARY *", `"JANUARY" is not 1 to 12 or JAN to DEC`},
		{"NameInTheWrongField", "0 0 MON * *", `day of the month "MON"`},
		{"Backwards", "0 20-8 * * *", "20-8 ends before it begins"},
		{"NoStep", "*/0 * * * *", "/0 is not /1 to /59"},
		{"EmptyItem", "1,,2 * * * *", `"" is not 0 to 59`},
		{"Nth", "0 0 * * MON#6", "#6 is not #1 to #5"},
		{"Huge", "99999999999999999999 * * * *", "is not 0 to 59"},
		{"NoSuchDate", "0 0 30 2 *", "no date is like that"},
		{"NoSuchDates", "0 0 31 4,6,9,11 *", "no date is like that"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := cron.Parse(c.expr)
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, "cron expression", "which text it is about")
		})
	}
}

// What the package promises, minute by minute: an hourly expression is due when the clock shows
// it, another one when the largest reading so far reaches it.
func TestNextAgainstEveryMinute(t *testing.T) {
	exprs := []string{"*/7 * * * *", "0 */3 * * *", "15,45 1-3 * * *", "0 0 * * *", "30 2 * * 0", "*/20 0,1,2,23 1,4,8,29 * *", "20 */4 * * *"}
	for _, c := range []struct{ zone, around string }{
		{"America/New_York", "2015-03-08"}, {"America/New_York", "2015-11-01"}, {"Europe/Berlin", "2024-03-31"},
		{"America/Sao_Paulo", "2018-11-04"}, {"America/Sao_Paulo", "2018-02-17"}, {"Australia/Lord_Howe", "2019-10-06"},
		{"Australia/Lord_Howe", "2019-04-07"}, {"Pacific/Apia", "2011-12-30"}, {"Europe/Lisbon", "2021-03-28"}, {"Europe/Lisbon", "2021-10-31"},
		{"Africa/Cairo", "2023-04-28"}, {"Africa/Cairo", "2014-09-26"}, {"Asia/Kathmandu", "2015-03-29"}, {"Africa/Casablanca", "2019-05-05"}, {"Asia/Tehran", "2022-03-22"},
	} {
		t.Run(c.zone+" "+c.around, func(t *testing.T) {
			loc := zone(t, c.zone)
			middle, err := time.ParseInLocation(time.DateOnly, c.around, loc)
			require.NoError(t, err)
			from, to := middle.Add(-26*time.Hour), middle.Add(36*time.Hour)
			for _, text := range exprs {
				e, err := cron.Parse(text)
				require.NoError(t, err)
				var got []time.Time
				for at := e.Next(from, loc); !at.After(to); at = e.Next(at, loc) {
					got = append(got, at.UTC())
				}
				require.Equal(t, everyMinute(t, text, from, to), got, text)
			}
		})
	}
}

// everyMinute asks the same expression in UTC what a reading matches, and walks through real time.
func everyMinute(t *testing.T, text string, from, to time.Time) []time.Time {
	t.Helper()
	e, err := cron.Parse(text)
	require.NoError(t, err)
	matches := func(reading time.Time) bool { return e.Next(reading.Add(-time.Minute), time.UTC).Equal(reading) }
	reading := func(at time.Time) time.Time {
		y, m, d := at.Date()
		return time.Date(y, m, d, at.Hour(), at.Minute(), 0, 0, time.UTC)
	}
	hourly := strings.Fields(text)[1][0] == '*'
	var due []time.Time
	latest := reading(from)
	for at := from.Add(time.Minute); !at.After(to); at = at.Add(time.Minute) {
		now := reading(at)
		isDue := hourly && matches(now)
		for !hourly && latest.Before(now) {
			latest = latest.Add(time.Minute)
			isDue = isDue || matches(latest)
		}
		if isDue {
			due = append(due, at.UTC())
		}
	}
	return due
}

func TestNextIsAlwaysLater(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	zones := []string{"America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Cairo", "Europe/London", "America/St_Johns"}
	exprs := []string{"* * * * *", "*/13 */5 * * *", "0 0 * * *", "30 2 L * *", "59 23 * * SUNL", "0 0 29 2 *"}
	for range 3000 {
		loc := zone(t, zones[rng.IntN(len(zones))])
		e, err := cron.Parse(exprs[rng.IntN(len(exprs))])
		require.NoError(t, err)
		after := time.Unix(rng.Int64N(4e9)-1e9, rng.Int64N(1e9))
		due := e.Next(after, loc)
		require.True(t, due.After(after), "%v in %v after %v: %v", e, loc, after, due)
		between := after.Add(time.Duration(rng.Float64() * float64(due.Sub(after))))
		if between.Before(due) {
			require.True(t, due.Equal(e.Next(between, loc)), "%v in %v: nothing is due between %v and %v", e, loc, after, due)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"*/5 1-3,7 L JAN-MAR MON#2", "@daily", "0 0 30 2 *", "1/2 * * * FRIL"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := cron.Parse(text)
		if err != nil {
			return
		}
		after := time.Date(2015, 6, 1, 0, 0, 0, 0, time.UTC)
		if due := e.Next(after, nil); !due.After(after) {
			t.Errorf("%q is due at %v", text, due)
		}
	})
}
