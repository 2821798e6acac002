package e2e

import "testing"

// linuxChecks are those that need a pseudo-terminal as Linux has it.
var linuxChecks = map[string]func(*testing.T){"18_stray_request_before_callback": strayRequestBeforeCallback}
