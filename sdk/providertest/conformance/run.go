package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Selection says which cases to run; an empty one is all.
type Selection struct {
	// Suites and IDs name them; a case that either names runs.
	Suites []Suite
	IDs    []string
}

// Select returns the cases that s names, in their order. It fails for names that
// do not exist.
func Select(s Selection) ([]Case, error) {
	all := Cases()
	for _, suite := range s.Suites {
		if !slices.Contains(Suites(), suite) {
			return nil, fmt.Errorf("there is no suite %q: there are core, login, generate, faults", suite)
		}
	}
	for _, id := range s.IDs {
		if !slices.ContainsFunc(all, func(c Case) bool { return c.ID == id }) {
			return nil, fmt.Errorf("there is no case %q%s", id, near(id, all))
		}
	}
	if len(s.Suites)+len(s.IDs) == 0 {
		return all, nil
	}
	return slices.DeleteFunc(all, func(c Case) bool {
		return !slices.Contains(s.Suites, c.Suite) && !slices.Contains(s.IDs, c.ID)
	}), nil
}

// near proposes the cases that begin like id.
func near(id string, all []Case) string {
	best, found := 2, []string(nil)
	for _, c := range all {
		switch n := sameBeginning(id, c.ID); {
		case n > best:
			best, found = n, []string{c.ID}
		case n == best:
			found = append(found, c.ID)
		}
	}
	if len(found) == 0 {
		return ""
	}
	return ": did you mean " + strings.Join(found[:min(3, len(found))], " or ") + "?"
}

func sameBeginning(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// Run runs cases on the program of subject, one after the other, and calls begin
// and end around each, in order; both may be nil. Cases that only wait run beside
// the others and are reported in their place. It returns early when ctx ends.
func Run(ctx context.Context, subject Subject, cases []Case, begin func(Case), end func(Outcome)) {
	ctx, cancel := context.WithCancel(ctx)
	var waiting sync.WaitGroup
	defer waiting.Wait()
	defer cancel()
	early := map[string]chan Outcome{}
	for _, c := range cases {
		if !c.Waits || !subject.Patient {
			continue
		}
		result := make(chan Outcome, 1)
		early[c.ID] = result
		waiting.Go(func() { result <- Evaluate(ctx, subject, Binary, c) })
	}
	for _, c := range cases {
		if ctx.Err() != nil {
			return
		}
		if begin != nil {
			begin(c)
		}
		var outcome Outcome
		if result, ok := early[c.ID]; ok {
			outcome = <-result
		} else {
			outcome = Evaluate(ctx, subject, Binary, c)
		}
		if end != nil {
			end(outcome)
		}
	}
}
