package plugin

import (
	"github.com/jcode-go/jcode/sdk"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

func infoToProto(info sdk.Info) *pb.GetInfoResponse {
	return &pb.GetInfoResponse{
		Name: clean(info.Name), DisplayName: clean(info.DisplayName),
		Version: clean(info.Version), SdkVersion: clean(info.SDKVersion),
		Capabilities:  cleanAll(info.Capabilities),
		LoginMethods:  convertAll(info.LoginMethods, methodToProto),
		DefaultModels: convertAll(info.DefaultModels, modelToProto),
		Experimental:  info.Experimental,
	}
}

func infoFromProto(info *pb.GetInfoResponse) sdk.Info {
	return sdk.Info{
		Name: clean(info.GetName()), DisplayName: clean(info.GetDisplayName()),
		Version: clean(info.GetVersion()), SDKVersion: clean(info.GetSdkVersion()),
		Capabilities:  cleanAll(info.GetCapabilities()),
		LoginMethods:  convertAll(info.GetLoginMethods(), methodFromProto),
		DefaultModels: convertAll(info.GetDefaultModels(), modelFromProto),
		Experimental:  info.GetExperimental(),
	}
}

// nonNil gives nil for an empty slice, so that a value looks the same whether
// it crossed or not.
func nonNil[T any](in []T) []T {
	if len(in) == 0 {
		return nil
	}
	return in
}

func methodToProto(m sdk.LoginMethod) *pb.LoginMethod {
	return &pb.LoginMethod{
		Id: clean(m.ID), Label: clean(m.Label),
		NeedsBrowser: m.NeedsBrowser, NeedsTerminal: m.NeedsTerminal,
	}
}

func methodFromProto(m *pb.LoginMethod) sdk.LoginMethod {
	return sdk.LoginMethod{
		ID: clean(m.GetId()), Label: clean(m.GetLabel()),
		NeedsBrowser: m.GetNeedsBrowser(), NeedsTerminal: m.GetNeedsTerminal(),
	}
}

func modelToProto(m sdk.Model) *pb.Model {
	out := &pb.Model{
		Id: clean(m.ID), DisplayName: clean(m.DisplayName),
		ContextTokens: int64(m.ContextTokens), MaxOutputTokens: int64(m.MaxOutputTokens),
		InputModalities: cleanAll(m.InputModalities), Efforts: cleanAll(m.Efforts),
		Default: m.Default,
	}
	if p := m.Price; p != nil {
		out.Price = &pb.Price{
			Input: p.Input, Output: p.Output, CacheRead: p.CacheRead, CacheWrite: p.CacheWrite,
		}
	}
	return out
}

func modelFromProto(m *pb.Model) sdk.Model {
	out := sdk.Model{
		ID: clean(m.GetId()), DisplayName: clean(m.GetDisplayName()),
		ContextTokens: int(m.GetContextTokens()), MaxOutputTokens: int(m.GetMaxOutputTokens()),
		InputModalities: cleanAll(m.GetInputModalities()), Efforts: cleanAll(m.GetEfforts()),
		Default: m.GetDefault(),
	}
	if p := m.GetPrice(); p != nil {
		out.Price = &sdk.Price{
			Input: p.GetInput(), Output: p.GetOutput(),
			CacheRead: p.GetCacheRead(), CacheWrite: p.GetCacheWrite(),
		}
	}
	return out
}

func modelsToProto(models []sdk.Model) *pb.ListModelsResponse {
	return &pb.ListModelsResponse{Models: convertAll(models, modelToProto)}
}

func modelsFromProto(models *pb.ListModelsResponse) []sdk.Model {
	return convertAll(models.GetModels(), modelFromProto)
}

func checksToProto(checks []sdk.Check) *pb.DiagnoseResponse {
	return &pb.DiagnoseResponse{Checks: convertAll(checks, func(c sdk.Check) *pb.Check {
		return &pb.Check{Id: clean(c.ID), Ok: c.OK, Detail: clean(c.Detail), Remedy: clean(c.Remedy)}
	})}
}

func checksFromProto(checks *pb.DiagnoseResponse) []sdk.Check {
	return convertAll(checks.GetChecks(), func(c *pb.Check) sdk.Check {
		return sdk.Check{ID: clean(c.GetId()), OK: c.GetOk(), Detail: clean(c.GetDetail()), Remedy: clean(c.GetRemedy())}
	})
}
