package plugin

import (
	"github.com/jcode-go/jcode/sdk"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

func phaseToProto(phase sdk.NativeToolPhase) pb.NativeToolPhase {
	if phase == sdk.NativeToolFinished {
		return pb.NativeToolPhase_NATIVE_TOOL_PHASE_FINISHED
	}
	return pb.NativeToolPhase_NATIVE_TOOL_PHASE_STARTED
}

// phaseFromProto takes any phase but finished for started.
func phaseFromProto(phase pb.NativeToolPhase) sdk.NativeToolPhase {
	if phase == pb.NativeToolPhase_NATIVE_TOOL_PHASE_FINISHED {
		return sdk.NativeToolFinished
	}
	return sdk.NativeToolStarted
}

func usageToProto(u sdk.Usage) *pb.Usage {
	return &pb.Usage{
		InputTokens: u.InputTokens, OutputTokens: u.OutputTokens,
		CacheReadTokens: u.CacheReadTokens, CacheWriteTokens: u.CacheWriteTokens,
		ThinkingTokens: u.ThinkingTokens, CostUsd: u.CostUSD, Turns: int64(u.Turns),
	}
}

func usageFromProto(u *pb.Usage) sdk.Usage {
	if u == nil {
		return sdk.Usage{}
	}
	return sdk.Usage{
		InputTokens: u.GetInputTokens(), OutputTokens: u.GetOutputTokens(),
		CacheReadTokens: u.GetCacheReadTokens(), CacheWriteTokens: u.GetCacheWriteTokens(),
		ThinkingTokens: u.GetThinkingTokens(), CostUSD: u.CostUsd, Turns: int(u.GetTurns()),
	}
}

func resultToProto(r sdk.Result) *pb.GenerateResponse {
	return &pb.GenerateResponse{Event: &pb.GenerateResponse_Finish{Finish: &pb.Finish{
		StopReason: clean(string(r.StopReason)), StopDetail: clean(r.StopDetail),
		Model: clean(r.Model), Usage: usageToProto(r.Usage), ProviderState: r.ProviderState,
	}}}
}

func resultFromProto(f *pb.Finish) sdk.Result {
	return sdk.Result{
		StopReason: sdk.StopReason(clean(f.GetStopReason())), StopDetail: clean(f.GetStopDetail()),
		Model: clean(f.GetModel()), Usage: usageFromProto(f.GetUsage()),
		ProviderState: nonEmpty[[]byte](f.GetProviderState()),
	}
}

func permissionAnswerToProto(id string, a sdk.PermissionAnswer) *pb.GenerateRequest {
	return &pb.GenerateRequest{Message: &pb.GenerateRequest_PermissionAnswer{
		PermissionAnswer: &pb.PermissionAnswer{Id: id, Allow: a.Allow, Message: clean(a.Message)},
	}}
}

func permissionAnswerFromProto(a *pb.PermissionAnswer) sdk.PermissionAnswer {
	return sdk.PermissionAnswer{Allow: a.GetAllow(), Message: a.GetMessage()}
}
