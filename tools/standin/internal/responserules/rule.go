// Package responserules checks a Responses API request as sternly as the vendor
// does on either of its two faces, and a little more sternly where the vendor lets
// pass what a client should not have sent.
//
// Every complaint is a row of one table with a stable name, so that a test can ask
// for the name instead of a sentence.
package responserules

import "fmt"

// Face is which of the vendor's two services is asked.
type Face int

// The two faces. They differ in credentials, headers, parameters and errors.
const (
	Platform Face = iota // api.openai.com, with an API key
	ChatGPT              // chatgpt.com/backend-api/codex, with the token of a login
)

// Shape is how the body of an error looks.
type Shape string

// The shapes that the vendor's errors have.
const (
	ErrorObject Shape = "error"        // {"error":{…}}
	ErrorStatus Shape = "error_status" // {"error":{…},"status":401}
	ErrorEvent  Shape = "error_event"  // {"type":"error","status":400,"error":{…}}
	Detail      Shape = "detail"       // {"detail":"…"}
	DetailCode  Shape = "detail_code"  // {"detail":{"code":"…"}}
	DetailList  Shape = "detail_list"  // {"detail":[{"msg":…,"loc":[…]}]}
)

// Rule is one named violation and how the vendor answers it.
type Rule struct {
	Name   string // stable, snake_case
	Status int    // HTTP status
	Type   string // error.type of the reply, "" for null
	Code   string // error.code of the reply, "" for null
	// Shape is that of the ChatGPT face; the platform always sends ErrorObject.
	Shape  Shape
	format string // message, with the verbs that refuse fills
}

// Refusal is a request that breaks a rule.
type Refusal struct {
	Rule    Rule
	Message string
	Param   string // the parameter that is wrong, as a path; "" for none
}

// Rules returns the whole table, for tests and documentation.
func Rules() []Rule { return append([]Rule(nil), rules[:]...) }

// refuse is a complaint about param.
func refuse(id ruleID, param string, args ...any) *Refusal {
	r := rules[id]
	return &Refusal{Rule: r, Message: fmt.Sprintf(r.format, args...), Param: param}
}

func at(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }
