package copilot

import (
	"strings"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout/cliprovider"
)

// keys are the program's own order. A provider of the user's own needs no account.
var keys = []cliprovider.Key{
	{Name: "COPILOT_PROVIDER_BASE_URL", Public: true},
	{Name: "COPILOT_GITHUB_TOKEN", Usable: func(value string) bool { return !strings.HasPrefix(value, "ghp_") }},
	{Name: "GH_TOKEN", Usable: accepted},
	{Name: "GITHUB_TOKEN", Usable: accepted},
}

// accepted: classic tokens and those of Actions are refused, and a login that would
// work is not tried after them.
func accepted(token string) bool {
	return !strings.HasPrefix(token, "ghp_") && !strings.HasPrefix(token, "ghs_")
}

// environment keeps from the program the tokens that it would refuse, so that its
// own login can do.
func environment(v cliprovider.Variables) (drop []string, set map[string]string, note string) {
	if own, _ := v.Get("COPILOT_GITHUB_TOKEN"); own != "" {
		return nil, nil, ""
	}
	for _, name := range []string{"GH_TOKEN", "GITHUB_TOKEN"} {
		if token, _ := v.Get(name); token != "" && !accepted(token) {
			drop = append(drop, name)
		}
	}
	if len(drop) == 0 {
		return nil, nil, ""
	}
	return drop, nil, strings.Join(drop, " and ") + " is of a kind that Copilot refuses; it is kept from copilot, so that copilot's own login can do"
}

// userLine keeps the lines of the program's file that name its users, and none with
// a token.
func userLine(line string) string {
	if line = strings.TrimSpace(line); strings.HasPrefix(line, `"login":`) || strings.HasPrefix(line, `"host":`) {
		return line
	}
	return ""
}

// noModel is no model's name: who is logged in is told so, without a call of any
// model.
const noModel = "jcode-asks-who-is-logged-in"

func probe(cliprovider.Help) []string { return []string{"-s", "-p", "x", "--model", noModel} }

func judge(said cliprovider.Said) cliprovider.Login {
	text := said.Stderr + "\n" + said.Stdout
	switch {
	case strings.Contains(text, `"`+noModel+`"`) && strings.Contains(text, "not available"), strings.Contains(text, "No supported model available"):
		return cliprovider.Login{State: sdk.AuthOK}
	case strings.Contains(text, "No authentication information found"):
		return cliprovider.Login{State: sdk.AuthMissing, Detail: "copilot is not logged in"}
	case strings.Contains(text, "Classic Personal Access Tokens"):
		return cliprovider.Login{State: sdk.AuthMissing, Detail: "copilot takes no classic personal access token"}
	case strings.Contains(text, "could not be validated"):
		return cliprovider.Login{State: sdk.AuthUnknown, Detail: "copilot has a login and could not check it; is the network there?"}
	}
	return cliprovider.Login{State: sdk.AuthUnknown, Detail: "copilot did not tell"}
}

// login: the specified command, but where the program has one that is for logging
// in, that. Since it has, "-i /login" opens a session that logs nobody in.
func login(c cliprovider.LoginContext) cliprovider.LoginCommand {
	if !c.Help.Lists("login") {
		return cliprovider.LoginCommand{Args: []string{"-i", "/login"}, Leave: "leave it with /exit, or Ctrl-D"}
	}
	command := cliprovider.LoginCommand{
		Args: []string{"login"}, Why: "its help lists the command login, and -i /login no longer logs anybody in where it does",
	}
	if !c.Browser && c.CommandHelp.Has("--device-code") {
		command.Args = append(command.Args, "--device-code")
	}
	if host := strings.TrimSpace(c.Settings["login_host"]); host != "" && c.CommandHelp.Has("--host") {
		command.Args = append(command.Args, "--host", host)
	}
	return command
}
