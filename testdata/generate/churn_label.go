package main

import (
	"cmp"
	"slices"
)

// markChurn marks the churners among all but the first kept customers, who
// stay: the ones with the highest scores, ties going to the lower index.
func markChurn(r *random, all []customer, kept int) {
	type candidate struct{ index, score int }
	candidates := make([]candidate, 0, len(all))
	for i := range all {
		score := grievance(&all[i]) + mood(r)
		if i >= kept {
			candidates = append(candidates, candidate{i, score})
		}
	}
	slices.SortStableFunc(candidates, func(a, b candidate) int { return cmp.Compare(b.score, a.score) })
	for _, c := range candidates[:churners] {
		all[c.index].churn = true
	}
}

// grievance is the strongest reason to leave, in points; about 90 are enough.
func grievance(c *customer) int {
	return max(dearAbroad(c), dearAtHome(c), badService(c))
}

// dearAbroad is the customer with the international plan who talks abroad for
// long, or so rarely that the plan does not pay.
func dearAbroad(c *customer) int {
	if !c.intlPlan {
		return 0
	}
	return max(100+(c.intl.tenths-131)*4, 100+(2-c.intl.calls)*30)
}

// dearAtHome is the customer without voice mail whose day and evening minutes
// make a large bill.
func dearAtHome(c *customer) int {
	if c.voicePlan {
		return 0
	}
	bill := c.day.cents + c.eve.cents + c.night.cents/2
	return 100 + (bill-6650)/8
}

// badService is the customer who had to call customer service again and again
// for little use of the line.
func badService(c *customer) int {
	if c.serviceCalls < 4 {
		return 0
	}
	return 100 + (1750-c.day.tenths)/6
}

// mood is what the columns do not tell: a little noise, and now and then a
// customer who leaves, or stays, all the same.
func mood(r *random) int {
	noise := r.normal(0, 12)
	switch r.below(100) {
	case 0, 1:
		return noise + 200
	case 2, 3, 4:
		return noise - 200
	default:
		return noise
	}
}
