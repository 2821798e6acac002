package install

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/semver"
)

// Masterminds/semver would do all of this. It compiles its regular expressions when
// the program starts, which costs every run of jcode near a millisecond.

// canonical is a version with its v and all three numbers; "" for what is none.
func canonical(version string) string {
	return semver.Canonical("v" + strings.TrimPrefix(version, "v"))
}

// validVersion reports whether version is a whole semantic version, without a v.
func validVersion(version string) bool {
	core, _, _ := strings.Cut(version, "+")
	core, _, _ = strings.Cut(core, "-")
	return semver.IsValid("v"+version) && strings.Count(core, ".") == 2
}

func sameVersion(a, b string) bool {
	return canonical(a) != "" && canonical(b) != "" && semver.Compare(canonical(a), canonical(b)) == 0
}

// older reports whether a comes before b; false when one is no version.
func older(a, b string) bool {
	return canonical(a) != "" && canonical(b) != "" && semver.Compare(canonical(a), canonical(b)) < 0
}

// bound is one comparison.
type bound struct {
	op      string
	version string // canonical
}

func (b bound) allows(version string) bool {
	c := semver.Compare(version, b.version)
	switch b.op {
	case ">=":
		return c >= 0
	case "<=":
		return c <= 0
	case ">":
		return c > 0
	case "<":
		return c < 0
	case "!=":
		return c != 0
	}
	return c == 0
}

// constraint is a range of versions: alternatives, of each of which every bound
// must hold. A pre-release is in it only if it names one.
type constraint struct {
	alternatives [][]bound
	prerelease   bool
}

func (c constraint) allows(version string) bool {
	version = canonical(version)
	if version == "" || (semver.Prerelease(version) != "" && !c.prerelease) {
		return false
	}
	for _, bounds := range c.alternatives {
		all := true
		for _, b := range bounds {
			all = all && b.allows(version)
		}
		if all {
			return true
		}
	}
	return false
}

var operators = []string{">=", "<=", "!=", ">", "<", "=", "^", "~"}

// parseConstraint reads "1.2.3", "^1.2", "~1.2.3", "1.x", ">=1.2, <2" and
// "^1 || ^3", as npm and Cargo write them.
func parseConstraint(text string) (constraint, error) {
	c := constraint{}
	for alternative := range strings.SplitSeq(text, "||") {
		var bounds []bound
		for _, word := range words(alternative) {
			more, err := parseBound(word)
			if err != nil {
				return c, err
			}
			bounds = append(bounds, more...)
			c.prerelease = c.prerelease || strings.Contains(word, "-")
		}
		if len(bounds) == 0 && strings.TrimSpace(alternative) != "*" {
			return c, fmt.Errorf("%q is empty", text)
		}
		c.alternatives = append(c.alternatives, bounds)
	}
	return c, nil
}

// words splits at commas and spaces, but not between an operator and its version.
func words(text string) []string {
	for _, op := range operators {
		text = strings.ReplaceAll(text, op+" ", op)
	}
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}

func parseBound(word string) ([]bound, error) {
	op := ""
	for _, o := range operators {
		if rest, ok := strings.CutPrefix(word, o); ok {
			op, word = o, rest
			break
		}
	}
	if word == "*" && op == "" {
		return nil, nil
	}
	short := strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(word, "v"), ".x"), ".*")
	version := canonical(short)
	if version == "" {
		return nil, fmt.Errorf("%q is no version", word)
	}
	core, _, _ := strings.Cut(short, "-")
	given := strings.Count(core, ".") + 1
	switch {
	case op == "^":
		return []bound{{">=", version}, {"<", next(version, min(caretPart(version), given-1))}}, nil
	case op == "~", op == "" && given < 3, op == "=" && given < 3:
		return []bound{{">=", version}, {"<", next(version, min(given, 2)-1)}}, nil
	case op == "":
		op = "="
	}
	return []bound{{op, version}}, nil
}

// caretPart is the first number of a version that is not zero: the one that must
// not change.
func caretPart(version string) int {
	for i, number := range numbersOf(version) {
		if number > 0 {
			return i
		}
	}
	return 2
}

// next is the first version, pre-releases included, with number part raised.
func next(version string, part int) string {
	n := numbersOf(version)
	n[part]++
	for i := part + 1; i < len(n); i++ {
		n[i] = 0
	}
	return fmt.Sprintf("v%d.%d.%d-0", n[0], n[1], n[2])
}

func numbersOf(version string) [3]int {
	core, _, _ := strings.Cut(strings.TrimPrefix(version, "v"), "-")
	var n [3]int
	for i, text := range strings.SplitN(core, ".", 3) {
		n[i], _ = strconv.Atoi(text)
	}
	return n
}
