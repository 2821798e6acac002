package plugin

import (
	"encoding/json"
	"fmt"

	"github.com/jcode-go/jcode/sdk"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

// eventToProto fails only for a value that is no event of package sdk, such as
// a pointer to one.
func eventToProto(event sdk.Event) (*pb.GenerateResponse, error) {
	switch e := event.(type) {
	case sdk.TextDelta:
		return &pb.GenerateResponse{Event: &pb.GenerateResponse_TextDelta{TextDelta: &pb.TextDelta{
			MessageId: clean(e.MessageID), Text: clean(e.Text),
		}}}, nil
	case sdk.ThinkingDelta:
		return &pb.GenerateResponse{Event: &pb.GenerateResponse_ThinkingDelta{ThinkingDelta: &pb.ThinkingDelta{
			MessageId: clean(e.MessageID), Text: clean(e.Text), Signature: clean(e.Signature),
			Opaque: e.Opaque, Origin: clean(e.Origin),
		}}}, nil
	case sdk.ToolCallStart:
		return &pb.GenerateResponse{Event: &pb.GenerateResponse_ToolCallStart{ToolCallStart: &pb.ToolCallStart{
			MessageId: clean(e.MessageID), Id: clean(e.ID), Name: clean(e.Name),
		}}}, nil
	case sdk.ToolCallDelta:
		return &pb.GenerateResponse{Event: &pb.GenerateResponse_ToolCallDelta{ToolCallDelta: &pb.ToolCallDelta{
			MessageId: clean(e.MessageID), Id: clean(e.ID), Json: clean(e.JSON),
		}}}, nil
	case sdk.ToolCallEnd:
		return &pb.GenerateResponse{Event: &pb.GenerateResponse_ToolCallEnd{ToolCallEnd: &pb.ToolCallEnd{
			MessageId: clean(e.MessageID), Id: clean(e.ID), Input: e.Input, Malformed: clean(e.Malformed),
		}}}, nil
	case sdk.NativeToolEvent:
		return &pb.GenerateResponse{Event: &pb.GenerateResponse_NativeTool{NativeTool: &pb.NativeToolEvent{
			MessageId: clean(e.MessageID), Phase: phaseToProto(e.Phase), Tool: nativeToProto(e.Tool),
		}}}, nil
	}
	return rareEventToProto(event)
}

// rareEventToProto is the second half of eventToProto: events that come a few
// times per answer.
func rareEventToProto(event sdk.Event) (*pb.GenerateResponse, error) {
	switch e := event.(type) {
	case sdk.Started:
		return &pb.GenerateResponse{Event: &pb.GenerateResponse_Started{Started: &pb.Started{
			Model: clean(e.Model), ProviderRequestId: clean(e.ProviderRequestID),
		}}}, nil
	case sdk.PermissionRequest:
		return &pb.GenerateResponse{Event: &pb.GenerateResponse_PermissionRequest{PermissionRequest: &pb.PermissionRequest{
			Id: clean(e.ID), Tool: clean(e.Tool), Input: e.Input, Description: clean(e.Description),
		}}}, nil
	case sdk.RetryEvent:
		return &pb.GenerateResponse{Event: &pb.GenerateResponse_Retry{Retry: &pb.RetryEvent{
			Attempt: int64(e.Attempt), MaxAttempts: int64(e.MaxAttempts), Delay: durationToProto(e.Delay),
			HttpStatus: int64(e.HTTPStatus), Reason: clean(e.Reason),
		}}}, nil
	case sdk.Retract:
		return &pb.GenerateResponse{Event: &pb.GenerateResponse_Retract{Retract: &pb.Retract{
			MessageId: clean(e.MessageID),
		}}}, nil
	case sdk.RateLimit:
		return &pb.GenerateResponse{Event: &pb.GenerateResponse_RateLimit{RateLimit: &pb.RateLimit{
			Window: clean(e.Window), Utilization: e.Utilization, ResetsAt: timeToProto(e.ResetsAt),
			Status: clean(e.Status),
		}}}, nil
	case sdk.UsageEvent:
		return &pb.GenerateResponse{Event: &pb.GenerateResponse_Usage{Usage: usageToProto(e.Usage)}}, nil
	case sdk.WarningEvent:
		return &pb.GenerateResponse{Event: &pb.GenerateResponse_Warning{Warning: &pb.Warning{
			Code: clean(e.Code), Message: clean(e.Message),
		}}}, nil
	case sdk.Keepalive:
		return &pb.GenerateResponse{Event: &pb.GenerateResponse_Keepalive{Keepalive: &pb.Keepalive{}}}, nil
	}
	return nil, fmt.Errorf("emit event: %T is no event", event)
}

// eventFromProto gives nil for an event that this side does not know, and for
// the finish, which is no event there.
func eventFromProto(wire *pb.GenerateResponse) sdk.Event {
	switch w := wire.GetEvent().(type) {
	case *pb.GenerateResponse_TextDelta:
		return sdk.TextDelta{MessageID: clean(w.TextDelta.GetMessageId()), Text: clean(w.TextDelta.GetText())}
	case *pb.GenerateResponse_ThinkingDelta:
		return sdk.ThinkingDelta{
			MessageID: clean(w.ThinkingDelta.GetMessageId()), Text: clean(w.ThinkingDelta.GetText()),
			Signature: clean(w.ThinkingDelta.GetSignature()),
			Opaque:    nonEmpty[[]byte](w.ThinkingDelta.GetOpaque()), Origin: clean(w.ThinkingDelta.GetOrigin()),
		}
	case *pb.GenerateResponse_ToolCallStart:
		return sdk.ToolCallStart{
			MessageID: clean(w.ToolCallStart.GetMessageId()), ID: clean(w.ToolCallStart.GetId()), Name: clean(w.ToolCallStart.GetName()),
		}
	case *pb.GenerateResponse_ToolCallDelta:
		return sdk.ToolCallDelta{
			MessageID: clean(w.ToolCallDelta.GetMessageId()), ID: clean(w.ToolCallDelta.GetId()), JSON: clean(w.ToolCallDelta.GetJson()),
		}
	case *pb.GenerateResponse_ToolCallEnd:
		return sdk.ToolCallEnd{
			MessageID: clean(w.ToolCallEnd.GetMessageId()), ID: clean(w.ToolCallEnd.GetId()),
			Input:     nonEmpty[json.RawMessage](w.ToolCallEnd.GetInput()),
			Malformed: clean(w.ToolCallEnd.GetMalformed()),
		}
	case *pb.GenerateResponse_NativeTool:
		return sdk.NativeToolEvent{
			MessageID: clean(w.NativeTool.GetMessageId()), Phase: phaseFromProto(w.NativeTool.GetPhase()),
			Tool: nativeFromProto(w.NativeTool.GetTool()),
		}
	}
	return rareEventFromProto(wire)
}

func rareEventFromProto(wire *pb.GenerateResponse) sdk.Event {
	switch w := wire.GetEvent().(type) {
	case *pb.GenerateResponse_Started:
		return sdk.Started{Model: clean(w.Started.GetModel()), ProviderRequestID: clean(w.Started.GetProviderRequestId())}
	case *pb.GenerateResponse_PermissionRequest:
		return sdk.PermissionRequest{
			ID: clean(w.PermissionRequest.GetId()), Tool: clean(w.PermissionRequest.GetTool()),
			Input:       nonEmpty[json.RawMessage](w.PermissionRequest.GetInput()),
			Description: clean(w.PermissionRequest.GetDescription()),
		}
	case *pb.GenerateResponse_Retry:
		return sdk.RetryEvent{
			Attempt: int(w.Retry.GetAttempt()), MaxAttempts: int(w.Retry.GetMaxAttempts()),
			Delay: durationFromProto(w.Retry.GetDelay()), HTTPStatus: int(w.Retry.GetHttpStatus()),
			Reason: clean(w.Retry.GetReason()),
		}
	case *pb.GenerateResponse_Retract:
		return sdk.Retract{MessageID: clean(w.Retract.GetMessageId())}
	case *pb.GenerateResponse_RateLimit:
		return sdk.RateLimit{
			Window: clean(w.RateLimit.GetWindow()), Utilization: w.RateLimit.GetUtilization(),
			ResetsAt: timeFromProto(w.RateLimit.GetResetsAt()), Status: clean(w.RateLimit.GetStatus()),
		}
	case *pb.GenerateResponse_Usage:
		return sdk.UsageEvent{Usage: usageFromProto(w.Usage)}
	case *pb.GenerateResponse_Warning:
		return sdk.WarningEvent{Code: clean(w.Warning.GetCode()), Message: clean(w.Warning.GetMessage())}
	case *pb.GenerateResponse_Keepalive:
		return sdk.Keepalive{}
	}
	return nil
}
