package plugin

import (
	"github.com/jcode-go/jcode/sdk"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

func loginToProto(r sdk.LoginRequest) *pb.LoginStart {
	return &pb.LoginStart{
		Method: clean(r.Method), Headless: r.Headless, HasTerminal: r.HasTerminal,
		CanOpenBrowser: r.CanOpenBrowser, RemoteShell: r.RemoteShell,
		ApiKey: clean(r.APIKey.Reveal()), Terminal: sizeToProto(r.Terminal),
		TerminalType: clean(r.TerminalType),
	}
}

func loginFromProto(s *pb.LoginStart) sdk.LoginRequest {
	return sdk.LoginRequest{
		Method: s.GetMethod(), Headless: s.GetHeadless(), HasTerminal: s.GetHasTerminal(),
		CanOpenBrowser: s.GetCanOpenBrowser(), RemoteShell: s.GetRemoteShell(),
		APIKey: sdk.NewSecret(s.GetApiKey()), Terminal: sizeFromProto(s.GetTerminal()),
		TerminalType: s.GetTerminalType(),
	}
}

func sizeToProto(s sdk.TerminalSize) *pb.TerminalSize {
	if s == (sdk.TerminalSize{}) {
		return nil
	}
	return &pb.TerminalSize{Rows: clamp32(s.Rows), Columns: clamp32(s.Columns)}
}

func sizeFromProto(s *pb.TerminalSize) sdk.TerminalSize {
	return sdk.TerminalSize{Rows: int(s.GetRows()), Columns: int(s.GetColumns())}
}

func accountToProto(a sdk.Account) *pb.LoginDone {
	return &pb.LoginDone{Account: clean(a.Label), Plan: clean(a.Plan), Stored: clean(a.Stored)}
}

func accountFromProto(d *pb.LoginDone) sdk.Account {
	return sdk.Account{Label: clean(d.GetAccount()), Plan: clean(d.GetPlan()), Stored: clean(d.GetStored())}
}

func openURLToProto(id string, u sdk.OpenURL) *pb.LoginOpenURL {
	return &pb.LoginOpenURL{Id: id, Url: clean(u.URL), Purpose: clean(u.Purpose)}
}

func openURLFromProto(u *pb.LoginOpenURL) sdk.OpenURL {
	return sdk.OpenURL{URL: clean(u.GetUrl()), Purpose: clean(u.GetPurpose())}
}

func deviceCodeToProto(c sdk.DeviceCode) *pb.LoginDeviceCode {
	return &pb.LoginDeviceCode{
		UserCode: clean(c.UserCode), VerificationUrl: clean(c.VerificationURL),
		CompleteUrl: clean(c.CompleteURL), ExpiresIn: durationToProto(c.ExpiresIn),
	}
}

func deviceCodeFromProto(c *pb.LoginDeviceCode) sdk.DeviceCode {
	return sdk.DeviceCode{
		UserCode: clean(c.GetUserCode()), VerificationURL: clean(c.GetVerificationUrl()),
		CompleteURL: clean(c.GetCompleteUrl()), ExpiresIn: durationFromProto(c.GetExpiresIn()),
	}
}

func promptToProto(id string, p sdk.Prompt) *pb.LoginPrompt {
	return &pb.LoginPrompt{Id: id, Label: clean(p.Label), Secret: p.Secret, Default: clean(p.Default)}
}

func promptFromProto(p *pb.LoginPrompt) sdk.Prompt {
	return sdk.Prompt{Label: clean(p.GetLabel()), Secret: p.GetSecret(), Default: clean(p.GetDefault())}
}

func chooseToProto(id string, c sdk.Choice) *pb.LoginChoose {
	return &pb.LoginChoose{
		Id: id, Label: clean(c.Label),
		Options: convertAll(c.Options, func(o sdk.Option) *pb.LoginOption {
			return &pb.LoginOption{Id: clean(o.ID), Label: clean(o.Label)}
		}),
	}
}

func chooseFromProto(c *pb.LoginChoose) sdk.Choice {
	return sdk.Choice{
		Label: clean(c.GetLabel()),
		Options: convertAll(c.GetOptions(), func(o *pb.LoginOption) sdk.Option {
			return sdk.Option{ID: clean(o.GetId()), Label: clean(o.GetLabel())}
		}),
	}
}

func progressToProto(p sdk.Progress) *pb.LoginProgress {
	return &pb.LoginProgress{Text: clean(p.Text), Deadline: timeToProto(p.Deadline)}
}

func progressFromProto(p *pb.LoginProgress) sdk.Progress {
	return sdk.Progress{Text: clean(p.GetText()), Deadline: timeFromProto(p.GetDeadline())}
}

func callbackToProto(c sdk.Callback) *pb.LoginCallbackListening {
	return &pb.LoginCallbackListening{Address: clean(c.Address), Url: clean(c.URL)}
}

func callbackFromProto(c *pb.LoginCallbackListening) sdk.Callback {
	return sdk.Callback{Address: clean(c.GetAddress()), URL: clean(c.GetUrl())}
}
