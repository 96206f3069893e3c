package main

import "fmt"

// zip is one ZIP code area. The location is in millionths of a degree.
type zip struct {
	code     int
	city     string
	lon, lat int
	people   int
	state    string
}

// agawam is the first document, the one that examples show.
var agawam = zip{code: 1001, city: "AGAWAM", lon: -72622739, lat: 42070206, people: 15338, state: "MA"}

// mostPeople is the most that live in one ZIP code area.
const mostPeople = 112_000

func zipsBSON() []byte {
	r := newRandom(zipsSeed)
	var d dump
	for _, s := range states {
		for _, z := range s.areas(r) {
			d.begin()
			d.str("_id", fmt.Sprintf("%05d", z.code))
			d.str("city", z.city)
			d.doubles("loc", decimal(z.lon, 6), decimal(z.lat, 6))
			d.int32("pop", z.people)
			d.str("state", z.state)
			d.end()
		}
	}
	return d.data
}

// areas returns the ZIP code areas of a state in the order of their codes.
func (s state) areas(r *random) []zip {
	var fixed []zip
	first, people := s.first*100, s.people
	if s.code == agawam.state {
		fixed = []zip{agawam}
		first, people = agawam.code+1, people-agawam.people
	}
	codes := sampleInts(r, first, s.last*100+99, s.zips-len(fixed))
	zips := make([]zip, len(codes))
	weights := make([]int, len(codes))
	var near region
	for i, code := range codes {
		if i == 0 || code/100 != codes[i-1]/100 {
			near = s.newRegion(r)
		}
		zips[i], weights[i] = near.area(r, code)
	}
	for i, n := range share(people, weights, mostPeople) {
		zips[i].people = n
	}
	return append(fixed, zips...)
}

// region is the land of one three-digit prefix: its areas lie around a centre
// and some of them belong to its main city.
type region struct {
	state    state
	lon, lat int
	hub      string
}

// newRegion keeps the centre away from the borders, so that few areas have to
// be moved back onto them.
func (s state) newRegion(r *random) region {
	b := s.box
	dx, dy := (b.east-b.west)/8, (b.north-b.south)/8
	return region{
		state: s,
		lon:   r.between((b.west+dx)*10000, (b.east-dx)*10000),
		lat:   r.between((b.south+dy)*10000, (b.north-dy)*10000),
		hub:   cityName(r),
	}
}

// area returns an area without its people, and the weight by which the people
// of the state are shared out.
func (g region) area(r *random, code int) (zip, int) {
	b := g.state.box
	z := zip{
		code:  code,
		city:  cityName(r),
		lon:   r.normalIn(g.lon, (b.east-b.west)*500, b.west*10000, b.east*10000),
		lat:   r.normalIn(g.lat, (b.north-b.south)*500, b.south*10000, b.north*10000),
		state: g.state.code,
	}
	if r.chance(1, 5) {
		z.city = g.hub
		return z, skewed(r, 64)
	}
	return z, skewed(r, 1)
}

// skewed is a product of four uniforms, two of them at least least: mostly
// small, rarely large, below 2^28.
func skewed(r *random, least int) int {
	return r.between(1, 127) * r.between(1, 127) * r.between(least, 127) * r.between(least, 127)
}

// sampleInts returns n different integers of [lo, hi] in ascending order; every
// set of n is equally likely (Knuth, The Art of Computer Programming, volume 2,
// 3.4.2, algorithm S).
func sampleInts(r *random, lo, hi, n int) []int {
	chosen := make([]int, 0, n)
	for v := lo; len(chosen) < n; v++ {
		if r.chance(n-len(chosen), hi-v+1) {
			chosen = append(chosen, v)
		}
	}
	return chosen
}

// share splits total in proportion to the weights into integers of at most
// most; rounding carries over from one to the next, so that the sum is exact.
func share(total int, weights []int, most int) []int {
	sum := flatten(total, weights, most-1)
	parts := make([]int, len(weights))
	running, given := int64(0), 0
	for i, w := range weights {
		running += int64(w)
		upTo := int(running * int64(total) / sum)
		parts[i] = upTo - given
		given = upTo
	}
	return parts
}

// flatten lowers the weights whose part of total would exceed most, and returns
// the sum of all. It takes off a quarter at a time: cutting at the limit would
// leave many areas of the very same size.
func flatten(total int, weights []int, most int) int64 {
	sum := int64(0)
	for _, w := range weights {
		sum += int64(w)
	}
	for changed := true; changed; {
		changed = false
		for i, w := range weights {
			if int64(w)*int64(total)/sum > int64(most) {
				weights[i] -= w / 4
				sum -= int64(w / 4)
				changed = true
			}
		}
	}
	return sum
}
