package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"github.com/penstock/penstock/monary"
)

// updating is a whenMatched that is a pipeline: it makes a new document of the one
// that is there, and sees the one that comes as $$new, or the variables of let.
type updating struct {
	program *program
	names   outer
	values  []expr
	stages  []stage
}

// updateStages are those that a whenMatched may have.
var updateStages = []string{"$addFields", "$set", "$project", "$unset", "$replaceRoot", "$replaceWith"}

func parseUpdate(pipeline, let monary.Value) (*updating, error) {
	u := &updating{program: &program{}}
	if let.IsMissing() {
		let = monary.DocumentValue([]string{"new"}, []monary.Value{monary.StringValue("$$ROOT")})
	}
	var err error
	if u.names, u.values, err = u.program.variables(let); err != nil {
		return nil, err
	}
	for i, s := range elements(pipeline) {
		if name, _, err := onlyElement(s); err == nil && !slices.Contains(updateStages, name) {
			return nil, fmt.Errorf("whenMatched, stage %d: %s does not run there; %s do", i, name, strings.Join(updateStages, ", "))
		}
	}
	if u.stages, err = parsePart(pipeline, u.names); err != nil {
		return nil, fmt.Errorf("whenMatched: %w", err)
	}
	return u, nil
}

// apply makes the new document of an old one.
func (u *updating) apply(e *env, old, incoming monary.Value) (monary.Value, error) {
	s := u.program.start(e)
	if err := s.bind(documents([]monary.Value{incoming})); err != nil {
		return old, err
	}
	inner := e.with(s, 0, u.names, u.values)
	if s.err != nil {
		return old, fmt.Errorf("let: %w", s.err)
	}
	out, err := gather(chain(inner, from([]*batch{documents([]monary.Value{old})}), u.stages))
	if err != nil {
		return old, fmt.Errorf("whenMatched: %w", err)
	}
	made := withID(out[0], old.Field("_id"))
	if monary.Compare(made.Field("_id"), old.Field("_id")) != 0 {
		return old, fmt.Errorf("whenMatched changes the _id of %s", describe(old))
	}
	return made, nil
}
