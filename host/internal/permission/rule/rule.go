// Package rule reads permission rules, such as bash(git *) and write(src/**). A rule
// names a tool and, in parentheses, which of its calls are meant. What a rule does
// is up to package permission.
package rule

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"github.com/bmatcuk/doublestar/v4"
)

// Tools are the tools that rules can name.
var Tools = []string{"bash", "edit", "glob", "grep", "read", "write"}

// Rule is one rule. The zero value matches nothing.
type Rule struct {
	// Tool is one of Tools.
	Tool string
	// Pattern is what stood in the parentheses; empty means every call.
	Pattern string
	// Words is Pattern as the words of a command, for bash.
	Words []Word
}

// SyntaxError is a rule that cannot be read.
type SyntaxError struct {
	// Rule is the rule as it was written.
	Rule string
	// Why says what is wrong, Example what would be right.
	Why, Example string
}

// Error names the rule, the fault and an example.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("permission rule %q: %s; for example %s", e.Rule, e.Why, e.Example)
}

// Parse reads a rule. The error is a *SyntaxError.
func Parse(text string) (Rule, error) {
	fail := func(example, why string, values ...any) (Rule, error) {
		return Rule{}, &SyntaxError{Rule: text, Why: fmt.Sprintf(why, values...), Example: example}
	}
	trimmed := strings.TrimSpace(text)
	tool, rest, has := strings.Cut(trimmed, "(")
	tool = strings.TrimSpace(tool)
	if !slices.Contains(Tools, tool) {
		return fail("bash(git *)", "%s", unknownTool(tool))
	}
	r := Rule{Tool: tool}
	if !has {
		return r, nil
	}
	example := examples[tool]
	pattern, closed := strings.CutSuffix(rest, ")")
	r.Pattern = strings.TrimSpace(pattern)
	switch {
	case !closed:
		return fail(example, "the closing parenthesis is missing, or something stands behind it")
	case r.Pattern == "":
		return fail(example, "nothing stands in the parentheses; %s alone means every call", tool)
	case strings.ContainsAny(r.Pattern, "\x00\n\r"):
		return fail(example, "a line break or NUL byte is in it")
	case tool != "bash" && !doublestar.ValidatePattern(r.Pattern):
		return fail(example, "%q is no pattern of paths", r.Pattern)
	case tool != "bash":
		return r, nil
	}
	words, err := parseWords(r.Pattern)
	if err != nil {
		return fail(example, "%v", err)
	}
	r.Words = words
	return r, nil
}

var examples = map[string]string{
	"bash": "bash(git *)", "read": "read(docs/**)", "glob": "glob(docs/**)", "grep": "grep(docs/**)",
	"write": "write(src/**)", "edit": "edit(src/**)",
}

// String is the rule as it can be written.
func (r Rule) String() string {
	if r.Pattern == "" {
		return r.Tool
	}
	return r.Tool + "(" + r.Pattern + ")"
}

func unknownTool(name string) string {
	if name == "" {
		return "it names no tool"
	}
	text := fmt.Sprintf("there is no tool %q; the tools are %s", name, strings.Join(Tools, ", "))
	best, nearest := 3, ""
	for _, tool := range Tools {
		if d := levenshtein.ComputeDistance(strings.ToLower(name), tool); d < best {
			best, nearest = d, tool
		}
	}
	if nearest != "" {
		text += "; did you mean " + nearest + "?"
	}
	return text
}

// Split divides a list of rules at the commas between them: those inside of
// parentheses are part of a rule.
func Split(text string) []string {
	list := []string{}
	depth, start := 0, 0
	take := func(end int) {
		if item := strings.TrimSpace(text[start:end]); item != "" {
			list = append(list, item)
		}
	}
	for i := range len(text) {
		switch text[i] {
		case '(':
			depth++
		case ')':
			depth = max(depth-1, 0)
		case ',':
			if depth == 0 {
				take(i)
				start = i + 1
			}
		}
	}
	take(len(text))
	return list
}
