package antigravity

import (
	"strings"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout/cliprovider"
)

// login: the specified command; but a program whose help does not list it signs in
// within a session.
func login(c cliprovider.LoginContext) cliprovider.LoginCommand {
	session := cliprovider.LoginCommand{
		NeedsTerminal: true, Leave: "sign in, then leave it with /exit, or Ctrl-D twice",
		Why: "its help lists no command login; it signs in when it is used",
	}
	if c.Help.Known() && !c.Help.Lists("login") {
		return session
	}
	return cliprovider.LoginCommand{Args: []string{"login"}, Otherwise: &session}
}

// probe: there is no command that tells, but one that only works for who is signed
// in.
func probe(h cliprovider.Help) []string {
	if h.Lists("models") {
		return []string{"models"}
	}
	return nil
}

func judge(said cliprovider.Said) cliprovider.Login {
	text := strings.ToLower(said.Stdout + "\n" + said.Stderr)
	for _, no := range []string{"authentication required", "not logged in", "please sign in"} {
		if strings.Contains(text, no) {
			return cliprovider.Login{State: sdk.AuthMissing, Detail: "nobody is signed in"}
		}
	}
	if said.OK && strings.TrimSpace(said.Stdout) != "" {
		return cliprovider.Login{State: sdk.AuthOK}
	}
	return cliprovider.Login{State: sdk.AuthUnknown, Detail: "its list of models, which takes a login, did not come"}
}
