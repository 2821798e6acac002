package conformance

// Headings of docs/plugin-protocol.md that rules are in.
const (
	sectionProgram    = "The program"
	sectionHandshake  = "The handshake"
	sectionProtection = "Protection of the connection"
	sectionLife       = "The life of the process"
	sectionCalls      = "Calls and their order"
	sectionGenerate   = "Generate"
	sectionLogin      = "Login"
	sectionErrors     = "Errors"
	sectionLimits     = "Limits"
	sectionEvolution  = "Evolution"
)
