package plugin

import (
	"unicode/utf8"

	"github.com/jcode-go/jcode/sdk"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

// configToProto refuses a folder whose name is not UTF-8: with the bad bytes
// replaced it would be another folder, which does not exist.
func configToProto(c sdk.Config) (*pb.ConfigureRequest, error) {
	for _, dir := range []string{c.WorkingDir, c.HomeDir, c.StateDir, c.CacheDir} {
		if !utf8.ValidString(dir) {
			return nil, &sdk.Error{
				Kind: sdk.KindConfiguration, Op: "configure plugin",
				Message: "the name of the folder " + clean(dir) + " is not valid UTF-8",
				Remedy:  "rename the folder, or work in another one",
			}
		}
	}
	return &pb.ConfigureRequest{
		HostVersion: clean(c.HostVersion), WorkingDir: c.WorkingDir, HomeDir: c.HomeDir,
		StateDir: c.StateDir, CacheDir: c.CacheDir,
		Variables: variablesToProto(c.Variables),
		ChildEnvironment: convertAll(c.ChildEnvironment, func(entry string) []byte {
			return []byte(entry)
		}),
		Settings: cleanMap(c.Settings),
	}, nil
}

func configFromProto(c *pb.ConfigureRequest) sdk.Config {
	return sdk.Config{
		HostVersion: c.GetHostVersion(), WorkingDir: c.GetWorkingDir(), HomeDir: c.GetHomeDir(),
		StateDir: c.GetStateDir(), CacheDir: c.GetCacheDir(),
		Variables: variablesFromProto(c.GetVariables()),
		ChildEnvironment: convertAll(c.GetChildEnvironment(), func(entry []byte) string {
			return string(entry)
		}),
		Settings: cleanMap(c.GetSettings()),
	}
}

func variablesToProto(in sdk.Variables) map[string]string {
	if len(in) == 0 {
		return nil
	}
	out := make(map[string]string, len(in))
	for name, value := range in {
		out[clean(name)] = clean(value.Reveal())
	}
	return out
}

func variablesFromProto(in map[string]string) sdk.Variables {
	if len(in) == 0 {
		return nil
	}
	out := make(sdk.Variables, len(in))
	for name, value := range in {
		out[name] = sdk.NewSecret(value)
	}
	return out
}

// authStates is the one table of the states, used both ways.
var authStates = []struct {
	state sdk.AuthState
	wire  pb.AuthState
}{
	{sdk.AuthOK, pb.AuthState_AUTH_STATE_OK},
	{sdk.AuthExpired, pb.AuthState_AUTH_STATE_EXPIRED},
	{sdk.AuthMissing, pb.AuthState_AUTH_STATE_MISSING},
	{sdk.AuthUnknown, pb.AuthState_AUTH_STATE_UNKNOWN},
}

func authStateToProto(state sdk.AuthState) pb.AuthState {
	for _, row := range authStates {
		if row.state == state {
			return row.wire
		}
	}
	return pb.AuthState_AUTH_STATE_UNSPECIFIED
}

// authStateFromProto takes a state that this side does not know for unknown.
func authStateFromProto(state pb.AuthState) sdk.AuthState {
	for _, row := range authStates {
		if row.wire == state {
			return row.state
		}
	}
	return sdk.AuthUnknown
}

func authToProto(a sdk.AuthStatus) *pb.AuthStatusResponse {
	return &pb.AuthStatusResponse{
		State: authStateToProto(a.State), Method: clean(a.Method),
		Account: clean(a.Account), Plan: clean(a.Plan), ExpiresAt: timeToProto(a.ExpiresAt),
		Source: clean(a.Source),
		Passed: convertAll(a.Passed, func(p sdk.PassedSource) *pb.PassedSource {
			return &pb.PassedSource{Source: clean(p.Source), Reason: clean(p.Reason)}
		}),
		Billing: clean(a.Billing), Detail: clean(a.Detail), Remedy: clean(a.Remedy),
		CheckedAt: timeToProto(a.CheckedAt),
	}
}

func authFromProto(a *pb.AuthStatusResponse) sdk.AuthStatus {
	return sdk.AuthStatus{
		State: authStateFromProto(a.GetState()), Method: clean(a.GetMethod()),
		Account: clean(a.GetAccount()), Plan: clean(a.GetPlan()), ExpiresAt: timeFromProto(a.GetExpiresAt()),
		Source: clean(a.GetSource()),
		Passed: convertAll(a.GetPassed(), func(p *pb.PassedSource) sdk.PassedSource {
			return sdk.PassedSource{Source: clean(p.GetSource()), Reason: clean(p.GetReason())}
		}),
		Billing: clean(a.GetBilling()), Detail: clean(a.GetDetail()), Remedy: clean(a.GetRemedy()),
		CheckedAt: timeFromProto(a.GetCheckedAt()),
	}
}

func removedToProto(removed []sdk.RemovedCredential) *pb.LogoutResponse {
	return &pb.LogoutResponse{Removed: convertAll(removed, func(r sdk.RemovedCredential) *pb.RemovedCredential {
		return &pb.RemovedCredential{Path: clean(r.Path), Entry: clean(r.Entry)}
	})}
}

func removedFromProto(removed *pb.LogoutResponse) []sdk.RemovedCredential {
	return convertAll(removed.GetRemoved(), func(r *pb.RemovedCredential) sdk.RemovedCredential {
		return sdk.RemovedCredential{Path: clean(r.GetPath()), Entry: clean(r.GetEntry())}
	})
}
