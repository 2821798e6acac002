// Package price reads what models cost from a file that the user keeps, with the
// date at which its prices were right.
package price

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/jcode-go/jcode/sdk"
)

// FileName is the file's name in JCODE_HOME.
const FileName = "prices.toml"

// Table is the prices of one file. It does not change; nil has no prices.
type Table struct {
	// Dated is the day that the file names, as it stands there.
	Dated  string
	prices map[string]sdk.Price
}

// document is the file's form.
type document struct {
	Dated  toml.LocalDate   `toml:"dated"`
	Prices map[string]entry `toml:"prices"`
}

// entry is in US dollars per million tokens. Pointers tell 0 from nothing.
type entry struct {
	Input      *float64 `toml:"input"`
	Output     *float64 `toml:"output"`
	CacheRead  *float64 `toml:"cache_read"`
	CacheWrite *float64 `toml:"cache_write"`
}

// Error says where the file is wrong.
type Error struct {
	File string
	// Line and Column count from 1; Line is 0 when the place is not known.
	Line, Column int
	Message      string
}

// Error is one line for the user.
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
}

// Load reads the file at path. One that is not there is a nil table; one that is
// wrong is an [*Error].
func Load(path string) (*Table, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &Error{File: path, Message: "read: " + plain(err)}
	}
	return Parse(path, data)
}

func plain(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err.Error()
	}
	return err.Error()
}

// Parse reads the text of a file; path is for errors.
func Parse(path string, data []byte) (*Table, error) {
	var d document
	decoder := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		return nil, syntaxError(path, err)
	}
	if d.Dated == (toml.LocalDate{}) {
		return nil, &Error{File: path, Message: "no date: begin it with the day of its prices, as in: dated = 2026-11-01"}
	}
	t := &Table{Dated: d.Dated.String(), prices: make(map[string]sdk.Price, len(d.Prices))}
	for name, e := range d.Prices {
		found, err := e.price(name)
		if err != nil {
			line, column := place(data, name)
			return nil, &Error{File: path, Line: line, Column: column, Message: fmt.Sprintf("prices.%q: %v", name, err)}
		}
		t.prices[name] = found
	}
	return t, nil
}

func syntaxError(path string, err error) error {
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) && len(unknown.Errors) > 0 {
		first := unknown.Errors[0]
		line, column := first.Position()
		return &Error{path, line, column, fmt.Sprintf("unknown key %s; there are dated and prices.\"PROVIDER/MODEL\" with input, output, cache_read, cache_write", strings.Join(first.Key(), "."))}
	}
	var bad *toml.DecodeError
	if errors.As(err, &bad) {
		line, column := bad.Position()
		return &Error{path, line, column, strings.TrimPrefix(bad.Error(), "toml: ")}
	}
	return &Error{File: path, Message: strings.TrimPrefix(err.Error(), "toml: ")}
}

func (e entry) price(name string) (sdk.Price, error) {
	provider, model, ok := strings.Cut(name, "/")
	switch {
	case !ok || provider == "" || model == "":
		return sdk.Price{}, errors.New("the name must be PROVIDER/MODEL")
	case strings.Contains(strings.TrimSuffix(name, "*"), "*"):
		return sdk.Price{}, errors.New("a * may only end the name")
	case e.Input == nil || e.Output == nil:
		return sdk.Price{}, errors.New("input and output must both be there, in dollars per million tokens")
	}
	var out sdk.Price
	for _, part := range []struct {
		from *float64
		to   *float64
	}{{e.Input, &out.Input}, {e.Output, &out.Output}, {e.CacheRead, &out.CacheRead}, {e.CacheWrite, &out.CacheWrite}} {
		if part.from == nil {
			continue
		}
		if !(*part.from >= 0 && *part.from < 1e6) {
			return sdk.Price{}, fmt.Errorf("%v is no price in dollars per million tokens", *part.from)
		}
		*part.to = *part.from
	}
	return out, nil
}

// place finds where the text speaks of name first.
func place(data []byte, name string) (line, column int) {
	at := bytes.Index(data, []byte(name))
	if at < 0 {
		return 0, 0
	}
	before := data[:at]
	return bytes.Count(before, []byte("\n")) + 1, at - bytes.LastIndexByte(before, '\n')
}

// Of is the price of a provider's model; nil is unknown. A name that fits whole
// beats one that ends in *, and of these the longest counts.
func (t *Table) Of(provider, model string) *sdk.Price {
	if t == nil || model == "" {
		return nil
	}
	full := provider + "/" + model
	if exact, ok := t.prices[full]; ok {
		return &exact
	}
	best, length := (*sdk.Price)(nil), -1
	for name, price := range t.prices {
		prefix, open := strings.CutSuffix(name, "*")
		if open && len(prefix) > length && strings.HasPrefix(full, prefix) {
			best, length = &price, len(prefix)
		}
	}
	return best
}
