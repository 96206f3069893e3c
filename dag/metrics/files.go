package metrics

import _ "embed"

// Dashboard is a board for Grafana 10 and later, as JSON to import: runs, tasks, durations, schedules, flows.
//
//go:embed dashboard.json
var Dashboard []byte

// Rules are alerts for Prometheus, as a file of rules: runs that fail, deadlines and schedules that are missed,
// tasks that wait.
//
//go:embed rules.yml
var Rules []byte
