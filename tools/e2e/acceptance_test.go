//go:build unix

package e2e

import "testing"

// acceptance are the checks that jcode has to pass, by number: what goes wrong most
// often when agents are run by scripts. Number 14, structured output, is for a
// feature that jcode does not have.
var acceptance = []struct {
	name  string
	check func(*testing.T)
}{
	{"01_silent_stdin", silentStdinIsLeft},
	{"02_piped_context", pipedContextReachesProvider},
	{"03_twenty_processes_one_refresh", twentyProcessesRenewOnce},
	{"04_killed_while_refreshing", killedWhileRenewing},
	{"05_plugin_dies_mid_stream", pluginDiesMidStream},
	{"06_rate_limit", rateLimitIsRetriedThenGivenUp},
	{"07_terminate_in_tool", terminateInTool},
	{"08_reader_goes_away", readerGoesAway},
	{"09_slow_reader", slowReaderGetsAll},
	{"10_much_output", muchOutputStaysInAFile},
	{"10_endless_output", endlessOutputIsStopped},
	{"11_background_child", backgroundChildDoesNotHold},
	{"12_edit_keeps_bytes_mode_and_link", editKeepsEverythingElse},
	{"13_changed_file_is_stale", changedFileIsStale},
	{"15_no_credentials", noCredentials},
	{"16_untrusted_project_plugin", untrustedProjectPlugin},
	{"17_shell_sees_no_keys", shellSeesNoKeys},
	{"18_stray_request_before_callback", linuxChecks["18_stray_request_before_callback"]},
	{"19_unknown_session", unknownSession},
	{"20_invalid_config", invalidConfig},
}

func TestAcceptance(t *testing.T) {
	t.Parallel()
	for _, a := range acceptance {
		t.Run(a.name, func(t *testing.T) {
			if a.check == nil {
				t.Skip("not on this system")
			}
			a.check(t) // each calls t.Parallel
		})
	}
}
