package plugin

import (
	"fmt"
	"reflect"
	"testing"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"

	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

// badly has every text of a message not be UTF-8, as the codec lets it through.
func badly[M protoreflect.ProtoMessage](m M) M {
	spoil(m.ProtoReflect())
	return m
}

func spoil(m protoreflect.Message) {
	bad := protoreflect.ValueOfString("a\xff")
	for i := range m.Descriptor().Fields().Len() {
		field := m.Descriptor().Fields().Get(i)
		switch {
		case field.IsList() && field.Kind() == protoreflect.StringKind:
			m.Mutable(field).List().Append(bad)
		case field.IsList() && field.Message() != nil:
			spoil(m.Mutable(field).List().AppendMutable().Message())
		case field.IsList() || field.IsMap():
		case field.Kind() == protoreflect.StringKind:
			m.Set(field, bad)
		case field.Message() != nil:
			spoil(m.Mutable(field).Message())
		}
	}
}

// badTexts finds what is not UTF-8 in a value, and counts its texts.
func badTexts(v reflect.Value, at string) (bad []string, texts int) {
	into := func(v reflect.Value, at string) {
		more, n := badTexts(v, at)
		bad, texts = append(bad, more...), texts+n
	}
	switch v.Kind() {
	case reflect.String:
		if v.Len() > 0 {
			texts++
		}
		if !utf8.ValidString(v.String()) {
			bad = append(bad, at)
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			into(v.Elem(), at)
		}
	case reflect.Slice:
		for i := range v.Len() {
			into(v.Index(i), fmt.Sprint(at, "[", i, "]"))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() {
				into(v.Field(i), at+"."+field.Name)
			}
		}
	default: // holds no text
	}
	return bad, texts
}

// What a plugin has sent is UTF-8 for everybody who gets it from us.
func TestTextOfPluginsIsUTF8(t *testing.T) {
	t.Parallel()
	converted := map[string]any{
		"info":        infoFromProto(badly(&pb.GetInfoResponse{})),
		"models":      modelsFromProto(badly(&pb.ListModelsResponse{})),
		"checks":      checksFromProto(badly(&pb.DiagnoseResponse{})),
		"auth":        authFromProto(badly(&pb.AuthStatusResponse{})),
		"removed":     removedFromProto(badly(&pb.LogoutResponse{})),
		"probes":      probesFromProto([]*pb.ProbeResult{badly(&pb.ProbeResult{})}),
		"result":      resultFromProto(badly(&pb.Finish{})),
		"account":     accountFromProto(badly(&pb.LoginDone{})),
		"URL":         openURLFromProto(badly(&pb.LoginOpenURL{})),
		"device code": deviceCodeFromProto(badly(&pb.LoginDeviceCode{})),
		"prompt":      promptFromProto(badly(&pb.LoginPrompt{})),
		"choice":      chooseFromProto(badly(&pb.LoginChoose{})),
		"progress":    progressFromProto(badly(&pb.LoginProgress{})),
		"callback":    callbackFromProto(badly(&pb.LoginCallbackListening{})),
	}
	events := (&pb.GenerateResponse{}).ProtoReflect().Descriptor().Oneofs().ByName("event").Fields()
	for i := range events.Len() {
		wire := &pb.GenerateResponse{}
		if kind := events.Get(i); kind.Number() != fieldBatch {
			spoil(wire.ProtoReflect().Mutable(kind).Message())
		}
		if event := eventFromProto(wire); event != nil {
			converted[string(events.Get(i).Name())] = event
		}
	}
	noText := map[string]bool{"usage": true, "keepalive": true}
	for name, value := range converted {
		bad, texts := badTexts(reflect.ValueOf(value), name)
		if len(bad) > 0 || (texts == 0) != noText[name] {
			t.Errorf("%d texts, not UTF-8: %q", texts, bad)
		}
	}
}
