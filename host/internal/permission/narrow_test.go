package permission

import "testing"

func TestNarrow(t *testing.T) {
	t.Parallel()
	for own := range Modes {
		for asked := range Modes {
			p, err := New(Options{Mode: Modes[own], WorkingDir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Narrow(Modes[asked]).Mode(); got != Modes[min(own, asked)] {
				t.Errorf("%s narrowed by %s is %s", Modes[own], Modes[asked], got)
			}
			if p.Mode() != Modes[own] || p.Narrow("").Mode() != Modes[own] || p.Narrow("all").Mode() != Modes[own] {
				t.Errorf("%s has changed", Modes[own])
			}
		}
	}
}
