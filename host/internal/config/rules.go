package config

import (
	"errors"
	"fmt"

	"github.com/jcode-go/jcode/host/internal/permission/rule"
)

// RuleText is a permission rule of the configuration, which was checked.
type RuleText struct {
	Text string
	// Dir is where its relative paths start.
	Dir string
	// Origin is that of the value it stands in.
	Origin string
}

// Keys of the permission rules.
const (
	keyAllow = "permissions.allow"
	keyDeny  = "permissions.deny"
)

// addRules adds a layer's rules to those of the layers before: a stronger layer
// takes none away.
func (c *Config) addRules(key string, texts []string, origin, dir string) []string {
	target := &c.Allow
	if key == keyDeny {
		target = &c.Deny
	}
	for _, text := range texts {
		*target = append(*target, RuleText{Text: text, Dir: dir, Origin: origin})
	}
	all := make([]string, 0, len(*target))
	for _, each := range *target {
		all = append(all, each.Text)
	}
	return all
}

// itemError is a fault of one value of a list.
type itemError struct {
	index int
	err   error
}

// Error is that of the item.
func (e *itemError) Error() string { return e.err.Error() }

// Unwrap returns it.
func (e *itemError) Unwrap() error { return e.err }

// permissionRules checks a list of rules.
func permissionRules(value any) error {
	list, ok := value.([]string)
	if !ok {
		return errors.New("is no list of rules")
	}
	for i, text := range list {
		if _, err := rule.Parse(text); err != nil {
			return &itemError{index: i, err: fmt.Errorf("%w", err)}
		}
	}
	return nil
}
