package claude

const apiVersion = "2023-06-01"

// contract is what goes with a kind of credential on the wire, as data. For an
// API key it is next to nothing.
type contract struct {
	query     string            // of the messages URL
	userAgent string            // of every request
	betas     []string          // anthropic-beta
	system    []string          // system blocks before the host's own
	tools     map[string]string // host's tool name to wire name
}

// keyContract is the documented use of the API.
func keyContract(version string) contract {
	return contract{userAgent: "jcode/" + version}
}
