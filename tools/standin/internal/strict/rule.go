// Package strict checks a Messages API request as sternly as the vendor does,
// and a little more sternly where the vendor repairs silently what a client
// should not have sent (alternating roles, for example).
//
// Every complaint is a row of one table with a stable name, so that a test can
// ask for the name instead of a sentence.
package strict

import "fmt"

// Rule is one named violation and how the vendor answers it.
type Rule struct {
	Name   string // stable, snake_case
	Status int    // HTTP status
	Type   string // error.type of the reply
	format string // message, with the verbs that refuse fills
}

// Refusal is a request that breaks a rule.
type Refusal struct {
	Rule    Rule
	Message string
	Details map[string]any // error.details, nil when there are none
}

// Rules returns the whole table, for tests and documentation.
func Rules() []Rule { return append([]Rule(nil), rules[:]...) }

func refuse(id ruleID, args ...any) *Refusal {
	r := rules[id]
	return &Refusal{Rule: r, Message: fmt.Sprintf(r.format, args...)}
}
