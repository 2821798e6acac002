package install

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// Generation is one state of the store: which version of which plugin is
// installed. It is written once and never changed; the file current names the one
// that counts.
type Generation struct {
	// Number is its file's; 0 is the empty one before the first.
	Number  int       `toml:"-"`
	Schema  int       `toml:"schema"`
	Created time.Time `toml:"created"`
	// Reason is what made it, for people: "install acme 1.2.0".
	Reason string `toml:"reason"`
	// Disabled are names that are not launched, bundled ones included.
	Disabled []string `toml:"disabled,omitempty"`
	Plugin   []Pick   `toml:"plugin"`
}

// Pick is one installed plugin of a generation.
type Pick struct {
	Name    string `toml:"name"`
	Version string `toml:"version"`
	Tree    string `toml:"tree"`
	// Pinned keeps `upgrade` away from it.
	Pinned bool `toml:"pinned,omitempty"`
}

// decode reads TOML; its errors begin with the position.
func decode(data []byte, into any) error {
	err := toml.NewDecoder(bytes.NewReader(data)).Decode(into)
	var bad *toml.DecodeError
	if errors.As(err, &bad) {
		line, column := bad.Position()
		return fmt.Errorf("%d:%d: %s", line, column, strings.TrimPrefix(bad.Error(), "toml: "))
	}
	return err
}

func (g *Generation) pick(name string) *Pick {
	i := slices.IndexFunc(g.Plugin, func(p Pick) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return &g.Plugin[i]
}

func (g *Generation) set(p Pick) {
	if old := g.pick(p.Name); old != nil {
		*old = p
		return
	}
	g.Plugin = append(g.Plugin, p)
	slices.SortFunc(g.Plugin, func(a, b Pick) int { return strings.Compare(a.Name, b.Name) })
}

func (g *Generation) drop(name string) {
	g.Plugin = slices.DeleteFunc(g.Plugin, func(p Pick) bool { return p.Name == name })
}

func (g *Generation) clone() *Generation {
	c := *g
	c.Plugin, c.Disabled = slices.Clone(g.Plugin), slices.Clone(g.Disabled)
	return &c
}

// currentNumber reads which generation counts; 0 when none was ever made.
func (s Store) currentNumber() (int, error) {
	text, err := os.ReadFile(s.current())
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	number, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || number < 1 {
		return 0, fmt.Errorf("%s: no number of a generation: %q", s.current(), text)
	}
	return number, nil
}

func (s Store) readCurrent() (*Generation, error) {
	number, err := s.currentNumber()
	if err != nil {
		return nil, err
	}
	if number == 0 {
		return &Generation{Schema: 1}, nil
	}
	return s.readGeneration(number)
}

func (s Store) readGeneration(number int) (*Generation, error) {
	data, err := os.ReadFile(s.generation(number))
	if err != nil {
		return nil, err
	}
	g, err := ParseGeneration(data)
	if err != nil {
		return nil, fmt.Errorf("%s:%w", s.generation(number), err)
	}
	g.Number = number
	return g, nil
}

// ParseGeneration reads a generation's file.
func ParseGeneration(data []byte) (*Generation, error) {
	var g Generation
	if err := decode(data, &g); err != nil {
		return nil, err
	}
	if g.Schema != 1 {
		return nil, fmt.Errorf("1:1: schema %d is not 1", g.Schema)
	}
	for _, p := range g.Plugin {
		if !isDigest(p.Tree) {
			return nil, fmt.Errorf("1:1: %q has a bad digest", p.Name)
		}
	}
	return &g, nil
}

// numbers lists the generations that there are, oldest first.
func (s Store) numbers() ([]int, error) {
	entries, err := os.ReadDir(s.generations())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var numbers []int
	for _, entry := range entries {
		base, ok := strings.CutSuffix(entry.Name(), ".toml")
		number, err := strconv.Atoi(base)
		if ok && err == nil && number > 0 {
			numbers = append(numbers, number)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

// writeGeneration gives g the next free number and writes it. It does not count
// before flip.
func (s Store) writeGeneration(g *Generation) error {
	numbers, err := s.numbers()
	if err != nil {
		return err
	}
	current, err := s.currentNumber()
	if err != nil {
		return err
	}
	g.Schema, g.Number = 1, current+1
	if len(numbers) > 0 {
		g.Number = max(g.Number, numbers[len(numbers)-1]+1)
	}
	text, err := toml.Marshal(g)
	if err != nil {
		return fmt.Errorf("encode generation: %w", err)
	}
	if err := os.MkdirAll(s.generations(), 0o700); err != nil {
		return err
	}
	return replace(s.generation(g.Number), text)
}

// flip makes a generation the one that counts. This is the moment at which a
// change happens.
func (s Store) flip(number int) error {
	return replace(s.current(), fmt.Appendf(nil, "%04d\n", number))
}

// rewrite replaces a generation's file, for one that does not count.
func (s Store) rewrite(g *Generation) error {
	text, err := toml.Marshal(g)
	if err != nil {
		return fmt.Errorf("encode generation: %w", err)
	}
	return replace(s.generation(g.Number), text)
}
