package claude

// The whole contract of requests with a Claude login instead of an API key, as
// data. It is what the product's specification states, and nothing beyond it is
// imitated; docs/providers/claude.md says what the vendor's terms say about it.
// Removing this contract is removing this file and what then does not compile.

// oauthContract goes with an OAuth access token.
var oauthContract = contract{
	query:     "?beta=true",
	userAgent: "claude-cli/1.0.0",
	betas:     []string{"oauth-2025-04-20", "claude-code-20250219"},
	system: []string{
		"You are Claude Code, Anthropic's official CLI for Claude.",
		// The specification wants the line above alone in the first block; this one
		// is the truth.
		"This conversation takes place in jcode, a program that is not by Anthropic.",
	},
	tools: map[string]string{
		"bash":      "shell_exec",
		"read":      "file_read",
		"write":     "file_write",
		"edit":      "file_edit",
		"glob":      "file_glob",
		"grep":      "file_grep",
		"task":      "task_runner",
		"todoread":  "todo_read",
		"todowrite": "todo_write",
	},
}

// tokenHosts are the vendor's own hosts: an OAuth token goes to them or to this
// machine.
var tokenHosts = []string{"api.anthropic.com"}

// authHosts are the vendor's hosts that log in and renew.
var authHosts = []string{"platform.claude.com", "claude.com", "claude.ai", "console.anthropic.com"}

const (
	clientID = "9d1c250a-e61b-44d9-88ed-5944d1962f5e"

	authorizeURL = "https://claude.com/cai/oauth/authorize"
	tokenURL     = "https://platform.claude.com/v1/oauth/token" //nolint:gosec // an address
	codePageURL  = "https://platform.claude.com/oauth/code/callback"

	loginScopes   = "org:create_api_key user:profile user:inference user:sessions:claude_code user:mcp_servers user:file_upload"
	refreshScopes = "user:profile user:inference user:sessions:claude_code user:mcp_servers user:file_upload"
	// inferenceScope is the one without which every request fails.
	inferenceScope = "user:inference"
	// tokenPrefix begins an OAuth access token, wherever it was put.
	tokenPrefix = "sk-ant-oat" //nolint:gosec // the beginning of one
)

// termsNotice is what the first request with a login says.
const termsNotice = "Anthropic's terms mean a Claude subscription login for Claude Code and Anthropic's own apps; " +
	"using it directly from another program, as now, is not sanctioned by Anthropic: it may be refused, billed as " +
	"extra usage, or lead to action against the account. An API key (" + keyVariable + "), or leaving " +
	directVariable + " unset, needs none of this. Said once."
