package agent

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/sdk"
)

// SubagentType is one kind of subagent.
type SubagentType struct {
	// Name is what subagent_type names, Description tells the model when to use it.
	Name, Description string
	// Prompt is added to the system prompt of the run.
	Prompt string
	// Tools are the names of the tools that it has, sorted; nil is all that a
	// subagent can have.
	Tools []string
	// Model is its own; empty is that of the run.
	Model string
	// MaxTurns is its own limit; 0 is the usual one.
	MaxTurns int
	// PermissionMode narrows that of the run, and never widens it; empty is that of
	// the run.
	PermissionMode string
	// File is where it was read from; empty for those that jcode brings.
	File string
}

// ChildOptions are the tools that a subagent is to get.
type ChildOptions struct {
	// PermissionMode and Tools are those of its type.
	PermissionMode string
	Tools          []string
	// Seen are the files that it saw before it was resumed.
	Seen []tool.SeenFile
}

// SubagentTools are the names of all tools that a subagent can have.
func SubagentTools() []string {
	return []string{"bash", "edit", "glob", "grep", "read", "write"}
}

const generalType = "general"

// builtinTypes are the types that are always there.
func builtinTypes() []SubagentType {
	looking := []string{"glob", "grep", "read"}
	return []SubagentType{
		{
			Name: generalType, Description: "any work, with all tools but task and the task list",
			Prompt: "You are a subagent: another agent gave you one piece of work and gets only your last message. " +
				"Do it to its end, and report what you did, found and checked, with file paths and line numbers.",
		},
		{
			Name: "explore", Description: "read-only search: finds out where and how things are in the code",
			Tools: looking, PermissionMode: "read-only",
			Prompt: "You are a subagent that finds things out and changes nothing: you can only look. Another agent gets only your last message. " +
				"Search broadly first, then read what matters. Answer with facts, each with its file path and line number, and say what you did not find.",
		},
		{
			Name: "plan", Description: "read-only: looks at the code and writes a plan for a change",
			Tools: looking, PermissionMode: "read-only",
			Prompt: "You are a subagent that plans a change and makes none: you can only look. Another agent gets only your last message, and carries it out. " +
				"Read the code concerned, then write the plan: the goal, the steps in order with the files and functions that each touches, how each is checked, and the risks and open questions.",
		},
	}
}

// allTypes are the types of a run, sorted by name: a type of the user's takes the
// place of one that jcode brings, a later one that of an earlier one.
func allTypes(own []SubagentType) []SubagentType {
	var types []SubagentType
	for _, t := range slices.Concat(builtinTypes(), own) {
		if at := slices.IndexFunc(types, func(o SubagentType) bool { return o.Name == t.Name }); at >= 0 {
			types[at] = t
			continue
		}
		types = append(types, t)
	}
	slices.SortFunc(types, func(a, b SubagentType) int { return strings.Compare(a.Name, b.Name) })
	return types
}

// findType is the type of that name, without regard to case.
func findType(types []SubagentType, name string) (SubagentType, error) {
	for _, t := range types {
		if strings.EqualFold(t.Name, strings.TrimSpace(name)) {
			return t, nil
		}
	}
	return SubagentType{}, fmt.Errorf("there is no subagent type %q; the types are: %s", oneWord(name), strings.Join(typeNames(types), ", "))
}

func typeNames(types []SubagentType) []string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = t.Name
	}
	return names
}

// systemFor is the system prompt of a subagent: that of the run, whose start the
// vendor may have cached, and its type's own part behind it.
func systemFor(system []sdk.SystemBlock, t SubagentType) []sdk.SystemBlock {
	if t.Prompt == "" {
		return system
	}
	return append(slices.Clip(system), sdk.SystemBlock{Text: t.Prompt})
}
