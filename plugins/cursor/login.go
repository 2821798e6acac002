package cursor

import (
	"encoding/json"
	"strings"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout/cliprovider"
)

func login(c cliprovider.LoginContext) cliprovider.LoginCommand {
	command := cliprovider.LoginCommand{Args: []string{"login"}}
	if !c.Browser {
		command.Set = map[string]string{"NO_OPEN_BROWSER": "1"} // it prints the page then
	}
	return command
}

// The words of "status", first those of a no: they hold the others.
var (
	noWords  = []string{"not logged in", "not authenticated", "unauthenticated", "login required", "authentication required"}
	yesWords = []string{"logged in", "authenticated"}
)

// judgeStatus reads what "status" prints, a text or JSON. It leaves with 0 whether
// somebody is logged in or not.
func judgeStatus(said cliprovider.Said) cliprovider.Login {
	if login, ok := judgeJSON(said.Stdout); ok {
		return login
	}
	text := said.Stdout + "\n" + said.Stderr
	lower := strings.ToLower(text)
	for _, word := range noWords {
		if strings.Contains(lower, word) {
			return cliprovider.Login{State: sdk.AuthMissing, Detail: "cursor-agent is not logged in"}
		}
	}
	for _, word := range yesWords {
		if strings.Contains(lower, word) {
			return cliprovider.Login{State: sdk.AuthOK, Account: accountIn(text)}
		}
	}
	return cliprovider.Login{State: sdk.AuthUnknown, Detail: "cursor-agent status did not tell"}
}

// accountIn is the word behind "as".
func accountIn(text string) string {
	words := strings.Fields(text)
	for i, word := range words[:max(len(words)-1, 0)] {
		if word == "as" {
			return strings.Trim(words[i+1], ".,()")
		}
	}
	return ""
}

func judgeJSON(text string) (cliprovider.Login, bool) {
	var status struct {
		Authenticated *bool `json:"isAuthenticated"`
		User          struct {
			Email string `json:"email"`
		} `json:"userInfo"`
	}
	if json.Unmarshal([]byte(text), &status) != nil || status.Authenticated == nil {
		return cliprovider.Login{}, false
	}
	if !*status.Authenticated {
		return cliprovider.Login{State: sdk.AuthMissing, Detail: "cursor-agent is not logged in"}, true
	}
	return cliprovider.Login{State: sdk.AuthOK, Account: status.User.Email}, true
}
