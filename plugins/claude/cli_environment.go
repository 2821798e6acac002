package claude

import (
	"strconv"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
)

// useKeySetting lets an API key go before a login in CLI mode.
const useKeySetting = "cli_use_api_key"

// credentialVariables are those that the program takes credentials from. It is
// given the chosen one and no other: a stray API key would be billed without a
// word.
var credentialVariables = []string{keyVariable, tokenVariable, oauthVariable}

// defaultVariables are set for the program where the user has not set them. With
// its own number of retries a refused key takes minutes to be told.
var defaultVariables = map[string]string{
	"CLAUDE_CODE_MAX_RETRIES":                  "3",
	"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
	"DISABLE_AUTOUPDATER":                      "1",
}

// childEnvironment is the whole environment of the program.
func childEnvironment(s cliSettings, c credential, maxOutput int) []string {
	set := map[string]string{}
	for name, value := range defaultVariables {
		if valueOf(s.environment, name) == "" {
			set[name] = value
		}
	}
	if maxOutput > 0 {
		set["CLAUDE_CODE_MAX_OUTPUT_TOKENS"] = strconv.Itoa(maxOutput)
	}
	if s.dir != "" {
		set["PWD"] = s.dir
	}
	if name := variableFor(c); name != "" {
		set[name] = c.secret.Reveal()
	}
	return shellout.Environment(s.environment, credentialVariables, set)
}

// variableFor is the variable in which the program takes a credential; "" when it
// has its own.
func variableFor(c credential) string {
	switch {
	case c.secret.IsZero(), c.origin == fromClaudeCode:
		return ""
	case c.oauth:
		return oauthVariable
	case c.bearer:
		return tokenVariable
	}
	return keyVariable
}

// announce says once which account pays, and that nobody is asked before a tool
// runs.
func (t *cliTurn) announce() error {
	c := t.credential
	if !c.secret.IsZero() {
		if err := t.once("billing "+c.source, "credential_source", "claude uses "+c.what()+": "+billedInCLI(c)+". Said once."); err != nil {
			return err
		}
	}
	for _, name := range []string{keyVariable, tokenVariable} {
		if t.config.Variables.Get(name) == "" || c.source == name || c.secret.IsZero() {
			continue
		}
		err := t.once("unused "+name, "api_key_unused", name+" is set and not given to claude, because "+c.what()+
			" goes first and pays; to use the key: jcode config set plugin.claude."+useKeySetting+" true. Said once.")
		if err != nil {
			return err
		}
	}
	if t.settings.frame.mode != modeBypass {
		return nil
	}
	return t.once("bypass", "permissions_bypassed", "claude runs its tools without asking (permission mode "+modeBypass+
		"); --permission-mode or "+modeVariable+" changes that. Said once.")
}

// billedInCLI tells who pays: with the vendor's own program a login is used as the
// vendor means it.
func billedInCLI(c credential) string {
	if c.oauth {
		return "its plan pays"
	}
	return c.billing
}

func (t *cliTurn) once(id, code, message string) error {
	return t.provider.sayOnce(id, sdk.WarningEvent{Code: code, Message: message}, t.tell)
}
