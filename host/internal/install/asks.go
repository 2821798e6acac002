package install

import (
	"slices"

	"github.com/jcode-go/jcode/host/internal/discover"
)

// AskKind is a sort of thing that a plugin asks for.
type AskKind string

// The kinds of asks, as they are written before the colon of an item.
const (
	AskVariable AskKind = "env"
	AskRead     AskKind = "read"
	AskWrite    AskKind = "write"
	AskProgram  AskKind = "program"
	AskHost     AskKind = "host"
)

// Asks is what a manifest asks for.
type Asks struct {
	Variables []string `json:"variables,omitempty"`
	Prefixes  []string `json:"prefixes,omitempty"`
	Read      []string `json:"read,omitempty"`
	Write     []string `json:"write,omitempty"`
	Programs  []string `json:"programs,omitempty"`
	Hosts     []string `json:"hosts,omitempty"`
}

// Ask is one thing that a plugin asks for.
type Ask struct {
	Kind AskKind
	// Name is the variable, "PREFIX_" for all that begin so, path, program or host.
	Name string
	// New says that the installed version does not ask for it.
	New bool
	// Note is a warning about it; may be empty.
	Note string
}

// Item is the ask as --grant takes it: "env:ACME_KEY".
func (a Ask) Item() string { return string(a.Kind) + ":" + a.Name }

// AsksOf is what a manifest asks for.
func AsksOf(m discover.Manifest) Asks {
	return Asks{
		Variables: m.Environment.Variables, Prefixes: m.Environment.Prefixes,
		Read: m.Files.Read, Write: m.Files.Write, Programs: m.Programs.Run, Hosts: m.Network.Hosts,
	}
}

// list is all that is asked for, in the order in which it is shown.
func (a Asks) list() []Ask {
	parts := [...]struct {
		kind  AskKind
		names []string
	}{
		{AskVariable, a.Variables},
		{AskVariable, a.Prefixes},
		{AskRead, a.Read},
		{AskWrite, a.Write},
		{AskProgram, a.Programs},
		{AskHost, a.Hosts},
	}
	n := 0
	for _, part := range parts {
		n += len(part.names)
	}
	list := make([]Ask, 0, n)
	for _, part := range parts {
		for _, name := range part.names {
			list = append(list, Ask{Kind: part.kind, Name: name})
		}
	}
	return list
}

// Items is the list as --grant takes it.
func (a Asks) Items() []string {
	list := a.list()
	items := make([]string, len(list))
	for i, ask := range list {
		items[i] = ask.Item()
	}
	return items
}

// has reports whether item is asked for.
func (a Asks) has(item string) bool {
	return slices.ContainsFunc(a.list(), func(ask Ask) bool { return ask.Item() == item })
}
