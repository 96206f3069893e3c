package notify

import "time"

// Flow is what has numbers of its stages, such as a *pipeline.Flow.
type Flow interface {
	Metrics(emit func(stage, name string, value float64))
}

// flow is one that a notifier was given.
type flow struct {
	Flow
	name string
	gone bool // it has been replaced, or taken away
}

// Flow has the numbers of a flow looked at, of which there is one for each name, until it is replaced or, by nil,
// taken away; it is looked at once more then. What was told of a flow that is taken away is over.
func (n *Notifier) Flow(name string, f Flow) {
	w := &n.watch
	w.mu.Lock()
	old := w.flows[name]
	w.mu.Unlock()
	if old != nil {
		n.measureFlow(old)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if old != nil {
		old.gone = true
	}
	if f == nil {
		delete(w.flows, name)
		n.flowIsGone(name)
		return
	}
	if w.flows == nil {
		w.flows = map[string]*flow{}
	}
	w.flows[name] = &flow{Flow: f, name: name}
	n.begin()
}

// measureFlow measures a flow. Where several stages have one name, the worst number counts.
func (n *Notifier) measureFlow(f *flow) {
	values := map[metric][2]float64{} // the least and the most
	f.Metrics(func(stage, number string, v float64) {
		of := metric{kind: flowNumber, flow: f.name, stage: stage, number: number}
		b, ok := values[of]
		if !ok {
			b = [2]float64{v, v}
		}
		values[of] = [2]float64{min(b[0], v), max(b[1], v)}
	})
	n.watch.mu.Lock()
	defer n.watch.mu.Unlock()
	if f.gone {
		return
	}
	for of, v := range values {
		n.each(measured{metric: of, at: time.Now()}, func(r *rule, s *series, m measured) {
			if m.value = v[0]; r.side == Above {
				m.value = v[1]
			}
			r.ended(s, m)
		})
	}
}

// flowIsGone ends what was told of a flow. It is called with the lock of the watch held.
func (n *Notifier) flowIsGone(name string) {
	for _, r := range n.watch.rules {
		for of, s := range r.series {
			if of.kind == flowNumber && of.flow == name {
				s.last = false
				n.judge(r, s, time.Now())
				delete(r.series, of)
				n.watch.kept--
			}
		}
	}
}
