package main

import (
	"encoding/binary"
	"slices"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// visitors is the number of computers that look at the shop.
const visitors = 400

// hit is one line of the shop's access log.
type hit struct {
	page   string
	second int64 // since 1970
}

// visitor is a computer, with the browser that runs on it.
type visitor struct{ host, userAgent string }

func logsBSON() []byte {
	r := newRandom(logsSeed)
	people := newVisitors(r)
	var d dump
	for i, h := range logHits(r) {
		who := pick(r, people)
		d.begin()
		d.objectID("_id", newObjectID(h.second, i))
		d.str("HOST", who.host)
		d.str("REFERER", referer(r))
		d.str("USERAGENT", who.userAgent)
		d.str("PAGE", h.page)
		d.date("DATE", h.second*1000)
		d.end()
	}
	return d.data
}

func newVisitors(r *random) []visitor {
	people := make([]visitor, visitors)
	for i := range people {
		people[i] = visitor{
			host:      pick(r, hostNets) + strconv.Itoa(r.between(1, 254)),
			userAgent: pick(r, userAgents),
		}
	}
	return people
}

// logHits returns the hits of all pages in the order of time; hits of the same
// second stay in the order of pages.
func logHits(r *random) []hit {
	var hits []hit
	for _, p := range pages {
		for day, n := range p.hits {
			for range n {
				hits = append(hits, hit{page: p.name, second: secondOf(r, day)})
			}
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return int(a.second - b.second) })
	return hits
}

func secondOf(r *random, day int) int64 {
	opening := 0
	if day == 0 {
		opening = openingHour
	}
	hour := opening + r.weighted(hourWeights[opening:])
	return firstDay.AddDate(0, 0, day).Unix() + int64(hour*3600+r.below(3600))
}

// referer is most often one of the four busiest pages of the shop.
func referer(r *random) string {
	if r.chance(1, 4) {
		return pick(r, outsideReferers)
	}
	return "http://www.example.com/" + pages[r.weighted([]int{30, 35, 10, 25})].name
}

// newObjectID is what a driver makes: the second, five bytes that stand for the
// process, and a counter.
func newObjectID(second int64, counter int) bson.ObjectID {
	var id bson.ObjectID
	binary.BigEndian.PutUint32(id[:4], uint32(second))
	copy(id[4:9], "pnstk")
	id[9], id[10], id[11] = byte(counter>>16), byte(counter>>8), byte(counter)
	return id
}
