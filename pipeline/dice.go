package pipeline

import (
	"fmt"
	"math/rand/v2"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// dice is a random generator of one run.
type dice struct{ *rand.Rand }

func newDice(seed uint64, seeded bool) *dice {
	if !seeded {
		seed = rand.Uint64()
	}
	return &dice{rand.New(rand.NewPCG(seed, 0))}
}

// seedOf reads the seed of $rand and $sample, which mongod does not have: with
// one, every run gives the same.
func seedOf(v monary.Value) (seed uint64, seeded bool, err error) {
	if v.IsMissing() {
		return 0, false, nil
	}
	n, ok := wholeNumber(v)
	if !ok {
		return 0, false, fmt.Errorf("seed is %s; want a whole number", describe(v))
	}
	return uint64(n), true, nil
}

// randExpr is $rand: a number from 0 up to 1, row by row.
type randExpr struct {
	number int
	seed   uint64
	seeded bool
}

func (p *program) random(arg monary.Value) (expr, error) {
	if arg.Type() == bson.TypeArray {
		for range arg.Elements() {
			return nil, fmt.Errorf("takes {} or {seed: n}, found %s", describe(arg))
		}
		arg = monary.DocumentValue(nil, nil)
	}
	parts, err := fieldsOf(arg, "seed")
	if err != nil {
		return nil, err
	}
	r := randExpr{number: p.dice}
	p.dice++
	r.seed, r.seeded, err = seedOf(parts[0])
	return r, err
}

func (r randExpr) eval(s *scope, _ int) monary.Value {
	if s.dice[r.number] == nil {
		s.dice[r.number] = newDice(r.seed, r.seeded)
	}
	return monary.DoubleValue(s.dice[r.number].Float64())
}
