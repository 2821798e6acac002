package plugin

import (
	"encoding/json"

	"github.com/jcode-go/jcode/sdk"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

// headToProto converts all of a request but its messages, which have a history.
func headToProto(r *sdk.Request) *pb.ModelRequest {
	return &pb.ModelRequest{
		Id: clean(r.ID), SessionId: clean(r.SessionID), Model: clean(r.Model),
		System: convertAll(r.System, systemToProto),
		Tools:  convertAll(r.Tools, toolToProto),
		ToolChoice: &pb.ToolChoice{
			Mode: clean(string(r.ToolChoice.Mode)), Name: clean(r.ToolChoice.Name),
			DisableParallel: r.ToolChoice.DisableParallel,
		},
		MaxOutputTokens: int64(r.MaxOutputTokens), Effort: clean(r.Effort),
		ThinkingTokens: int64(r.ThinkingTokens), Temperature: r.Temperature,
		StopSequences: cleanAll(r.StopSequences), Limits: limitsToProto(r.Limits),
		ProviderState: r.ProviderState,
	}
}

// headFromProto is headToProto undone.
func headFromProto(r *pb.ModelRequest) *sdk.Request {
	choice := r.GetToolChoice()
	return &sdk.Request{
		ID: r.GetId(), SessionID: r.GetSessionId(), Model: r.GetModel(),
		System: convertAll(r.GetSystem(), systemFromProto),
		Tools:  convertAll(r.GetTools(), toolFromProto),
		ToolChoice: sdk.ToolChoice{
			Mode: sdk.ToolChoiceMode(choice.GetMode()), Name: choice.GetName(),
			DisableParallel: choice.GetDisableParallel(),
		},
		MaxOutputTokens: int(r.GetMaxOutputTokens()), Effort: r.GetEffort(),
		ThinkingTokens: int(r.GetThinkingTokens()), Temperature: r.Temperature,
		StopSequences: nonNil(r.GetStopSequences()), Limits: limitsFromProto(r.GetLimits()),
		ProviderState: nonEmpty[[]byte](r.GetProviderState()),
	}
}

func systemToProto(s sdk.SystemBlock) *pb.SystemBlock {
	return &pb.SystemBlock{Text: clean(s.Text), Stable: s.Stable}
}

func systemFromProto(s *pb.SystemBlock) sdk.SystemBlock {
	return sdk.SystemBlock{Text: s.GetText(), Stable: s.GetStable()}
}

func toolToProto(t sdk.ToolSpec) *pb.ToolSpec {
	return &pb.ToolSpec{Name: clean(t.Name), Description: clean(t.Description), InputSchema: t.InputSchema}
}

func toolFromProto(t *pb.ToolSpec) sdk.ToolSpec {
	return sdk.ToolSpec{
		Name: t.GetName(), Description: t.GetDescription(),
		InputSchema: nonEmpty[json.RawMessage](t.GetInputSchema()),
	}
}

func limitsToProto(l sdk.Limits) *pb.Limits {
	return &pb.Limits{
		PermissionMode:         clean(l.PermissionMode),
		PermissionModeExplicit: l.PermissionModeExplicit,
		MaxTurns:               int64(l.MaxTurns), WorkingDir: clean(l.WorkingDir),
		AddedDirs: cleanAll(l.AddedDirs),
	}
}

func limitsFromProto(l *pb.Limits) sdk.Limits {
	return sdk.Limits{
		PermissionMode:         l.GetPermissionMode(),
		PermissionModeExplicit: l.GetPermissionModeExplicit(),
		MaxTurns:               int(l.GetMaxTurns()), WorkingDir: l.GetWorkingDir(),
		AddedDirs: nonNil(l.GetAddedDirs()),
	}
}
