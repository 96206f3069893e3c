package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
)

// customer is one customer of a telephone company.
type customer struct {
	state         string
	accountLength int // days
	areaCode      int
	phone         string
	intlPlan      bool
	voicePlan     bool
	messages      int
	day           usage
	eve           usage
	night         usage
	intl          usage
	serviceCalls  int
	churn         bool
}

// usage is what a customer used at one time of the day, or abroad.
type usage struct {
	tenths int // of a minute
	calls  int
	cents  int
}

// The tariff in tenths of a cent per minute.
const (
	dayRate   = 170
	eveRate   = 85
	nightRate = 45
	intlRate  = 270
)

// newUsage charges the minutes, rounded half up to cents.
func newUsage(tenths, calls, rate int) usage {
	return usage{tenths: tenths, calls: calls, cents: (tenths*rate + 50) / 100}
}

const (
	customers = 3333
	churners  = 483
)

// firstCustomers are the ones that examples show.
var firstCustomers = []customer{
	{
		state: "KS", accountLength: 128, areaCode: 415, phone: "382-4657", voicePlan: true, messages: 25,
		day: newUsage(2651, 110, dayRate), eve: newUsage(1974, 99, eveRate),
		night: newUsage(2447, 91, nightRate), intl: newUsage(100, 3, intlRate), serviceCalls: 1,
	},
	{
		state: "OH", accountLength: 107, areaCode: 415, phone: "371-7191", voicePlan: true, messages: 26,
		day: newUsage(1616, 123, dayRate), eve: newUsage(1955, 103, eveRate),
		night: newUsage(2544, 103, nightRate), intl: newUsage(137, 3, intlRate), serviceCalls: 1,
	},
	{
		state: "NJ", accountLength: 137, areaCode: 415, phone: "358-1921",
		day: newUsage(2434, 114, dayRate), eve: newUsage(1212, 110, eveRate),
		night: newUsage(1626, 104, nightRate), intl: newUsage(122, 5, intlRate),
	},
	{
		state: "OH", accountLength: 84, areaCode: 408, phone: "375-9999", intlPlan: true,
		day: newUsage(2994, 71, dayRate), eve: newUsage(619, 88, eveRate),
		night: newUsage(1969, 89, nightRate), intl: newUsage(66, 7, intlRate), serviceCalls: 2,
	},
}

// churnCustomers returns all customers, the first ones first.
func churnCustomers() []customer {
	r := newRandom(churnSeed)
	all := append(make([]customer, 0, customers), firstCustomers...)
	taken := make(map[string]bool, customers)
	for _, c := range firstCustomers {
		taken[c.phone] = true
	}
	for len(all) < customers {
		all = append(all, newCustomer(r, freePhone(r, taken)))
	}
	markChurn(r, all, len(firstCustomers))
	return all
}

// The weights, per mille, of 0, 1, 2, … calls to customer service and of 1, 2,
// 3, … calls abroad.
var (
	serviceCallWeights = []int{209, 354, 228, 128, 50, 20, 6, 3, 1, 1}
	intlCallWeights    = []int{48, 147, 200, 186, 141, 101, 65, 36, 31, 15, 9, 5, 4, 3, 3, 2, 1, 1, 1, 1}
)

func newCustomer(r *random, phone string) customer {
	c := customer{
		state:         pick(r, states).code,
		accountLength: r.normalIn(101, 40, 1, 243),
		areaCode:      pick(r, []int{408, 415, 415, 510}),
		phone:         phone,
		intlPlan:      r.chance(97, 1000),
		voicePlan:     r.chance(277, 1000),
		day:           newUsage(r.normalIn(1798, 544, 0, 3600), r.normalIn(100, 20, 30, 170), dayRate),
		eve:           newUsage(r.normalIn(2010, 507, 0, 3700), r.normalIn(100, 20, 30, 170), eveRate),
		night:         newUsage(r.normalIn(2009, 506, 200, 4000), r.normalIn(100, 20, 30, 170), nightRate),
		intl:          newUsage(r.normalIn(102, 28, 10, 200), 1+r.weighted(intlCallWeights), intlRate),
		serviceCalls:  r.weighted(serviceCallWeights),
	}
	if c.voicePlan {
		c.messages = r.normalIn(29, 7, 4, 51)
	}
	return c
}

// freePhone draws a number that nobody has yet, and takes it.
func freePhone(r *random, taken map[string]bool) string {
	for {
		phone := fmt.Sprintf("%03d-%04d", r.between(327, 422), r.below(10000))
		if !taken[phone] {
			taken[phone] = true
			return phone
		}
	}
}

func churnCSV(all []customer) []byte {
	var buf bytes.Buffer
	w := csv.NewWriter(&buf)
	rows := [][]string{{}}
	for _, column := range churnColumns {
		rows[0] = append(rows[0], column.name)
	}
	for i := range all {
		var row []string
		for _, column := range churnColumns {
			row = append(row, column.text(&all[i]))
		}
		rows = append(rows, row)
	}
	if err := w.WriteAll(rows); err != nil {
		panic(err) // a bytes.Buffer takes everything
	}
	return buf.Bytes()
}

func churnBSON(all []customer) []byte {
	var d dump
	for i := range all {
		d.begin()
		for _, column := range churnColumns {
			column.append(&d, column.name, &all[i])
		}
		d.end()
	}
	return d.data
}
