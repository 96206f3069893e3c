package ml

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// archived is a type that can be saved. Its method archive names every field that is
// stored, once; that description writes and reads both forms, which therefore cannot
// drift apart. Models are shared, so it must not set anything unless a.reading.
type archived interface {
	archive(a *archive)

	// verify refuses a state in which a method would panic or answer wrongly. It is
	// called before writing and after reading, and changes nothing.
	verify() error
}

// rebuilt is an archived type with fields that follow from those that are stored.
// rebuild sets them after reading and verify.
type rebuilt interface{ rebuild() }

// archive visits the fields of a model one after the other, to write or to read them.
// After the first error it does neither; what is not read stays zero.
type archive struct {
	coder   coder
	reading bool
	places  []place        // what leads to the field
	models  int            // how many of the places are models
	custom  map[any][]byte // what types of others have written, by the models
	room    []int64        // for the values of one field
	err     error
}

// coder is one direction of one form: a writer takes what it is given pointers to,
// a reader sets it.
type coder interface {
	key(name string) error // of the value that comes next
	truth(v *bool) error
	whole(v *int64) error
	number(v *float64) error
	text(v *string) error
	bytes(v *[]byte) error
	wholes(v *[]int64) error
	numbers(v *[]float64) error
	shortNumbers(v *[]float64) error
	texts(v *[]string) error
	object(visit func()) error
	list(n int, visit func(i int) (more bool)) error // a reader ignores n
	kind(name string, visit func(name string)) error // a reader ignores name
}

// place is the name of a field or of a kind, or the number of an element.
type place struct {
	name  string
	index int
}

func (a *archive) fail(err error) {
	if a.err != nil {
		return
	}
	var path strings.Builder
	for i, p := range a.places {
		switch {
		case p.name == "":
			path.WriteString("[" + strconv.Itoa(p.index) + "]")
		case i == 0:
			path.WriteString(p.name)
		default:
			path.WriteString("." + p.name)
		}
	}
	a.err = fmt.Errorf("%s: %w", &path, err)
	if len(a.places) == 0 {
		a.err = err
	}
}

// within runs visit at a place.
func (a *archive) within(p place, visit func() error) {
	if a.err != nil {
		return
	}
	a.places = append(a.places, p)
	if err := visit(); err != nil {
		a.fail(err)
	}
	a.places = a.places[:len(a.places)-1]
}

func (a *archive) field(name string, visit func() error) {
	a.within(place{name: name}, func() error {
		if err := a.coder.key(name); err != nil {
			return err
		}
		return visit()
	})
}

func (a *archive) truth(name string, v *bool) {
	a.field(name, func() error { return a.coder.truth(v) })
}

func (a *archive) number(name string, v *float64) {
	a.field(name, func() error { return a.coder.number(v) })
}

func (a *archive) text(name string, v *string) {
	a.field(name, func() error { return a.coder.text(v) })
}

func (a *archive) bytes(name string, v *[]byte) {
	a.field(name, func() error { return a.coder.bytes(v) })
}

func (a *archive) numbers(name string, v *[]float64) {
	a.field(name, func() error { return a.coder.numbers(v) })
}

// shortNumbers is numbers in a form that is short for whole numbers and for float32.
func (a *archive) shortNumbers(name string, v *[]float64) {
	a.field(name, func() error { return a.coder.shortNumbers(v) })
}

func (a *archive) texts(name string, v *[]string) {
	a.field(name, func() error { return a.coder.texts(v) })
}

func (a *archive) rows(name string, v *[][]float64) {
	a.field(name, func() error { return list(a, v, a.coder.numbers) })
}

func (a *archive) object(name string, visit func()) {
	a.field(name, func() error { return a.coder.object(visit) })
}

// integer is what is stored as a whole number.
type integer interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32
}

func whole[T integer](a *archive, name string, v *T) {
	a.field(name, func() error {
		n := int64(*v)
		if err := a.coder.whole(&n); err != nil || !a.reading {
			return err
		}
		return setWhole(v, n)
	})
}

func wholes[T integer](a *archive, name string, v *[]T) {
	a.field(name, func() error {
		a.room = a.room[:0]
		if a.reading {
			*v = nil
		} else {
			for _, n := range *v {
				a.room = append(a.room, int64(n))
			}
		}
		if err := a.coder.wholes(&a.room); err != nil || !a.reading || len(a.room) == 0 {
			return err
		}
		*v = make([]T, len(a.room))
		for i, n := range a.room {
			if err := setWhole(&(*v)[i], n); err != nil {
				return err
			}
		}
		return nil
	})
}

func setWhole[T integer](v *T, n int64) error {
	*v = T(n)
	if int64(*v) != n {
		return fmt.Errorf("%d is beyond the range of %T", n, *v)
	}
	return nil
}

// choice stores one of a few constants, which count from 0, by its name.
func choice[T ~uint8](a *archive, name string, v *T, names ...string) {
	n := uint64(*v)
	a.choice(name, &n, names)
	if a.reading {
		*v = T(n)
	}
}

// namesTo returns the names of the constants up to the last one.
func namesTo[T interface {
	~uint8
	fmt.Stringer
}](last T) []string {
	var names []string
	for v := T(0); v <= last; v++ {
		names = append(names, v.String())
	}
	return names
}

func (a *archive) choice(name string, v *uint64, names []string) {
	a.field(name, func() error {
		var text string
		if !a.reading {
			if *v >= uint64(len(names)) {
				return fmt.Errorf("%d is none of %q", *v, names)
			}
			text = names[*v]
		}
		if err := a.coder.text(&text); err != nil || !a.reading {
			return err
		}
		i := slices.Index(names, text)
		if i < 0 {
			return fmt.Errorf("%q is none of %q", text, names)
		}
		*v = uint64(i)
		return nil
	})
}

// objects is a list of things that have fields.
func objects[T any](a *archive, name string, v *[]T, visit func(*T)) {
	a.field(name, func() error {
		return list(a, v, func(x *T) error { return a.coder.object(func() { visit(x) }) })
	})
}

// pointers is objects for a slice of pointers.
func pointers[T any](a *archive, name string, v *[]*T, visit func(*T)) {
	objects(a, name, v, func(x **T) {
		if a.reading {
			*x = new(T)
		}
		visit(*x)
	})
}

// optional is for what may be nil: a list of one thing or none.
func optional[T any](a *archive, name string, v **T, visit func(*T)) {
	var all []*T
	if *v != nil {
		all = []*T{*v}
	}
	pointers(a, name, &all, visit)
	switch {
	case !a.reading || len(all) == 0:
	case len(all) == 1:
		*v = all[0]
	default:
		a.fail(fmt.Errorf("there are %d of %s, want one or none", len(all), name))
	}
}

// list grows with what is read, whatever length is promised.
func list[T any](a *archive, v *[]T, visit func(*T) error) error {
	if a.reading {
		*v = nil
	}
	return a.coder.list(len(*v), func(i int) bool {
		if a.reading {
			*v = append(*v, *new(T))
		}
		a.within(place{index: i}, func() error { return visit(&(*v)[i]) })
		return a.err == nil
	})
}

// model is a model inside another one. T is what it has to be.
func model[T any](a *archive, name string, v *T) {
	a.field(name, func() error { return innerModel(a, v) })
}

// models is a list of models inside another one.
func models[T any](a *archive, name string, v *[]T) {
	a.field(name, func() error { return list(a, v, func(x *T) error { return innerModel(a, x) }) })
}

func innerModel[T any](a *archive, v *T) error {
	if !a.reading {
		return a.write(*v)
	}
	m, err := a.read()
	if err != nil || a.err != nil {
		return err
	}
	var ok bool
	if *v, ok = m.(T); !ok {
		return fmt.Errorf("it is a %T, which is no %v", m, reflect.TypeFor[T]())
	}
	return nil
}

func (a *archive) write(model any) error {
	k, err := kinds.of(model)
	if err != nil {
		return err
	}
	return a.coder.kind(k.name, func(string) { a.visit(k, k.open(model)) })
}

func (a *archive) read() (model any, err error) {
	err = a.coder.kind("", func(name string) {
		k, err := kinds.named(name)
		if err != nil {
			a.fail(err)
			return
		}
		x := k.create()
		a.visit(k, x)
		model = k.model(x)
	})
	return model, err
}

// maxModels bounds how deep models lie in each other, and with it the recursion.
const maxModels = 64

// visit writes or reads the fields of x.
func (a *archive) visit(k *kind, x archived) {
	a.within(place{name: k.name}, func() error {
		a.models++
		defer func() { a.models-- }()
		if a.models > maxModels {
			return fmt.Errorf("models lie in each other more than %d deep", maxModels)
		}
		if !a.reading {
			if err := x.verify(); err != nil {
				return err
			}
		}
		err := a.coder.object(func() { x.archive(a) })
		if !a.reading || a.err != nil || err != nil {
			return err
		}
		if err := x.verify(); err != nil {
			return err
		}
		if x, ok := x.(rebuilt); ok {
			x.rebuild()
		}
		return nil
	})
}
