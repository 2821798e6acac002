package discover

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// NotFoundError says that no plugin has the wanted name.
type NotFoundError struct {
	// Name is what was asked for.
	Name string
	// Found are the names that can be launched, sorted.
	Found []string
	// Nearest are those of Found that Name may be a slip of, best first.
	Nearest []string
}

// Error names what was found instead.
func (e *NotFoundError) Error() string {
	text := fmt.Sprintf("no provider plugin %q", e.Name)
	switch {
	case len(e.Nearest) > 0:
		return text + "; did you mean " + strings.Join(e.Nearest, " or ") + "?"
	case len(e.Found) > 0:
		return text + "; found: " + strings.Join(e.Found, ", ")
	}
	return text + "; no plugin was found at all"
}

// UnusableError is a plugin that was found and cannot be launched.
type UnusableError struct{ Plugin Plugin }

// Error gives name, path and reason.
func (e *UnusableError) Error() string {
	return fmt.Sprintf("plugin %s is %s: %s: %s", e.Plugin.Name, e.Plugin.Status, e.Plugin.Path, e.Plugin.Reason)
}

// Resolve returns the plugin that is launched under name: the first row of that
// name. It returns a [*NotFoundError] when there is none and an [*UnusableError]
// when it is broken or blocked.
func Resolve(name string, o Options) (Plugin, error) {
	return Pick(List(o), name)
}

// Pick is Resolve over rows that List returned before.
func Pick(rows []Plugin, name string) (Plugin, error) {
	var found []string
	for _, row := range rows {
		if row.Status == StatusShadowed || row.yields || row.Name == "" {
			continue
		}
		if row.Name == name {
			if row.Status != StatusOK {
				return row, &UnusableError{Plugin: row}
			}
			return row, nil
		}
		if row.Status == StatusOK {
			found = append(found, row.Name)
		}
	}
	slices.Sort(found)
	return Plugin{}, &NotFoundError{Name: name, Found: found, Nearest: nearest(name, found)}
}

// nearest returns the names within two edits of name, or that begin with it.
func nearest(name string, found []string) []string {
	var near []string
	for limit := 1; limit <= 2; limit++ {
		for _, candidate := range found {
			if levenshtein.ComputeDistance(name, candidate) == limit {
				near = append(near, candidate)
			}
		}
	}
	for _, candidate := range found {
		if len(name) >= 2 && strings.HasPrefix(candidate, name) && !slices.Contains(near, candidate) {
			near = append(near, candidate)
		}
	}
	return near
}
