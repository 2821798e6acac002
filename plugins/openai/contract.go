package openai

import (
	"net/http"

	"github.com/jcode-go/jcode/sdk"
)

const (
	// providerName is what the host records as Message.Provider.
	providerName = "openai"
	loginRemedy  = "jcode login --provider openai"
	modelsRemedy = "jcode models --provider openai"

	opGenerate   = "generate"
	opListModels = "list models"
	opLogin      = "login"
	opRefresh    = "renew login"
)

// The variables that the plugin reads. Its manifest declares them.
const (
	keyVariable       = "OPENAI_API_KEY"
	baseVariable      = "OPENAI_BASE_URL"
	orgVariable       = "OPENAI_ORGANIZATION"
	projectVariable   = "OPENAI_PROJECT"
	homeVariable      = "CODEX_HOME"
	caVariable        = "CODEX_CA_CERTIFICATE"
	modelVariable     = "JCODE_OPENAI_MODEL"
	redirectVariable  = "JCODE_OPENAI_REDIRECT_URI"
	authVariable      = "JCODE_OPENAI_AUTH_URL"
	chatGPTVariable   = "JCODE_CHATGPT_BASE_URL"
	cacheKeyVariable  = "JCODE_OPENAI_PROMPT_CACHE_KEY"
	retentionVariable = "JCODE_OPENAI_PROMPT_CACHE_RETENTION"
)

// The vendor's addresses.
const (
	issuer       = "https://auth.openai.com"
	platformBase = "https://api.openai.com/v1"
	chatGPTBase  = "https://chatgpt.com/backend-api/codex"
)

// Where a login's token may go, besides this machine.
const (
	chatGPTHost  = "chatgpt.com"
	platformHost = "api.openai.com"
	authHost     = "auth.openai.com"
)

// What Codex's public OAuth client is registered with.
const (
	clientID    = "app_EMoamEEZ73f0CkXaXp7hrann"
	loginScopes = "openid profile email offline_access"
	// originator is who is asking, in logins and in requests. The setting of this
	// name replaces it in requests.
	originator = "codex_cli_rs"
	// clientVersion asks the catalog for every model, however new.
	clientVersion = "999.0.0"
)

// mode is how requests are made: address, headers and body belong together, and
// the credential decides which it is.
type mode int

const (
	// modeKey is the public API, billed by use.
	modeKey mode = iota
	// modeChatGPT is the backend that Codex uses, paid by a ChatGPT plan.
	modeChatGPT
)

// bodyFields are the fields that the ChatGPT backend takes: any other makes it
// refuse the whole request with "Unsupported parameter".
var bodyFields = map[string]bool{
	"model": true, "instructions": true, "input": true, "stream": true, "store": true, "include": true,
	"tools": true, "tool_choice": true, "parallel_tool_calls": true, "reasoning": true, "text": true,
	"prompt_cache_key": true, "service_tier": true,
}

// allows reports whether a request in this mode may hold a field.
func (m mode) allows(field string) bool { return m == modeKey || bodyFields[field] }

// billing says what a request will cost whom.
func (m mode) billing() string {
	if m == modeChatGPT {
		return "requests draw on the limits of the ChatGPT plan"
	}
	return "requests are billed to the API key's account"
}

// fallbackInstructions stand where the backend demands instructions and the host
// has none, or refuses those of the host, which then come as a message.
const fallbackInstructions = "You are a coding agent that works in the user's terminal."

// authorize puts the credential and what goes with it on a request. The secret goes
// nowhere else.
func (c credential) authorize(header http.Header, config sdk.Config) {
	header.Set("Authorization", "Bearer "+c.secret.Reveal())
	if c.mode == modeChatGPT {
		header.Set("originator", firstOf(config.Settings["originator"], originator))
		if c.accountID != "" {
			header.Set("chatgpt-account-id", c.accountID)
		}
		if c.fedRAMP {
			header.Set("x-openai-fedramp", "true")
		}
		return
	}
	for name, variable := range map[string]string{"OpenAI-Organization": orgVariable, "OpenAI-Project": projectVariable} {
		if value := firstOf(config.Variables.Get(variable)); value != "" {
			header.Set(name, value)
		}
	}
}
