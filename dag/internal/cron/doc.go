// Package cron reads cron expressions and says when they are due in a time zone,
// through all that happens to clocks there.
//
// An expression has five fields: minute, hour, day of the month, month, day of the week.
// A field is *, a number, a name (JAN, MON), a range a-b, either with a step /n, or a list
// of those with commas; 7 is Sunday as 0 is. The day of the month may be L, the last one;
// the day of the week FRI#2, the second Friday, or FRIL, the last. @hourly, @daily (or
// @midnight), @weekly, @monthly and @yearly (or @annually) are short for the obvious.
// Where both day fields restrict, either will do, but if one of them begins with * both must
// agree (the rule of Vixie's cron).
//
// # Changes of the clock
//
// An expression whose hour begins with * (or lists all 24) is due whenever a clock on the wall
// shows what it asks for: after a step back the same reading is due again. With any other
// hour it is due once for each date and time it names. If the clock skips that time, it
// is due at the first instant after; if the clock shows it twice, the first time.
package cron
