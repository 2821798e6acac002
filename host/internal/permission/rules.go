package permission

import (
	"fmt"
	"slices"
	"sync"

	"github.com/jcode-go/jcode/host/internal/permission/rule"
	"github.com/jcode-go/jcode/host/internal/tool"
)

// Rule is a rule and the folder that its relative paths start from.
type Rule struct {
	rule.Rule
	// Dir is absolute.
	Dir string
}

// ParseRules reads rules whose relative paths start from dir. The error is a
// *rule.SyntaxError.
func ParseRules(texts []string, dir string) ([]Rule, error) {
	var all []Rule
	for _, text := range texts {
		parsed, err := rule.Parse(text)
		if err != nil {
			return nil, err
		}
		all = append(all, Rule{Rule: parsed, Dir: dir})
	}
	return all, nil
}

// compiled is a rule that can be matched.
type compiled struct {
	rule.Rule
	dir   string
	paths paths
}

// rules are the rules of a policy. Those that the user adds while it works come
// on top.
type rules struct {
	userHome string
	deny     []compiled

	mu    sync.RWMutex
	allow []compiled
}

func newRules(allow, deny []Rule, userHome string) *rules {
	r := &rules{userHome: userHome}
	for _, each := range deny {
		r.deny = append(r.deny, r.compile(each))
	}
	for _, each := range allow {
		r.allow = append(r.allow, r.compile(each))
	}
	return r
}

func (r *rules) compile(given Rule) compiled {
	c := compiled{Rule: given.Rule, dir: given.Dir}
	if given.Tool != toolBash && given.Pattern != "" {
		c.paths = newPaths(given.Pattern, given.Dir, r.userHome)
	}
	return c
}

// add allows more from now on.
func (r *rules) add(given ...Rule) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, each := range given {
		r.allow = append(slices.Clip(r.allow), r.compile(each))
	}
}

// with is a copy that allows more.
func (r *rules) with(given ...Rule) *rules {
	more := &rules{userHome: r.userHome, deny: r.deny, allow: r.allowed()}
	more.add(given...)
	return more
}

func (r *rules) allowed() []compiled {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.allow
}

const toolBash = "bash"

// writeTools are the tools that a rule for write is about; of these, edit has rules
// of its own. Either, where it refuses, refuses both: a file that must not be edited
// must not be written anew.
var writeTools = []string{"write", "edit"}

// allowsWrite finds a rule that lets a tool write a file. Commands are allowed by
// rules for write.
func (r *rules) allowsWrite(name, path string) bool {
	return slices.ContainsFunc(r.allowed(), func(c compiled) bool {
		return (c.Tool == "write" || c.Tool == name && slices.Contains(writeTools, name)) && c.paths.match(path)
	})
}

// deniesWrite finds the rule that forbids to write a file.
func (r *rules) deniesWrite(path string) (string, bool) {
	return r.denies(path, writeTools)
}

// deniesRead finds the rule that forbids a tool to read. A rule for read is about
// every way to read.
func (r *rules) deniesRead(name, path string) (string, bool) {
	return r.denies(path, []string{"read", name})
}

func (r *rules) denies(path string, tools []string) (string, bool) {
	for _, c := range r.deny {
		if slices.Contains(tools, c.Tool) && c.paths.covers(path) {
			return c.String(), true
		}
	}
	return "", false
}

// deniedReason says which deny rule forbids an access, in any mode, or is empty.
func (p *Policy) deniedReason(access tool.Access) string {
	if len(p.rules.deny) == 0 && len(p.readOnly) == 0 {
		return ""
	}
	found := func(text string, ok bool) string {
		if !ok {
			return ""
		}
		return fmt.Sprintf("the rule deny %s forbids it", text)
	}
	switch access.Operation {
	case tool.OperationRead:
		return found(p.rules.deniesRead(access.Tool, access.Path))
	case tool.OperationWrite:
		if dir := p.readOnlyDir(access.Path); dir != "" {
			return fmt.Sprintf("%s was added for reading only", dir)
		}
		return found(p.rules.deniesWrite(access.Path))
	case tool.OperationExecute:
		return p.deniedCommand(access)
	}
	return ""
}

// readOnlyDir is the folder added for reading only that holds path, or empty. A
// folder inside it that was added for writing is no part of it.
func (p *Policy) readOnlyDir(path string) string {
	for _, dir := range p.readOnly {
		if within(dir, path) && !slices.ContainsFunc(p.roots, func(root string) bool { return dir != root && within(dir, root) && within(root, path) }) {
			return dir
		}
	}
	return ""
}

// sealed says why a path must not be written whatever the mode is, or is empty.
func (p *Policy) sealed(path string) string {
	if text, ok := p.rules.deniesWrite(path); ok {
		return fmt.Sprintf("the rule deny %s forbids to write %s", text, path)
	}
	if dir := p.readOnlyDir(path); dir != "" {
		return fmt.Sprintf("%s was added for reading only", dir)
	}
	return ""
}
