package price

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const example = `dated = 2026-11-01

[prices."acme/big"]
input = 3
output = 15.5
cache_read = 0.3

[prices."acme/big-*"]
input = 4
output = 4

[prices."acme/*"]
input = 0
output = 0
`

func TestOf(t *testing.T) {
	t.Parallel()
	table, err := Parse("prices.toml", []byte(example))
	if err != nil || table.Dated != "2026-11-01" {
		t.Fatalf("%+v, %v", table, err)
	}
	for model, want := range map[string]float64{"big": 3, "big-2": 4, "big-": 4, "small": 0} {
		if got := table.Of("acme", model); got == nil || got.Input != want {
			t.Errorf("%s: %+v, want input %v", model, got, want)
		}
	}
	if table.Of("other", "big") != nil || table.Of("acme", "") != nil || (*Table)(nil).Of("acme", "big") != nil {
		t.Error("a price from nowhere")
	}
	if big := table.Of("acme", "big"); big.Output != 15.5 || big.CacheRead != 0.3 || big.CacheWrite != 0 {
		t.Errorf("%+v", big)
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	const head = "dated = 2026-11-01\n"
	tests := map[string]struct{ text, want string }{
		"syntax":      {head + "[prices\n", "p.toml:2:"},
		"no date":     {"[prices.\"a/b\"]\ninput = 1\noutput = 1\n", "no date"},
		"unknown key": {head + "[prices.\"a/b\"]\ninput = 1\noutput = 1\nouput = 2\n", "p.toml:5:1: unknown key prices.a/b.ouput"},
		"type":        {head + "[prices.\"a/b\"]\ninput = \"1\"\noutput = 1\n", "p.toml:3:"},
		"incomplete":  {head + "\n[prices.\"a/b\"]\ninput = 1\n", `p.toml:3:10: prices."a/b": input and output`},
		"negative":    {head + "[prices.\"a/b\"]\ninput = -1\noutput = 1\n", "-1 is no price"},
		"not finite":  {head + "[prices.\"a/b\"]\ninput = nan\noutput = 1\n", "is no price"},
		"no provider": {head + "[prices.b]\ninput = 1\noutput = 1\n", "must be PROVIDER/MODEL"},
		"inner star":  {head + "[prices.\"a/*b\"]\ninput = 1\noutput = 1\n", "only end the name"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse("p.toml", []byte(test.text))
			var bad *Error
			if !errors.As(err, &bad) || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), FileName)
	if table, err := Load(path); table != nil || err != nil {
		t.Errorf("no file: %v, %v", table, err)
	}
	if err := os.WriteFile(path, []byte(example), 0o600); err != nil {
		t.Fatal(err)
	}
	if table, err := Load(path); err != nil || table.Of("acme", "big") == nil {
		t.Errorf("%v, %v", table, err)
	}
	if _, err := Load(filepath.Dir(path)); err == nil {
		t.Error("a folder is no file")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(example))
	f.Add([]byte("dated = 2026-11-01\nprices = 1\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := Parse("p", data)
		var bad *Error
		if err != nil && !errors.As(err, &bad) {
			t.Fatalf("error of another type: %v", err)
		}
		if err == nil {
			table.Of("a", "b")
		}
	})
}
