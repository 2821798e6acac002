package host

import (
	"context"
	"errors"
	"io"

	"github.com/jcode-go/jcode/sdk"
)

var errPending = errors.New("not wired yet")

func (h *Host) close() error { return nil }
func (h *Host) run(context.Context, RunOptions) (RunResult, error) { return RunResult{}, errPending }
func (h *Host) listPlugins(context.Context) ([]Plugin, error)      { return nil, errPending }
func (h *Host) listModels(context.Context, string) ([]ProviderModels, error) {
	return nil, errPending
}
func (h *Host) authStatus(context.Context, string, bool) ([]ProviderAuth, error) {
	return nil, errPending
}
func (h *Host) loginMethods(context.Context, string) ([]sdk.LoginMethod, error) {
	return nil, errPending
}
func (h *Host) login(context.Context, string, sdk.LoginRequest, sdk.LoginUI) (sdk.Account, error) {
	return sdk.Account{}, errPending
}
func (h *Host) logout(context.Context, string) ([]sdk.RemovedCredential, error) {
	return nil, errPending
}
func (h *Host) doctor(context.Context, string) ([]DoctorReport, error) { return nil, errPending }
func (h *Host) listSessions(context.Context, SessionFilter) ([]SessionSummary, error) {
	return nil, errPending
}
func (h *Host) readSession(context.Context, string) (*Session, error) { return nil, errPending }
func (h *Host) exportSession(context.Context, io.Writer, string, ExportFormat) error {
	return errPending
}
func (h *Host) deleteSession(context.Context, string) (string, error) { return "", errPending }
func (h *Host) readSettings() (Settings, error)                       { return Settings{}, errPending }
func (h *Host) configPath() string                                    { return "" }
func (h *Host) configGet(string) (ConfigValue, error)                 { return ConfigValue{}, errPending }
func (h *Host) configSet(string, string) error                        { return errPending }
func (h *Host) configList() ([]ConfigValue, error)                    { return nil, errPending }
func (h *Host) configWarnings() []Warning                             { return nil }
