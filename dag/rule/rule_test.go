package rule_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/penstock/penstock/dag/rule"
)

const (
	running   = "running"
	succeeded = "succeeded"
	failed    = "failed"
	skipped   = "skipped"
)

// oracle is the rules as Airflow's documentation words them, for upstream tasks that
// have all ended.
func oracle(r rule.Rule, states []string) rule.Verdict {
	some := func(s string) bool { return slices.Contains(states, s) }
	only := func(s string) bool { return !slices.ContainsFunc(states, func(t string) bool { return t != s }) }
	run := map[rule.Rule]bool{
		rule.AllSuccess:       only(succeeded),
		rule.AllDone:          true,
		rule.OneSuccess:       some(succeeded),
		rule.NoneFailed:       !some(failed),
		rule.NoneFailedMinOne: !some(failed) && some(succeeded),
		rule.OneFailed:        some(failed),
		rule.Always:           true,
	}[r]
	switch {
	case run:
		return rule.Run
	case some(failed):
		return rule.Fail
	}
	return rule.Skip
}

func count(states []string) rule.Parents {
	p := rule.Parents{All: len(states)}
	for _, s := range states {
		switch s {
		case succeeded:
			p.Succeeded++
		case failed:
			p.Failed++
		case skipped:
			p.Skipped++
		}
	}
	return p
}

var rules = []rule.Rule{rule.AllSuccess, rule.AllDone, rule.OneSuccess, rule.NoneFailed, rule.NoneFailedMinOne, rule.OneFailed, rule.Always}

// Scenario 4: every rule, every combination of up to three upstream tasks, and every
// order in which they end.
func TestTruthTable(t *testing.T) {
	ended := []string{succeeded, failed, skipped}
	cases := 0
	var try func(states []string)
	try = func(states []string) {
		if len(states) > 0 {
			for _, r := range rules {
				cases++
				assert.Equal(t, oracle(r, states), r.Judge(count(states)), "%v %v", r, states)
				assert.Equal(t, oracle(r, states), eventually(r, states), "%v: the verdict before %v had all ended is the same", r, states)
			}
		}
		if len(states) < 3 {
			for _, s := range ended {
				try(append(slices.Clone(states), s))
			}
		}
	}
	try(nil)
	assert.Equal(t, 7*(3+9+27), cases)
}

// eventually lets the upstream tasks end one after the other and returns the first verdict.
func eventually(r rule.Rule, states []string) rule.Verdict {
	now := slices.Repeat([]string{running}, len(states))
	for i, s := range states {
		now[i] = s
		if v := r.Judge(count(now)); v != rule.Wait {
			return v
		}
	}
	return rule.Wait
}

func TestNoUpstream(t *testing.T) {
	for _, r := range rules {
		assert.Equal(t, rule.Run, r.Judge(rule.Parents{}), "%v", r)
	}
}

func TestString(t *testing.T) {
	assert.Equal(t, "NoneFailedMinOne", rule.NoneFailedMinOne.String())
	assert.Equal(t, "Rule(7)", rule.Rule(7).String())
	assert.True(t, rule.Always.Valid())
	assert.False(t, rule.Rule(7).Valid())
}
